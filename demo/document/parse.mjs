// This is a JSON reader (RFC 8259): it tells a builder what it meets, value by value, and keeps no document. It has no
// recursion, so only memory bounds the nesting. A broken document is a JsonError with line, column and reason.
//
// Doors: main.mjs; the builder is heap-document.mjs.

/** What a builder hears. Strings are unescaped; numbers are doubles.
 * @typedef {object} Builder
 * @property {(value: null | boolean) => void} literal
 * @property {(value: number) => void} number
 * @property {(text: string) => void} text
 * @property {() => void} beginList
 * @property {() => void} endList
 * @property {() => void} beginDict
 * @property {(text: string) => void} key
 * @property {() => void} endDict
 */

export class JsonError extends Error {
  /**
   * @param {string} reason
   * @param {number} line counted from 1
   * @param {number} column counted from 1, in UTF-16 units
   */
  constructor(reason, line, column) {
    super(`line ${line}, column ${column}: ${reason}`);
    this.name = 'JsonError';
    this.reason = reason;
    this.line = line;
    this.column = column;
  }
}

const kQuote = 0x22;
const kBackslash = 0x5c;
const kComma = 0x2c;
const kColon = 0x3a;
const kOpenList = 0x5b;
const kCloseList = 0x5d;
const kOpenDict = 0x7b;
const kCloseDict = 0x7d;
const kNumber = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const kEscapes = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);
const kLiterals = new Map([
  ['t', ['true', true]],
  ['f', ['false', false]],
  ['n', ['null', null]],
]);
const kCharsPerReport = 1 << 18;

class Reader {
  /**
   * @param {string} text
   * @param {Builder} builder
   * @param {(done: number, total: number) => void} onProgress
   */
  constructor(text, builder, onProgress) {
    this.text = text;
    this.builder = builder;
    this.onProgress = onProgress;
    this.at = 0;
    this.nextReport = kCharsPerReport;
  }

  run() {
    if (this.text.charCodeAt(0) === 0xfeff) this.at = 1;
    this.skipSpace();
    if (this.at === this.text.length) this.fail('the document is empty');
    /** Closing characters of what is open. @type {number[]} */
    const open = [];
    for (;;) {
      const opened = this.value();
      if (opened !== 0) {
        open.push(opened);
        if (!this.isEmpty(opened)) continue;
      }
      if (!this.afterValue(open)) break;
    }
    this.skipSpace();
    if (this.at < this.text.length) this.fail(`${this.found()} after the end of the document`);
    this.onProgress(this.text.length, this.text.length);
  }

  /** Reads a value; if it is a list or an object, only its beginning, and returns what closes it. */
  value() {
    this.skipSpace();
    if (this.at >= this.nextReport) {
      this.nextReport = this.at + kCharsPerReport;
      this.onProgress(this.at, this.text.length);
    }
    switch (this.text.charCodeAt(this.at)) {
      case kOpenList:
        this.at += 1;
        this.builder.beginList();
        return kCloseList;
      case kOpenDict:
        this.at += 1;
        this.builder.beginDict();
        return kCloseDict;
      case kQuote:
        this.builder.text(this.string());
        return 0;
      default:
        this.scalar();
        return 0;
    }
  }

  /** Looks behind an opening bracket. Returns true if it is closed at once; else it reads an object's first key. */
  isEmpty(closing) {
    this.skipSpace();
    if (this.text.charCodeAt(this.at) === closing) return true;
    if (closing === kCloseDict) this.key();
    return false;
  }

  /** Closes, after a value, what ends here. Returns false if the document ends, true if another value follows. */
  afterValue(open) {
    while (open.length > 0) {
      const closing = open[open.length - 1];
      this.skipSpace();
      const code = this.text.charCodeAt(this.at);
      if (code === kComma) {
        this.at += 1;
        this.skipSpace();
        if (this.text.charCodeAt(this.at) === closing) this.fail('a comma before the end: there is no value after it');
        if (closing === kCloseDict) this.key();
        return true;
      }
      if (code !== closing) this.fail(`expected ',' or '${String.fromCharCode(closing)}', found ${this.found()}`);
      this.at += 1;
      open.pop();
      if (closing === kCloseDict) this.builder.endDict();
      else this.builder.endList();
    }
    return false;
  }

  key() {
    this.skipSpace();
    if (this.text.charCodeAt(this.at) !== kQuote) this.fail(`expected a key in double quotes, found ${this.found()}`);
    this.builder.key(this.string());
    this.skipSpace();
    if (this.text.charCodeAt(this.at) !== kColon) this.fail(`expected ':' after a key, found ${this.found()}`);
    this.at += 1;
  }

  scalar() {
    const { text, at } = this;
    const first = text.charAt(at);
    if (first === '-' || (first >= '0' && first <= '9')) {
      this.number();
      return;
    }
    const literal = kLiterals.get(first);
    if (literal === undefined || !text.startsWith(literal[0], at)) this.fail(`expected a value, found ${this.found()}`);
    this.at += literal[0].length;
    this.builder.literal(literal[1]);
  }

  number() {
    kNumber.lastIndex = this.at;
    const match = kNumber.exec(this.text);
    if (match === null) {
      this.at += 1;
      this.fail(`expected a digit after '-', found ${this.found()}`);
    }
    this.at += match[0].length;
    const next = this.text.charAt(this.at);
    if (/[\d.eE+-]/.test(next)) this.failInNumber(match[0], next);
    this.builder.number(Number(match[0]));
  }

  failInNumber(read, next) {
    if (next >= '0' && next <= '9') this.fail('a number may not begin with 0 and go on');
    if (next === '.' && !/[.eE]/.test(read)) {
      this.at += 1;
      this.fail(`expected a digit after the decimal point, found ${this.found()}`);
    }
    if (/[eE]/.test(next) && !/[eE]/.test(read)) {
      this.at += /[+-]/.test(this.text.charAt(this.at + 1)) ? 2 : 1;
      this.fail(`expected a digit in the exponent, found ${this.found()}`);
    }
    this.fail(`${this.found()} after a number`);
  }

  /** Reads a string, from its opening quote on. */
  string() {
    const { text } = this;
    const begin = this.at;
    let from = ++this.at;
    let result = '';
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code === kQuote) break;
      if (code === kBackslash) {
        result += text.slice(from, this.at) + this.escape();
        from = this.at;
      } else if (code >= 0x20) {
        this.at += 1;
      } else if (this.at >= text.length) {
        this.at = begin;
        this.fail('this string has no end');
      } else {
        this.fail(`a control character (U+${code.toString(16).padStart(4, '0')}) must be escaped in a string`);
      }
    }
    result = from === begin + 1 ? text.slice(from, this.at) : result + text.slice(from, this.at);
    this.at += 1;
    return result;
  }

  escape() {
    const letter = this.text.charAt(this.at + 1);
    const plain = kEscapes.get(letter);
    if (plain !== undefined) {
      this.at += 2;
      return plain;
    }
    if (letter !== 'u') this.fail(letter === '' ? 'the document ends in an escape' : `there is no escape \\${letter}`);
    const digits = this.text.slice(this.at + 2, this.at + 6);
    if (!/^[\da-fA-F]{4}$/.test(digits)) this.fail('expected four hexadecimal digits after \\u');
    this.at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  skipSpace() {
    const { text } = this;
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at += 1;
    }
  }

  found() {
    if (this.at >= this.text.length) return 'the end of the document';
    const character = String.fromCodePoint(this.text.codePointAt(this.at) ?? 0);
    return /[\p{C}\p{Z}]/u.test(character)
      ? `U+${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
      : `'${character}'`;
  }

  /** @returns {never} */
  fail(reason) {
    const before = this.text.slice(0, this.at).split(/\r\n|\r|\n/);
    const first = before.length === 1 && before[0].charCodeAt(0) === 0xfeff ? 1 : 0;
    throw new JsonError(reason, before.length, before[before.length - 1].length - first + 1);
  }
}

/**
 * Reads a document and tells the builder. Throws a JsonError; what the builder throws passes through.
 * @param {string} text with or without a byte order mark
 * @param {Builder} builder
 * @param {(done: number, total: number) => void} [onProgress]
 */
export function parse(text, builder, onProgress = () => {}) {
  new Reader(text, builder, onProgress).run();
}
