// This project's own test program, as wasm of Emscripten with optimised tests, is rooted as any module is, and then
// runs: all of it (own_tests.mjs), or that of a few rooms (own_tests.test.ts). Most of its tests have roots of their
// own, so what they show is that a rooted program still does what it did; those of the machine's stack have none, and
// fail where it is not rooted.

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rootAndVerify } from '../../tools/rooting/root.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const kTree = here('../../build/wasm-tests/tests/');

/** Rooted functions take more of the engine's stack, and tests of deep recursions have little to spare of Node's. */
const kFlags = ['--stack-size=3900'];

/** These leave barriers out to see that it is noticed. Where the tool adds them, they have nothing to notice. */
export const kTestsWithoutBarriers = [
  'HeapDamage.C8_TaggedAndTracedWordsAreHoldersToo',
  'HeapDamage.C7_AForgottenBarrierIsFoundByAnAutomaticCollectionAndNamed',
  'Minor.C7_AStoreWithoutItsBarrierIsFoundAndNamed',
  'Pointers.C9_AnInitialisingStoreLeavesItsCard',
  'Pointers.C7_AnInitialisingStoreIntoAnOldObjectIsFound',
];

/** Returns the script of a program that is built (mallocgc_rooted_tests, mallocgc_rooted_some_tests). */
export const scriptOf = (name) => `${kTree}${name}.js`;

/** Roots a program. Returns { script, reports, counters }: what runs it, and what the checker and the tool say. */
export function rootProgram(name, { barriers }) {
  const folder = here(`../../build/rooting/own/${barriers ? 'barriers' : 'plain'}/`);
  mkdirSync(folder, { recursive: true });
  const { bytes, reports, counters } = rootAndVerify(new Uint8Array(readFileSync(`${kTree}${name}.wasm`)), {
    barriers,
  });
  writeFileSync(`${folder}package.json`, '{ "type": "commonjs" }');
  writeFileSync(`${folder}${name}.wasm`, bytes);
  writeFileSync(`${folder}${name}.js`, readFileSync(scriptOf(name)));
  return { script: `${folder}${name}.js`, reports, counters };
}

/** Runs the tests of a program, in some processes side by side. Returns { code, output } of each. */
export function runProgram(script, { filter = '*', processes = 1, flags = ['--gtest_brief=1'] } = {}) {
  const runs = Array.from({ length: processes }, (_, index) => {
    const shard = processes > 1 ? { GTEST_TOTAL_SHARDS: `${processes}`, GTEST_SHARD_INDEX: `${index}` } : {};
    const words = [...kFlags, script, `--gtest_filter=${filter}`, ...flags];
    const child = spawn(process.execPath, words, { env: { ...process.env, ...shard } });
    const parts = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => parts.push(part));
    return new Promise((done, fail) => {
      child.on('error', fail);
      child.on('close', (code) => done({ code, output: Buffer.concat(parts).toString() }));
    });
  });
  return Promise.all(runs);
}

/** Returns the names of the tests that failed, or that the program ended in. */
export function failuresIn(output) {
  const failed = [...output.matchAll(/^\[ {2}FAILED {2}\] ([\w/]+\.[\w/]+)/gm)].map(([, name]) => name);
  return [...new Set(failed)];
}
