// npm run test:gate asks whether anything has become slower or larger. It compares with bench/baselines/ the
// instructions of the native workloads, the bytes of what ships, and the memory that programs end with. No clock is
// read, so a busy machine changes nothing. It prints what it compared and ends with how many comparisons passed, failed
// and were skipped because they were recorded with other tools.
//
//   npm run test:gate -- --record     writes the baselines anew, after a change that is meant

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { must, root, which } from '../../tools/steps/process.mjs';
import { weighArtifacts } from '../sizes/artifacts.mjs';
import { compare } from './compare.mjs';
import { countInstructions, kWorkloads, nameOf, steepGrowth } from './instructions.mjs';
import { memoryFigures } from './memory.mjs';

const kTree = join(root, 'build', 'bench-count');
/** How far a figure may move from its baseline, as a share of it. */
const kTolerances = { instructions: { worse: 0.02, better: 0.1 }, bytes: { worse: 0.01, better: 0.05 } };

const versionOf = (name) =>
  `${name} ${JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version}`;

/** Returns the compiler that CMake chose for the workloads, with the processor it compiles for. */
function nativeCompiler() {
  const folder = join(kTree, 'CMakeFiles');
  const version = readdirSync(folder).find((name) => existsSync(join(folder, name, 'CMakeCXXCompiler.cmake')));
  const text = readFileSync(join(folder, version, 'CMakeCXXCompiler.cmake'), 'utf8');
  const value = (name) => new RegExp(`set\\(${name} "([^"]*)"\\)`).exec(text)?.[1] ?? 'unknown';
  return `${value('CMAKE_CXX_COMPILER_ID')} ${value('CMAKE_CXX_COMPILER_VERSION')} for ${process.arch}`;
}

/** Returns instructions by workload. Throws when a workload gives a wrong result, or costs more the larger it is. */
async function instructions() {
  if (!existsSync(join(kTree, 'build.ninja'))) {
    await must('cmake', ['-S', join(root, 'bench', 'gate'), '-B', kTree, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release']);
  }
  await must('cmake', ['--build', kTree, '--target', 'bench_count']);
  // Counting side by side changes no count, so every processor has a workload.
  const figures = Object.fromEntries(kWorkloads.map((workload) => [nameOf(workload), 0]));
  const left = [...kWorkloads];
  const count = async () => {
    for (let workload = left.shift(); workload !== undefined; workload = left.shift()) {
      const found = await countInstructions(join(kTree, 'bench_count'), workload, join(root, 'build', 'gate'));
      if (found.checksum !== workload.checksum) {
        throw new Error(`${nameOf(workload)}: checksum ${found.checksum}, not ${workload.checksum}`);
      }
      figures[nameOf(workload)] = found.instructions;
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, count));
  const steep = steepGrowth(figures);
  if (steep.length > 0) throw new Error(steep.join('; '));
  return { tools: nativeCompiler(), figures };
}

const flat = (artifacts) =>
  Object.fromEntries(
    Object.entries(artifacts).flatMap(([name, bytes]) =>
      Object.entries(bytes).map(([how, n]) => [`${name}, ${how}`, n]),
    ),
  );

/** Returns what made the modules. */
function moduleTools() {
  const version = readFileSync(join(process.env.EMSCRIPTEN_ROOT, 'emscripten-version.txt'), 'utf8')
    .replaceAll('"', '')
    .trim();
  return `Emscripten ${version}, ${versionOf('binaryen')}`;
}

async function sizes(isWanted) {
  const artifacts = Object.entries(await weighArtifacts(join(root, 'dist')));
  return flat(Object.fromEntries(artifacts.filter(([name]) => isWanted(name.endsWith('.wasm')))));
}

/** Each group has how to measure it: { tools, figures }, or a reason to skip it. */
const kGroups = {
  instructions: () => (which('valgrind') ? instructions() : { skipped: 'Valgrind is not installed' }),
  modules: async () => ({ tools: moduleTools(), figures: await sizes((isModule) => isModule) }),
  scripts: async () => ({
    tools: `${versionOf('typescript')}, ${versionOf('esbuild')}`,
    figures: await sizes((isModule) => !isModule),
  }),
  memory: () => {
    const heap = new WebAssembly.Module(readFileSync(join(root, 'dist', 'heap.wasm')));
    return { tools: moduleTools(), figures: memoryFigures(heap) };
  },
};

const baselinePath = (group) => join(root, 'bench', 'baselines', `${group}.json`);
const readBaseline = (group) =>
  existsSync(baselinePath(group)) ? JSON.parse(readFileSync(baselinePath(group), 'utf8')) : undefined;

/** Measures one group; what goes wrong is a failure of this group only. */
async function measure(group) {
  try {
    return await kGroups[group]();
  } catch (error) {
    return { error: error.message };
  }
}

function record(group, { tools, figures }) {
  const tolerance = kTolerances[group === 'instructions' ? 'instructions' : 'bytes'];
  writeFileSync(baselinePath(group), `${JSON.stringify({ tools, ...tolerance, figures }, null, 2)}\n`);
  console.log(`recorded: ${group}, made with ${tools}`);
}

/** Returns [{ name, verdict, text }] of a group. */
function judge(group, { tools, figures, skipped, error }) {
  if (error) return [{ name: 'measuring', verdict: 'failed', text: error }];
  const baseline = readBaseline(group);
  if (!skipped) return compare(figures, tools, baseline);
  return Object.keys(baseline?.figures ?? {}).map((name) => ({ name, verdict: 'skipped', text: skipped }));
}

const counts = { passed: 0, failed: 0, skipped: 0 };
for (const group of Object.keys(kGroups)) {
  const found = await measure(group);
  if (process.argv.includes('--record') && found.figures) record(group, found);
  for (const { name, verdict, text } of judge(group, found)) {
    counts[verdict]++;
    console.log(`${verdict.padEnd(7)} ${group}: ${name}: ${text}`);
  }
}
if (counts.failed > 0) console.log('A change that is meant is recorded by: npm run test:gate -- --record');
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
);
process.exitCode = counts.failed > 0 ? 1 : 0;
