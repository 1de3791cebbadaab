// The traversal: bitmaps, stack, passes.
#include "inspect/reach.h"

#include "gc/weak_pass.h"
#include "types/pointers.h"
#include "types/weak_words.h"

namespace mallocgc {

void Reach::complete() {
  drain_stack();
  while (pass() || settle()) {}
}

bool Reach::init() {
  stack_ = static_cast<ObjectRef*>(metadata_.try_block(kStackObjects * sizeof(ObjectRef), MetaCategory::kDebug));
  if (stack_ == nullptr) return false;
  for (Span* span = spans_.first(); span != nullptr; span = spans_.after(*span)) {
    const size_t bytes = 2 * bitmap_words(span->slot_count) * sizeof(uint64_t);
    span->inspection = static_cast<uint64_t*>(metadata_.try_block(bytes, MetaCategory::kDebug));
    if (span->inspection == nullptr) return false;
  }
  return true;
}

Reach::~Reach() {
  metadata_.free_block(stack_, kStackObjects * sizeof(ObjectRef), MetaCategory::kDebug);
  for (Span* span = spans_.first(); span != nullptr; span = spans_.after(*span)) {
    metadata_.free_block(span->inspection, 2 * bitmap_words(span->slot_count) * sizeof(uint64_t), MetaCategory::kDebug);
    span->inspection = nullptr;
  }
}

void Reach::reach(Address value) {
  Span* const span = spans_.span_at(value);
  if (span == nullptr || value - span->base >= span->limit_bytes) return;
  reach_slot(*span, span->is_large() ? 0 : static_cast<uint32_t>((value - span->base) / span->slot_bytes));
}

void Reach::reach_if_allocated(Address value) {
  Span* const span = spans_.span_at(value);
  if (span == nullptr || value - span->base >= span->limit_bytes) return;
  const uint32_t slot = span->is_large() ? 0 : static_cast<uint32_t>((value - span->base) / span->slot_bytes);
  if (is_allocated(*span, slot)) reach_slot(*span, slot);
}

void Reach::reach_slot(Span& span, uint32_t slot) {
  uint64_t& word = span.inspection[slot / kBitsPerWord];
  if ((word & bit_of(slot)) != 0) return;
  word |= bit_of(slot);
  if (depth_ < kStackObjects) stack_[depth_++] = {&span, slot};
}

void Reach::scan(Span& span, uint32_t slot, bool skip_self) {
  const Type* const type = span.slot_types == nullptr ? span.type : types_.by_id(span.slot_types[slot]);
  if (type == nullptr || !type->layout->has_pointers) return;
  const Address base = span.slot_address(slot);
  const size_t self_bytes = span.is_large() ? span.limit_bytes : span.slot_bytes;
  const size_t words = object_words(span);
  for_each_pointer(*type->layout, base, words, 0, words, [&](Address value, Certainty certainty) {
    if (!skip_self || value - base >= self_bytes) reach_as(value, certainty);
  });
}

void Reach::contents(Address object) {
  Span* const span = spans_.span_at(object);
  if (span == nullptr) return;
  const uint32_t slot = span->is_large() ? 0 : static_cast<uint32_t>((object - span->base) / span->slot_bytes);
  scan(*span, slot, true);
}

void Reach::range(Address base, size_t words, const Layout& layout) {
  for_each_pointer(layout, base, words, 0, words,
                   [&](Address value, Certainty certainty) { reach_as(value, certainty); });
}

void Reach::reach_as(Address value, Certainty certainty) {
  if (certainty == Certainty::kExact) return reach(value);
  if (words_ == Words::kAll) reach_if_allocated(value);
}

void Reach::marked(uint32_t cycle) {
  for (Span* span = spans_.first(); span != nullptr; span = spans_.after(*span)) {
    if (span->mark_cycle != cycle) continue;
    for (uint32_t word = 0; word < bitmap_words(span->slot_count); ++word)
      span->inspection[word] |= span->marks[word].mark;
  }
}

void Reach::drain_stack() {
  while (depth_ != 0) {
    const ObjectRef object = stack_[--depth_];
    object.span->inspection[bitmap_words(object.span->slot_count) + object.slot / kBitsPerWord] |= bit_of(object.slot);
    scan(*object.span, object.slot, false);
  }
}

// Scans every object that is reached and not done; true if there was one.
bool Reach::pass() {
  bool found = false;
  for (Span* span = spans_.first(); span != nullptr; span = spans_.after(*span)) {
    const uint32_t words = bitmap_words(span->slot_count);
    for (uint32_t word = 0; word < words; ++word) {
      uint64_t todo = span->inspection[word] & ~span->inspection[words + word];
      for (; todo != 0; todo &= todo - 1) {
        found = true;
        const uint32_t slot = word * kBitsPerWord + lowest_bit(todo);
        span->inspection[words + word] |= bit_of(slot);
        scan(*span, slot, false);
        drain_stack();
      }
    }
  }
  return found;
}

bool Reach::lives(Address target) const {
  const Span* const span = spans_.span_at(target);
  if (span == nullptr || target - span->base >= span->limit_bytes) return true;
  return reached(*span, span->is_large() ? 0 : static_cast<uint32_t>((target - span->base) / span->slot_bytes));
}

// Marks the values of all ephemerons whose keys live, in what is reached and in objects with a finalizer. Returns true
// if one of them was new.
bool Reach::settle() {
  bool found = false;
  for (Span* span = spans_.first_weak(); span != nullptr; span = span->weak_next) {
    const Layout& layout = *span->type->layout;
    const size_t words = object_words(*span);
    for (uint32_t slot = 0; slot < span->slot_count; ++slot) {
      const bool armed = (armed_slots(*span, slot / kBitsPerWord) & bit_of(slot)) != 0;
      if (!reached(*span, slot) && (!armed || !span->allocated_bit(slot))) continue;
      const Address base = span->slot_address(slot);
      for_each_ephemeron(layout, base, words, 0, words, [&](Address key, Address value) {
        if (value.is_null() || !lives(weak_target(layout, key))) return;
        const Address target = weak_target(layout, value);
        if (lives(target) || target - base < object_bytes(*span)) return;
        found = true;
        reach(target);
      });
    }
  }
  drain_stack();
  return found;
}

}  // namespace mallocgc
