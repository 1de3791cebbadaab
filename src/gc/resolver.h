// The resolver: the phase between the end of a marking and the first sweep. What the marking has not reached is dead;
// whatever hangs on the dead is resolved here, all of it, before any span is swept or refilled: weak handles are
// cleared, finalizers and cleanups queued (F1, F7, F8).
//
// In a cycle in slices the program runs meanwhile. It cannot reach what is dead: questions about an object ask its
// mark, and so do weak reads. What it allocates lies in fresh spans, which want no sweep. It may make and end records
// of living objects: a home that is resolved, or new, is in another list than those that wait.
//
// inv.resolved: outside of a marking and of this phase, no record hangs at an object that is allocated and dead.
// Doors: gc/collector.cc; on to alloc/resolve_span.h.
#pragma once

#include "alloc/resolve_span.h"
#include "pages/page_map.h"

namespace mallocgc {

class Resolver {
 public:
  void init(const PageMap& map, SweepContext& context) {
    map_ = &map;
    context_ = &context;
  }

  // The marking is over, and every span wants a sweep.
  void begin();
  // Goes on until `units` are spent, or all is resolved; then true.
  bool some(uint64_t units);
  // The units that the phase has spent which is under way, or was the last one.
  uint64_t units() const { return units_; }

 private:
  const PageMap* map_ = nullptr;
  SweepContext* context_ = nullptr;
  const SpanSpecials* home_ = nullptr;  // the one in hand: the first that waits, unless it has gone meanwhile
  uint32_t bucket_ = 0;                 // of it
  uint64_t units_ = 0;
};

}  // namespace mallocgc
