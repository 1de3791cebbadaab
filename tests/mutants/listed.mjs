// The mutants that are written down: every .json file of this folder is a list of them. Each is one mistake, as a
// replacement of text: `file` has `old` exactly once, white space apart, and with `new` in its place some test must
// fail. A mutated header says in `also` what is compiled with it.
//
// Doors: run.mjs; tests/tidy/mutants.test.ts, which looks whether the texts still stand in their files.

import { readdirSync, readFileSync } from 'node:fs';

const here = new URL('.', import.meta.url);

/** Returns all of them, list by list, each with the name of its list. */
export function listedMutants() {
  return readdirSync(here)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((list) => JSON.parse(readFileSync(new URL(list, here), 'utf8')).map((mutant) => ({ ...mutant, list })));
}

/**
 * Returns where a text stands in another, white space apart: the formatter may break lines elsewhere than the mutant
 * does.
 */
export function placesOf(text, wanted) {
  const offsets = [...text.matchAll(/\S/g)].map(({ index }) => index);
  const code = text.replace(/\s+/g, '');
  const part = wanted.replace(/\s+/g, '');
  const places = [];
  for (let at = code.indexOf(part); at >= 0; at = code.indexOf(part, at + 1)) {
    places.push({ begin: offsets[at], end: offsets[at + part.length - 1] + 1 });
  }
  return places;
}
