// The parser makes a tree of a text. README.md describes the language.

export class SourceError extends Error {
  constructor(text, at, source) {
    const line = source.slice(0, at).split('\n').length;
    super(`line ${line}: ${text}`);
    this.line = line;
  }
}

const kToken = /\s+|#[^\n]*|(\d+|[A-Za-z_]\w*|:=|=>|->|==|!=|<=|>=|[-+*/%<>=()[\]{},:;.])/y;
const kWords = new Set('record fun let if then else while do fn and or not true false nil of'.split(' '));

function tokensOf(source) {
  const tokens = [];
  kToken.lastIndex = 0;
  while (kToken.lastIndex < source.length) {
    const at = kToken.lastIndex;
    const match = kToken.exec(source);
    if (match === null) throw new SourceError(`what is ${source[at]}?`, at, source);
    if (match[1] !== undefined) tokens.push({ text: match[1], at });
  }
  tokens.push({ text: '', at: source.length });
  return tokens;
}

/** These are the operators from the weakest to the strongest. */
const kLevels = [['or'], ['and'], ['==', '!=', '<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%']];

class Parser {
  constructor(source) {
    this.source = source;
    this.tokens = tokensOf(source);
    this.next = 0;
  }

  get token() {
    return this.tokens[this.next];
  }
  fail(text) {
    throw new SourceError(text, this.token.at, this.source);
  }
  is(text) {
    return this.token.text === text;
  }
  take(text) {
    if (!this.is(text)) return false;
    ++this.next;
    return true;
  }
  expect(text) {
    if (!this.take(text)) this.fail(`${text} expected, but here is ${this.token.text || 'the end'}`);
  }
  name() {
    const { text } = this.token;
    if (!/^[A-Za-z_]/.test(text) || kWords.has(text)) this.fail(`a name expected, but here is ${text || 'the end'}`);
    ++this.next;
    return text;
  }
  node(kind, fields) {
    return { kind, at: this.token.at, ...fields };
  }
  listOf(end, one) {
    const items = [];
    while (!this.take(end)) {
      if (items.length > 0) this.expect(',');
      items.push(one());
    }
    return items;
  }

  program() {
    const [records, functions] = [[], []];
    while (!this.is('')) {
      if (this.take('record')) records.push(this.record());
      else if (this.take('fun')) functions.push(this.fun());
      else this.fail(`record or fun expected, but here is ${this.token.text}`);
    }
    return { records, functions };
  }
  record() {
    const node = this.node('record', { name: this.name() });
    this.expect('{');
    return { ...node, fields: this.listOf('}', () => this.typed()) };
  }
  typed() {
    const name = this.name();
    this.expect(':');
    return { name, type: this.type() };
  }
  fun() {
    const node = this.node('fun', { name: this.name() });
    this.expect('(');
    const parameters = this.listOf(')', () => this.typed());
    this.expect(':');
    const result = this.type();
    this.expect('=');
    return { ...node, parameters, result, body: this.expression() };
  }
  /** Reads a type: int, bool, a record's name, [type], (type, …) -> type. */
  type() {
    if (this.take('[')) {
      const element = this.type();
      this.expect(']');
      return { kind: 'array', element };
    }
    if (this.take('(')) {
      const parameters = this.listOf(')', () => this.type());
      this.expect('->');
      return { kind: 'function', parameters, result: this.type() };
    }
    const { at } = this.token;
    const name = this.name();
    return name === 'int' || name === 'bool' ? { kind: name } : { kind: 'record', name, at };
  }

  /** Reads a; b and let x = a; b, up to where no ; follows. */
  sequence() {
    const node = this.node('sequence', {});
    if (this.take('let')) {
      const name = this.name();
      this.expect('=');
      const value = this.expression();
      this.expect(';');
      return { ...node, kind: 'let', name, value, body: this.sequence() };
    }
    const first = this.expression();
    return this.take(';') ? { ...node, first, second: this.sequence() } : first;
  }
  expression() {
    const node = this.node('', {});
    if (this.take('if')) {
      const condition = this.expression();
      this.expect('then');
      const yes = this.expression();
      this.expect('else');
      return { ...node, kind: 'if', condition, yes, no: this.expression() };
    }
    if (this.take('while')) {
      const condition = this.expression();
      this.expect('do');
      return { ...node, kind: 'while', condition, body: this.expression() };
    }
    if (this.take('fn')) {
      this.expect('(');
      const parameters = this.listOf(')', () => this.typed());
      this.expect(':');
      const result = this.type();
      this.expect('=>');
      return { ...node, kind: 'fn', parameters, result, body: this.expression() };
    }
    const left = this.binary(0);
    return this.take(':=') ? { ...node, kind: 'assign', place: left, value: this.expression() } : left;
  }
  binary(level) {
    if (level === kLevels.length) return this.unary();
    let left = this.binary(level + 1);
    while (kLevels[level].includes(this.token.text)) {
      const node = this.node('binary', { operator: this.token.text, left });
      ++this.next;
      left = { ...node, right: this.binary(level + 1) };
    }
    return left;
  }
  unary() {
    const node = this.node('unary', { operator: this.token.text });
    if (this.take('-') || this.take('not')) return { ...node, operand: this.unary() };
    return this.postfix();
  }
  postfix() {
    let value = this.primary();
    for (;;) {
      const node = this.node('', { of: value });
      if (this.take('(')) value = { ...node, kind: 'call', arguments: this.listOf(')', () => this.expression()) };
      else if (this.take('.')) value = { ...node, kind: 'field', name: this.name() };
      else if (this.take('[')) {
        value = { ...node, kind: 'item', index: this.expression() };
        this.expect(']');
      } else return value;
    }
  }
  primary() {
    const node = this.node('', {});
    const { text } = this.token;
    if (/^\d/.test(text)) {
      ++this.next;
      if (Number(text) > 0x7fffffff) this.fail(`${text} is too large`);
      return { ...node, kind: 'int', value: Number(text) };
    }
    if (this.take('true') || this.take('false')) return { ...node, kind: 'bool', value: text === 'true' };
    if (this.take('nil')) return { ...node, kind: 'nil' };
    if (this.take('(')) {
      const inner = this.sequence();
      this.expect(')');
      return inner;
    }
    // [n of value] makes an array.
    if (this.take('[')) {
      const count = this.expression();
      this.expect('of');
      const value = this.expression();
      this.expect(']');
      return { ...node, kind: 'array', count, value };
    }
    const name = this.name();
    if (!this.take('{')) return { ...node, kind: 'variable', name };
    const field = () => {
      const of = this.name();
      this.expect(':');
      return { name: of, value: this.expression() };
    };
    return { ...node, kind: 'make', name, fields: this.listOf('}', field) };
  }
}

/** Returns { records, functions }. Throws a SourceError. */
export const parse = (source) => new Parser(source).program();
