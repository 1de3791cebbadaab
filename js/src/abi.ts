// What heap.wasm exports, as TypeScript sees it. Scalars only. Addresses, sizes and ids come back as signed 32-bit
// numbers, so every reader writes `>>> 0`; handles, ids with generations and 64-bit counts are numbers (f64).
// Doors: start.ts makes the instance; everybody else calls these through Core.

/** What tells an address and a handle's number from other numbers, for the compiler alone. */
declare const kBrand: unique symbol;

/** An unsigned byte address in the heap's memory; 0 is null. */
export type Address = number & { readonly [kBrand]: 'address' };

/** A number of the core's handle table: index and generation; 0 is none. */
export type HandleId = number & { readonly [kBrand]: 'handle' };

export const kNull = 0 as Address;
export const kNoHandle = 0 as HandleId;

export interface HeapExports {
  mgc_describe_names(): number;
  mgc_describe_values(): number;
  mgc_options(): number;
  mgc_memory_end(): number;
  mgc_init(): number;
  mgc_status(): number;
  mgc_error_text(): number;
  mgc_scratch(bytes: number): number;
  mgc_type_define(info: Address): number;
  mgc_malloc(size: number, typeId: number, flags: number): number;
  mgc_new(typeId: number): number;
  mgc_roundup(size: number): number;
  mgc_alloc_slot(typeId: number): number;
  mgc_noscan_slot(size: number): number;
  mgc_collect(): number;
  mgc_collect_minor(): number;
  mgc_start_cycle(): number;
  mgc_step_work(units: number): number;
  mgc_collection_due(): number;
  mgc_phase_start(forced: number): number;
  mgc_phase_mark(): number;
  mgc_phase_finish(): number;
  mgc_sweep(spans: number): number;
  mgc_trim(): number;
  mgc_clock(): number;
  mgc_mutator(): number;
  mgc_frame_push(slots: number): number;
  mgc_frame_pop(slots: Address): number;
  mgc_shadow_restore(top: Address): number;
  mgc_handle_new(address: Address): HandleId;
  mgc_handle_get(handle: HandleId): number;
  mgc_handle_free(handle: HandleId): number;
  mgc_move(to: Address, from: Address, bytes: number): void;
  mgc_set_finalizer(address: Address, token: number): number;
  mgc_clear_finalizer(address: Address): number;
  mgc_add_cleanup(address: Address, token: number): number;
  mgc_stop_cleanup(id: number): number;
  mgc_weak_new(address: Address): number;
  mgc_weak_get(id: number): number;
  mgc_weak_free(id: number): number;
  mgc_ready(): number;
  mgc_ready_next(): number;
  mgc_ready_count(): number;
  mgc_host_new(): number;
  mgc_host_free(index: number): number;
  mgc_host_next_released(): number;
  mgc_find_object(address: Address): number;
  mgc_found(): number;
  mgc_type_of(address: Address): number;
  mgc_walk(): number;
  mgc_walk_spans(from: Address): number;
  mgc_walk_slots(base: Address, first: number): number;
  mgc_why_alive(address: Address, asking: HandleId): number;
  mgc_referrers(address: Address, asking: HandleId): number;
  mgc_stats(): number;
  mgc_set_gc_percent(percent: number): number;
  mgc_set_memory_limit(bytes: number): number;
  mgc_set_debug(flags: number, stressEvery: number): number;
  mgc_verify(): number;
  mgc_events(): number;
  /** These three are in heap.debug.wasm only. */
  mgc_records?(): number;
  mgc_record_kinds?(): number;
  mgc_records_clear?(): void;
  _initialize?(): void;
}
