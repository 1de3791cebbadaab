// This reads C++ just well enough for the house rules: it masks what is not code, and finds where functions begin and
// end. It is no parser: a brace is a function's when the text before it, back to the last statement, ends like a
// function's head.

import { lineAt } from './repository.ts';

/** This is one function: the line its head begins on, from 1, and how many lines it has. */
export interface CppFunction {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

const kNotCode = new RegExp(
  [
    /\/\/(?:\\\n|[^\n])*/, // Line comments.
    /\/\*[^]*?\*\//, // Block comments.
    /R"([^()\\ ]*)\([^]*?\)\1"/, // Raw strings.
    /"(?:\\.|[^"\\\n])*"/, // Strings.
    /(?<![0-9A-Za-z_])(?:u8|u|U|L)?'(?:\\.|[^'\\\n])+'/, // Characters, but not the ' within 1'000.
  ]
    .map((pattern) => pattern.source)
    .join('|'),
  'g',
);

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

/** Puts spaces for comments, and with `literals` for strings too. Offsets and lines stay. */
export function mask(text: string, literals = true): string {
  return text.replace(kNotCode, (match) => (literals || match.startsWith('/') ? blank(match) : match));
}

/** Returns the offset after the bracket that closes the one at `open`. */
function closing(code: string, open: number, pair: '{}' | '()' | '<>'): number {
  let depth = 0;
  for (let i = open; i < code.length; i++) {
    if (code[i] === pair[0]) depth++;
    else if (code[i] === pair[1] && --depth === 0) return i + 1;
  }
  return code.length;
}

/** Returns a head without `template <…>` and attributes. */
function withoutPrefixes(head: string): string {
  let rest = head.trim();
  for (;;) {
    const before = rest;
    if (/^template\s*</.test(rest)) rest = rest.slice(closing(rest, rest.indexOf('<'), '<>')).trim();
    rest = rest.replace(/^\[\[[^\]]*\]\]\s*/, '');
    if (rest === before) return rest;
  }
}

type Opening = 'scope' | 'function' | 'initialiser' | 'other';

/** Says what the brace after this head opens. */
function classify(head: string): Opening {
  const text = withoutPrefixes(head);
  if (/^(?:inline\s+)?namespace\b|^extern\s*$/.test(text)) return 'scope';
  if (
    /^(?:typedef\s+)?(?:class|struct|union|enum)\b/.test(text) &&
    !/\(/.test(text.replace(/alignas\s*\([^)]*\)/, ''))
  ) {
    return 'scope';
  }
  if (!text.includes(')')) return 'other';
  // Only what is outside all parentheses counts: an `=` makes it a variable, a lone `:` begins a constructor's
  // initialisers.
  let flat = text;
  for (let before = ''; before !== flat; ) [before, flat] = [flat, flat.replace(/\([^()]*\)/g, '\uE000')];
  if (/(?<!operator\s*[=!<>+\-*/%&|^]*)=(?!=)/.test(flat) && !/\]\s*\uE000?[^=]*$/.test(flat)) return 'other';
  const hasInitialisers = /\uE000[^:]*(?<!:):(?!:)/.test(flat);
  if (hasInitialisers && /[\w>]\s*$/.test(flat)) return 'initialiser';
  return 'function';
}

/** Returns whether the character ends `public:` or its like. */
function endsLabel(code: string, i: number): boolean {
  return code[i] === ':' && /\b(?:public|private|protected)\s*$/.test(code.slice(Math.max(0, i - 16), i));
}

function nameOf(head: string): string {
  return /([~\w:]+|operator\s*\S+)\s*\(/.exec(withoutPrefixes(head))?.[1] ?? '(unnamed)';
}

/** Returns the functions of a file. A lambda or a local class counts as part of the function around it. */
export function functionsOf(text: string): CppFunction[] {
  const code = mask(text).replace(/^[ \t]*#(?:\\\n|[^\n])*/gm, blank);
  const found: CppFunction[] = [];
  let begin = 0; // Where the present head begins.
  for (let i = 0; i < code.length; i++) {
    const char = code[i];
    if (char === '(') i = closing(code, i, '()') - 1;
    else if (char === ';' || char === '}' || endsLabel(code, i)) begin = i + 1;
    else if (char === '{') {
      const head = code.slice(begin, i);
      const opening = classify(head);
      const end = closing(code, i, '{}');
      if (opening === 'function') {
        const first = begin + (head.length - head.trimStart().length);
        const line = lineAt(code, first);
        found.push({ name: nameOf(head), line, lines: lineAt(code, end - 1) - line + 1 });
      }
      // Only a scope is looked into; after an initialiser or a variable's value the head goes on.
      if (opening !== 'scope') i = end - 1;
      if (opening === 'scope' || opening === 'function') begin = i + 1;
    }
  }
  return found;
}

/** Returns the files named by #include, with their line and whether they are in angle brackets. */
export function includesOf(text: string): { name: string; isSystem: boolean; line: number }[] {
  const code = mask(text, false);
  return [...code.matchAll(/^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]/gm)].map((match) => ({
    name: match[2] ?? '',
    isSystem: match[1] === '<',
    line: lineAt(text, match.index),
  }));
}
