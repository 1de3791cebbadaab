// These mutants come by rule: in the files named below each condition is negated, each number becomes one more or one
// less, and each call that is a statement is left out. A seed says which of them are tried, so that a run can be
// repeated, and another seed tries others. Door: run.mjs --seed NUMBER --count NUMBER.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/steps/process.mjs';

/** The rules apply to the faces, the pacer and who asks it, pages, specials and roots. */
const kPlaces = [
  'src/api',
  'src/gc/pacer.cc',
  'src/heap/room.cc',
  'src/heap/trigger.cc',
  'src/pages',
  'src/roots',
  'src/specials',
];

const filesOf = (place) =>
  place.endsWith('.cc')
    ? [place]
    : readdirSync(join(root, place))
        .filter((name) => name.endsWith('.cc') && !/verify/.test(name))
        .map((name) => `${place}/${name}`)
        .sort();

/** Puts blanks for comments, texts and lines of the preprocessor. Every place stays where it is. */
function mask(text) {
  const blank = (part) => part.replace(/[^\n]/g, ' ');
  return text.replace(/\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'|^[ \t]*#[^\n]*/gm, blank);
}

/** Returns the place behind the bracket that closes the one at `at`. */
function endOfBrackets(code, at) {
  let depth = 0;
  for (let i = at; i < code.length; i++) {
    if (code[i] === '(') depth += 1;
    if (code[i] === ')' && --depth === 0) return i + 1;
  }
  return code.length;
}

function conditions(code, text) {
  return [...code.matchAll(/\b(?:if|while) \(/g)].flatMap(({ index, 0: head }) => {
    const begin = index + head.length - 1;
    const end = endOfBrackets(code, begin);
    const condition = text.slice(begin, end);
    const declares = /;|[^=!<>]=[^=]/.test(code.slice(begin, end));
    return declares ? [] : [{ rule: 'negated', begin, end, new: `(!${condition})` }];
  });
}

function numbers(code) {
  return [...code.matchAll(/(?<![\w.'<])\d+(?![\w.'])/g)].flatMap(({ index, 0: digits }) => {
    const line = code.slice(code.lastIndexOf('\n', index) + 1, index);
    if (/static_assert|alignas|\[\[/.test(line)) return [];
    const at = { begin: index, end: index + digits.length };
    const less = digits === '0' ? [] : [{ rule: 'one less', ...at, new: String(Number(digits) - 1) }];
    return [{ rule: 'one more', ...at, new: String(Number(digits) + 1) }, ...less];
  });
}

function calls(code) {
  return [...code.matchAll(/(?<=[;{}]\s*\n\s*)(?:\(void\))?[A-Za-z_][\w.:]*(?:->[\w.]+)*\(/g)].flatMap(
    ({ index, 0: head }) => {
      if (/^(?:if|while|for|switch|return|static_assert|MGC_CHECK|MGC_DCHECK)\b/.test(head)) return [];
      const end = endOfBrackets(code, index + head.length - 1);
      return code[end] === ';' ? [{ rule: 'left out', begin: index, end, new: '' }] : [];
    },
  );
}

/** Gives numbers of [0, 1), the same for the same seed. */
function* randoms(seed) {
  for (let state = seed >>> 0; ; ) {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    yield ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** Returns all mutants of the files, shuffled by the seed. */
export function mutantsByRule(seed) {
  const all = kPlaces.flatMap(filesOf).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const code = mask(text);
    return [...conditions(code, text), ...numbers(code), ...calls(code)].map((mutant) => {
      const line = text.slice(0, mutant.begin).split('\n').length;
      const what = text.slice(mutant.begin, mutant.end).replace(/\s+/g, ' ');
      return { ...mutant, file, name: `${file}:${line} ${mutant.rule}: ${what}` };
    });
  });
  const random = randoms(seed);
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random.next().value * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}
