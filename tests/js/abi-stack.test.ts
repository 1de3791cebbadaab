// The shadow stack of heap.wasm: its base and top are in the ABI, and a copy of it comes back only where it was (R2).

import { describe, expect, it } from 'vitest';
import { BareHeap, shipped } from './bare-heap.ts';

class Stack {
  readonly heap = new BareHeap(shipped('heap.wasm'));

  field(name: string): number {
    const at = this.heap.call('mgc_mutator') + this.heap.number(`mutator.${name}`);
    return new DataView(this.heap.memory.buffer).getUint32(at, true);
  }
  write(address: number, ...words: number[]): void {
    const view = new DataView(this.heap.memory.buffer);
    words.forEach((word, i) => {
      view.setUint32(address + 4 * i, word, true);
    });
  }
  read(address: number, count: number): number[] {
    const view = new DataView(this.heap.memory.buffer);
    return Array.from({ length: count }, (_, i) => view.getUint32(address + 4 * i, true));
  }
  make(): number {
    return this.heap.call('mgc_malloc', 16, 0, this.heap.number('flag.NOSCAN'));
  }
  error(): string {
    return this.heap.text(this.heap.call('mgc_error_text'));
  }
}

describe('the shadow stack in the ABI of heap.wasm', () => {
  it('R2: is copied and put back, as continuations do', () => {
    const stack = new Stack();
    const { heap } = stack;
    const base = stack.field('shadow_base');
    expect(stack.field('shadow_top')).toBe(base);
    const object = stack.make();
    const slots = heap.call('mgc_frame_push', 2);
    stack.write(slots, object);
    expect(stack.field('shadow_top')).toBe(base + 12);
    expect(stack.read(base, 3)).toEqual([2, object, 0]);

    const words = heap.call('mgc_stack_copy', base, 0, 0);
    const copy = heap.memory.grow(1) * 65536;
    expect(heap.call('mgc_stack_copy', base, copy, words)).toBe(5);
    expect(stack.read(copy, 5)).toEqual([base, 3, 2, object, 0]);
    expect(heap.call('mgc_frame_pop', slots)).toBe(0);
    expect(heap.call('mgc_stack_put_back', copy)).toBe(0);
    expect(heap.call('mgc_collect')).toBe(0);
    expect(heap.call('mgc_find_object', object)).toBe(1);
    expect(stack.field('shadow_top')).toBe(base + 12);

    // Elsewhere it is refused, and the stack stays as it is.
    for (const place of [base + 4, base + 8, base - 4, base + 16, 0, 0xfffffffc]) {
      stack.write(copy, place);
      expect(heap.call('mgc_stack_put_back', copy)).toBe(heap.number('status.SHADOW_STACK'));
      expect(stack.error()).toMatch(/^a copied stack is put back only where it was: 0x/);
    }
    stack.write(copy, base, 2);
    expect(heap.call('mgc_stack_put_back', copy)).toBe(heap.number('status.SHADOW_STACK'));
    expect(stack.error()).toMatch(/^the copy of a stack is damaged/);
    stack.write(copy, base, 0x3fffffff);
    for (const address of [copy, copy + 65532, heap.memory.buffer.byteLength, 0xffffffff]) {
      expect(heap.call('mgc_stack_put_back', address)).toBe(heap.number('status.BAD_POINTER'));
    }
    expect(heap.call('mgc_stack_copy', base, copy, 0x40000000)).toBe(0);
    expect(heap.call('mgc_stack_copy', base + 4, copy, 100)).toBe(0);
    expect(stack.error()).toMatch(/^a stack is copied from a place that is no end of a frame: 0x/);
    expect(stack.read(base, 3)).toEqual([2, object, 0]);
    expect(stack.field('shadow_top')).toBe(base + 12);
  });
});
