// This builds the peers, each once in a run, and says where the products are. What a peer needs beyond the heap's own
// tools is installed when the peer is asked for. If that fails, the peer is named as missing, and the others are
// measured.

import { existsSync, mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { enginePath, installEngines, newestNode } from '../tools/steps/engines.mjs';
import { answerOf, must, root, StepError } from '../tools/steps/process.mjs';
import { ensureFirefox, ensurePeerTools } from '../tools/toolchain.mjs';

const bench = join(root, 'bench');
const peers = join(bench, 'peers');
const product = (...path) => join(root, 'build', ...path);

export const wasmModule = (name) => product('bench-wasm', `${name}.wasm`);
export const nativeProgram = (name) => product('bench-native', `bench_${name}`);
export const assemblyScriptModule = (runtime) => product('bench-peers', `assemblyscript-${runtime}.wasm`);
export const wasmGcModule = product('bench-peers', 'wasmgc.wasm');
export const goProgram = (target) => product('bench-peers', target === 'js' ? 'go.wasm' : 'go');
export const goRoot = () => answerOf('go', ['env', 'GOROOT']);

/** Configures a tree anew in each run: it is quick, and a library may have been installed meanwhile. */
async function configure(name, settings) {
  await must('cmake', ['-S', bench, '-B', product(name), '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release', ...settings]);
}

export async function buildWasm(target) {
  const toolchain = join(process.env.EMSCRIPTEN_ROOT ?? '', 'cmake', 'Modules', 'Platform', 'Emscripten.cmake');
  if (!existsSync(toolchain)) throw new StepError('no Emscripten; `npm run bench` finds or installs it');
  await configure('bench-wasm', [`-DCMAKE_TOOLCHAIN_FILE=${toolchain}`]);
  await must('cmake', ['--build', product('bench-wasm'), '--target', target]);
}

export async function buildNative(target, tools = []) {
  await ensurePeerTools(['compiler', ...tools]);
  await configure('bench-native', []);
  await must('cmake', ['--build', product('bench-native'), '--target', `bench_${target}`]);
}

function folderOfProducts() {
  mkdirSync(product('bench-peers'), { recursive: true });
}

export async function buildAssemblyScript(runtime) {
  folderOfProducts();
  const compiler = join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
  const options = ['-O3', '--noAssert', '--exportRuntime', '--runtime', runtime];
  await must('node', [
    compiler,
    join(peers, 'assemblyscript', 'index.ts'),
    ...options,
    '-o',
    assemblyScriptModule(runtime),
  ]);
}

export async function buildWasmGc() {
  folderOfProducts();
  await must('node', [join(peers, 'wasmgc', 'assemble.mjs'), wasmGcModule]);
}

export async function buildGo(target) {
  folderOfProducts();
  await ensurePeerTools(['go']);
  const env = target === 'js' ? { GOOS: 'js', GOARCH: 'wasm' } : {};
  await must('go', ['build', '-o', goProgram(target), '.'], { cwd: join(peers, 'go'), env });
}

const kBun = '@oven/bun-linux-x64';
export const bunProgram = enginePath(kBun, 'bin', 'bun');

export async function installBun() {
  if (!(await installEngines([kBun])) || !existsSync(bunProgram))
    throw new StepError('npm has no Bun for this machine');
}

/** Finds Firefox or installs it, and leaves its path where bench/firefox.mjs looks. */
export async function findFirefox() {
  process.env.FIREFOX_PATH = await ensureFirefox();
}

/** Returns the path of a peer's module from the repository's top, as a page asks for it, or '-' for a peer without. */
export function moduleForPage(file) {
  if (file === 'js') return '-';
  return relative(root, file === 'wasmgc' ? wasmGcModule : wasmModule(file));
}

export async function installNewestNode() {
  const { name, program } = newestNode();
  if (!(await installEngines([name])) || !existsSync(program))
    throw new StepError(`npm has no ${name} for this machine`);
}
