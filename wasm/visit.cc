// Enumerators and the reports of the client's code. A function is an index into the module's table, which the client
// grows and fills: where it puts nothing there, the module calls nobody (B7). An index without a function of the right
// type traps when it is called, as in every WebAssembly module.
#include "door.h"

namespace {

mgc_enumerator enumerator_at(uint32_t index) { return reinterpret_cast<mgc_enumerator>(static_cast<uintptr_t>(index)); }
mgc_visitor* visitor_at(uint32_t address) { return door::at<mgc_visitor>(address); }

}  // namespace

MGC_EXPORT(mgc_add_enumerator) int32_t door_add_enumerator(uint32_t index, uint32_t context) {
  return mgc_add_enumerator(door::heap(), enumerator_at(index), door::at(context));
}
MGC_EXPORT(mgc_remove_enumerator) int32_t door_remove_enumerator(uint32_t index, uint32_t context) {
  return mgc_remove_enumerator(door::heap(), enumerator_at(index), door::at(context));
}
MGC_EXPORT(mgc_visit_slot) void door_visit_slot(uint32_t visitor, uint32_t slot, uint32_t certainty) {
  mgc_visit_slot(visitor_at(visitor), door::at(slot), certainty);
}
MGC_EXPORT(mgc_visit_range)
void door_visit_range(uint32_t visitor, uint32_t base, uint32_t bytes, uint32_t certainty) {
  mgc_visit_range(visitor_at(visitor), door::at(base), bytes, certainty);
}
MGC_EXPORT(mgc_visit_value) void door_visit_value(uint32_t visitor, uint32_t value, uint32_t certainty) {
  mgc_visit_value(visitor_at(visitor), door::at(value), certainty);
}
