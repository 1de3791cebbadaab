// These are the weak words of objects in the C face.
#include <mallocgc/weak.h>

#include "api/mgc_heap.h"

using namespace mallocgc;

void* mgc_weak_load(mgc_heap* heap, const void* slot) { return heap->weak_load(slot); }
uint32_t mgc_weak_table_next(mgc_heap* heap, const void* object, size_t* at, mgc_weak_entry* entry) {
  return heap->weak_next(object, at, entry);
}
