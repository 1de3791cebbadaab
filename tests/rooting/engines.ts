// This finds a Node that knows try_table: this one, this one with a flag, or the newest that `npm run test:engines` has
// installed. Node 26 needs no flag, and Node 20 has nothing of it.

import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { newestNode } from '../../tools/steps/engines.mjs';
import type { Answer, Request } from './run.ts';

export interface Engine {
  readonly program: string;
  readonly flags: readonly string[];
}

// A function with `try_table end`.
const kModule = [
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0],
  ...[10, 8, 1, 6, 0, 0x1f, 0x40, 0, 0x0b, 0x0b],
];
const kProbe = `process.exit(process.features.typescript && WebAssembly.validate(new Uint8Array([${kModule}])) ? 0 : 1)`;

/** Returns undefined where there is none. */
export function engineOfTryTable(): Engine | undefined {
  const flagged = { program: process.execPath, flags: ['--experimental-wasm-exnref'] };
  const newest = { program: newestNode().program, flags: [] };
  return [{ ...flagged, flags: [] }, flagged, newest].find(
    ({ program, flags }) => existsSync(program) && spawnSync(program, [...flags, '-e', kProbe]).status === 0,
  );
}

/** Runs requests (run.ts) in an engine; `file` is where they are written. */
export function runIn({ program, flags }: Engine, file: string, requests: readonly Request[]): Answer[] {
  writeFileSync(file, JSON.stringify(requests));
  const script = fileURLToPath(new URL('./run.ts', import.meta.url));
  const { stdout, stderr, status } = spawnSync(program, [...flags, script, file], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} fails: ${stderr}`);
  return JSON.parse(stdout) as Answer[];
}
