// The plots of the bench are drawn from a report alone, with labelled axes, and only those that would show something.

import { describe, expect, it } from 'vitest';
import { drawPlots } from '../../bench/plots.mjs';

const spread = (median: number) => ({ median, min: median / 2, max: median * 2 });
const row = (workload: string, peer: string, ms: number) => ({
  workload,
  peer,
  runs: 5,
  relative: ms / 100,
  ms: spread(ms),
  ns_per_op: spread(ms),
  memory_bytes: spread(ms * 1e4),
  step_ms: { p50: spread(0.1), p90: spread(0.2), p99: spread(0.3), p999: spread(0.4), max: spread(ms) },
});
const peer = (name: string, title: string) => ({
  name,
  title,
  place: 'here',
  reference: 'ours',
  isOurs: name === 'ours',
});
const report = (group: string) => ({
  peers: [peer('ours', 'mallocgc'), peer('theirs', 'JS objects')],
  workloads: [{ name: `${group} 1`, group, figure: group === 'pause' ? 'pause' : 'ns' }],
  rows: [row(`${group} 1`, 'ours', 100), row(`${group} 1`, 'theirs', 250)],
});
type Plot = { name: string; svg: string };

describe('the plots', () => {
  it('show time and memory of what several peers have', async () => {
    const plots: Plot[] = await drawPlots(report('drop'));
    expect(plots.map(({ name }) => name)).toEqual(['time', 'memory']);
    for (const text of ['drop 1', 'JS objects', 'in times of mallocgc', 'log scale'])
      expect(plots[0]?.svg).toContain(text);
    expect(plots[1]?.svg).toContain('MB');
  });

  it('show pauses as a distribution, not as a time', async () => {
    const plots: Plot[] = await drawPlots(report('pause'));
    expect(plots.map(({ name }) => name)).toEqual(['memory', 'pause']);
    for (const text of ['99.9 %', 'took at most, ms']) expect(plots[1]?.svg).toContain(text);
  });

  it('show how ours scales', async () => {
    const plots: Plot[] = await drawPlots(report('scale'));
    expect(plots.map(({ name }) => name)).toEqual(['scale']);
    expect(plots[0]?.svg).toContain('live heap, MB');
  });
});
