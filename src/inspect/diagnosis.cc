// Makes one traversal for each record that could keep its own object alive.
#include "inspect/diagnosis.h"

namespace mallocgc {

void Diagnosis::run() {
  for (const Span* span = spans_.first(); span != nullptr; span = spans_.after(*span)) {
    for_each_object(span->specials, [&](uint32_t, const ObjectNode& node) { look_at(*span, node); });
  }
}

void Diagnosis::look_at(const Span& span, const ObjectNode& node) {
  for (const Record* record = node.finalizers.first; record != nullptr; record = record->chain_next) {
    if (reaches(record->info.context, false, node.base))
      report("a finalizer's context reaches its own object", span, node);
  }
  for (const Record* record = node.cleanups.first; record != nullptr; record = record->chain_next) {
    if (reaches(record->info.context, false, node.base))
      report("a cleanup's argument reaches its own object", span, node);
  }
  if (node.finalizers.first != nullptr && reaches(node.base, true, node.base)) {
    report("an object with a finalizer is in a cycle, so it will never be finalized", span, node);
  }
}

bool Diagnosis::reaches(Address from, bool from_contents, Address target) {
  if (from.is_null() || (!from_contents && spans_.span_at(from) == nullptr)) return false;
  Reach reach(spans_, types_, metadata_);
  if (!reach.init()) return false;
  if (from_contents) {
    reach.contents(from);
  } else {
    reach.maybe_root(from);
  }
  reach.complete();
  const Span* const span = spans_.span_at(target);
  return reach.reached(*span, span->slot_at(target - span->base));
}

void Diagnosis::report(const char* what, const Span& span, const ObjectNode& node) {
  const uint32_t type_id = span.slot_types != nullptr ? span.slot_types[node.slot]
                           : span.type != nullptr     ? span.type->id
                                                      : 0;
  const Type* const type = types_.by_id(type_id);
  ErrorText text;
  text.add(what).add(": ").add_hex(node.base.value()).add(", type ");
  text.add(type != nullptr && type->name != nullptr ? type->name : "unnamed");
  events_.emit(MGC_EVENT_DIAGNOSIS, 0, 0, 0, 0, text.c_str());
}

}  // namespace mallocgc
