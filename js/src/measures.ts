// Pauses on the host's performance time line, on request: each one an entry of performance.measure, which Chromium's
// DevTools show on a track of their own (the `devtools` detail), beside what the page did. An engine without
// performance.measure has none.
// Doors: cycle.ts tells the pauses; Heap.setDebug switches.

interface Performance {
  measure?: (name: string, options: { start: number; end: number; detail: object }) => unknown;
}

/** What DevTools call the colours of entries. */
const kColours: Readonly<Record<string, string>> = { collection: 'error', step: 'secondary' };

export class Measures {
  isOn: boolean;

  constructor(isOn: boolean) {
    this.isOn = isOn;
  }

  /** `begin` and `end` in milliseconds, on the clock of performance.now. */
  note(what: string, begin: number, end: number, properties: Readonly<Record<string, number>>): void {
    if (!this.isOn) return;
    const { performance } = globalThis as { performance?: Performance };
    performance?.measure?.(`mallocgc: ${what}`, {
      start: begin,
      end,
      detail: {
        devtools: {
          dataType: 'track-entry',
          track: 'mallocgc',
          color: kColours[what] ?? 'primary',
          properties: Object.entries(properties).map(([name, value]) => [name, String(value)]),
          tooltipText: `${what}, ${(end - begin).toFixed(3)} ms`,
        },
      },
    });
  }
}
