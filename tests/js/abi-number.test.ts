// A module of another ABI number is refused before anything of it is used, with a text that names both numbers.

import binaryen from 'binaryen';
import { createHeap, MallocgcError } from 'mallocgc';
import { expect, it } from 'vitest';
import { BareHeap, shipped } from './bare-heap.ts';

/** Returns a module that describes itself as one of the ABI `abi`, and can do nothing else. */
function moduleOfAbi(abi: number): Uint8Array<ArrayBuffer> {
  const module = binaryen.parseText(`(module
    (import "env" "memory" (memory 16 65536))
    (data (i32.const 1024) "abi\\00\\00")
    (data (i32.const 1032) "\\${abi.toString(16).padStart(2, '0')}\\00\\00\\00")
    (func (export "_initialize"))
    (func (export "mgc_describe_names") (result i32) (i32.const 1024))
    (func (export "mgc_describe_values") (result i32) (i32.const 1032)))`);
  return new Uint8Array(module.emitBinary());
}

const abi = new BareHeap(shipped('heap.wasm')).number('abi');

it.each([1, abi + 1])('a module of ABI %i is refused by number', async (other) => {
  const refused = await createHeap({ module: moduleOfAbi(other) }).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(MallocgcError);
  expect(refused).toMatchObject({ code: 'BAD_ARGUMENT' });
  expect(String(refused)).toContain(`heap.wasm has ABI ${other}, this package needs ${abi}`);
});
