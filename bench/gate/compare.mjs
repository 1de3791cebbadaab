// Compares figures with their baseline. A figure is a count or a number of bytes, and less is better.
//
// A baseline is { tools, worse, better, figures }: what the figures were made with, by what share each may be larger or
// smaller, and the figures by name. A figure that is much better fails as well: unless it is recorded, the next change
// could lose the gain unseen.

const percent = (share) => `${(share * 100).toFixed(2)} %`;
const signed = (share) => (share < 0 ? `−${percent(-share)}` : `+${percent(share)}`);

function compareOne(name, figure, recorded, { worse, better }) {
  if (recorded === undefined) return { name, verdict: 'failed', text: `${figure}, and nothing is recorded: record it` };
  if (figure === undefined)
    return { name, verdict: 'failed', text: `was not measured, but ${recorded} is recorded: record without it` };
  const both = `${figure}, recorded ${recorded} (${signed(figure / recorded - 1)})`;
  if (figure > recorded * (1 + worse))
    return { name, verdict: 'failed', text: `${both}: worse by more than ${percent(worse)}` };
  if (figure < recorded * (1 - better))
    return { name, verdict: 'failed', text: `${both}: better by more than ${percent(better)}: record it` };
  return { name, verdict: 'passed', text: both };
}

/**
 * `tools` says what `figures` ({ name: number }) were made with. Returns { name, verdict, text } for every name on
 * either side; the verdict is 'passed', 'failed', or 'skipped' where the tools differ from the recorded ones, so that
 * the figures mean nothing.
 */
export function compare(figures, tools, baseline) {
  const names = [...new Set([...Object.keys(baseline?.figures ?? {}), ...Object.keys(figures)])];
  if (baseline && baseline.tools !== tools) {
    const text = `made with ${tools}, but recorded with ${baseline.tools}`;
    return names.map((name) => ({ name, verdict: 'skipped', text }));
  }
  return names.map((name) => compareOne(name, figures[name], baseline?.figures[name], baseline ?? {}));
}
