// This draws memory against time for four settings of gcPercent, for docs/collector-modes.md: Vega-Lite draws the
// simulation of main.cc, which is the real arithmetic of the pacer and of the assists. All of it is computed, so the
// picture is the same on every machine.
//
//   node bench/pacing/plot.mjs [OUTPUT.svg [OUTPUT.csv]]

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import { answerOf } from '../../tools/steps/process.mjs';
import { buildNative, nativeProgram } from '../builds.mjs';

const kWidth = 640;
const kHeight = 110;

/** Returns the program's lines as objects of numbers, by the names of its first line. */
export function rowsOf(text) {
  const [head, ...lines] = text.trim().split('\n');
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, i) => [names[i], Number(value)])));
}

/** Returns what a setting has cost: time, memory at its largest and on average by time, and how many cycles. */
export function summaryOf(rows) {
  let [area, before] = [0, 0];
  for (const { time, heap } of rows) {
    area += heap * (time - before);
    before = time;
  }
  const { time, cycles } = rows.at(-1);
  return { time, cycles, most: Math.max(...rows.map(({ heap }) => heap)), average: area / time };
}

const figure = (number) => number.toFixed(0);

function panel(percent, rows, { time, memory, title }) {
  const { cycles, most, average, time: took } = summaryOf(rows);
  const x = { field: 'time', type: 'quantitative', scale: { domain: [0, time], nice: false }, axis: { title } };
  const y = (field) => ({
    field,
    type: 'quantitative',
    scale: { domain: [0, memory] },
    axis: { title: 'MiB', tickCount: 4 },
  });
  const line = (field, color, more) => ({
    mark: { type: 'line', color, strokeWidth: 1, ...more },
    encoding: { x, y: y(field) },
  });
  const text = `gcPercent ${percent}: ${cycles} cycles, time ${figure(took)}, at most ${figure(most)} MiB, ${figure(average)} on average`;
  return {
    title: { text, anchor: 'start', fontSize: 12, fontWeight: 'normal' },
    width: kWidth,
    height: kHeight,
    data: { values: rows },
    layer: [
      { mark: { type: 'area', color: '#009E73', opacity: 0.35 }, encoding: { x, y: y('live') } },
      line('heap', '#0072B2'),
      line('goal', '#888888', { strokeDash: [5, 4], interpolate: 'step-after' }),
    ],
  };
}

export function specOf(rows) {
  const percents = [...new Set(rows.map(({ percent }) => percent))];
  const of = (percent) => rows.filter((row) => row.percent === percent);
  const time = Math.max(...rows.map((row) => row.time));
  const memory = Math.max(...rows.map((row) => Math.max(row.heap, row.goal)));
  const panels = percents.map((percent, i) => {
    const title = i === percents.length - 1 ? 'time, in MiB that are allocated and worked on, or marked' : null;
    return panel(percent, of(percent), { time, memory, title });
  });
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 12,
    title: 'Live bytes with what has died (blue), what a marking would find (green), and the goal (dashed)',
    spacing: 10,
    vconcat: panels,
  };
}

export async function drawPacing(rows) {
  const view = new View(parse(compile(specOf(rows)).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  const { positionals } = parseArgs({ allowPositionals: true });
  await buildNative('pacing');
  const text = answerOf(nativeProgram('pacing'), []);
  if (positionals[1]) writeFileSync(positionals[1], `${text}\n`);
  const rows = rowsOf(text);
  writeFileSync(positionals[0] ?? 'pacing.svg', await drawPacing(rows));
  for (const percent of new Set(rows.map((row) => row.percent)))
    console.log(percent, summaryOf(rows.filter((row) => row.percent === percent)));
}
