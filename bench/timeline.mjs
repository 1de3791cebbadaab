// This draws the time line of the modes, for docs/collector-modes.md. One program runs in each mode on heap.wasm, and
// Vega-Lite draws what was live and old after each of its steps, and its pauses. All of it is counted, in bytes and in
// units of work, so the picture is the same on every machine.
//
//   node bench/timeline.mjs [OUTPUT.svg]
//
// The program keeps a large list for good and makes trees, of which it keeps the last ones.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import { createHeap, t } from '../dist/index.js';

const kModes = ['stop', 'incremental', 'generational'];
const kMiB = 2 ** 20;
const kStanding = 400_000;
const kTreeDepth = 9;
const kTreesKept = 16;
const kTreesAStep = 12;
const kSteps = 240;
const kWarmSteps = 40;

/** Makes trees without a view each: `raw` inside a scope. */
function program(heap) {
  const { Node } = heap.defineTypes({ Node: { left: t.ref('Node'), right: t.ref('Node') } });
  const { raw } = heap;
  const type = raw.typeId(Node);
  const standing = heap.newarray(t.ref(Node), kStanding);
  for (let i = 0; i < kStanding; i++) raw.storeRef(standing.$.address + 4 * i, raw.newobject(type));
  const kept = heap.newarray(t.ref(Node), kTreesKept);
  const tree = (frame, depth) => {
    const node = frame.root(raw.newobject(type));
    if (depth > 0) {
      raw.storeRef(
        node,
        heap.scope((inner) => tree(inner, depth - 1)),
      );
      raw.storeRef(
        node + 4,
        heap.scope((inner) => tree(inner, depth - 1)),
      );
    }
    return node;
  };
  let next = 0;
  return () => {
    for (let i = 0; i < kTreesAStep; i++)
      heap.scope((frame) => raw.storeRef(kept.$.address + 4 * (next++ % kTreesKept), tree(frame, kTreeDepth)));
  };
}

/** Gives one line a step: what was allocated by then, what was live and old, and the units of its pauses. */
async function run(mode) {
  const heap = await createHeap({ mode, schedule: 'manual', minHeapBytes: 4 * kMiB });
  const step = program(heap);
  for (let i = 0; i < kWarmSteps; i++) step();
  const start = heap.memStats();
  const lines = [];
  for (let i = 0, last = start; i < kSteps; i++) {
    step();
    const now = heap.memStats();
    // All slices in one step are about as long.
    const pauses = now.NumGC - last.NumGC + now.MinorGCs - last.MinorGCs + now.Slices - last.Slices;
    const units = (now.PauseTotalUnits - last.PauseTotalUnits) / Math.max(1, pauses) / 1000;
    const [x, live, old, goal] = [now.TotalAlloc - start.TotalAlloc, now.HeapLive, now.OldBytes, now.NextGC];
    lines.push({ x: x / kMiB, live: live / kMiB, old: old / kMiB, goal: goal / kMiB, units });
    last = now;
  }
  const { NumGC, MinorGCs, Slices, PauseMaxUnits } = heap.memStats();
  const pauses = lines.map(({ units }) => units * 1000).filter((units) => units > 0);
  const median = Math.round(pauses.sort((a, b) => a - b)[pauses.length >> 1]);
  console.log(`${mode}: ${NumGC} full, ${MinorGCs} minor, ${Slices} slices`);
  console.log(`  units of a pause: median ${median}, longest ${PauseMaxUnits}`);
  heap.dispose();
  return lines;
}

const layered = (values, height, layer) => ({ width: 640, height, data: { values }, layer });
const x = (title) => ({
  field: 'x',
  type: 'quantitative',
  axis: { title },
  scale: { domainMin: 0, nice: false },
});

function chart(mode, values) {
  const y = (field, title) => ({ field, type: 'quantitative', axis: { title, tickCount: 4 } });
  const line = (field, color, more = {}) => ({
    mark: { type: 'line', color, strokeWidth: 1.5, ...more },
    encoding: { x: x(null), y: y(field, 'MiB') },
  });
  const memory = layered(values, 90, [
    { mark: { type: 'area', color: '#0072B2', opacity: 0.2 }, encoding: { x: x(null), y: y('live', 'MiB') } },
    line('live', '#0072B2'),
    line('old', '#009E73', { strokeWidth: 2 }),
    line('goal', '#888888', { strokeDash: [5, 4] }),
  ]);
  const steps = layered(values, 60, [
    {
      mark: { type: 'bar', color: '#D55E00', width: 2 },
      encoding: { x: x('MiB allocated'), y: y('units', 'pause, 1000 units') },
    },
  ]);
  return { title: { text: mode, anchor: 'start' }, spacing: 4, vconcat: [memory, steps] };
}

const { positionals } = parseArgs({ allowPositionals: true });
const all = [];
for (const mode of kModes) all.push(chart(mode, await run(mode)));
const spec = {
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  background: 'white',
  padding: 12,
  title: 'Live bytes (blue), the old ones among them (green), the goal (dashed), and pauses (red)',
  vconcat: all,
  resolve: { scale: { x: 'independent' } },
};
const view = new View(parse(compile(spec).spec), { renderer: 'none' });
writeFileSync(positionals[0] ?? 'modes.svg', await view.toSVG());
view.finalize();
