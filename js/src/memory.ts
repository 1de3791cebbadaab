// The heap's memory as typed arrays. Growth detaches the old ArrayBuffer (B4), so the arrays live here, in one object
// that is refreshed when they are found detached; nobody keeps a copy beyond a call into wasm.
//
// Reads past the end of a detached array are undefined and writes are lost, so the hot paths (numbers.ts, raw.ts) test
// for that and call their slow path, which refreshes and tries again. That one test also finds a disposed heap: its
// arrays are empty for good.
//
// Memory.toResizableBuffer would spare the refreshing, but in V8 (2026) an access to such a buffer takes up to twice as
// long, and a memory has only one buffer at a time. So the heap does not ask for it; a user may, and everything goes
// on, with arrays that grow in place.
// Doors: made by start.ts, owned by Core.

import { utf8Read } from './utf8.js';

export class Memory {
  declare i8: Int8Array;
  declare u8: Uint8Array;
  declare i16: Int16Array;
  declare u16: Uint16Array;
  declare i32: Int32Array;
  declare u32: Uint32Array;
  declare f32: Float32Array;
  declare f64: Float64Array;
  declare i64: BigInt64Array;
  declare u64: BigUint64Array;
  /** True once the heap is disposed: the arrays are empty and stay so. */
  closed = false;

  /** Gone once the heap is disposed. */
  declare wasm: WebAssembly.Memory;

  constructor(wasm: WebAssembly.Memory) {
    this.wasm = wasm;
    this.#use(wasm.buffer);
  }

  /** Makes the arrays right again after calls that may have grown the memory. A compare when they are. */
  refresh(): void {
    if (this.u8.length === 0 && !this.closed) this.#use(this.wasm.buffer);
  }

  close(): void {
    this.closed = true;
    this.wasm = undefined as unknown as WebAssembly.Memory;
    this.#use(new ArrayBuffer(0));
  }

  /** Text of `bytes` UTF-8 bytes, or up to a NUL; for the module's own names and messages. */
  text(address: number, bytes = this.u8.indexOf(0, address) - address): string {
    return utf8Read(this.u8, address, bytes);
  }

  #use(buffer: ArrayBuffer): void {
    this.i8 = new Int8Array(buffer);
    this.u8 = new Uint8Array(buffer);
    this.i16 = new Int16Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i64 = new BigInt64Array(buffer);
    this.u64 = new BigUint64Array(buffer);
  }
}
