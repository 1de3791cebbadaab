// Enumerators, and the reports of the client's code, in the C face.
#include "api/mgc_heap.h"

using namespace mallocgc;
using namespace mallocgc::api;

namespace {

Visitor& core(mgc_visitor* visitor) { return *reinterpret_cast<Visitor*>(visitor); }

}  // namespace

mgc_status mgc_add_enumerator(mgc_heap* heap, mgc_enumerator enumerator, void* context) {
  return code(heap->add_enumerator(enumerator, context));
}
mgc_status mgc_remove_enumerator(mgc_heap* heap, mgc_enumerator enumerator, void* context) {
  return code(heap->remove_enumerator(enumerator, context));
}

void mgc_visit_slot(mgc_visitor* visitor, const void* slot, uint32_t certainty) {
  core(visitor).report_slot(Address::of(slot), certainty);
}
void mgc_visit_range(mgc_visitor* visitor, const void* base, size_t bytes, uint32_t certainty) {
  core(visitor).report_range(Address::of(base), bytes, certainty);
}
void mgc_visit_value(mgc_visitor* visitor, const void* value, uint32_t certainty) {
  core(visitor).report_value(Address::of(value), certainty);
}
mgc_heap* mgc_visitor_heap(const mgc_visitor* visitor) {
  return static_cast<mgc_heap*>(static_cast<Heap*>(core(const_cast<mgc_visitor*>(visitor)).heap()));
}
