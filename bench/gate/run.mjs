// npm run test:gate: has anything become slower or larger? Compared with bench/baselines/ are the instructions of the native workloads
// and the bytes of what ships. No clock is read, so a busy machine changes nothing. Prints what it compared and ends with how many
// comparisons passed, failed and were skipped because they were recorded with other tools.
//
//   npm run test:gate -- --record     writes the baselines anew, after a change that is meant

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must, root, which } from '../../wasm/steps/process.mjs';
import { weighArtifacts } from '../sizes/artifacts.mjs';
import { compare } from './compare.mjs';
import { countInstructions, kWorkloads, nameOf } from './instructions.mjs';

const kTree = join(root, 'build', 'bench-native');
/** How far a figure may move from its baseline, as a share of it. */
const kTolerances = { instructions: { worse: 0.02, better: 0.1 }, sizes: { worse: 0.01, better: 0.05 } };

const versionOf = (name) => `${name} ${JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version}`;

/** The compiler that CMake chose for the native tree, with the processor it compiles for. */
function nativeCompiler() {
  const folder = join(kTree, 'CMakeFiles');
  const version = readdirSync(folder).find((name) => existsSync(join(folder, name, 'CMakeCXXCompiler.cmake')));
  const text = readFileSync(join(folder, version, 'CMakeCXXCompiler.cmake'), 'utf8');
  const value = (name) => new RegExp(`set\\(${name} "([^"]*)"\\)`).exec(text)?.[1] ?? 'unknown';
  return `${value('CMAKE_CXX_COMPILER_ID')} ${value('CMAKE_CXX_COMPILER_VERSION')} for ${process.arch}`;
}

/** Instructions by workload; throws when a workload gives a wrong result. */
async function instructions() {
  if (!existsSync(join(kTree, 'build.ninja'))) {
    await must('cmake', ['-S', join(root, 'bench'), '-B', kTree, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release']);
  }
  await must('cmake', ['--build', kTree, '--target', 'bench_native']);
  const figures = {};
  for (const workload of kWorkloads) {
    const found = countInstructions(join(kTree, 'bench_native'), workload, join(root, 'build', 'gate'));
    if (found.checksum !== workload.checksum) {
      throw new Error(`${nameOf(workload)}: checksum ${found.checksum}, not ${workload.checksum}`);
    }
    figures[nameOf(workload)] = found.instructions;
  }
  return { tools: nativeCompiler(), figures };
}

const flat = (artifacts) =>
  Object.fromEntries(Object.entries(artifacts).flatMap(([name, bytes]) => Object.entries(bytes).map(([how, n]) => [`${name}, ${how}`, n])));

async function sizes() {
  const artifacts = Object.entries(await weighArtifacts(join(root, 'dist')));
  const isModule = ([name]) => name.endsWith('.wasm');
  const emscripten = readFileSync(join(process.env.EMSCRIPTEN_ROOT, 'emscripten-version.txt'), 'utf8').replaceAll('"', '').trim();
  return {
    modules: { tools: `Emscripten ${emscripten}, ${versionOf('binaryen')}`, figures: flat(Object.fromEntries(artifacts.filter(isModule))) },
    scripts: {
      tools: `${versionOf('typescript')}, ${versionOf('esbuild')}`,
      figures: flat(Object.fromEntries(artifacts.filter((each) => !isModule(each)))),
    },
  };
}

const baselinePath = (group) => join(root, 'bench', 'baselines', `${group}.json`);
const readBaseline = (group) => (existsSync(baselinePath(group)) ? JSON.parse(readFileSync(baselinePath(group), 'utf8')) : undefined);

/** Group → { tools, figures }. Without Valgrind the instructions are absent. */
async function measureAll() {
  const groups = await sizes();
  return which('valgrind') ? { instructions: await instructions(), ...groups } : groups;
}

function record(groups) {
  for (const [group, { tools, figures }] of Object.entries(groups)) {
    const tolerance = kTolerances[group === 'instructions' ? 'instructions' : 'sizes'];
    writeFileSync(baselinePath(group), `${JSON.stringify({ tools, ...tolerance, figures }, null, 2)}\n`);
    console.log(`recorded: ${group}, made with ${tools}`);
  }
}

function report(groups) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const group of ['instructions', 'modules', 'scripts']) {
    const found = groups[group];
    const baseline = readBaseline(group);
    const results = found
      ? compare(found.figures, found.tools, baseline)
      : Object.keys(baseline?.figures ?? {}).map((name) => ({ name, verdict: 'skipped', text: 'Valgrind is not installed' }));
    for (const { name, verdict, text } of results) {
      counts[verdict]++;
      console.log(`${verdict.padEnd(7)} ${group}: ${name}: ${text}`);
    }
  }
  if (counts.failed > 0) console.log('A change that is meant is recorded by: npm run test:gate -- --record');
  console.log(`${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`);
  return counts.failed > 0 ? 1 : 0;
}

const groups = await measureAll();
if (process.argv.includes('--record')) record(groups);
process.exitCode = report(groups);
