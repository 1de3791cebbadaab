// What is promised holds in the release flavour: a test of pacing, of records tied to objects, of roots or of limits
// needs nothing of the debug flavour. A test that is skipped says why.

import { describe, expect, it } from 'vitest';
import { lineAt, read, select } from './repository.ts';

const kNeverSkipped = new RegExp(
  '^tests/cpp/(gc_(pacer|collector|marker|sweeper)|heap_(memory|pacing|trim|roots|collect|finalizer|malloc)|' +
    'specials_|roots_|pages_|model/|small_scope/)',
);

/** These features in support/flavour.h are in the debug flavour and not in release. */
const kOfDebug = [...read('tests/cpp/support/flavour.h').matchAll(/Feature (k\w+)\{[^}]*kDebugFlavour\}/g)].map(
  ([, name]) => name ?? '',
);

const needs = select(['tests'], ['.cc', '.h']).flatMap((file) =>
  [...read(file).matchAll(/\bMGC_(?:NEEDS|ALL_NEED)\((\w+)\)|if \(!kDebugFlavour\)/g)].map(({ index, 1: feature }) => ({
    feature: feature ?? 'kDebugFlavour',
    file,
    at: `${file}:${lineAt(read(file), index)}`,
  })),
);

describe('a skipped test', () => {
  it('is not about pacing, records tied to objects, roots or limits', () => {
    expect(kOfDebug.length).toBeGreaterThan(2);
    const ofDebug = needs.filter(({ feature }) => feature === 'kDebugFlavour' || kOfDebug.includes(feature));
    expect(ofDebug.filter(({ file }) => kNeverSkipped.test(file)).map(({ at }) => at)).toEqual([]);
  });

  it('says why', () => {
    const silent = select(['tests'], ['.cc', '.h']).flatMap((file) =>
      [...read(file).matchAll(/\bGTEST_SKIP\(\)(?!\s*<<)/g)].map(({ index }) => `${file}:${lineAt(read(file), index)}`),
    );
    expect(silent).toEqual([]);
  });
});
