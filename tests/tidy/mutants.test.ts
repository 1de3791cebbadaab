// Mutants that are written down as a replacement of text drift when their file changes. Each still stands in its file,
// once, so that a run of them tries what it says.

import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { files, read } from './repository.ts';

interface Mutant {
  name: string;
  file: string;
  old: string;
  new: string;
  also?: string[];
}

// This script has no declarations. Its own head comment says what it gives.
const path = '../mutants/listed.mjs';
const { listedMutants, placesOf } = (await import(path)) as {
  listedMutants: () => Mutant[];
  placesOf: (text: string, wanted: string) => unknown[];
};
const mutants = listedMutants();

interface Verdict {
  by?: string;
  problem?: string;
}
const pathOfVerdicts = '../mutants/verdicts.mjs';
const { Verdicts } = (await import(pathOfVerdicts)) as {
  Verdicts: new (
    path?: string,
  ) => { of(mutant: Mutant): Verdict | undefined; keep(mutant: Mutant, found: Verdict): void };
};

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

describe('the verdicts of a run', () => {
  it('are there for the next one, each as soon as it is reached, and hold for the same mistake only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mallocgc-verdicts-'));
    const path = join(folder, 'verdicts.jsonl');
    const [first, second, third] = mutants as [Mutant, Mutant, Mutant];
    try {
      const run = new Verdicts(path);
      expect(run.of(first)).toBeUndefined();
      run.keep(first, { by: 'a test' });
      run.keep(second, { problem: 'no test sees it' });
      expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2);
      const next = new Verdicts(path);
      expect(next.of(first)).toEqual({ by: 'a test' });
      expect(next.of(second)).toEqual({ problem: 'no test sees it' });
      expect(next.of(third)).toBeUndefined();
      expect(next.of({ ...first, new: `${first.new} ` })).toBeUndefined();
      // A run was ended in the middle of a line.
      appendFileSync(path, '{"key":"');
      new Verdicts(path).keep(third, { by: 'another' });
      const last = new Verdicts(path);
      expect([first, second, third].map((mutant) => last.of(mutant)?.by)).toEqual(['a test', undefined, 'another']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are not kept where no file is named', () => {
    const run = new Verdicts();
    run.keep(mutants[0] as Mutant, { by: 'a test' });
    expect(run.of(mutants[0] as Mutant)).toBeUndefined();
  });
});
