// This writes the report of the document program, and says how numbers are written in it.
// Doors: main.mjs gathers the facts.

const kTraceLinesMax = 8;
const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

export const bytes = (n) => (n < 1e5 ? `${number.format(n)} B` : `${number.format(n / 1e6)} MB`);
const ms = (n) => `${number.format(n)} ms`;

function traces(lines) {
  if (lines.length <= kTraceLinesMax) return lines;
  const half = kTraceLinesMax / 2;
  return [...lines.slice(0, half), `… ${lines.length - kTraceLinesMax} more`, ...lines.slice(-half)];
}

/** @param {Record<string, any>} facts as main.mjs gathers them */
export function report(facts) {
  const { file, textBytes, counts, js, heap, edits, finalizers, checks } = facts;
  const perValue = (n) => `${number.format(n / counts.values)} bytes a value`;
  const rows = [
    ['document', `${file}, ${bytes(textBytes)}`],
    [
      'values',
      `${number.format(counts.values)}: ${counts.kinds.map(([name, n]) => `${number.format(n)} ${name}`).join(', ')}; ${number.format(counts.depth)} deep`,
    ],
    ['in our heap', `${perValue(heap.liveBytes)}, ${bytes(heap.liveBytes)} live; read in ${ms(heap.loadMs)}`],
    [
      'as JS objects',
      js === undefined
        ? 'not measured'
        : `${perValue(js.bytes)}, ${bytes(js.bytes)}; JSON.parse took ${ms(js.parseMs)}`,
    ],
    ['parsed JS copy', checks.dropped],
    ['walked', `in ${ms(counts.walkMs)}; ${checks.loaded}`],
    [
      'replaced',
      `${number.format(edits.replaced)} values in ${edits.rounds} ${edits.rounds === 1 ? 'round' : 'rounds'}, ${ms(edits.ms)} (${number.format((100 * edits.firstReplaced) / counts.values)} % of the document a round)`,
    ],
    [
      'collections',
      `${edits.collections} while replacing, ${heap.collections} in all; longest pause ${ms(heap.longestPauseMs)}`,
    ],
    ...traces(heap.traces).map((line) => ['', line]),
    ['finalizers', `${number.format(finalizers.ran)} of ${number.format(finalizers.armed)} ran`],
    ['result', checks.edited],
  ];
  return rows.map(([name, text]) => `${name.padEnd(15)} ${text}`).join('\n');
}
