// This tests the tests: each mutant of listed.mjs is one mistake, as a replacement of text, and the suite must fail on
// it. Those of the heap run natively (native.mjs), those of js/ on a copy of the package (package.mjs). The tests that
// are nearest to the file run first. A crash, a failed check and a run without end count as caught. Text that is no
// longer there, or that does not compile, is not caught.
//
//   node tests/mutants/run.mjs [--only TEXT] [--tree BUILD_TREE]  npm run test:mutants
//                                                                 TEXT is in the name or the file, or is a list's name
//   node tests/mutants/run.mjs --seed NUMBER [--count NUMBER]     mutants by rule (rules.mjs) instead of those
//   --jobs NUMBER                                                 so many at a time, not one for each processor
//   --resume FILE                                                 verdicts are kept in FILE, and what has one there
//                                                                 is not tried again while its text and file are as
//                                                                 they were (verdicts.mjs)
//
// Where a mutant by rule does not compile, another one takes its place. docs/mutants.md has what such a run has found.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPreset, tree as treeOfPreset } from '../../tools/steps/cmake.mjs';
import { buildPackage } from '../../tools/steps/package.mjs';
import { root } from '../../tools/steps/process.mjs';
import { ensureToolchain } from '../../tools/toolchain.mjs';
import { execute } from './execute.mjs';
import { listedMutants, placesOf } from './listed.mjs';
import { kFewerSteps, readBuild, tryNativeMutant } from './native.mjs';
import { tryPackageMutant } from './package.mjs';
import { mutantsByRule } from './rules.mjs';
import { Verdicts } from './verdicts.mjs';

const text = { type: 'string' };
const { values: options } = parseArgs({
  options: { only: text, tree: text, seed: text, count: text, jobs: text, resume: text },
});
/** A run may take so many times what the whole suite takes without a mutant, but at least so many seconds. */
const kTimes = 4;
const kSecondsAtLeast = 60;
/** The whole suite without a mutant may take so long, on a machine that does other things, too. */
const kCleanSeconds = 3600;

const isOfPackage = (mutant) => mutant.file.startsWith('js/');

/** Writes the mutated file and says what must be compiled, or why it cannot be. */
function plant(mutant, folder) {
  const text = readFileSync(join(root, mutant.file), 'utf8');
  const places = mutant.rule ? [mutant] : placesOf(text, mutant.old);
  if (places.length !== 1) return { problem: `its text is ${places.length} times in ${mutant.file}` };
  const [{ begin, end }] = places;
  const copy = join(folder, mutant.file);
  mkdirSync(dirname(copy), { recursive: true });
  writeFileSync(copy, text.slice(0, begin) + mutant.new + text.slice(end));
  const files = mutant.file.endsWith('.h') ? mutant.also : [mutant.file];
  return { copy, files: files.map((file) => ({ file, source: file === mutant.file ? copy : join(root, file) })) };
}

/** Returns what caught it (`by`), or why nothing did (`problem`). */
function tryMutant(build, mutant, { folder, seconds }) {
  const { problem, copy, files } = plant(mutant, folder);
  if (problem) return { problem };
  if (isOfPackage(mutant)) return tryPackageMutant(mutant, copy, folder);
  return tryNativeMutant(build, mutant, files, { folder, seconds });
}

/** Builds what the mutants are tried on. Returns null if its tests fail anyway, and would catch everything. */
async function prepare(mutants) {
  await ensureToolchain({ tests: true });
  if (mutants.some(isOfPackage)) await buildPackage();
  if (mutants.every(isOfPackage)) return {};
  if (!options.tree) await buildPreset('native', ['mallocgc_tests']);
  const build = readBuild(resolve(options.tree ?? treeOfPreset('native')));
  const begin = performance.now();
  const clean = await execute(join(build.tree, 'tests', 'mallocgc_tests'), ['--gtest_brief=1'], {
    cwd: root,
    seconds: kCleanSeconds,
    env: kFewerSteps,
  });
  const seconds = Math.max(kSecondsAtLeast, ((performance.now() - begin) / 1000) * kTimes);
  if (clean.code === 0) return { build, seconds };
  const why = clean.code === 'timeout' ? `does not end in ${kCleanSeconds} s` : 'fails';
  console.log(`The suite ${why} without any mutant:\n${clean.output}`);
  return null;
}

async function main() {
  const byRule = options.seed !== undefined;
  const all = byRule ? mutantsByRule(Number(options.seed)) : listedMutants();
  let wanted = byRule ? Number(options.count ?? 60) : all.length;
  const { only } = options;
  const mutants = all.filter(({ name, file, list }) => !only || list === only || `${name} ${file}`.includes(only));
  const prepared = await prepare(mutants);
  if (!prepared) {
    console.log('0 passed, 1 failed');
    return 1;
  }
  const { build, seconds } = prepared;
  const verdicts = new Verdicts(options.resume);
  const scratch = mkdtempSync(join(tmpdir(), 'mallocgc-mutants-'));
  let [next, passed, failed] = [0, 0, 0];
  const work = async () => {
    while (next < mutants.length && wanted > 0) {
      const number = next++;
      wanted -= 1;
      const mutant = mutants[number];
      const folder = join(scratch, String(number));
      mkdirSync(folder);
      const known = verdicts.of(mutant);
      const verdict = known ?? (await tryMutant(build, mutant, { folder, seconds }));
      rmSync(folder, { recursive: true, force: true });
      if (!known) verdicts.keep(mutant, verdict);
      const { problem, by, compiles } = verdict;
      if (byRule && compiles === false) {
        wanted += 1;
        continue;
      }
      if (problem) failed += 1;
      else passed += 1;
      const before = known ? 'before, ' : '';
      console.log(
        problem
          ? `${before}NOT CAUGHT: ${mutant.name}: ${problem.trim().slice(0, 2000)}`
          : `${before}caught: ${mutant.name} (${by})`,
      );
    }
  };
  const jobs = Number(options.jobs ?? Math.max(2, availableParallelism()));
  await Promise.all(Array.from({ length: jobs }, work));
  rmSync(scratch, { recursive: true, force: true });
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

process.exitCode = await main();
