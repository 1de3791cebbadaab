// The picture of the pacer is drawn from its simulation's lines alone, a panel a setting, all on the same axes.

import { describe, expect, it } from 'vitest';
import { drawPacing, rowsOf, specOf, summaryOf } from '../../bench/pacing/plot.mjs';

const kLines = `percent,time,live,heap,goal,cycles
50,10,4,8,8,1
50,30,4,2,8,2
100,20,4,16,12,1`;

describe('the plot of the pacer', () => {
  it('reads the lines as numbers', () => {
    expect(rowsOf(kLines)[1]).toEqual({ percent: 50, time: 30, live: 4, heap: 2, goal: 8, cycles: 2 });
  });

  it('sums up a setting: memory at its largest, and its average by time', () => {
    const rows = rowsOf(kLines).slice(0, 2);
    expect(summaryOf(rows)).toEqual({ time: 30, cycles: 2, most: 8, average: 4 });
  });

  it('has a panel a setting, on the same axes', () => {
    const { vconcat } = specOf(rowsOf(kLines));
    expect(vconcat.map(({ title }) => title.text.split(':')[0])).toEqual(['gcPercent 50', 'gcPercent 100']);
    for (const { layer } of vconcat) {
      for (const { encoding } of layer) {
        expect(encoding.x.scale.domain).toEqual([0, 30]);
        expect(encoding.y.scale.domain).toEqual([0, 16]);
      }
    }
  });

  it('says what it shows', async () => {
    const svg = await drawPacing(rowsOf(kLines));
    for (const text of ['gcPercent 50: 2 cycles', 'at most 16 MiB', 'MiB that are allocated', 'the goal'])
      expect(svg).toContain(text);
  });
});
