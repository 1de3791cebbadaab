// This installs the library and builds the program of tests/consumer against it, as a user would: natively, with
// Emscripten, and with the sources as a subfolder of the user's own build.

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildPreset, tree } from './cmake.mjs';
import { must, root, run, StepError } from './process.mjs';
import { fromCTest, sum } from './totals.mjs';

const source = join(root, 'tests', 'consumer');

/** Builds the consumer in a fresh tree with some CMake settings and runs its tests. */
async function tryConsumer(name, settings) {
  const folder = join(root, 'build', 'consumer', name);
  console.log(`consumer: ${name}`);
  rmSync(folder, { recursive: true, force: true });
  try {
    await must('cmake', ['-G', 'Ninja', '-S', source, '-B', folder, '-DCMAKE_BUILD_TYPE=Release', ...settings]);
    await must('cmake', ['--build', folder]);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    console.log(error.message);
    return { passed: 0, failed: 1 };
  }
  const { code, output } = await run('ctest', ['--test-dir', folder, '--output-on-failure']);
  return fromCTest(output, code);
}

/** Installs a preset's library in a folder of its own, and returns the folder. */
async function install(preset) {
  const prefix = join(root, 'build', 'consumer', `${preset}-prefix`);
  await buildPreset(preset, ['mallocgc', 'mallocgc_boehm']);
  rmSync(prefix, { recursive: true, force: true });
  await must('cmake', ['--install', tree(preset), '--prefix', prefix]);
  return prefix;
}

/** Installs without options: no tests are built, and the release flavour is installed. */
async function installPlainly() {
  const [folder, prefix] = ['plain', 'plain-prefix'].map((name) => join(root, 'build', 'consumer', name));
  for (const path of [folder, prefix]) rmSync(path, { recursive: true, force: true });
  await must('cmake', ['-S', root, '-B', folder]);
  await must('cmake', ['--build', folder, '--parallel']);
  if (existsSync(join(folder, 'tests'))) throw new StepError('consumer: a build without options builds tests');
  await must('cmake', ['--install', folder, '--prefix', prefix]);
  return { folder, prefix };
}

async function addDebug({ folder, prefix }) {
  await must('cmake', ['--build', folder, '--target', 'mallocgc_debug', '--parallel']);
  await must('cmake', ['--install', folder, '--prefix', prefix, '--component', 'debug']);
}

export async function testConsumer() {
  const toolchain = join(process.env.EMSCRIPTEN_ROOT, 'cmake', 'Modules', 'Platform', 'Emscripten.cmake');
  const counts = [];
  const plain = await installPlainly();
  counts.push(await tryConsumer('native', [`-DCMAKE_PREFIX_PATH=${plain.prefix}`]));
  await addDebug(plain);
  counts.push(await tryConsumer('native-debug', [`-DCMAKE_PREFIX_PATH=${plain.prefix}`, '-DCONSUMER_DEBUG=ON']));
  counts.push(
    await tryConsumer('emscripten', [
      `-DCMAKE_TOOLCHAIN_FILE=${toolchain}`,
      // Emscripten's toolchain looks for packages in its own root only, unless told of another.
      `-DCMAKE_FIND_ROOT_PATH=${await install('wasm')}`,
    ]),
  );
  counts.push(await tryConsumer('subfolder', [`-DMALLOCGC_SOURCES=${root}`]));
  return sum(counts);
}
