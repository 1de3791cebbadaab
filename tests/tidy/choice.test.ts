// The tests say what a run of tests is asked for, and that a watched one runs again.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { choiceOf } from '../../tools/steps/choice.mjs';
import { repeatOnChange } from '../../tools/steps/watch.mjs';

const kKnown = ['tidy', 'native', 'asan', 'js'];
const kUsual = ['tidy', 'native'];
const kNothing = { names: kUsual, filter: null, watch: false, withLast: false, args: [] };
const choice = (...args: string[]): unknown => choiceOf(args, kUsual, kKnown);

describe('a run of tests', () => {
  it('is of the usual suites unless others are named, in the order of a whole run', () => {
    expect(choice()).toEqual(kNothing);
    expect(choice('--only', 'js,native')).toEqual({ ...kNothing, names: ['native', 'js'] });
    expect(choice('--only=asan')).toEqual({ ...kNothing, names: ['asan'] });
  });

  it('refuses a suite that does not exist, and says which there are', () => {
    expect(() => choice('--only', 'native,nativ')).toThrow(/no such suite: nativ; there are tidy, native, asan, js/);
    expect(() => choice('--only')).toThrow(/--only needs a value/);
    expect(() => choice('--filter=')).toThrow(/--filter needs a value/);
  });

  it('takes a filter with spaces, and gives the runner what is not its own', () => {
    expect(choice('--filter', 'M12 says', '--gtest_repeat=2', '--watch')).toEqual({
      ...kNothing,
      filter: 'M12 says',
      watch: true,
      args: ['--gtest_repeat=2'],
    });
    expect(choice('--with-last', '--', '--watch')).toEqual({ ...kNothing, withLast: true, args: ['--watch'] });
  });
});

describe('a watched run', () => {
  it('begins at once, and again after each change of a file below its folders', async () => {
    const root = mkdtempSync(join(tmpdir(), 'mallocgc-watch-'));
    mkdirSync(join(root, 'src', 'gc'), { recursive: true });
    const end = new AbortController();
    let runs = 0;
    const work = async (): Promise<void> => {
      runs += 1;
      if (runs < 3) writeFileSync(join(root, 'src', 'gc', `${runs}.cc`), 'changed');
      else end.abort();
    };
    await repeatOnChange(root, ['src', 'missing'], work, end.signal);
    expect(runs).toBe(3);
    rmSync(root, { recursive: true });
  });
});
