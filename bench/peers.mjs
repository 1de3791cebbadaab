// This says who is measured. A peer says what it is, which peer of ours it is compared with, how it is built, which
// workloads it has, which of them it is spared and why, and how one is run in a fresh process, which prints one line of
// JSON (measure.mjs says which). To add a peer is to add an entry.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newestNode } from '../tools/steps/engines.mjs';
import { buildPackage } from '../tools/steps/package.mjs';
import { root } from '../tools/steps/process.mjs';
import * as builds from './builds.mjs';
import { kPrograms, kWorkloads } from './workloads.mjs';

const script = (...path) => join(root, 'bench', ...path);
const list = (numbers) => numbers.join(',');
const job = (w) => [w.group, list(w.warm), list(w.sizes)];

const kAllocating = ['trees', 'gcbench', 'churn', 'pause', 'strings', 'drop'];
const kByHand = [...kAllocating, 'fifo'];
const kCollecting = [...kAllocating, 'mark', 'list', 'steady'];
/** The programs are written for these peers, too. */
const kWithPrograms = [...kCollecting, 'fifo', ...kPrograms];
/** These have a baseline over a semispace collector. */
const kOfLisp = ['lisp', 'nqueens'];
const kOurs = [...kWithPrograms, 'fragmentation', 'handles', 'finalizers', 'scale', 'allocate'];

/**
 * These make a run of everything too long and say nothing new. Who asks for one by `--only` has it all the same.
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

const cppModule = (title, file, groups, mode = '') => ({
  title,
  groups,
  build: () => builds.buildWasm(file),
  command: ({ program }, w) => [program, [script('module.mjs'), file, builds.wasmModule(file), ...job(w), mode]],
});
const native = (title, file, groups, tools = [], mode = '') => ({
  title,
  groups,
  build: () => builds.buildNative(file, tools),
  command: (_engine, w) => [builds.nativeProgram(file), [...job(w), mode]],
});
const assemblyScript = (title, runtime, spared = kSlow) => ({
  title,
  groups: kCollecting,
  spared,
  build: () => builds.buildAssemblyScript(runtime),
  command: ({ program }, w) => [
    program,
    [script('peers', 'assemblyscript.mjs'), builds.assemblyScriptModule(runtime), runtime, ...job(w)],
  ],
});

/** An engine is a program with what it needs to be told for a large heap of its own that can be collected. */
const nodeEngine = (program) => ({ program, flags: ['--expose-gc', '--max-old-space-size=4000'] });
/** bench/json/ keeps a document in the heap, through the package, or as JS objects. */
const json = (name, { program, flags }, w) => [program, [...flags, script('json', 'run.mjs'), name, ...job(w)]];
/** Ours are the workloads in C++, and those that use the package from JavaScript. */
const cpp = cppModule('mallocgc', 'bench', kOurs);
const ours = {
  ...cpp,
  groups: [...kOurs, 'compiled', 'json', 'boundary'],
  async build() {
    await buildPackage();
    await cpp.build();
  },
  command(engine, w) {
    if (w.group === 'json') return json('mallocgc', engine, w);
    if (w.group === 'compiled') return [engine.program, [script('compiled.mjs'), 'mallocgc', ...job(w)]];
    if (w.group === 'boundary') return [engine.program, [script('boundary', 'run.mjs'), '--operation', w.sizes[0]]];
    return cpp.command(engine, w);
  },
};
/** What only ours has says no more in a second Node, or in another engine. */
const kElsewhere = 'tells the same as in the other Node';
const kOwn = Object.fromEntries(
  ['list', 'json', ...kOurs.filter((group) => !kWithPrograms.includes(group))].map((group) => [group, kElsewhere]),
);
/** These take long and are measured in the newest Node. */
const kLater = { pause: kElsewhere, steady: kElsewhere };
const js = {
  title: 'JS objects',
  groups: [...kWithPrograms, 'compiled', 'json'],
  spared: kNoList,
  resident: true,
  build: buildPackage,
  command: (engine, w) =>
    w.group === 'json'
      ? json('js', engine, w)
      : [engine.program, [...engine.flags, script('peers', 'objects.mjs'), ...job(w)]],
};
const jsReader = {
  title: 'JS objects, read by the same reader',
  groups: ['json'],
  resident: true,
  minor: true,
  build: buildPackage,
  command: (engine, w) => json('js-reader', engine, w),
};
/** This module by another compiler (bench/foreign/) imports the heap, or is merged with it. */
const foreign = (name, title) => ({
  title,
  groups: ['drop', 'trees'],
  minor: true,
  build: buildPackage,
  command: ({ program }, w) => [program, [script('foreign', 'run.mjs'), name, ...job(w)]],
});
const dlmalloc = cppModule('dlmalloc + free', 'dlmalloc', kByHand);
const wasmGc = {
  title: 'WebAssembly GC',
  groups: [...kCollecting, 'fifo'],
  spared: kNoList,
  resident: true,
  build: builds.buildWasmGc,
  command: ({ program, flags }, w) => [
    program,
    [...flags, script('peers', 'wasmgc.mjs'), builds.wasmGcModule, ...job(w)],
  ],
};
const goWasm = {
  title: 'Go, js/wasm',
  groups: kCollecting,
  spared: { ...kSlow, mark: 'takes very long; native Go tells how it marks' },
  build: () => builds.buildGo('js'),
  command: ({ program }, w) => [
    program,
    [script('peers', 'go.mjs'), builds.goRoot(), builds.goProgram('js'), ...job(w)],
  ],
};

/** Other engines than V8 take long to start, so a run repeats their workloads this often, and not five times. */
const kRunsElsewhere = 3;
/** There every workload is measured that other peers have, too. */
const kSparedElsewhere = {
  ...kNoList,
  'trees 18': kSlow['trees 18'],
  ...Object.fromEntries(kOurs.filter((group) => !kWithPrograms.includes(group)).map((group) => [group, kElsewhere])),
};
/** A page cannot make its engine collect, so there only our own heap can be told to. */
const kForcedCollections = ['mark', 'list', 'steady', 'handles', 'finalizers', 'scale', 'allocate', 'fragmentation'];
const inFirefox = (peer, file) => ({
  ...peer,
  groups: peer.groups.filter((group) => file === 'bench' || !kForcedCollections.includes(group)),
  spared: kSparedElsewhere,
  command: (_engine, w) => [process.execPath, [script('firefox.mjs'), file, builds.moduleForPage(file), ...job(w)]],
});

/**
 * The modes of the heap beside the default one are peers of their own in this Node and natively, where a mode is spared
 * what shows no difference. There are none before the heap has modes.
 */
const kModes = readFileSync(join(root, 'src', 'abi', 'mallocgc', 'abi.h'), 'utf8').includes('MGC_MODE_STOP')
  ? ['stop', 'incremental', 'generational']
  : [];
const kOfModes = [...kAllocating, 'steady', 'fifo', ...kPrograms];
const modes = (name, make, spared = {}) =>
  Object.fromEntries(kModes.map((mode) => [`${name}-${mode}`, { ...make(mode), minor: true, spared }]));
const kModesSpared = Object.fromEntries(
  kWorkloads.filter(({ headline }) => !headline).map(({ name }) => [name, 'in wasm and when named']),
);

/** A table of results has one place; the first of it is ours, with which the others of that place are compared. */
const kPlaces = [
  {
    place: major === newest.major ? `Node ${major}, this one` : `Node ${major}`,
    engine: nodeEngine(process.execPath),
    peers: {
      mallocgc: { ...ours, spared: kLater },
      ...modes('mallocgc', (mode) => cppModule(`mallocgc, ${mode}`, 'bench', kOfModes, mode), kLater),
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
      'semispace-wasm': { ...cppModule('semispace of 4 MiB', 'semispace', kOfLisp), minor: true },
    },
  },
  {
    place: `Node ${newest.major}`,
    engine: nodeEngine(newest.program),
    prepare: builds.installNewestNode,
    peers: {
      [`mallocgc@${newest.major}`]: { ...ours, spared: kOwn },
      [`js@${newest.major}`]: { ...js, spared: { ...kNoList, json: kElsewhere } },
      [`dlmalloc@${newest.major}`]: dlmalloc,
      wasmgc: wasmGc,
    },
  },
  {
    place: 'Bun, JavaScriptCore',
    engine: { program: builds.bunProgram, flags: [] },
    prepare: builds.installBun,
    runsMax: kRunsElsewhere,
    peers: {
      'mallocgc@bun': { ...ours, groups: [...kOurs, 'compiled'], spared: kSparedElsewhere },
      'js@bun': { ...js, groups: [...kWithPrograms, 'compiled'], spared: kSparedElsewhere },
      'dlmalloc@bun': { ...dlmalloc, spared: kSparedElsewhere },
      'wasmgc@bun': { ...wasmGc, spared: kSparedElsewhere },
    },
  },
  {
    place: 'Firefox, SpiderMonkey',
    prepare: builds.findFirefox,
    runsMax: kRunsElsewhere,
    peers: {
      'mallocgc@firefox': inFirefox(cpp, 'bench'),
      'js@firefox': inFirefox({ ...js, groups: kWithPrograms }, 'js'),
      'dlmalloc@firefox': inFirefox(dlmalloc, 'dlmalloc'),
      'wasmgc@firefox': inFirefox(wasmGc, 'wasmgc'),
    },
  },
  {
    place: `a module by another compiler, Node ${major}`,
    engine: nodeEngine(process.execPath),
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
      ...modes('native', (mode) => native(`mallocgc, ${mode}`, 'native', kOfModes, [], mode), kModesSpared),
      boehm: { ...native('Boehm (libgc)', 'boehm', kWithPrograms, ['boehm']), spared: kNoList },
      go: {
        title: 'Go',
        groups: kCollecting,
        spared: kNoList,
        build: () => builds.buildGo('native'),
        command: (_engine, w) => [builds.goProgram('native'), job(w)],
      },
      semispace: { ...native('semispace of 4 MiB', 'semispace', kOfLisp), minor: true },
      libc: native('C library, malloc + free', 'libc', kByHand),
      mimalloc: native('mimalloc + free', 'mimalloc', kByHand, ['mimalloc']),
    },
  },
];

/** These are all peers, in the order of the tables' columns. */
export const kPeers = kPlaces.flatMap(({ place, engine, prepare, runsMax, peers }) =>
  Object.entries(peers).map(([name, peer], i, all) => ({
    name,
    place,
    title: peer.title,
    reference: all[0][0],
    isOurs: i === 0,
    /** The peer is measured so often at most, where it takes long. */
    runsMax: runsMax ?? Infinity,
    /** It is not in the README's tables, where a sibling stands for it. */
    isMinor: peer.minor ?? false,
    // memory_bytes counts this: wasm peers have linear memory, others only what the process takes.
    memory: peer.resident || place === 'native' ? 'resident' : 'linear',
    has: (workload) => peer.groups.includes(workload.group),
    /** Says why the peer is not measured with a workload that it has, or undefined. */
    sparedFrom: (workload) => peer.spared?.[workload.name] ?? peer.spared?.[workload.group],
    async build() {
      await prepare?.();
      await peer.build();
    },
    command: (workload) => peer.command(engine, workload),
  })),
);

/** Returns the peers that `--peers a,b` names, and ours of the same places, with which they are compared. */
export function choosePeers(only, all = kPeers) {
  if (!only) return all;
  const names = only.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !all.some((peer) => peer.name === name));
  if (unknown.length > 0)
    throw new Error(`no such peer: ${unknown.join(', ')}; there are ${all.map((peer) => peer.name).join(', ')}`);
  const references = all.filter((peer) => names.includes(peer.name)).map((peer) => peer.reference);
  return all.filter((peer) => names.includes(peer.name) || references.includes(peer.name));
}
