// Frames, ranges, handles and the write barrier of the C face.
#include <mallocgc/cpp/runtime.h>

#include "api/mgc_heap.h"

using namespace mallocgc;
using namespace mallocgc::api;

namespace {

mgc_status noted(mgc_mutator* mutator, Status status) { return code(heap_of(mutator).note_for(core(mutator), status)); }

}  // namespace

void** mgc_frame_push(mgc_mutator* mutator, size_t n) {
  void** slots = nullptr;
  return noted(mutator, heap_of(mutator).frame_push(core(mutator), n, &slots)) == MGC_OK ? slots : nullptr;
}

mgc_status mgc_frame_pop(mgc_mutator* mutator, void** slots) {
  return noted(mutator, heap_of(mutator).frame_pop(core(mutator), slots));
}
mgc_status mgc_frame_restore(mgc_mutator* mutator, void** top) {
  return noted(mutator, heap_of(mutator).frame_restore(core(mutator), top));
}

size_t mgc_stack_copy(mgc_mutator* mutator, void** from, void** to, size_t capacity) {
  size_t needed = 0;
  (void)noted(mutator, heap_of(mutator).stack_copy(core(mutator), from, to, capacity, &needed));
  if (to != nullptr && needed <= capacity) mgc_write_barrier_range(to, needed * sizeof(void*));
  return needed;
}
mgc_status mgc_stack_put_back(mgc_mutator* mutator, const void* copy) {
  return noted(mutator, heap_of(mutator).stack_put_back(core(mutator), static_cast<const void* const*>(copy)));
}

mgc_status mgc_local_room(mgc_mutator* mutator) { return noted(mutator, heap_of(mutator).local_room(core(mutator))); }
void mgc_local_slot_for(mgc_mutator* mutator) { heap_of(mutator).local_slot(core(mutator)); }
void mgc_scope_end(mgc_mutator* mutator, void** scope) { heap_of(mutator).scope_end(core(mutator), scope); }
void mgc_null_local(mgc_mutator* mutator) {
  ErrorText text;
  text.set("a null Local was dereferenced; the last error of its heap: ").add(heap_of(mutator).last_error());
  platform::die(text.c_str());
}

mgc_status mgc_add_roots(mgc_heap* heap, void* base, size_t bytes, mgc_type type) {
  return code(heap->add_roots(base, bytes, core(type)));
}
mgc_status mgc_add_barriered_roots(mgc_heap* heap, void* base, size_t bytes, mgc_type type) {
  return code(heap->add_roots(base, bytes, core(type), true));
}
mgc_status mgc_remove_roots(mgc_heap* heap, void* base) { return code(heap->remove_roots(base)); }

mgc_status mgc_add_stack(mgc_mutator* mutator, const void* low_cell, const void* base) {
  return noted(mutator, heap_of(mutator).add_stack(core(mutator), low_cell, base));
}
mgc_status mgc_remove_stack(mgc_mutator* mutator) {
  return noted(mutator, heap_of(mutator).remove_stack(core(mutator)));
}
mgc_status mgc_add_shadow_chain(mgc_mutator* mutator, const void* head) {
  return noted(mutator, heap_of(mutator).add_shadow_chain(core(mutator), head));
}
mgc_status mgc_enable_c_stack(mgc_mutator* mutator) { return noted(mutator, heap_of(mutator).enable_c_stack(true)); }
mgc_status mgc_disable_c_stack(mgc_mutator* mutator) { return noted(mutator, heap_of(mutator).enable_c_stack(false)); }

mgc_status mgc_enable_static_data(mgc_heap* heap) { return code(heap->enable_static_data(true)); }
mgc_status mgc_disable_static_data(mgc_heap* heap) { return code(heap->enable_static_data(false)); }

mgc_handle mgc_handle_new(mgc_heap* heap, void* object) {
  uint64_t handle = 0;
  return heap->handle_new(object, &handle) == Status::kOk ? handle : 0;
}
void* mgc_handle_get(mgc_heap* heap, mgc_handle handle) { return heap->handle_get(handle); }
mgc_status mgc_handle_set(mgc_heap* heap, mgc_handle handle, void* object) {
  return code(heap->handle_set(handle, object));
}
mgc_status mgc_handle_free(mgc_heap* heap, mgc_handle handle) { return code(heap->handle_free(handle)); }

void mgc_write_barrier_range(const void* address, size_t bytes) {
  if (bytes == 0) return;
  const uintptr_t first = reinterpret_cast<uintptr_t>(address) >> MGC_CARD_SHIFT;
  const uintptr_t last = (reinterpret_cast<uintptr_t>(address) + (bytes - 1)) >> MGC_CARD_SHIFT;
  const uintptr_t count =
      last - first < mgc_cards.mask ? last - first : mgc_cards.mask;  // once around the table is all of it
  for (uintptr_t i = 0; i <= count; ++i) mgc_cards.base[(first + i) & mgc_cards.mask] = 1;
}

void mgc_move(void* to, const void* from, size_t bytes) {
  __builtin_memmove(to, from, bytes);
  mgc_write_barrier_range(to, bytes);
}
