// The gate is believed when it is silent. So the tests try what makes it speak: the comparison, and the reading of
// callgrind's profiles.

import { describe, expect, it } from 'vitest';
import { compare } from '../../bench/gate/compare.mjs';
import { instructionsByObject, steepGrowth } from '../../bench/gate/instructions.mjs';

const kBaseline = { tools: 'GNU 12', worse: 0.02, better: 0.1, figures: { trees: 1000, drop: 100 } };
const verdicts = (
  figures: Record<string, number>,
  tools = 'GNU 12',
  baseline: typeof kBaseline | undefined = kBaseline,
): string[] => compare(figures, tools, baseline).map(({ name, verdict }) => `${name} ${verdict}`);

describe('the comparison', () => {
  it('passes what is within the tolerance, to both sides', () => {
    expect(verdicts({ trees: 1020, drop: 90 })).toEqual(['trees passed', 'drop passed']);
  });

  it('fails what is worse, and says the name and both figures', () => {
    expect(verdicts({ trees: 1021, drop: 100 })).toEqual(['trees failed', 'drop passed']);
    const [first] = compare({ trees: 1021, drop: 100 }, 'GNU 12', kBaseline);
    expect(first).toMatchObject({ name: 'trees', text: expect.stringMatching(/^1021, recorded 1000 .*worse/) });
  });

  it('fails what is much better, and says to record it', () => {
    const [first] = compare({ trees: 899, drop: 100 }, 'GNU 12', kBaseline);
    expect(first).toMatchObject({ verdict: 'failed', text: expect.stringMatching(/better .*record it$/) });
  });

  it('fails what was never recorded and what is no longer measured', () => {
    expect(verdicts({ trees: 1000, churn: 5 })).toEqual(['trees passed', 'drop failed', 'churn failed']);
    expect(compare({ trees: 1 }, 'GNU 12', undefined)).toMatchObject([{ name: 'trees', verdict: 'failed' }]);
  });

  it('skips, and does not pass, what was recorded with other tools', () => {
    expect(verdicts({ trees: 1000, drop: 100 }, 'Clang 14')).toEqual(['trees skipped', 'drop skipped']);
  });
});

describe('growth', () => {
  const kSmall = { 'mark 100000': 8e7, 'handles 50000': 2e7, 'finalizers 50000': 4e7, 'allocate 1': 2.4e7 };

  it('may be linear', () => {
    expect(
      steepGrowth({
        ...kSmall,
        'mark 400000': 33e7,
        'handles 200000': 8e7,
        'finalizers 200000': 17e7,
        'allocate 4': 9.9e7,
      }),
    ).toEqual([]);
  });

  it('may not be steeper', () => {
    const found = steepGrowth({
      ...kSmall,
      'mark 400000': 33e7,
      'handles 200000': 11e7,
      'finalizers 200000': 17e7,
      'allocate 4': 9.9e7,
    });
    expect(found).toEqual(['handles: 400.0 instructions for one of 50000, but 550.0 for one of 200000']);
  });
});

describe('a profile of callgrind', () => {
  it('counts each instruction once, where it stands, by object', () => {
    const profile = [
      ...['# callgrind format', 'positions: line', 'events: Ir', 'summary: 16', ''],
      ...[
        'ob=(1) /app',
        'fl=(1) ???',
        'fn=(1) step()',
        '0 5',
        'cob=(2) /lib/libc.so.6',
        'cfi=(2) ???',
        'cfn=(2) memset',
        'calls=3 0 ',
        '0 9',
        '+4 2',
        '',
      ],
      ...['ob=(2)', 'fl=(2)', 'fn=(2)', '* 9', ''],
      ...['totals: 16'],
    ].join('\n');
    expect(instructionsByObject(profile)).toEqual(
      new Map([
        ['/app', 7],
        ['/lib/libc.so.6', 9],
      ]),
    );
  });
});
