// The comparison of two markings, and the search for zombies.
#include "inspect/checkmark.h"

namespace mallocgc {

namespace {

void describe(const Span& span, uint32_t slot, ErrorText& text) {
  text.add_hex(span.slot_address(slot).value())
      .add(" (slot ")
      .add_number(slot)
      .add(" of a span of ")
      .add_number(span.slot_bytes);
  text.add("-byte objects");
  if (span.type != nullptr && span.type->name != nullptr) text.add(", type ").add(span.type->name);
  text.add(")");
}

}  // namespace

void find_zombie(const SpanHeap& spans, uint32_t cycle, ErrorText& problem) {
  for (const Span* span = spans.first(); span != nullptr; span = spans.after(*span)) {
    if (span->mark_cycle != cycle) continue;
    for (uint32_t word = 0; word < bitmap_words(span->slot_count); ++word) {
      const uint64_t zombies = span->marks[word].mark & ~span->allocated[word];
      if (zombies == 0) continue;
      problem.add("found pointer to free object ");
      describe(*span, word * kBitsPerWord + lowest_bit(zombies), problem);
      return;
    }
  }
}

bool run_checkmark(const SpanHeap& spans, Reach& reach, const RootSet& roots, uint32_t cycle, ErrorText& problem) {
  if (!reach.init()) return false;
  roots.visit(reach);
  reach.complete();
  for (const Span* span = spans.first(); span != nullptr; span = spans.after(*span)) {
    for (uint32_t slot = 0; slot < span->slot_count; ++slot) {
      const bool reached = reach.reached(*span, slot);
      if (reached == span->is_marked(slot, cycle)) continue;
      problem.add(reached ? "checkmark: a reachable object is not marked: "
                          : "checkmark: a marked object is not reachable: ");
      describe(*span, slot, problem);
      return true;
    }
  }
  return true;
}

}  // namespace mallocgc
