// The weak pass comes between a marking and the first sweep. It clears every weak word whose object has died, and every
// ephemeron whose key has. It goes over the spans with such words, which the heap keeps in a list (SpanHeap), so a heap
// without any has no pass. What counts are the objects that live on: those that are marked, and those with a finalizer,
// which live once more; so what the finalizer finds in its object is clean, too.
//
// The pass comes before the records of the dead fire, since a finalizer that is queued marks its object (F8: weak
// first).
// A full cycle goes over all of them, in slices if need be. A minor one looks at what is young, and at dirty cards of
// what is old: only there can a weak word point to something young.
// inv.weak: outside a marking and the resolving phase, no weak word and no key of a living object points to a dead one.
// Doors: gc/resolver.cc, gc/minor.cc; on to types/weak_words.h.
#pragma once

#include "alloc/resolve_span.h"
#include "spans/span_heap.h"
#include "spans/young_spans.h"

namespace mallocgc {

// Returns, of the slots of a word of the bitmaps, those whose objects have a finalizer that keeps what they point to.
uint64_t armed_slots(const Span& span, uint32_t word);
// Returns, of the same slots, those with objects whose weak words count, when the marking of `cycle` is over.
inline uint64_t weak_holders(const Span& span, uint32_t word, uint32_t cycle) {
  const uint64_t marked = span.mark_cycle == cycle ? span.marks[word].mark : 0;
  return span.allocated[word] & (marked | armed_slots(span, word));
}
// Returns the bytes of one object of a span, and its whole words.
inline size_t object_bytes(const Span& span) { return span.is_large() ? span.limit_bytes : span.slot_bytes; }
inline size_t object_words(const Span& span) { return object_bytes(span) / kWordBytes; }

class WeakPass {
 public:
  void init(const SpanHeap& spans, SweepContext& context) {
    spans_ = &spans;
    context_ = &context;
  }

  // Begins with the first span.
  void begin();
  bool done() const { return span_ == nullptr; }
  // Goes on until the budget is spent or all is done. Returns true in the second case.
  bool some(Budget& budget);
  // Does all of it for a minor cycle. The cards of the spans are clean afterwards.
  void run_minor(const YoungSpans& young, Budget& budget);
  // Clears the words [from, to) of an object. Returns how many of them were weak or keys.
  uint64_t clear(const Span& span, uint32_t slot, size_t from, size_t to) const;

 private:
  static constexpr size_t kPieceWords = 256;  // of an object, between two looks at the budget
  bool is_dead(Address target) const;
  bool is_stale(Address target, Address base, size_t own_bytes) const;
  bool clear_span(const Span& span, Budget& budget);
  void clear_page(const Span& span, Address page, unsigned char* cards, Budget& budget);
  void clear_card(const Span& span, size_t begin, Budget& budget) const;

  const SpanHeap* spans_ = nullptr;
  SweepContext* context_ = nullptr;
  Span* span_ = nullptr;  // the next to look at
  uint32_t slot_ = 0;     // of it
  size_t word_ = 0;       // of the slot's object
};

}  // namespace mallocgc
