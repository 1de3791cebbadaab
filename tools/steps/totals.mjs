// This counts what the test runners report. Each function takes a runner's output and its exit code and returns {
// passed, failed }, with `skipped` where a runner says so. A runner that fails without naming a failed test (a crash, a
// broken build) counts as one failure, so that no failure can hide behind a zero.

/** Adds counts up. */
export function sum(counts) {
  const total = { passed: 0, failed: 0 };
  for (const { passed, failed, skipped = 0 } of counts) {
    total.passed += passed;
    total.failed += failed;
    if (skipped > 0) total.skipped = (total.skipped ?? 0) + skipped;
  }
  return total;
}

function withExitCode(count, code) {
  return code !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}

function firstNumber(text, pattern) {
  const match = pattern.exec(text);
  return match ? Number(match[1]) : 0;
}

/** Reads GoogleTest's closing lines. Without them the program did not reach its end. */
export function fromGoogleTest(output, code) {
  const passed = firstNumber(output, /^\[ {2}PASSED {2}\] (\d+) tests?\./m);
  const failed = firstNumber(output, /^\[ {2}FAILED {2}\] (\d+) tests?, listed below/m);
  const isWhole = /^\[=+\] \d+ tests? from \d+ test suites? ran\./m.test(output);
  // Brief output lists no closing line for failures: the number that ran, less the others, failed.
  const ran = firstNumber(output, /^\[=+\] (\d+) tests? from \d+ test suites? ran\./m);
  const skipped = firstNumber(output, /^\[ {2}SKIPPED \] (\d+) tests?/m);
  const count = { passed, failed: Math.max(failed, ran - passed - skipped) };
  return withExitCode(count, isWhole ? code : 1);
}

/** Reads CTest's closing line: `100% tests passed, 0 tests failed out of 3`. */
export function fromCTest(output, code) {
  const match = /(\d+) tests failed out of (\d+)/.exec(output);
  if (!match) return { passed: 0, failed: 1 };
  const failed = Number(match[1]);
  const skipped = output.match(/\*\*\*Skipped/g)?.length ?? 0;
  const count = { passed: Number(match[2]) - failed - skipped, failed, ...(skipped > 0 ? { skipped } : {}) };
  return withExitCode(count, code);
}

/** Reads Vitest's JSON report. A file that cannot be loaded has no tests, but is a failure. */
export function fromVitest(report, code) {
  if (report === null) return { passed: 0, failed: 1 };
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const count = { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
  return withExitCode(count, code);
}

/**
 * Reads a script of ours that ends with `N passed, N failed`, and perhaps `, N skipped`. One without that line counts
 * as one test.
 */
export function fromClosingLine(output, code) {
  const match = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1);
  if (!match) return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const skipped = match[3] ? { skipped: Number(match[3]) } : {};
  return withExitCode({ passed: Number(match[1]), failed: Number(match[2]), ...skipped }, code);
}
