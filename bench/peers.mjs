// Who is measured. A peer says what it is, how it is built, which workloads it has, and how one of them is run in a fresh process, which
// prints one line of JSON (measure.mjs says which). Adding a peer is adding an entry.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const bench = dirname(fileURLToPath(import.meta.url));
const root = resolve(bench, '..');
const trees = { wasm: join(root, 'build', 'bench-wasm'), native: join(root, 'build', 'bench-native') };

function must(program, args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed\n${error ?? ''}${stdout ?? ''}${stderr ?? ''}`);
  return stdout;
}

function emscriptenRoot() {
  return process.env.EMSCRIPTEN_ROOT ?? must('em-config', ['EMSCRIPTEN_ROOT']).trim();
}

const built = new Set();
/** Both C++ modules, or the native programs, are one build tree each. */
function buildTree(kind) {
  if (built.has(kind)) return;
  built.add(kind);
  const tree = trees[kind];
  if (!existsSync(join(tree, 'build.ninja'))) {
    const toolchain = () => `-DCMAKE_TOOLCHAIN_FILE=${join(emscriptenRoot(), 'cmake', 'Modules', 'Platform', 'Emscripten.cmake')}`;
    must('cmake', ['-S', bench, '-B', tree, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release', ...(kind === 'wasm' ? [toolchain()] : [])]);
  }
  must('cmake', ['--build', tree]);
}

const list = (numbers) => numbers.join(',');
const inModule = (peer, file) => (w) => [
  process.execPath,
  [join(bench, 'module.mjs'), peer, join(trees.wasm, file), w.group, list(w.warm), list(w.sizes)],
];
const any = () => true;
const oneOf = (...groups) => (workload) => groups.includes(workload.group);

export const kPeers = {
  mallocgc: {
    title: 'mallocgc, wasm',
    build: () => buildTree('wasm'),
    has: any,
    command: inModule('mallocgc', 'bench.wasm'),
  },
  js: {
    title: 'JS objects',
    build() {},
    has: oneOf('trees', 'gcbench', 'churn', 'pause', 'strings', 'drop', 'mark', 'steady'),
    command: (w) => [
      process.execPath,
      ['--expose-gc', '--max-old-space-size=4000', join(bench, 'peers', 'objects.mjs'), w.group, list(w.warm), list(w.sizes)],
    ],
  },
  dlmalloc: {
    title: 'dlmalloc + free, wasm',
    build: () => buildTree('wasm'),
    has: oneOf('trees', 'gcbench', 'churn', 'pause', 'strings', 'drop'),
    command: inModule('dlmalloc', 'malloc.wasm'),
  },
  native: {
    title: 'mallocgc, native',
    build: () => buildTree('native'),
    has: any,
    command: (w) => [join(trees.native, 'bench_native'), [w.group, ...w.sizes.map(String)]],
  },
};
