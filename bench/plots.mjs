// The plots of a report are SVG, drawn by Vega-Lite without a browser. They show the eye what the tables say. Peers
// differ in colour and in shape; the colours are those that Okabe and Ito chose for all kinds of eyes, and the ground
// is white, so that a page's dark scheme does no harm.

import { View, parse } from 'vega';
import { compile } from 'vega-lite';
import { figureOf } from './statistics.mjs';
import { placesOf } from './table.mjs';

/** A peer looks like this, by its title. Relatives share a colour. */
const kLooks = {
  mallocgc: ['#D55E00', 'diamond'],
  'JS objects': ['#0072B2', 'circle'],
  'WebAssembly GC': ['#CC79A7', 'square'],
  AssemblyScript: ['#009E73', 'triangle-up'],
  'AssemblyScript minimal': ['#009E73', 'triangle-down'],
  'Go, js/wasm': ['#56B4E9', 'triangle-right'],
  Go: ['#56B4E9', 'triangle-right'],
  'Boehm (libgc)': ['#E69F00', 'circle'],
  'dlmalloc + free': ['#333333', 'cross'],
  'emmalloc + free': ['#888888', 'triangle-left'],
  'C library, malloc + free': ['#333333', 'cross'],
  'mimalloc + free': ['#888888', 'triangle-left'],
};
const kUnknownLook = ['#000000', 'circle'];
const kWidth = 240;
const kRowHeight = 24;

const looks = (titles, part) => titles.map((title) => (kLooks[title] ?? kUnknownLook)[part]);

/** Gives colour and shape, with one legend for both, of the peers that a chart shows. */
function byPeer(titles) {
  const legend = { title: null, orient: 'bottom', columns: 1, symbolSize: 90 };
  return {
    color: { field: 'peer', type: 'nominal', scale: { domain: titles, range: looks(titles, 0) }, legend },
    shape: { field: 'peer', type: 'nominal', scale: { domain: titles, range: looks(titles, 1) }, legend },
  };
}

/** Returns the report's rows with what a chart needs of their peers and workloads. */
function pointsOf(report) {
  return report.rows.map((row) => {
    const peer = report.peers.find((each) => each.name === row.peer);
    const workload = report.workloads.find((each) => each.name === row.workload);
    return { row, peer, workload };
  });
}

/** Returns the rows of a place with workloads that several of its peers have. */
function comparable(report, place, skipped) {
  const here = pointsOf(report).filter(
    ({ peer, workload }) => peer.place === place && !skipped.includes(workload.group),
  );
  return here.filter(({ workload }) => here.filter((other) => other.workload === workload).length > 1);
}

const titlesOf = (points) => [...new Set(points.map(({ peer }) => peer.title))];
const orderOf = (points) => [...new Set(points.map(({ workload }) => workload.name))];

const logAxis = (title) => ({ title, format: '~r', tickCount: 5, labelOverlap: true });
const figure = (point) => figureOf(point.workload.figure, point.row);

/** Draws a dot plot, a row a workload: `value` gives { value, low, high } of a point. */
function dots(points, place, axisTitle, value, marks = []) {
  const order = orderOf(points);
  const values = points.map((point) => ({ peer: point.peer.title, workload: point.workload.name, ...value(point) }));
  const y = { field: 'workload', type: 'nominal', sort: order, axis: { title: null, grid: true, labelLimit: 140 } };
  const x = { type: 'quantitative', scale: { type: 'log', nice: false, padding: 10 }, axis: logAxis(axisTitle) };
  const { color, shape } = byPeer(titlesOf(points));
  return {
    title: place,
    width: kWidth,
    height: kRowHeight * order.length,
    data: { values },
    layer: [
      ...marks,
      {
        mark: { type: 'rule', strokeWidth: 2, opacity: 0.5 },
        encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' }, color },
      },
      {
        mark: { type: 'point', filled: true, size: 70, opacity: 0.9 },
        encoding: { y, x: { ...x, field: 'value' }, color, shape },
      },
    ],
  };
}

const kOurLine = {
  mark: { type: 'rule', color: '#D55E00', strokeWidth: 1.5 },
  encoding: { x: { datum: 1, type: 'quantitative' } },
};

function timeChart(report, place) {
  const points = comparable(report, place, ['pause', 'scale', 'allocate']).filter(
    ({ row }) => row.relative !== undefined,
  );
  if (points.length === 0) return null;
  const ours = (point) => figure(point) / point.row.relative;
  const relative = (point) => {
    const { min, max } = point.workload.figure === 'ms' ? point.row.ms : point.row.ns_per_op;
    return { value: point.row.relative, low: min / ours(point), high: max / ours(point) };
  };
  return dots(points, place, 'time, in times of mallocgc', relative, [kOurLine]);
}

function memoryChart(report, place) {
  const points = comparable(report, place, ['scale', 'allocate']).filter(({ row }) => row.memory_bytes !== undefined);
  if (points.length === 0) return null;
  const megabytes = ({ row: { memory_bytes: bytes } }) => ({
    value: bytes.median / 1e6,
    low: bytes.min / 1e6,
    high: bytes.max / 1e6,
  });
  return dots(points, place, 'memory at its largest, MB', megabytes);
}

const kQuantiles = { p50: 'half', p90: '90 %', p99: '99 %', p999: '99.9 %', max: 'all' };

function pauseChart(report, place) {
  const points = pointsOf(report).filter(({ peer, workload }) => peer.place === place && workload.group === 'pause');
  if (points.length === 0) return null;
  const values = points.flatMap(({ row, peer }) =>
    Object.entries(kQuantiles).map(([key, share]) => ({ peer: peer.title, share, ms: row.step_ms[key].median })),
  );
  const x = {
    field: 'share',
    type: 'ordinal',
    sort: Object.values(kQuantiles),
    axis: { title: 'share of the ticks of 1000 operations', labelAngle: 0 },
  };
  const y = {
    field: 'ms',
    type: 'quantitative',
    scale: { type: 'log' },
    axis: { ...logAxis('took at most, ms (log scale)'), grid: true },
  };
  const { color, shape } = byPeer(titlesOf(points));
  return {
    title: place,
    width: kWidth,
    height: 240,
    data: { values },
    layer: [
      { mark: { type: 'line', strokeWidth: 1.5, opacity: 0.7 }, encoding: { x, y, color } },
      { mark: { type: 'point', filled: true, size: 60 }, encoding: { x, y, color, shape } },
    ],
  };
}

const kPlaceColours = ['#D55E00', '#0072B2', '#009E73'];

/** Draws a workload of ours by the megabytes that are alive. */
function scaleChart(report, group, what) {
  const values = pointsOf(report)
    .filter(({ peer, workload }) => peer.isOurs && workload.group === group)
    .map(({ row, peer, workload }) => ({
      place: peer.place,
      megabytes: Number(workload.name.split(' ')[1]),
      ns: row.ns_per_op.median,
      low: row.ns_per_op.min,
      high: row.ns_per_op.max,
    }));
  if (values.length === 0) return null;
  const x = {
    field: 'megabytes',
    type: 'quantitative',
    scale: { type: 'log', nice: false, padding: 15 },
    axis: { ...logAxis('live heap, MB (log scale)'), tickCount: 4 },
  };
  const y = { field: 'ns', type: 'quantitative', scale: { zero: true }, axis: { title: what, grid: true } };
  const places = [...new Set(values.map(({ place }) => place))];
  const scale = { domain: places, range: kPlaceColours.slice(0, places.length) };
  const color = { field: 'place', type: 'nominal', scale, legend: { title: null, orient: 'bottom', columns: 1 } };
  return {
    width: kWidth,
    height: 240,
    data: { values },
    layer: [
      { mark: { type: 'line', strokeWidth: 1.5 }, encoding: { x, y, color } },
      {
        mark: { type: 'rule', opacity: 0.5 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      {
        mark: { type: 'point', filled: true, size: 60 },
        encoding: { x, y, color, shape: { ...color, scale: { domain: places } } },
      },
    ],
  };
}

const kConfig = {
  background: '#ffffff',
  padding: 12,
  config: {
    aria: false, // the tables beside them say the same to those who do not see
    font: 'Helvetica, Arial, sans-serif',
    axis: {
      labelFontSize: 11,
      titleFontSize: 11,
      titleFontWeight: 'normal',
      gridColor: '#e4e4e4',
      labelColor: '#222222',
      titleColor: '#222222',
    },
    legend: { labelFontSize: 11, labelColor: '#222222', labelLimit: 300, symbolOpacity: 1 },
    title: { fontSize: 13, anchor: 'start', frame: 'group', color: '#111111' },
    view: { stroke: '#cccccc' },
  },
};

async function render(title, charts) {
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    ...kConfig,
    title: { text: title, offset: 14, fontSize: 14 },
    hconcat: charts,
    spacing: 24,
    resolve: { scale: { color: 'independent', shape: 'independent' } },
  };
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}

/** Returns the plots as { name, title, svg }. One that would be empty is left out. */
export async function drawPlots(report) {
  const everywhere = (chart) => placesOf(report).map((place) => chart(report, place));
  const plots = [
    {
      name: 'time',
      title: 'Time relative to mallocgc in the same place (log scale, less is better)',
      charts: everywhere(timeChart),
    },
    { name: 'memory', title: 'Memory at its largest (log scale, less is better)', charts: everywhere(memoryChart) },
    { name: 'pause', title: 'Pauses: how long a tick of 1000 operations takes', charts: everywhere(pauseChart) },
    {
      name: 'scale',
      title: 'Scaling: the time of an object by the size of the live heap',
      charts: [
        scaleChart(report, 'scale', 'a full collection, ns per object'),
        scaleChart(report, 'allocate', 'an allocation among holes, ns'),
      ],
    },
  ];
  const drawn = [];
  for (const { name, title, charts } of plots) {
    const full = charts.filter((chart) => chart !== null);
    if (full.length > 0) drawn.push({ name, title, svg: `${await render(title, full)}\n` });
  }
  return drawn;
}
