// Diagnosis of lifecycle records (F10), on request: a finalizer or cleanup whose own context reaches its object will
// never run, nor will the finalizers of a cycle. Each is reported as a DIAGNOSIS event with type and address. It costs
// one traversal for each record, so it is for debugging only.
#pragma once

#include "gc/events.h"
#include "inspect/reach.h"
#include "specials/specials.h"
#include "types/type_table.h"

namespace mallocgc {

class Diagnosis {
 public:
  Diagnosis(const SpanHeap& spans, TypeTable& types, Metadata& metadata, const Events& events)
      : spans_(spans), types_(types), metadata_(metadata), events_(events) {}

  // Reports every such record; to be run between cycles.
  void run();

 private:
  void look_at(const Span& span, const ObjectNode& node);
  bool reaches(Address from, bool from_contents, Address target);
  void report(const char* what, const Span& span, const ObjectNode& node);

  const SpanHeap& spans_;
  TypeTable& types_;
  Metadata& metadata_;
  const Events& events_;
};

}  // namespace mallocgc
