// The rooting tool's list of the heap's functions (tools/rooting/may-collect.json) is whole: each function of the C
// face and each export is in it, once, and nothing else is. A name that is missing would be taken for one that
// collects.

import { describe, expect, it } from 'vitest';
import { read, select } from './repository.ts';

const lists = JSON.parse(read('tools/rooting/may-collect.json')) as {
  collects: string[];
  never: string[];
  neverButGive: string[];
  takeNoObjects: string[];
  giveMutators: string[];
  takeMutators: Record<string, number>;
};
const listed = [...lists.collects, ...lists.never];

const kHeaders = select(['src/include/mallocgc'], ['.h']).filter(
  (file) => /^src\/include\/mallocgc\/[^/]+$/.test(file) || file.endsWith('cpp/runtime.h'),
);

interface Declaration {
  readonly name: string;
  /** This is the comment above. Functions that stand together share one. */
  readonly comment: string;
}

/**
 * These are the functions that the headers declare and the library has. What is inline is part of the client's code.
 */
const declarations = kHeaders.flatMap((file): Declaration[] => {
  const found: Declaration[] = [];
  let comment = '';
  for (const [whole, block, lines, name] of read(file).matchAll(
    /(\/\*[\s\S]*?\*\/)|((?:^[ \t]*\/\/.*\n)+)|^(?!static|typedef|extern|#|\s)[^\n(]*?\b(mgc_\w+)\([^;{]*;/gm,
  )) {
    if (name === undefined) comment = block ?? lines ?? whole;
    else found.push({ name, comment });
  }
  return found;
});

const exported = select(['wasm'], ['.txt']).flatMap((file) => read(file).match(/^mgc_\w+$/gm) ?? []);

describe('the list of what may collect', () => {
  it('has every function of the headers and every export, once', () => {
    expect(declarations.length).toBeGreaterThan(100);
    expect(exported.length).toBeGreaterThan(90);
    expect(new Set(listed).size).toBe(listed.length);
    const known = new Set(listed);
    expect([...new Set([...declarations.map(({ name }) => name), ...exported])].filter((n) => !known.has(n))).toEqual(
      [],
    );
  });

  it('has nothing else', () => {
    const there = new Set([...declarations.map(({ name }) => name), ...exported]);
    expect(listed.filter((name) => !there.has(name))).toEqual([]);
    expect(lists.neverButGive.filter((name) => !lists.never.includes(name))).toEqual([]);
    expect(lists.takeNoObjects.filter((name) => !lists.collects.includes(name))).toEqual([]);
  });

  it('says what the headers say of a function', () => {
    const collects = new Set(lists.collects);
    const contradicted = declarations.filter(
      ({ name, comment }) =>
        collects.has(name) &&
        /\b[Nn]ever collects|[Nn](?:one|either call) collects\b/.test(comment) &&
        !/\b(May|They) collect\b|Collects\.|may collect/.test(comment),
    );
    expect(contradicted.map(({ name }) => name)).toEqual([]);
    const silent = declarations.filter(
      ({ name, comment }) =>
        !collects.has(name) && /\b(May collect|Collects)\b/.test(comment) && !/[Nn]ever collects/.test(comment),
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('knows who takes a mutator first, of how many arguments, and who gives one', () => {
    const headers = select(['src/include/mallocgc'], ['.h']).filter((file) => /mallocgc\/[^/]+$/.test(file));
    const texts = headers.map((file) => read(file).replace(/\/\*[\s\S]*?\*\//g, '')).join('\n');
    const takers = [...texts.matchAll(/\b(mgc_\w+)\((mgc_mutator\* mutator[^;{)]*)\)/g)].map(
      ([, name = '', parameters = '']) => [name, parameters.split(',').length] as const,
    );
    expect(takers.length).toBeGreaterThan(25);
    expect(lists.takeMutators).toEqual(Object.fromEntries(takers));
    const givers = [...texts.matchAll(/\bmgc_mutator\* (mgc_\w+)\(/g)].map(([, name]) => name);
    expect([...new Set([...givers, 'mgc_mutator'])].sort()).toEqual([...lists.giveMutators].sort());
  });
});
