// Who is measured. A peer says what it is, whom of ours it is compared with, how it is built, which workloads it has,
// which of them it is spared and why, and how one is run in a fresh process, which prints one line of JSON (measure.mjs
// says which). Adding a peer is adding an entry.

import { join } from 'node:path';
import { newestNode } from '../tools/steps/engines.mjs';
import { buildPackage } from '../tools/steps/package.mjs';
import { root } from '../tools/steps/process.mjs';
import * as builds from './builds.mjs';
import { kPrograms } from './workloads.mjs';

const script = (...path) => join(root, 'bench', ...path);
const list = (numbers) => numbers.join(',');
const job = (w) => [w.group, list(w.warm), list(w.sizes)];

const kAllocating = ['trees', 'gcbench', 'churn', 'pause', 'strings', 'drop'];
const kByHand = [...kAllocating, 'fifo'];
const kCollecting = [...kAllocating, 'mark', 'list', 'steady'];
/** Those for which the programs are written, too. */
const kWithPrograms = [...kCollecting, 'fifo', ...kPrograms];
const kOurs = [...kWithPrograms, 'fragmentation', 'handles', 'finalizers', 'scale', 'allocate'];

/**
 * What makes a run of everything too long and says nothing new; who is asked for it by `--only` has it all the same.
 */
const kNoList = { list: 'takes very long; mark tells the same' };
const kSlow = {
  ...kNoList,
  'trees 18': 'takes very long; trees 16 tells the same',
  steady: 'takes very long; it is about generations, which this has not',
  pause: 'takes very long; its longest tick is a mark of 2M nodes',
};

const newest = newestNode();
const major = Number(process.versions.node.split('.')[0]);

const cppModule = (title, file, groups) => ({
  title,
  groups,
  build: () => builds.buildWasm(file),
  command: (node, w) => [node, [script('module.mjs'), file, builds.wasmModule(file), ...job(w)]],
});
const native = (title, file, groups, tools = []) => ({
  title,
  groups,
  build: () => builds.buildNative(file, tools),
  command: (_node, w) => [builds.nativeProgram(file), job(w)],
});
const assemblyScript = (title, runtime, spared = kSlow) => ({
  title,
  groups: kCollecting,
  spared,
  build: () => builds.buildAssemblyScript(runtime),
  command: (node, w) => [
    node,
    [script('peers', 'assemblyscript.mjs'), builds.assemblyScriptModule(runtime), runtime, ...job(w)],
  ],
});

const kHeapFlags = ['--expose-gc', '--max-old-space-size=4000'];
/** A document in the heap, through the package, or as JS objects; by bench/json/. */
const json = (name, node, w) => [node, [...kHeapFlags, script('json', 'run.mjs'), name, ...job(w)]];
/** Ours: the workloads in C++, and those that use the package from JavaScript. */
const cpp = cppModule('mallocgc', 'bench', kOurs);
const ours = {
  ...cpp,
  groups: [...kOurs, 'json', 'boundary'],
  async build() {
    await buildPackage();
    await cpp.build();
  },
  command(node, w) {
    if (w.group === 'json') return json('mallocgc', node, w);
    if (w.group === 'boundary') return [node, [script('boundary', 'run.mjs'), '--operation', w.sizes[0]]];
    return cpp.command(node, w);
  },
};
/** What only ours has says no more in a second Node. */
const kElsewhere = 'tells the same as in the other Node';
const kOwn = Object.fromEntries(
  ['list', 'json', ...kOurs.filter((group) => !kWithPrograms.includes(group))].map((group) => [group, kElsewhere]),
);
/** What takes long and is measured in the newest Node. */
const kLater = { pause: kElsewhere, steady: kElsewhere };
const js = {
  title: 'JS objects',
  groups: [...kWithPrograms, 'json'],
  spared: kNoList,
  resident: true,
  build: buildPackage,
  command: (node, w) =>
    w.group === 'json' ? json('js', node, w) : [node, [...kHeapFlags, script('peers', 'objects.mjs'), ...job(w)]],
};
const jsReader = {
  title: 'JS objects, read by the same reader',
  groups: ['json'],
  resident: true,
  minor: true,
  build: buildPackage,
  command: (node, w) => json('js-reader', node, w),
};
/** A module by another compiler (bench/foreign/) that imports the heap, or is merged with it. */
const foreign = (name, title) => ({
  title,
  groups: ['drop', 'trees'],
  minor: true,
  build: buildPackage,
  command: (node, w) => [node, [script('foreign', 'run.mjs'), name, ...job(w)]],
});
const dlmalloc = cppModule('dlmalloc + free', 'dlmalloc', kByHand);
const wasmGc = {
  title: 'WebAssembly GC',
  groups: [...kCollecting, 'fifo'],
  spared: kNoList,
  resident: true,
  build: builds.buildWasmGc,
  command: (node, w) => [node, [...kHeapFlags, script('peers', 'wasmgc.mjs'), builds.wasmGcModule, ...job(w)]],
};
const goWasm = {
  title: 'Go, js/wasm',
  groups: kCollecting,
  spared: { ...kSlow, mark: 'takes very long; native Go tells how it marks' },
  build: () => builds.buildGo('js'),
  command: (node, w) => [node, [script('peers', 'go.mjs'), builds.goRoot(), builds.goProgram('js'), ...job(w)]],
};

/** A table of results has one place; the first of it is ours, with which the others of that place are compared. */
const kPlaces = [
  {
    place: major === newest.major ? `Node ${major}, this one` : `Node ${major}`,
    node: process.execPath,
    peers: {
      mallocgc: { ...ours, spared: kLater },
      js: { ...js, spared: { ...kNoList, ...kLater } },
      dlmalloc: { ...dlmalloc, spared: kLater },
      emmalloc: {
        ...cppModule('emmalloc + free', 'emmalloc', kByHand),
        minor: true,
        spared: { pause: 'takes long; dlmalloc tells the same' },
      },
      as: assemblyScript('AssemblyScript', 'incremental'),
      'as-minimal': {
        ...assemblyScript('AssemblyScript minimal', 'minimal', {
          ...kSlow,
          mark: 'takes very long; the other runtime tells the same',
        }),
        minor: true,
      },
      'go-wasm': goWasm,
      'js-reader': jsReader,
    },
  },
  {
    place: `Node ${newest.major}`,
    node: newest.program,
    prepare: builds.installNewestNode,
    peers: {
      [`mallocgc@${newest.major}`]: { ...ours, spared: kOwn },
      [`js@${newest.major}`]: { ...js, spared: { ...kNoList, json: kElsewhere } },
      [`dlmalloc@${newest.major}`]: dlmalloc,
      wasmgc: wasmGc,
    },
  },
  {
    place: `a module by another compiler, Node ${major}`,
    node: process.execPath,
    peers: {
      'foreign-merged': foreign('foreign-merged', 'mallocgc, merged, by the slot'),
      'foreign-merged-call': foreign('foreign-merged-call', 'merged, by mgc_new'),
      'foreign-slot': foreign('foreign-slot', 'imported, by the slot'),
      'foreign-call': foreign('foreign-call', 'imported, by mgc_new'),
    },
  },
  {
    place: 'native',
    peers: {
      native: { ...native('mallocgc', 'native', kOurs), spared: kNoList },
      boehm: { ...native('Boehm (libgc)', 'boehm', kWithPrograms, ['boehm']), spared: kNoList },
      go: {
        title: 'Go',
        groups: kCollecting,
        spared: kNoList,
        build: () => builds.buildGo('native'),
        command: (_node, w) => [builds.goProgram('native'), job(w)],
      },
      libc: native('C library, malloc + free', 'libc', kByHand),
      mimalloc: native('mimalloc + free', 'mimalloc', kByHand, ['mimalloc']),
    },
  },
];

/** Every peer, in the order of the tables' columns. */
export const kPeers = kPlaces.flatMap(({ place, node, prepare, peers }) =>
  Object.entries(peers).map(([name, peer], i, all) => ({
    name,
    place,
    title: peer.title,
    reference: all[0][0],
    isOurs: i === 0,
    /** Not in the README's tables, where a sibling stands for it. */
    isMinor: peer.minor ?? false,
    // What memory_bytes counts: wasm peers have linear memory, others only what the process takes.
    memory: peer.resident || place === 'native' ? 'resident' : 'linear',
    has: (workload) => peer.groups.includes(workload.group),
    /** Why the peer is not measured with a workload that it has, or undefined. */
    sparedFrom: (workload) => peer.spared?.[workload.name] ?? peer.spared?.[workload.group],
    async build() {
      await prepare?.();
      await peer.build();
    },
    command: (workload) => peer.command(node, workload),
  })),
);

/** The peers that `--peers a,b` names, and ours of the same places, with which they are compared. */
export function choosePeers(only, all = kPeers) {
  if (!only) return all;
  const names = only.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !all.some((peer) => peer.name === name));
  if (unknown.length > 0)
    throw new Error(`no such peer: ${unknown.join(', ')}; there are ${all.map((peer) => peer.name).join(', ')}`);
  const references = all.filter((peer) => names.includes(peer.name)).map((peer) => peer.reference);
  return all.filter((peer) => names.includes(peer.name) || references.includes(peer.name));
}
