// Reach: a second, simple traversal of the heap, for checks (C8, F10). It shares nothing with the marker but the layout
// decoder: bitmaps of its own, a small stack instead of the queue, every object scanned by a cursor. What does not fit
// on the stack is found again by passes over the heap, until a pass finds nothing new. So are the values of ephemerons
// whose keys are reached. Bitmaps come from metadata and are given back.
#pragma once

#include "base/text.h"
#include "roots/root_set.h"
#include "spans/span_heap.h"
#include "types/pointers.h"
#include "types/type_table.h"

namespace mallocgc {

class Reach {
 public:
  // What counts as a pointer. Words that only may be pointers need no write barrier to become one, since what they name
  // may be allocated later: a check of barriers leaves them out.
  enum class Words : uint8_t { kAll, kTyped };

  Reach(const SpanHeap& spans, TypeTable& types, Metadata& metadata, Words words = Words::kAll)
      : spans_(spans), types_(types), metadata_(metadata), words_(words) {}
  Reach(const Reach&) = delete;
  Reach& operator=(const Reach&) = delete;
  ~Reach();

  // False: no memory for the bitmaps. To be called first, while no other Reach is at work on the heap.
  bool init();

  // Where to start from; the same calls that RootSet::visit makes.
  void root(Address value) { reach(value); }
  void maybe_root(Address value) {
    if (words_ == Words::kAll) reach_if_allocated(value);
  }
  void contents(Address object);
  void range(Address base, size_t words, const Layout& layout);

  // All objects that are marked in this epoch.
  void marked(uint32_t cycle);

  // Follows everything, to the end.
  void complete();
  bool reached(const Span& span, uint32_t slot) const {
    return (span.inspection[slot / kBitsPerWord] & bit_of(slot)) != 0;
  }

 private:
  static constexpr uint32_t kStackObjects = 4096;
  struct ObjectRef {
    Span* span;
    uint32_t slot;
  };

  void reach(Address value);
  void reach_if_allocated(Address value);
  void reach_as(Address value, Certainty certainty);
  void reach_slot(Span& span, uint32_t slot);
  void scan(Span& span, uint32_t slot, bool skip_self);
  void drain_stack();
  bool pass();
  bool settle();
  bool lives(Address target) const;

  const SpanHeap& spans_;
  TypeTable& types_;
  Metadata& metadata_;
  ObjectRef* stack_ = nullptr;
  uint32_t depth_ = 0;
  Words words_;
};

}  // namespace mallocgc
