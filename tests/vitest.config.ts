// Vitest runs the tests of the npm package (tests/js, tests/package, tests/browser) and of the house rules
// (tests/tidy). It runs in processes of its own with the engine's collector within reach, because the tests of
// finalizers and leaked views ask for it.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** MALLOCGC_DIST names another package than dist/: a mutant of it (tests/mutants/package.mjs). */
const dist = (name: string): string =>
  join(process.env['MALLOCGC_DIST'] ?? fileURLToPath(new URL('../dist', import.meta.url)), name);

export default defineConfig({
  resolve: {
    // The tests see the package as its users do: by name, compiled.
    alias: [
      { find: /^mallocgc$/, replacement: dist('index.js') },
      { find: /^mallocgc\/inline$/, replacement: dist('inline.js') },
      { find: /^mallocgc\/worker$/, replacement: dist('worker.js') },
    ],
  },
  test: {
    include: ['tests/{js,tidy,package,browser,rooting,places}/**/*.test.ts'],
    pool: 'forks',
    execArgv: ['--expose-gc'],
    // The main process only waits, so every processor may have a file. More of them would want too much memory.
    maxWorkers: Math.min(4, availableParallelism()),
    // Shared machines stall. A test that hangs is still found.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
