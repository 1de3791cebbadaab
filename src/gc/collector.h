// The collector: one cycle is one call a phase (C1).
//
//   start   finish the sweep of the last cycle; the client's hooks drop their caches (C11)
//   mark    caches are flushed; roots are shaded; grey spans are drained; [checks]
//   finish  every span is unswept now; the next goal is set; events
// Sweeping then happens span by span, on demand (gc/sweeper.h), and resolves weak handles, finalizers and cleanups as
// it goes. Between two phases no object may be allocated; whoever needs to, finishes the cycle first (finish_cycle).
//
// inv.cycle.number: cycle() grows by one with each marking; 0 means never, and is skipped when the number wraps.
// Doors: heap/malloc.cc (due), heap/heap.cc (GC). Order of phases after Go's mgc.go and Whippet's mmc.c.
#pragma once

#include "alloc/allocator.h"
#include "gc/audit.h"
#include "gc/events.h"
#include "gc/marker.h"
#include "gc/pacer.h"
#include "gc/sweeper.h"
#include "roots/root_set.h"

namespace mallocgc {

enum class Phase : uint8_t { kIdle, kStarted, kMarked };

// What one cycle came to: the material of a gctrace line and of the CYCLE_END event.
struct CycleReport {
  uint32_t number = 0;
  bool forced = false;
  uint64_t start_ns = 0;
  // Durations of the three phases, each to the beginning of the next: the standalone module's clock is set by its host,
  // between them.
  uint64_t sweep_finish_ns = 0;
  uint64_t mark_ns = 0;
  uint64_t finish_ns = 0;
  uint64_t live_before = 0;
  uint64_t live_at_mark_end = 0;
  uint64_t marked = 0;
  uint64_t goal_before = 0;
  uint64_t root_stack_bytes = 0;
  uint64_t root_global_bytes = 0;

  uint64_t pause_ns() const { return sweep_finish_ns + mark_ns + finish_ns; }
};

class Collector {
 public:
  struct Parts {
    Marker* marker;
    Sweeper* sweeper;
    Pacer* pacer;
    Allocator* allocator;
    AllocCache* cache;
    SpanHeap* spans;
    Metadata* metadata;
    TypeTable* types;
    AllocCounters* counters;
    SweepContext* sweep;
    Events* events;
    RootSet roots;
    Audit audit;
  };
  void init(const Parts& parts) { parts_ = parts; }

  // One phase each; each finishes or begins what must come before it.
  void start(bool forced);
  void mark();
  void finish();
  // Brings a cycle that is under way to its end; nothing otherwise.
  void finish_cycle();
  // finish_cycle, then a whole fresh cycle. The sweep is left to be done lazily.
  void run_cycle(bool forced);

  Phase phase() const { return phase_; }
  uint32_t cycle() const { return parts_.sweep->cycle; }
  const CycleReport& last() const { return report_; }
  uint64_t cycles() const { return cycles_; }
  uint64_t forced_cycles() const { return forced_cycles_; }
  uint64_t pause_total_ns() const { return pause_total_ns_; }
  uint64_t last_end_ns() const { return last_end_ns_; }
  const MarkWork& total_work() const { return total_work_; }

 private:
  void mark_roots();
  void add_work();

  Parts parts_{};
  Phase phase_ = Phase::kIdle;
  CycleReport report_;
  MarkWork total_work_;
  uint64_t mark_begin_ns_ = 0;
  uint64_t cycles_ = 0;
  uint64_t forced_cycles_ = 0;
  uint64_t pause_total_ns_ = 0;
  uint64_t last_end_ns_ = 0;
};

}  // namespace mallocgc
