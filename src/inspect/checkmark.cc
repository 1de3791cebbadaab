// The comparison of two markings, and the search for zombies.
#include "inspect/checkmark.h"

#include "platform/sanitizer.h"
#include "types/cursor.h"

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

// The name of the field of `type` at an offset, where the client gave one.
const char* field_at(const Type& type, size_t offset) {
  if (type.tail == MGC_TAIL_REPEAT) offset %= type.size_bytes;
  const Field* found = nullptr;
  for (uint32_t i = 0; i < type.field_count; ++i) {
    const Field& field = type.fields[i];
    if (field.offset <= offset && (found == nullptr || field.offset >= found->offset)) found = &field;
  }
  return found != nullptr ? found->name : nullptr;
}

// The word of a marked object that points to the unmarked object at [base, base + bytes), and the type of the former.
struct Store {
  const Span* span = nullptr;
  uint32_t slot = 0;
  size_t offset = 0;
  const Type* type = nullptr;
};

bool points_at(const Span& span, uint32_t slot, const Type& type, Address base, size_t bytes, Store* out) {
  PointerCursor cursor(*type.layout, (span.is_large() ? span.limit_bytes : span.slot_bytes) / kWordBytes);
  size_t first = 0;
  size_t count = 0;
  while (cursor.next(&first, &count)) {
    for (size_t i = first; i < first + count; ++i) {
      if (platform::load_word(span.slot_address(slot) + i * kWordBytes) - base >= bytes) continue;
      *out = Store{&span, slot, i * kWordBytes, &type};
      return true;
    }
  }
  return false;
}

bool find_store(const SpanHeap& spans, TypeTable& types, uint32_t cycle, Address base, size_t bytes, Store* out) {
  for (const Span* span = spans.first(); span != nullptr; span = spans.after(*span)) {
    for (uint32_t slot = 0; slot < span->slot_count; ++slot) {
      if (!span->is_marked(slot, cycle)) continue;
      const Type* const type = span->slot_types == nullptr ? span->type : types.by_id(span->slot_types[slot]);
      if (type == nullptr || !type->layout->has_pointers || type->layout->conservative) continue;
      if (points_at(*span, slot, *type, base, bytes, out)) return true;
    }
  }
  return false;
}

void describe_store(const Store& store, ErrorText& text) {
  text.add(", stored without a write barrier in ");
  text.add(store.type->name != nullptr ? store.type->name : "an object of an unnamed type");
  const char* const field = field_at(*store.type, store.offset);
  if (field != nullptr) text.add(".").add(field);
  text.add(" at ").add_hex(store.span->slot_address(store.slot).value()).add(" + ").add_number(store.offset);
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

bool run_barrier_check(const SpanHeap& spans, TypeTable& types, Reach& reach, const RootSet& roots, uint32_t cycle,
                       ErrorText& problem) {
  if (!reach.init()) return false;
  roots.visit(reach);
  reach.complete();
  for (const Span* span = spans.first(); span != nullptr; span = spans.after(*span)) {
    for (uint32_t slot = 0; slot < span->slot_count; ++slot) {
      if (!reach.reached(*span, slot) || span->is_marked(slot, cycle)) continue;
      problem.add("checkmark: a reachable object is not marked: ");
      describe(*span, slot, problem);
      Store store;
      if (find_store(spans, types, cycle, span->slot_address(slot), span->slot_bytes, &store))
        describe_store(store, problem);
      return true;
    }
  }
  return true;
}

void find_unexpected(const SpanHeap& spans, const Reach& expected, uint32_t cycle, ErrorText& problem) {
  for (const Span* span = spans.first(); span != nullptr; span = spans.after(*span)) {
    for (uint32_t slot = 0; slot < span->slot_count; ++slot) {
      if (!span->is_marked(slot, cycle) || expected.reached(*span, slot)) continue;
      problem.add("checkmark: a marked object is neither old nor reachable: ");
      return describe(*span, slot, problem);
    }
  }
}

}  // namespace mallocgc
