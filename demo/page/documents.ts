// In the JSON workload a document of the user's own is read into the heap again and again, by the reader and the types
// of the terminal demo, and the oldest copy is dropped. A broken document is a JsonError with line and column.

import type { Heap } from 'mallocgc';
import { HeapDocument } from '../document/heap-document.mjs';
import { parse } from '../document/parse.mjs';
import type { Running, Settings, Workload } from './workload.js';

export { JsonError } from '../document/parse.mjs';

/** Returns how many values a document has, by the reader itself. Throws JsonError. */
export function countValues(text: string): number {
  let values = 0;
  const one = (): void => void (values += 1);
  const nothing = (): void => undefined;
  parse(text, {
    literal: one,
    number: one,
    text: one,
    beginList: one,
    endList: nothing,
    beginDict: one,
    key: nothing,
    endDict: nothing,
  });
  return values;
}

/** Reads a document into the heap; `dispose` drops it. Throws JsonError, and OUT_OF_MEMORY with nothing left behind. */
function load(heap: Heap, text: string): { dispose(): void } {
  const document = new HeapDocument(heap);
  const dispose = (): void => document.document.$.dispose();
  const builder = document.builder();
  try {
    parse(text, builder);
  } catch (error) {
    dispose();
    throw error;
  } finally {
    builder.finish();
  }
  return { dispose };
}

/** Keeps copies of a document, which `copy` makes. The oldest is dropped first. */
function copies(settings: Settings, values: number, copy: () => { dispose(): void }): Running {
  const kept: { dispose(): void }[] = [];
  const keep = Math.max(1, Math.round(settings.live / values));
  let owed = 0;
  return {
    step(objects) {
      owed += objects;
      let made = 0;
      for (; owed >= values || kept.length === 0; owed -= values) {
        kept.push(copy());
        made += values;
        if (kept.length > keep) kept.shift()?.dispose();
      }
      return made;
    },
    end() {
      for (const document of kept) document.dispose();
      kept.length = 0;
    },
  };
}

/** Returns the workload of one document. Throws JsonError if it is broken. */
export function documentWorkload(name: string, text: string): Workload {
  const values = countValues(text);
  return {
    id: 'json',
    name: 'JSON document',
    text,
    about: `${name}: ${values.toLocaleString('en-US')} values, read into the heap again and again; the oldest copy goes.`,
    rateMax: Math.max(values, 100_000),
    onHeap: (heap, settings) => copies(settings, values, () => load(heap, text)),
    onJs: (settings) =>
      copies(settings, values, () => {
        const kept = { document: JSON.parse(text) as unknown };
        return { dispose: () => void (kept.document = null) };
      }),
  };
}
