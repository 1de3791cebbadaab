// These functions tell what lies where, and work with pointers.
#include "boehm/program.h"

namespace {

mgc_found around(const void* address) {
  mgc_found found = {};
  if (mallocgc::boehm::program.heap != nullptr) mgc_find_object(mallocgc::boehm::program.heap, address, &found);
  return found;
}

void not_in_one_object(void*, void*) { mallocgc::boehm::stop("GC_same_obj: pointers into two objects"); }
void never(void*) {}
void not_visible(void*) { mallocgc::boehm::stop("GC_is_visible: memory that is not scanned"); }

}  // namespace

extern "C" {

void (*GC_same_obj_print_proc)(void*, void*) = not_in_one_object;
void (*GC_is_valid_displacement_print_proc)(void*) = never;  // every inner pointer is one
void (*GC_is_visible_print_proc)(void*) = not_visible;

void* GC_base(void* address) { return around(address).base; }
size_t GC_size(const void* object) { return around(object).size; }
int GC_is_heap_ptr(const void* address) { return around(address).base != nullptr; }

void* GC_same_obj(void* p, void* q) {
  if (around(p).base != around(q).base) GC_same_obj_print_proc(p, q);
  return p;
}
// Returns p. If p is not null and lies in no memory that is scanned, GC_is_visible_print_proc is told.
void* GC_is_visible(void* p) {
  if (mallocgc::boehm::program.heap == nullptr || p == nullptr || around(p).base != nullptr) return p;
  if (mgc_is_root(mallocgc::boehm::program.heap, p) == 0) GC_is_visible_print_proc(p);
  return p;
}
void* GC_is_valid_displacement(void* p) { return p; }
void* GC_pre_incr(void** p, ptrdiff_t bytes) { return *p = GC_same_obj(static_cast<char*>(*p) + bytes, *p); }
void* GC_post_incr(void** p, ptrdiff_t bytes) {
  void* const before = *p;
  *p = GC_same_obj(static_cast<char*>(before) + bytes, before);
  return before;
}

void GC_noop1(GC_word value) {
  [[maybe_unused]] static volatile GC_word sink;
  sink = value;
  sink = 0;
}
void GC_ptr_store_and_dirty(void* slot, const void* value) { mgc_store(slot, value); }
void GC_change_stubborn(const void*) {}
void GC_end_stubborn_change(const void*) {}

}  // extern "C"
