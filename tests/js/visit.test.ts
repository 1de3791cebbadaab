// Enumerators and trace functions in heap.wasm (R6, T10, B7) are functions of another module in the heap's exported
// table, named by their indices.

import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { BareHeap, shipped } from './bare-heap.ts';

/** Reports the slot whose address is its context; and, of an object, its second word. */
const kProgram = `(module
  (import "heap" "mgc_visit_slot" (func $slot (param i32 i32 i32)))
  (func (export "enumerate") (param $visitor i32) (param $context i32)
    (call $slot (local.get $visitor) (local.get $context) (i32.const 0)))
  (func (export "trace") (param $visitor i32) (param $object i32) (param $from i32) (param $to i32)
    (call $slot (local.get $visitor) (i32.add (local.get $object) (i32.const 4)) (i32.const 0)))
  (func (export "far") (param $visitor i32) (param $context i32)
    (call $slot (local.get $visitor) (i32.const 0xfffffff8) (i32.const 0))))`;

function start(): { heap: BareHeap; index: (name: string) => number } {
  const heap = new BareHeap(shipped('heap.wasm'));
  const text = binaryen.parseText(kProgram);
  const program = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(text.emitBinary())), {
    heap: heap.exports as WebAssembly.ModuleImports,
  });
  text.dispose();
  const table = heap.exports.__indirect_function_table as unknown as WebAssembly.Table;
  return {
    heap,
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
