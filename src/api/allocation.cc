// Types and allocation of the C face.
#include "api/mgc_heap.h"

using namespace mallocgc;
using namespace mallocgc::api;

mgc_status mgc_type_define(mgc_heap* heap, const mgc_type_info* info, mgc_type* type) {
  *type = nullptr;
  if (info == nullptr) return code(heap->fail(Status::kBadType, "type description is null"));
  Type* made = nullptr;
  const Status status = heap->define_type(*info, &made);
  *type = face(made);
  return code(status);
}

uint32_t mgc_type_id(mgc_type type) { return type == nullptr ? 0 : core(type)->id; }
mgc_type mgc_type_by_id(const mgc_heap* heap, uint32_t id) { return face(const_cast<mgc_heap*>(heap)->type_by_id(id)); }
const char* mgc_type_name(mgc_type type) { return core(type)->name; }
size_t mgc_type_size(mgc_type type) { return core(type)->size_bytes; }

mgc_status mgc_set_filter(mgc_heap* heap, const mgc_filter* filter) { return code(heap->set_filter(*filter)); }

void* mgc_malloc(mgc_mutator* mutator, size_t size, mgc_type type, uint32_t flags) {
  return heap_of(mutator).mallocgc(core(mutator), size, core(type), flags);
}

void* mgc_malloc_aligned(mgc_mutator* mutator, size_t size, mgc_type type, uint32_t flags, size_t align) {
  return heap_of(mutator).mallocgc(core(mutator), size, core(type), flags, align);
}

void* mgc_new(mgc_mutator* mutator, mgc_type type) { return heap_of(mutator).newobject(core(mutator), core(type)); }

void* mgc_new_array(mgc_mutator* mutator, mgc_type type, intptr_t n) {
  return heap_of(mutator).newarray(core(mutator), core(type), n);
}

void* mgc_raw(mgc_mutator* mutator, size_t size) { return heap_of(mutator).rawmem(core(mutator), size); }

size_t mgc_roundup(size_t size) { return Heap::roundupsize(size); }

mgc_alloc_slot* mgc_noscan_slot_of(mgc_mutator* mutator, size_t size) {
  return heap_of(mutator).noscan_window(core(mutator), size);
}

mgc_alloc_slot* mgc_alloc_slot_of(mgc_mutator* mutator, mgc_type type) { return mgc_sized_slot_of(mutator, type, 0); }
mgc_alloc_slot* mgc_sized_slot_of(mgc_mutator* mutator, mgc_type type, size_t size) {
  return heap_of(mutator).type_window(core(mutator), core(type), size);
}

mgc_status mgc_free(mgc_heap* heap, void* object) { return code(heap->free_object(object)); }

void* mgc_realloc(mgc_mutator* mutator, void* object, size_t size) {
  return heap_of(mutator).reallocate(core(mutator), object, size);
}

void* mgc_malloc_uncollectable(mgc_mutator* mutator, size_t size, mgc_type type, uint32_t flags) {
  return heap_of(mutator).allocate_uncollectable(core(mutator), size, core(type), flags);
}
