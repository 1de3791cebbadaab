// These are the tables in Markdown: one for each place (a Node, or the machine itself), with a row for each workload
// and a column for each peer, ours first.

import { figureOf } from './statistics.mjs';

/** Writes three digits, and not more than there is to know. */
export function digits(number) {
  if (number >= 100) return number.toFixed(0);
  return number >= 10 ? number.toFixed(1) : number.toFixed(2);
}

const megabytes = (bytes) => `${digits(bytes / 1e6)} MB`;

function figureText(figure, row) {
  if (figure === 'pause') return `p99.9 ${digits(row.step_ms.p999.median)}, max ${digits(row.step_ms.max.median)} ms`;
  if (figure === 'latency')
    return `${digits(figureOf(figure, row))} ns, p99.9 ${digits(row.step_ms.p999.median)}, max ${digits(row.step_ms.max.median)} ms`;
  return `${digits(figureOf(figure, row))} ${figure}`;
}

/** Writes one cell: the figure, how many times ours it is, and the memory at its largest. */
function cell(report, workload, peer) {
  const row = report.rows.find((each) => each.workload === workload.name && each.peer === peer.name);
  if (row) {
    const relative = peer.isOurs || row.relative === undefined ? '' : `, ${digits(row.relative)}×`;
    const memory = row.memory_bytes === undefined ? '' : ` (${megabytes(row.memory_bytes.median)})`;
    return `${figureText(workload.figure, row)}${relative}${memory}`;
  }
  if (peer.missing) return 'missing';
  if (report.spared.some((each) => each.workload === workload.name && each.peer === peer.name)) return 'spared';
  return report.results.some((each) => each.workload === workload.name && each.peer === peer.name) ? 'failed' : '–';
}

/** Writes the table of one place, of these workloads. Rows in which nobody was measured are left out. */
function placeTable(report, place, workloads, headlines) {
  const peers = report.peers.filter((peer) => peer.place === place && !(headlines && peer.isMinor));
  if (peers.length === 0) return '';
  const lines = workloads
    .map((workload) => [
      headlines ? `${workload.name}: ${workload.headline}` : workload.name,
      ...peers.map((peer) => cell(report, workload, peer)),
    ])
    .filter(([, ...cells]) => cells.some((text) => text !== '–' && text !== 'spared'));
  const head = [place, ...peers.map((peer) => peer.title)];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export const placesOf = (report) => [...new Set(report.peers.map((peer) => peer.place))];

/** Writes what the cells do not say: who is missing, who was spared what, what went wrong. */
function notes(report) {
  const titles = new Map(report.peers.map((peer) => [peer.name, `${peer.title} (${peer.place})`]));
  const missing = report.peers
    .filter((peer) => peer.missing)
    .map((peer) => `- missing: ${titles.get(peer.name)}: ${peer.missing}`);
  const spared = new Map();
  for (const { peer, workload, why } of report.spared) {
    const key = `${titles.get(peer)}: ${why}`;
    spared.set(key, [...(spared.get(key) ?? []), workload]);
  }
  const sparing = [...spared].map(([key, workloads]) => `- spared: ${key}: ${workloads.join(', ')}`);
  const most = Math.min(report.runs, ...report.peers.map((peer) => peer.runsMax ?? report.runs));
  const fewer = most < report.runs ? [`- in other engines than V8: medians of ${most}`] : [];
  const wrong = report.complaints.map((complaint) => `- wrong: ${complaint}`);
  return [...missing, ...sparing, ...fewer, ...wrong].join('\n');
}

const toolsOf = (report) =>
  `Made with ${Object.entries(report.tools)
    .map((pair) => pair.join(' '))
    .join(', ')}.`;

/** Says what the tables are of. */
export function preamble(report) {
  const heap = `${report.heap.version}${report.heap.commit ? ` (${report.heap.commit}${report.heap.changed ? ', changed' : ''})` : ''}`;
  const nodes = [report.node, report.newest_node].filter(Boolean).join(' and ');
  return (
    `${report.date.slice(0, 10)}, mallocgc ${heap}, ${report.cpu} with ${report.cores} cores, Node ${nodes}. ` +
    `${report.runs === 1 ? 'One run' : `Medians of ${report.runs} interleaved runs`}, each in a fresh process. In parentheses the memory at its largest: of wasm the linear ` +
    'memory, else what the process takes (resident). × is the time relative to ours in the same table.'
  );
}

/** Writes all tables with their notes, or only those of the headline workloads. */
export function tables(report, { headlines = false, places = placesOf(report) } = {}) {
  const workloads = report.workloads.filter((workload) => !headlines || workload.headline);
  const parts = [
    preamble(report),
    ...places.map((place) => placeTable(report, place, workloads, headlines)),
    ...(headlines ? [] : [notes(report), toolsOf(report)]),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
