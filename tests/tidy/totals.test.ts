// The sums at the end of `npm test` are believed. So the tests also try how they are read off the runners' output.

import { describe, expect, it } from 'vitest';
import { fromClosingLine, fromCTest, fromGoogleTest, fromVitest, sum } from '../../tools/steps/totals.mjs';

describe('GoogleTest', () => {
  const ran = '[==========] 18 tests from 6 test suites ran. (3 ms total)\n';

  it('counts passed and failed tests, and skipped ones as neither', () => {
    const output = `${ran}[  PASSED  ] 11 tests.\n[  SKIPPED ] 6 tests.\n`;
    expect(fromGoogleTest(output, 1)).toEqual({ passed: 11, failed: 1 });
  });

  it('counts one test in the singular', () => {
    const output = '[==========] 1 test from 1 test suite ran. (0 ms total)\n[  PASSED  ] 1 test.\n';
    expect(fromGoogleTest(output, 0)).toEqual({ passed: 1, failed: 0 });
  });

  it('takes a crash for a failure', () => {
    expect(fromGoogleTest('[ RUN      ] A.B\n', 0)).toEqual({ passed: 0, failed: 1 });
    expect(fromGoogleTest(`${ran}[  PASSED  ] 18 tests.\n`, 134)).toEqual({ passed: 18, failed: 1 });
  });
});

describe('CTest', () => {
  it('counts from the closing line, and takes its absence for a failure', () => {
    expect(fromCTest('67% tests passed, 1 tests failed out of 3\n', 8)).toEqual({ passed: 2, failed: 1 });
    expect(fromCTest('', 0)).toEqual({ passed: 0, failed: 1 });
    const skips = '2/3 Test #2: b ...***Skipped   0.01 sec\n100% tests passed, 0 tests failed out of 3\n';
    expect(fromCTest(skips, 0)).toEqual({ passed: 2, failed: 0, skipped: 1 });
  });
});

describe('Vitest', () => {
  it('counts a file that could not be loaded as a failure', () => {
    const testResults = [{ status: 'failed', assertionResults: [] }];
    expect(fromVitest({ numPassedTests: 2, numFailedTests: 0, testResults }, 1)).toEqual({ passed: 2, failed: 1 });
    expect(fromVitest(null, 0)).toEqual({ passed: 0, failed: 1 });
  });
});

describe('a script', () => {
  it('is counted by its last closing line, or as one test', () => {
    expect(fromClosingLine('1 passed, 0 failed\n7 passed, 2 failed\n', 1)).toEqual({ passed: 7, failed: 2 });
    expect(fromClosingLine('', 0)).toEqual({ passed: 1, failed: 0 });
    expect(fromClosingLine('3 passed, 0 failed\n', 1)).toEqual({ passed: 3, failed: 1 });
    expect(fromClosingLine('3 passed, 0 failed, 2 skipped\n', 0)).toEqual({ passed: 3, failed: 0, skipped: 2 });
  });
});

describe('the sum', () => {
  it('adds up', () => {
    expect(
      sum([
        { passed: 1, failed: 2 },
        { passed: 3, failed: 4 },
      ]),
    ).toEqual({ passed: 4, failed: 6 });
    expect(
      sum([
        { passed: 1, failed: 0, skipped: 2 },
        { passed: 1, failed: 0 },
      ]),
    ).toEqual({ passed: 2, failed: 0, skipped: 2 });
  });
});
