// The time line has four charts on one clock. The chart library is uPlot; this file only says what is drawn and in
// which colours.

import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { bytes, milliseconds } from './format.js';
import type { Sample } from './session.js';

const kPointsMax = 240;
const kHeight = 112;

/** This is drawn of one moment. */
export interface Point extends Sample {
  /** Dirty cards. */
  readonly cards: number;
}

interface Line {
  readonly label: string;
  readonly colour: string;
  readonly read: (point: Point) => number;
  readonly show: (value: number) => string;
  readonly scale?: string;
  readonly fill?: boolean;
  readonly isBars?: boolean;
  readonly dash?: number[];
}

interface Spec {
  readonly title: string;
  readonly inBytes?: boolean;
  readonly lines: readonly Line[];
}

const kBars = (uPlot.paths.bars as uPlot.Series.BarsPathBuilderFactory)({ size: [0.9, 12] });

/** An axis that counts bytes has these steps. */
const kBinarySteps = Array.from({ length: 40 }, (_, i) => 2 ** i);

/** One that counts things has these. */
const kWholeSteps = Array.from({ length: 8 }, (_, i) => [1, 2, 5].map((n) => n * 10 ** i)).flat();

const whole = (value: number): string => String(Math.round(value));
const perSecond = (value: number): string => `${bytes(value)}/s`;

const kSpecs: readonly Spec[] = [
  {
    title: 'Live bytes, the old ones among them, and the goal of the next full collection',
    inBytes: true,
    lines: [
      { label: 'live', colour: '--accent', read: (s) => s.live, show: bytes, fill: true },
      { label: 'old', colour: '--good', read: (s) => s.old, show: bytes, fill: true },
      { label: 'goal', colour: '--muted', read: (s) => s.goal, show: bytes, dash: [5, 4] },
    ],
  },
  {
    title: 'Collections, and slices of full ones, in a quarter of a second',
    lines: [
      { label: 'minor', colour: '--accent', read: (s) => s.minors, show: whole, isBars: true },
      { label: 'full', colour: '--warm', read: (s) => s.fulls, show: whole, isBars: true },
      { label: 'slices', colour: '--violet', read: (s) => s.slices, show: whole },
    ],
  },
  {
    title: 'Longest pause, and dirty cards',
    lines: [
      { label: 'pause', colour: '--warm', read: (s) => s.pause, show: milliseconds, fill: true },
      { label: 'cards', colour: '--card-dirty', read: (s) => s.cards, show: whole, scale: 'n' },
    ],
  },
  {
    title: 'Allocation rate, and finalizers run',
    inBytes: true,
    lines: [
      { label: 'rate', colour: '--good', read: (s) => s.rate, show: perSecond, fill: true },
      { label: 'finalizers', colour: '--violet', read: (s) => s.finalizers, show: whole, scale: 'n' },
    ],
  },
];

const styleOf = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class TimeLine {
  #samples: Point[] = [];
  #charts: uPlot[] = [];

  constructor(readonly place: HTMLElement) {
    this.restyle();
    new ResizeObserver(() => this.#fit()).observe(place);
  }

  add(sample: Point): void {
    this.#samples.push(sample);
    if (this.#samples.length > kPointsMax) this.#samples.shift();
    this.#draw();
  }

  clear(): void {
    this.#samples = [];
    this.#draw();
  }

  /** Makes the charts anew in the colours of the present theme. */
  restyle(): void {
    for (const chart of this.#charts) chart.destroy();
    this.place.replaceChildren();
    this.#charts = kSpecs.map((spec) => this.#make(spec));
    this.#draw();
  }

  #make(spec: Spec): uPlot {
    const figure = document.createElement('figure');
    const caption = document.createElement('figcaption');
    caption.textContent = spec.title;
    figure.append(caption);
    this.place.append(figure);
    const axis = {
      stroke: styleOf('--muted'),
      grid: { stroke: styleOf('--line'), width: 1 },
      ticks: { show: false },
      font: '11px system-ui',
    };
    const [first] = spec.lines as [Line];
    const hasSecond = spec.lines.some((line) => line.scale !== undefined);
    const options: uPlot.Options = {
      width: this.#width(),
      height: kHeight,
      scales: {
        x: { time: false },
        y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] },
        n: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] },
      },
      cursor: { sync: { key: 'time' }, y: false },
      axes: [
        { ...axis, size: 22, values: (_, ticks) => ticks.map((tick) => `${tick} s`) },
        {
          ...axis,
          size: 76,
          values: (_, ticks) => ticks.map(first.show),
          ...(spec.inBytes === true ? { incrs: kBinarySteps } : first.show === whole ? { incrs: kWholeSteps } : {}),
        },
        ...(hasSecond
          ? [{ ...axis, scale: 'n', side: 1 as const, size: 48, grid: { show: false }, incrs: kWholeSteps }]
          : []),
      ],
      series: [
        { label: 'time', value: (_, x) => (x == null ? '' : `${x.toFixed(1)} s`) },
        ...spec.lines.map(
          (line): uPlot.Series => ({
            label: line.label,
            stroke: styleOf(line.colour),
            width: 1.5,
            scale: line.scale ?? 'y',
            points: { show: false },
            value: (_, y) => (y == null ? '' : line.show(y)),
            ...(line.isBars === true ? { paths: kBars, fill: styleOf(line.colour), width: 0 } : {}),
            ...(line.fill === true ? { fill: `${styleOf(line.colour)}26` } : {}),
            ...(line.dash === undefined ? {} : { dash: line.dash }),
          }),
        ),
      ],
    };
    return new uPlot(options, [[], ...spec.lines.map(() => [])] as uPlot.AlignedData, figure);
  }

  #draw(): void {
    const seconds = this.#samples.map((sample) => sample.seconds);
    kSpecs.forEach((spec, i) => {
      const chart = this.#charts[i];
      chart?.setData([seconds, ...spec.lines.map((line) => this.#samples.map(line.read))] as uPlot.AlignedData);
      // Nobody points at the chart: its legend tells the last point.
      if (chart?.cursor.idx == null && seconds.length > 0) chart?.setLegend({ idx: seconds.length - 1 }, false);
    });
  }

  #width(): number {
    return Math.max(240, this.place.clientWidth);
  }

  #fit(): void {
    for (const chart of this.#charts)
      if (chart.width !== this.#width()) chart.setSize({ width: this.#width(), height: kHeight });
  }
}
