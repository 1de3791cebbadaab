// What all rooms of one heap share: the running module, its memory, and one of each helper. Nothing here is public.
//
// inv.js.memory: a room that calls into wasm and then touches memory calls memory.refresh() in between (growth
// detaches). inv.js.root: between an allocation and the rooting of its result no user code runs and nothing else is
// allocated. Doors: heap.ts makes it; every room is given it.

import type { Address, HeapExports } from './abi.js';
import { Allocator } from './allocate.js';
import type { Codec } from './codec.js';
import { Cycle } from './cycle.js';
import type { Description } from './description.js';
import { problem, show, type ErrorCode } from './errors.js';
import { Events } from './events.js';
import { Flags } from './flags.js';
import { Handle, type Shape } from './handle.js';
import { HostValues } from './host.js';
import { Lifecycle } from './lifecycle.js';
import type { Memory } from './memory.js';
import type { Settings } from './options.js';
import { Roots } from './roots.js';
import { Schedule } from './schedule.js';
import type { Loaded } from './start.js';
import type { Type } from './type.js';

/** Negative percentages switch automatic collection off; what the memory limit then asks for allows no growth. */
export function growthOf(gcPercent: number): number {
  return 1 + Math.max(gcPercent, 0) / 100;
}

export class Runtime {
  readonly wasm: HeapExports;
  readonly memory: Memory;
  readonly description: Description;
  readonly allocator: Allocator;
  readonly cycle: Cycle;
  readonly events: Events;
  readonly host: HostValues;
  readonly lifecycle: Lifecycle;
  readonly roots: Roots;
  readonly schedule: Schedule;
  /** Types by the core's number; filled by types.ts. */
  readonly typesById: (Type | undefined)[] = [];
  /** Elements of arrays by the core's number of their unnamed type; filled in by types.ts. */
  readonly elementsById: (Codec | undefined)[] = [];
  /** The address of every object without bytes (M1). */
  readonly zerobase: Address;
  /** The core's type of cursors' anchors: two pointers. Set by types.ts. */
  anchorType = 0;
  readonly shapeOfUntyped: Shape;
  disposed = false;
  /** What may be live at the next collection, as a multiple of what was live after the last (C6). */
  growth: number;
  /** What KeepAlive saw last: a use of the view that no engine can leave out. */
  keptAddress: Address = 0;
  readonly #writtenIndex: number;
  /** The card table, which has its place from the start. */
  readonly #cards: number;
  readonly #cardMask: number;
  readonly #cardShift: number;
  #written = 0;

  constructor(
    loaded: Loaded,
    readonly settings: Settings,
  ) {
    this.wasm = loaded.wasm;
    this.memory = loaded.memory;
    this.description = loaded.description;
    const table = this.description.get('cards.address');
    this.#cards = this.memory.u32[(table + this.description.get('cards.base')) >>> 2] as number;
    this.#cardMask = this.memory.u32[(table + this.description.get('cards.mask')) >>> 2] as number;
    this.#cardShift = this.description.get('card.shift');
    this.growth = growthOf(settings.gcPercent);
    this.events = new Events(this);
    this.#writtenIndex = this.events.writtenIndex;
    this.allocator = new Allocator(this);
    this.cycle = new Cycle(this);
    this.host = new HostValues(this);
    this.lifecycle = new Lifecycle(this);
    this.roots = new Roots(this);
    this.schedule = new Schedule(settings.automatic, () => this.lifecycle.runSlice());
    this.shapeOfUntyped = this.untypedShape(null);
    this.zerobase = this.wasm.mgc_malloc(0, 0, 0) >>> 0;
    this.memory.refresh();
  }

  /** A shape of memory whose layout the face does not know; `type` is what it was allocated as. */
  untypedShape(type: Type | null): Shape {
    return { runtime: this, type, size: -1, wrap: (handle) => handle };
  }

  alive(): void {
    if (this.disposed) throw problem('DISPOSED', 'the heap was disposed');
  }

  /** Makes the memory's arrays right before they are written to; throws DISPOSED. */
  refresh(): void {
    if (this.memory.u8.length !== 0) return;
    this.alive();
    this.memory.refresh();
  }

  /** The memory's buffer, as it is now. */
  buffer(): ArrayBuffer {
    this.refresh();
    return this.memory.u8.buffer as ArrayBuffer;
  }

  /** Throws what the last failed call of the core came to. */
  fail(): never {
    this.check(this.wasm.mgc_status());
    throw problem('CORRUPT', 'a call failed without a status');
  }

  check(status: number): void {
    if (status !== 0) throw this.error(status);
  }

  error(status: number): Error {
    this.memory.refresh();
    return problem(this.description.codeOf(status), this.memory.text(this.wasm.mgc_error_text() >>> 0));
  }

  /**
   * After an allocating call that gave nothing: on exhaustion onPressure is called, and the call repeated once (B7).
   * Throws what it came to.
   */
  underPressure(again: () => number, needBytes: number): Address {
    this.alive();
    const status = this.wasm.mgc_status();
    const { onPressure } = this.settings;
    if (onPressure === undefined || this.description.codeOf(status) !== 'OUT_OF_MEMORY') this.check(status);
    onPressure?.(needBytes);
    this.alive();
    const address = again() >>> 0;
    if (address === 0) this.fail();
    return address;
  }

  /** After a call that may have collected or grown: arrays are right again, and news get a task. Runs no user code. */
  afterCall(): void {
    const written = this.memory.u32[this.#writtenIndex];
    if (written === this.#written) return;
    this.refresh();
    this.#written = this.memory.u32[this.#writtenIndex] as number;
    this.schedule.wanted();
  }

  /** Memory by size, as Go's mallocgc: not rooted. May collect, before it allocates. */
  allocate(size: number, typeId: number, flags: number): Address {
    this.cycle.beforeSlowPath();
    const call = (): number => this.wasm.mgc_malloc(size, typeId, flags) >>> 0;
    const address = call() || this.underPressure(call, size);
    this.afterCall();
    return address;
  }

  /**
   * Bytes without pointers, not zeroed, not rooted (Go's rawmem). May collect, before it allocates. The memory is fresh
   * after it.
   */
  allocateRaw(size: number): Address {
    const address = this.allocator.mallocgc(size, 0, Flags.noScan | Flags.noZero);
    this.memory.refresh();
    return address;
  }

  /** Marks the card of a pointer that was stored (C7). */
  barrier(address: Address): void {
    this.memory.u8[this.#cards + ((address >>> this.#cardShift) & this.#cardMask)] = 1;
  }

  /** A registered handle. */
  open(shape: Shape, address: Address, size = shape.size): Handle {
    return this.roots.open(shape, address, size);
  }

  /** Called by handles as they are disposed. `bytes` are on a ballast. */
  closed(id: number, bytes: number): void {
    if (this.disposed) return;
    this.roots.release(id);
    this.roots.disposedOne(bytes);
  }

  keepAliveWith<T extends object>(owner: T, address: Address): T {
    this.roots.tie(owner, address);
    return owner;
  }

  typeAt(address: Address): Type | null {
    return this.typesById[this.wasm.mgc_type_of(address) >>> 0] ?? null;
  }

  /** The handle of a target, which must be alive and of this heap. `what` begins the texts. */
  target(target: unknown, what: string): Handle {
    this.alive();
    const handle = Handle.of(target);
    if (handle === undefined) throw this.#notATarget(target, what);
    if (Handle.shape(handle).runtime !== this) throw problem('WRONG_HEAP', `${what}: the handle is of another heap`);
    Handle.address(handle);
    return handle;
  }

  #notATarget(target: unknown, what: string): Error {
    const code: ErrorCode = 'BAD_POINTER';
    return problem(code, `${what}: ${show(target)} is not a view or a handle of this heap`);
  }

  /** The object that contains an address (M14). */
  found(address: Address): { base: Address; size: number; typeId: number } | undefined {
    if (this.wasm.mgc_find_object(address) === 0) return undefined;
    this.memory.refresh();
    const cell = this.wasm.mgc_found() >>> 0;
    const read = (name: string): number =>
      this.memory.u32[(cell + this.description.get(`found.${name}`)) >>> 2] as number;
    return { base: read('base'), size: read('size'), typeId: read('type_id') };
  }

  dispose(): void {
    this.disposed = true;
    this.memory.close();
    this.host.clear();
    this.lifecycle.clear();
  }
}
