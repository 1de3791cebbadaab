// Mutants that are written down as a replacement of text drift when their file changes. Each still stands in its file,
// once, so that a run of them tries what it says.

import { describe, expect, it } from 'vitest';
import { files, read } from './repository.ts';

interface Mutant {
  name: string;
  file: string;
  old: string;
  new: string;
  also?: string[];
}

// A script without declarations; its own head comment says what it gives.
const path = '../mutants/listed.mjs';
const { listedMutants, placesOf } = (await import(path)) as {
  listedMutants: () => Mutant[];
  placesOf: (text: string, wanted: string) => unknown[];
};
const mutants = listedMutants();

describe('each listed mutant', () => {
  it('has a name of its own', () => {
    expect(mutants.length).toBeGreaterThan(100);
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  it('finds its text in its file exactly once, and changes it', () => {
    const astray = mutants.filter(
      (mutant) => !files.includes(mutant.file) || placesOf(read(mutant.file), mutant.old).length !== 1,
    );
    expect(astray.map(({ name, file }) => `${file}: ${name}`)).toEqual([]);
    const code = (text: string) => text.replace(/\s+/g, '');
    expect(mutants.filter((mutant) => code(mutant.old) === code(mutant.new))).toEqual([]);
  });

  it('of a header says what is compiled with it', () => {
    const wrong = mutants.filter(({ file, also }) => {
      if (!file.endsWith('.h')) return also !== undefined;
      return also === undefined || also.length === 0 || !also.every((name) => files.includes(name));
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('would be missed by a text that is gone, and by one that stands twice', () => {
    expect(placesOf('a = b;\n  c = d;', 'b; c')).toHaveLength(1);
    expect(placesOf('a = b;', 'b = c;')).toHaveLength(0);
    expect(placesOf('f(x); f(x);', 'f(x);')).toHaveLength(2);
  });
});
