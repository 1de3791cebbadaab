// The resolver: the phase between the end of a marking and the first sweep. What the marking has not reached is dead;
// whatever hangs on the dead is resolved here, all of it, before any span is swept or refilled: weak words and
// ephemerons are cleared first (gc/weak_pass.h), then weak handles, and finalizers and cleanups are queued (F1, F7,
// F8).
//
// In a cycle in slices the program runs meanwhile. It cannot reach what is dead: questions about an object ask its
// mark, and so do weak reads. What it allocates lies in fresh spans, which want no sweep. It may make and end records
// of living objects: a home that is resolved, or new, is in another list than those that wait.
//
// inv.resolved: outside of a marking and of this phase, no record hangs at an object that is allocated and dead.
// Doors: gc/collector.cc; on to alloc/resolve_span.h.
#pragma once

#include "alloc/resolve_span.h"
#include "gc/weak_pass.h"
#include "pages/page_map.h"

namespace mallocgc {

class Resolver {
 public:
  void init(const SpanHeap& spans, SweepContext& context) {
    map_ = &spans.map();
    context_ = &context;
    weak_.init(spans, context);
  }

  // The marking is over, and every span wants a sweep.
  void begin();
  // Clears all weak words of what the marking has not reached, now: before somebody marks some of that. Does nothing
  // where it is done already.
  void finish_weak();
  // Does the same in a minor cycle, for what is young.
  void clear_young(const YoungSpans& young, Budget& budget) { weak_.run_minor(young, budget); }
  // Does the same for the words [from, to) of one object, which somebody is about to read.
  uint64_t clear_words(const Span& span, uint32_t slot, size_t from, size_t to) const {
    return weak_.clear(span, slot, from, to);
  }
  // Does the same for a marking that is over, before its phase begins. Returns the units that it took.
  uint64_t clear_early();
  // Goes on until `units` are spent, or all is resolved; then true.
  bool some(uint64_t units);
  // The units that the phase has spent which is under way, or was the last one.
  uint64_t units() const { return units_; }

 private:
  const PageMap* map_ = nullptr;
  SweepContext* context_ = nullptr;
  WeakPass weak_;
  const SpanSpecials* home_ = nullptr;  // the one in hand: the first that waits, unless it has gone meanwhile
  uint32_t bucket_ = 0;                 // of it
  uint64_t units_ = 0;
};

}  // namespace mallocgc
