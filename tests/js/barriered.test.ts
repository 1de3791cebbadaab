// Ranges whose stores mark cards (R5), in heap.wasm: its card table covers all memory below the heap's maximum.

import { describe, expect, it } from 'vitest';
import { BareHeap, shipped } from './bare-heap.ts';

const kWasmPage = 65536;
const kCard = 256;
const kMostBytes = 64 << 20;

/** A heap in a mode, with a wasm page of memory that is not the heap's. */
class Subject {
  readonly heap: BareHeap;
  readonly range: number;

  constructor(mode: string, module = 'heap.wasm', options: Record<string, number> = {}) {
    const modes = new BareHeap(shipped(module));
    this.heap = new BareHeap(shipped(module), { mode: modes.number(`mode.${mode}`), ...options });
    this.range = this.heap.memory.grow(1) * kWasmPage;
  }

  make(): number {
    return this.heap.call('mgc_malloc', 16, 0, this.heap.number('flag.NOSCAN'));
  }
  store(address: number, value: number): void {
    new DataView(this.heap.memory.buffer).setUint32(address, value, true);
  }
  lives(address: number): boolean {
    return this.heap.call('mgc_find_object', address) === 1;
  }
}

describe('a barriered range in heap.wasm', () => {
  it('R5: minor cycles read what lies on dirty cards, and on cards that are not wholly the range’s', () => {
    const subject = new Subject('GENERATIONAL');
    const { heap, range } = subject;
    expect(heap.call('mgc_add_barriered_roots', range + 8, kWasmPage - 16, 0)).toBe(0);
    expect(heap.call('mgc_collect_minor')).toBe(0);
    const objects = [subject.make(), subject.make(), subject.make(), subject.make()] as const;
    const [stored, bypassed, atHead, atTail] = objects;
    heap.call('mgc_store', range + 7 * kCard + 12, stored);
    subject.store(range + 9 * kCard, bypassed);
    subject.store(range + 8, atHead);
    subject.store(range + kWasmPage - 12, atTail);
    expect(heap.call('mgc_collect_minor')).toBe(0);
    expect(objects.map((object) => subject.lives(object))).toEqual([true, false, true, true]);
    expect(heap.call('mgc_remove_roots', range + 8)).toBe(0);
    expect(heap.call('mgc_collect')).toBe(0);
    expect(objects.map((object) => subject.lives(object))).toEqual([false, false, false, false]);
  });

  it('C9: a store between slices is seen, whatever the slices are', () => {
    for (const units of [1, 3, 10, 50]) {
      const subject = new Subject('INCREMENTAL');
      const { heap, range } = subject;
      expect(heap.call('mgc_add_barriered_roots', range, kWasmPage, 0)).toBe(0);
      const objects: number[] = [];
      expect(heap.call('mgc_start_cycle')).toBe(0);
      while (heap.call('mgc_step_work', units) === 0) {
        if (objects.length === 60) continue;
        objects.push(subject.make());
        heap.call('mgc_store', range + objects.length * 1028, objects.at(-1) as number);
      }
      expect(objects.length).toBeGreaterThan(5);
      expect(objects.every((object) => subject.lives(object))).toBe(true);
    }
  });

  it('R5: what has no cards of its own is refused with the cause, and nothing traps', () => {
    const subject = new Subject('GENERATIONAL', 'heap.wasm', { max_bytes: 2 << 20 });
    const { heap } = subject;
    const add = (...args: number[]): number => heap.call('mgc_add_barriered_roots', ...args);
    const error = (): string => heap.text(heap.call('mgc_error_text'));
    expect(subject.range).toBeGreaterThanOrEqual(4 << 20);
    expect(add(subject.range, kWasmPage, 0)).toBe(heap.number('status.BAD_ARGUMENT'));
    expect(error()).toMatch(/^root range shares its cards with other memory: 0x/);
    expect(heap.call('mgc_add_roots', subject.range, kWasmPage, 0)).toBe(0);
    const inside = heap.call('mgc_malloc', 4096, 0, heap.number('flag.NOSCAN'));
    expect(add(inside, 1024, 0)).toBe(heap.number('status.BAD_ARGUMENT'));
    expect(error()).toBe('a barriered root range lies in the heap, which cleans its cards');
    for (const name of ['mgc_add_roots', 'mgc_add_barriered_roots'])
      for (const [base, bytes] of [
        [kMostBytes, 4],
        [heap.memory.buffer.byteLength - 8, 16],
        [0xfffffff0, 16],
        [16, 0xffffffff],
      ]) {
        expect(heap.call(name, base ?? 0, bytes ?? 0, 0)).toBe(heap.number('status.BAD_POINTER'));
        expect(error()).toBe('a range outside the memory');
      }
    expect(heap.call('mgc_collect')).toBe(0);
  });
});
