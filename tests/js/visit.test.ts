// Enumerators and trace functions in heap.wasm (R6, T10, B7) are functions of another module in the heap's exported
// table, named by their indices.

import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { BareHeap, shipped } from './bare-heap.ts';

/** Reports the slot whose address is its context; and, of an object, its second word, or the part that is asked for. */
const kProgram = `(module
  (import "heap" "mgc_visit_slot" (func $slot (param i32 i32 i32)))
  (import "heap" "mgc_visit_range" (func $range (param i32 i32 i32 i32)))
  (import "test" "asked" (func $asked (param i32 i32 i32)))
  (func (export "enumerate") (param $visitor i32) (param $context i32)
    (call $slot (local.get $visitor) (local.get $context) (i32.const 0)))
  (func (export "trace") (param $visitor i32) (param $object i32) (param $from i32) (param $to i32)
    (call $slot (local.get $visitor) (i32.add (local.get $object) (i32.const 4)) (i32.const 0)))
  (func (export "far") (param $visitor i32) (param $context i32)
    (call $slot (local.get $visitor) (i32.const 0xfffffff8) (i32.const 0)))
  (func (export "part") (param $visitor i32) (param $object i32) (param $from i32) (param $to i32)
    (call $asked (local.get $object) (local.get $from) (local.get $to))
    (call $range (local.get $visitor) (i32.add (local.get $object) (local.get $from))
      (i32.sub (local.get $to) (local.get $from)) (i32.const 0))))`;

interface Asked {
  readonly object: number;
  readonly from: number;
  readonly to: number;
}

/** `asked` has the calls of "part", in their order. */
function start(mode = 'STOP'): { heap: BareHeap; index: (name: string) => number; asked: () => Asked[] } {
  const described = new BareHeap(shipped('heap.wasm'));
  const heap = new BareHeap(shipped('heap.wasm'), { mode: described.number(`mode.${mode}`) });
  const calls: Asked[] = [];
  const text = binaryen.parseText(kProgram);
  const program = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(text.emitBinary())), {
    heap: heap.exports as WebAssembly.ModuleImports,
    test: { asked: (object: number, from: number, to: number) => calls.push({ object, from, to }) },
  });
  text.dispose();
  const table = heap.exports.__indirect_function_table as unknown as WebAssembly.Table;
  return {
    heap,
    asked: () => calls,
    index: (name) => {
      const place = table.grow(1);
      table.set(place, program.exports[name]);
      return place;
    },
  };
}

const view = (heap: BareHeap): DataView => new DataView(heap.memory.buffer);

describe('functions of a client in the table of heap.wasm', () => {
  it('R6: an enumerator says what lives', () => {
    const { heap, index } = start();
    const enumerate = index('enumerate');
    const cell = heap.call('mgc_scratch', 8);
    const object = heap.call('mgc_malloc', 64, 0, heap.number('flag.NOSCAN'));
    view(heap).setUint32(cell, object, true);
    expect(heap.call('mgc_add_enumerator', enumerate, cell)).toBe(0);
    expect(heap.call('mgc_collect')).toBe(0);
    expect(heap.call('mgc_find_object', object)).toBe(1);
    expect(heap.call('mgc_remove_enumerator', enumerate, cell)).toBe(0);
    expect(heap.call('mgc_collect')).toBe(0);
    expect(heap.call('mgc_find_object', object)).toBe(0);
  });

  it('R6: a slot outside the memory is an error and no trap', () => {
    const { heap, index } = start();
    const far = index('far');
    expect(heap.call('mgc_add_enumerator', far, 0)).toBe(0);
    expect(heap.call('mgc_collect')).toBe(heap.number('status.BAD_ARGUMENT'));
    expect(heap.call('mgc_remove_enumerator', far, 0)).toBe(0);
    expect(heap.call('mgc_collect')).toBe(0);
  });

  it('T10: a trace function says which words of an object point', () => {
    const { heap, index } = start();
    const info = heap.call('mgc_scratch', heap.number('sizeof.type_info'));
    new Uint8Array(heap.memory.buffer).fill(0, info, info + heap.number('sizeof.type_info'));
    view(heap).setUint32(info + heap.number('type_info.size'), 16, true);
    view(heap).setUint32(info + heap.number('type_info.trace'), index('trace'), true);
    const type = heap.call('mgc_type_define', info);
    expect(type).not.toBe(0);
    const object = heap.call('mgc_new', type);
    expect(heap.call('mgc_handle_new', object)).not.toBe(0);
    const kept = heap.call('mgc_new', type);
    const lost = heap.call('mgc_new', type);
    heap.call('mgc_store', object + 4, kept);
    heap.call('mgc_store', object + 8, lost);
    expect(heap.call('mgc_collect')).toBe(0);
    expect(heap.call('mgc_find_object', kept)).toBe(1);
    expect(heap.call('mgc_find_object', lost)).toBe(0);
  });

  it('T10: a dirty card asks for its range, in minor cycles and again after a slice', () => {
    for (const mode of ['GENERATIONAL', 'INCREMENTAL']) {
      const { heap, index, asked } = start(mode);
      const info = heap.call('mgc_scratch', heap.number('sizeof.type_info'));
      new Uint8Array(heap.memory.buffer).fill(0, info, info + heap.number('sizeof.type_info'));
      view(heap).setUint32(info + heap.number('type_info.size'), 4, true);
      view(heap).setUint32(info + heap.number('type_info.trace'), index('part'), true);
      const type = heap.call('mgc_type_define', info);
      const words = 40_000;
      const object = heap.call('mgc_new_array', type, words);
      expect(heap.call('mgc_handle_new', object)).not.toBe(0);
      expect(heap.call('mgc_collect')).toBe(0);
      expect(asked().at(0)).toMatchObject({ object, from: 0 });
      expect(Math.max(...asked().map(({ to }) => to))).toBe(4 * words);

      const offset = 4 * 23_456;
      const slot = object + offset;
      const covers = ({ from, to }: Asked): boolean => from <= offset && offset < to;
      if (mode === 'INCREMENTAL') {
        asked().length = 0;
        expect(heap.call('mgc_start_cycle')).toBe(0);
        while (!asked().some(covers)) expect(heap.call('mgc_step_work', 1)).toBe(0);
        while (Math.max(...asked().map(({ to }) => to)) < 4 * words) expect(heap.call('mgc_step_work', 1)).toBe(0);
      }
      const before = asked().length;
      const young = heap.call('mgc_malloc', 16, 0, heap.number('flag.NOSCAN'));
      heap.call('mgc_store', slot, young);
      if (mode === 'INCREMENTAL') while (heap.call('mgc_step_work', 1) === 0);
      else expect(heap.call('mgc_collect_minor')).toBe(0);
      expect(heap.call('mgc_find_object', young)).toBe(1);
      const card = 1 << heap.number('card.shift');
      const from = (slot & -card) - object;
      const again = asked().slice(before);
      expect(again.length).toBeGreaterThan(0);
      for (const part of again) expect(part).toEqual({ object, from, to: from + card });
    }
  });

  it('M16: objects end by hand', () => {
    const { heap } = start();
    const object = heap.call('mgc_malloc_uncollectable', 64, 0, heap.number('flag.NOSCAN'));
    expect(heap.call('mgc_collect')).toBe(0);
    const moved = heap.call('mgc_realloc', object, 5000);
    expect(moved).not.toBe(0);
    expect(heap.call('mgc_collect')).toBe(0);
    expect(heap.call('mgc_find_object', moved)).toBe(1);
    expect(heap.call('mgc_free', moved)).toBe(0);
    expect(heap.call('mgc_find_object', moved)).toBe(0);
    expect(heap.call('mgc_free', moved)).toBe(heap.number('status.BAD_POINTER'));
  });
});
