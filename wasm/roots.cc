// These exports are frames, ranges, handles and the write barrier.
#include "door.h"

MGC_EXPORT(mgc_mutator) uint32_t door_mutator() { return door::address_of(door::mutator()); }
MGC_EXPORT(mgc_frame_push) uint32_t door_frame_push(uint32_t n) {
  return door::address_of(mgc_frame_push(door::mutator(), n));
}
MGC_EXPORT(mgc_frame_pop) int32_t door_frame_pop(uint32_t slots) {
  return mgc_frame_pop(door::mutator(), door::at<void*>(slots));
}
MGC_EXPORT(mgc_shadow_restore) int32_t door_shadow_restore(uint32_t top) {
  return mgc_frame_restore(door::mutator(), door::at<void*>(top));
}

MGC_EXPORT(mgc_handle_new) double door_handle_new(uint32_t address) {
  return static_cast<double>(mgc_handle_new(door::heap(), door::at(address)));
}
MGC_EXPORT(mgc_handle_get) uint32_t door_handle_get(double handle) {
  return door::address_of(mgc_handle_get(door::heap(), door::integer_of(handle)));
}
MGC_EXPORT(mgc_handle_set) int32_t door_handle_set(double handle, uint32_t address) {
  return mgc_handle_set(door::heap(), door::integer_of(handle), door::at(address));
}
MGC_EXPORT(mgc_handle_free) int32_t door_handle_free(double handle) {
  return mgc_handle_free(door::heap(), door::integer_of(handle));
}

// What is partly outside the memory is refused here, where it would trap later.
static bool is_outside(uint32_t address, uint64_t bytes) {
  if (address + bytes <= uint64_t{__builtin_wasm_memory_size(0)} << 16) return false;
  mgc_fail(door::heap(), MGC_BAD_POINTER, "a range outside the memory");
  return true;
}
MGC_EXPORT(mgc_add_roots) int32_t door_add_roots(uint32_t address, uint32_t bytes, uint32_t type) {
  if (is_outside(address, bytes)) return MGC_BAD_POINTER;
  return mgc_add_roots(door::heap(), door::at(address), bytes, door::type_of_id(type));
}
MGC_EXPORT(mgc_remove_roots) int32_t door_remove_roots(uint32_t address) {
  return mgc_remove_roots(door::heap(), door::at(address));
}

#if !MALLOCGC_FLAVOUR_LEAN
MGC_EXPORT(mgc_add_barriered_roots) int32_t door_add_barriered(uint32_t address, uint32_t bytes, uint32_t type) {
  if (is_outside(address, bytes)) return MGC_BAD_POINTER;
  return mgc_add_barriered_roots(door::heap(), door::at(address), bytes, door::type_of_id(type));
}
// Copies, too, lie in the memory with all their words.
MGC_EXPORT(mgc_stack_copy) uint32_t door_stack_copy(uint32_t from, uint32_t to, uint32_t capacity) {
  if (is_outside(to, uint64_t{capacity} * sizeof(void*))) return 0;
  return mgc_stack_copy(door::mutator(), door::at<void*>(from), door::at<void*>(to), capacity);
}
MGC_EXPORT(mgc_stack_put_back) int32_t door_stack_put_back(uint32_t copy) {
  constexpr uint32_t kHeaderBytes = 2 * sizeof(void*);
  if (is_outside(copy, kHeaderBytes)) return MGC_BAD_POINTER;
  const uint64_t words = door::at<const uint32_t>(copy)[1];
  if (is_outside(copy, kHeaderBytes + words * sizeof(void*))) return MGC_BAD_POINTER;
  return mgc_stack_put_back(door::mutator(), door::at(copy));
}
// An address outside the memory is refused here, where it would trap later.
MGC_EXPORT(mgc_add_stack) int32_t door_add_stack(uint32_t low_cell, uint32_t base) {
  const uint64_t end = uint64_t{__builtin_wasm_memory_size(0)} << 16;
  if (base > end || uint64_t{low_cell} + sizeof(void*) > end)
    return mgc_fail(door::heap(), MGC_BAD_POINTER, "a stack outside the memory");
  return mgc_add_stack(door::mutator(), door::at(low_cell), door::at(base));
}
MGC_EXPORT(mgc_remove_stack) int32_t door_remove_stack() { return mgc_remove_stack(door::mutator()); }
MGC_EXPORT(mgc_add_shadow_chain) int32_t door_add_shadow_chain(uint32_t head) {
  if (uint64_t{head} + sizeof(void*) > uint64_t{__builtin_wasm_memory_size(0)} << 16)
    return mgc_fail(door::heap(), MGC_BAD_POINTER, "the head of a shadow chain is outside the memory");
  return mgc_add_shadow_chain(door::mutator(), door::at(head));
}
#endif

MGC_EXPORT(mgc_store) void door_store(uint32_t slot, uint32_t value) { mgc_store(door::at(slot), door::at(value)); }
MGC_EXPORT(mgc_write_barrier) void door_write_barrier(uint32_t address) { mgc_write_barrier(door::at(address)); }
MGC_EXPORT(mgc_write_barrier_range) void door_write_barrier_range(uint32_t address, uint32_t bytes) {
  mgc_write_barrier_range(door::at(address), bytes);
}
MGC_EXPORT(mgc_move) void door_move(uint32_t to, uint32_t from, uint32_t bytes) {
  mgc_move(door::at(to), door::at(from), bytes);
}
