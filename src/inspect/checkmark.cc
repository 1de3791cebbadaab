// This compares two markings, and searches for pointers into freed memory.
#include "inspect/checkmark.h"

#include "alloc/cache.h"

namespace mallocgc {

namespace {

constexpr const char* kFreeObject = "found pointer to free object ";

void blame(Damage& damage, const char* what, const Span& span, uint32_t slot) {
  damage.target = span.slot_address(slot);
  damage.text.add(what);
  describe_object(span, slot, damage.text);
}

}  // namespace

bool trace_from_roots(Reach& reach, const RootSet& roots) {
  if (!reach.init()) return false;
  roots.visit(reach);
  reach.complete();
  return true;
}

void check_pointers(const HolderSearch& search, Damage& damage) {
  const Holder holder = find_dangling(search);
  if (!holder.found) return;
  damage.holder = holder;
  const Span* const span = search.spans.span_at(holder.value);
  if (span != nullptr) {
    blame(damage, kFreeObject, *span, span->slot_at(holder.value - span->base));
  } else {
    damage.target = holder.value;
    damage.text.add(kFreeObject).add_hex(holder.value.value()).add(" (in pages without objects)");
  }
  damage.text.add(", in ");
  describe_holder(holder.link, search.types, damage.text);
}

void find_zombie(const SpanHeap& spans, uint32_t cycle, Damage& damage) {
  for (const Span* span = spans.first(); span != nullptr; span = spans.after(*span)) {
    if (span->mark_cycle != cycle) continue;
    for (uint32_t word = 0; word < bitmap_words(span->slot_count); ++word) {
      const uint64_t zombies = span->marks[word].mark & ~span->allocated[word];
      if (zombies != 0) return blame(damage, kFreeObject, *span, word * kBitsPerWord + lowest_bit(zombies));
    }
  }
}

void run_checkmark(const SpanHeap& spans, const Reach& reach, uint32_t cycle, Damage& damage) {
  for (const Span* span = spans.first(); span != nullptr; span = spans.after(*span)) {
    for (uint32_t slot = 0; slot < span->slot_count; ++slot) {
      const bool reached = reach.reached(*span, slot);
      if (reached == span->is_marked(slot, cycle)) continue;
      return blame(
          damage,
          reached ? "checkmark: a reachable object is not marked: " : "checkmark: a marked object is not reachable: ",
          *span, slot);
    }
  }
}

// A free slot may be reached and not marked: that is damage of another kind (check_pointers).
void run_barrier_check(const HolderSearch& search, uint32_t cycle, Damage& damage) {
  for (const Span* span = search.spans.first(); span != nullptr; span = search.spans.after(*span)) {
    for (uint32_t slot = 0; slot < span->slot_count; ++slot) {
      if (!search.reach.reached(*span, slot) || span->is_marked(slot, cycle) || !is_allocated(*span, slot)) continue;
      blame(damage, "checkmark: a reachable object is not marked: ", *span, slot);
      damage.holder = find_marked_holder(search, cycle, span->slot_address(slot), span->slot_bytes);
      if (!damage.holder.found) return;
      damage.text.add(", stored without a write barrier in ");
      return describe_holder(damage.holder.link, search.types, damage.text);
    }
  }
}

void find_unexpected(const SpanHeap& spans, const Reach& expected, uint32_t cycle, Damage& damage) {
  for (const Span* span = spans.first(); span != nullptr; span = spans.after(*span)) {
    for (uint32_t slot = 0; slot < span->slot_count; ++slot) {
      if (!span->is_marked(slot, cycle) || expected.reached(*span, slot)) continue;
      return blame(damage, "checkmark: a marked object is neither old nor reachable: ", *span, slot);
    }
  }
}

}  // namespace mallocgc
