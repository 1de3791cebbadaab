// What heap.wasm exports, as TypeScript sees it. Scalars only. Addresses, sizes and ids come back as signed 32-bit
// numbers, so every reader writes `>>> 0`; handles, ids with generations and 64-bit counts are numbers (f64). Doors:
// start.ts makes the instance; everybody else calls these through Core.

/** An unsigned byte address in the heap's memory; 0 is null. */
export type Address = number;

/** A number of the core's handle table: index and generation; 0 is none. */
export type HandleId = number;

export interface HeapExports {
  mgc_describe_names(): number;
  mgc_describe_values(): number;
  mgc_options(): number;
  mgc_memory_end(): number;
  mgc_init(): number;
  mgc_status(): number;
  mgc_error_text(): number;
  mgc_scratch(bytes: number): number;
  mgc_type_define(info: number): number;
  mgc_malloc(size: number, typeId: number, flags: number): number;
  mgc_new(typeId: number): number;
  mgc_new_array(typeId: number, count: number): number;
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
  mgc_frame_pop(slots: number): number;
  mgc_shadow_restore(top: number): number;
  mgc_handle_new(address: number): number;
  mgc_handle_get(handle: number): number;
  mgc_handle_free(handle: number): number;
  mgc_store(slot: number, value: number): void;
  mgc_write_barrier(address: number): void;
  mgc_write_barrier_range(address: number, bytes: number): void;
  mgc_move(to: number, from: number, bytes: number): void;
  mgc_set_finalizer(address: number, token: number): number;
  mgc_clear_finalizer(address: number): number;
  mgc_add_cleanup(address: number, token: number): number;
  mgc_stop_cleanup(id: number): number;
  mgc_weak_new(address: number): number;
  mgc_weak_get(id: number): number;
  mgc_weak_free(id: number): number;
  mgc_ready(): number;
  mgc_ready_next(): number;
  mgc_ready_count(): number;
  mgc_host_new(): number;
  mgc_host_free(index: number): number;
  mgc_host_next_released(): number;
  mgc_find_object(address: number): number;
  mgc_found(): number;
  mgc_type_of(address: number): number;
  mgc_walk(): number;
  mgc_walk_spans(from: number): number;
  mgc_walk_slots(base: number, first: number): number;
  mgc_why_alive(address: number, asking: number): number;
  mgc_referrers(address: number, asking: number): number;
  mgc_stats(): number;
  mgc_set_gc_percent(percent: number): number;
  mgc_set_memory_limit(bytes: number): number;
  mgc_set_debug(flags: number, stressEvery: number): number;
  mgc_verify(): number;
  mgc_events(): number;
  /** In heap.debug.wasm only, these three. */
  mgc_records?(): number;
  mgc_record_kinds?(): number;
  mgc_records_clear?(): void;
  _initialize?(): void;
}
