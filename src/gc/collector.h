// The collector: a full cycle is one call a phase (C1).
//
//   start    sweeps the rest of the last cycle's spans
//   mark     flushes the allocation caches, shades the roots, drains the grey spans; in the debug flavour checks follow
//   finish   from now on every span is unswept; resolves what hangs on the dead (gc/resolver.h), sets the next goal
//
// The client's hooks have run before (C11). Sweeping then happens span by span, on demand (gc/sweeper.h). Between two
// phases no object may be allocated, so whoever wants to allocate completes the cycle first (complete_cycle). A full
// cycle in slices has the same parts (gc/slices.h).
//
// A minor cycle (gc/minor.cc) is one call, between two full ones. It marks in the epoch of the last full cycle, so that
// marked means old. It marks from roots that are new or changed and from dirty cards, and sweeps the young spans.
//
// inv.cycle.number: the marking's epoch grows by one with each full cycle (spans/epochs.h).
// Doors: heap/trigger.cc (a cycle is due), heap/collect.cc (the client asks for one). The order of the phases is that
// of Go's mgc.go and Whippet's mmc.c.
#pragma once

#include "alloc/allocator.h"
#include "gc/audit.h"
#include "gc/events.h"
#include "gc/generations.h"
#include "gc/marker.h"
#include "gc/pacer.h"
#include "gc/resolver.h"
#include "gc/slices.h"
#include "gc/survival.h"
#include "gc/sweeper.h"
#include "roots/root_set.h"

namespace mallocgc {

enum class Phase : uint8_t { kIdle, kStarted, kMarked, kSlicing, kResolving, kResolved };

// What one cycle did and took: the figures of a gctrace line and of the CYCLE_END event.
struct CycleReport {
  uint32_t number = 0;
  bool forced = false;
  bool sliced = false;  // its durations are sums over slices
  uint64_t start_ns = 0;
  // The durations of the three phases, each up to the beginning of the next, because the host of the standalone module
  // sets its clock between them.
  uint64_t sweep_rest_ns = 0;
  uint64_t mark_ns = 0;
  uint64_t finish_ns = 0;
  uint64_t live_before = 0;
  uint64_t live_at_mark_end = 0;
  uint64_t marked = 0;
  uint64_t goal_before = 0;
  uint64_t again_units = 0;  // of cards that were cleaned since the slices have marked everything once
  uint64_t root_stack_bytes = 0;
  uint64_t root_global_bytes = 0;

  uint64_t pause_ns() const { return sweep_rest_ns + mark_ns + finish_ns; }
};

class Collector {
 public:
  struct Parts {
    Marker* marker;
    Resolver* resolver;
    Sweeper* sweeper;
    Pacer* pacer;
    Allocator* allocator;
    SpanHeap* spans;
    Metadata* metadata;
    TypeTable* types;
    AllocCounters* counters;
    SweepContext* sweep;
    YoungSpans* young;
    Events* events;
    RootSet roots;
    Audit audit;
  };
  void init(const Parts& parts);

  // The three phases. Each completes or begins what must come before it.
  void start(bool forced);
  void mark();
  void finish();
  // Brings a cycle that is under way to its end; nothing otherwise.
  void complete_cycle();
  // The same cycle in slices. begin_slices completes what is under way, and begins a cycle. step works on it for about
  // so many units and is true when the cycle is over. It may pass its budget a little: it ends the piece it has begun.
  void begin_slices(bool forced);
  bool step(uint64_t units);
  static constexpr uint64_t kWholeCycle = UINT64_MAX;
  bool slicing() const { return kHasModes && phase_ == Phase::kSlicing; }
  // Whether the cycle has marked everything once, and now marks what has changed meanwhile, round by round.
  bool in_rounds() const { return slicing() && slices_.rounds != 0; }
  // Nothing is marked any more, and nothing may be swept yet.
  bool resolving() const { return parts_.sweep->is_resolving; }
  // Goes on sweeping for about so many units; true when nothing is left. Precondition: no cycle is under way.
  bool sweep_slice(uint64_t units);
  // Units that the cycle in slices has spent.
  uint64_t slice_spent() const;
  // For an object that the client ends: lets go of all that marks it, or is about to.
  void forget_object(Span& span, uint32_t slot);
  // Completes what is under way, and runs a whole fresh cycle. The sweep is left to be done lazily.
  void run_cycle(bool forced);
  // Whether a minor cycle may pay, judged by the dirty cards. If not, minor cycles rest from now on.
  bool minor_may_pay();
  // Runs a minor cycle. False: none was run, because it would not pay or the mode has none, so a full one is wanted.
  // Precondition: no cycle is under way.
  bool run_minor();

  Phase phase() const { return phase_; }
  const Epochs& epochs() const { return parts_.sweep->epochs; }
  Generations& generations() { return generations_; }
  const Generations& generations() const { return generations_; }
  const CycleReport& last() const { return report_; }
  uint64_t cycles() const { return cycles_; }
  uint64_t forced_cycles() const { return forced_cycles_; }
  uint64_t minor_cycles() const { return minor_cycles_; }
  uint64_t pause_total_ns() const { return pause_total_ns_; }
  uint64_t last_end_ns() const { return last_end_ns_; }
  const MarkWork& total_work() const { return total_work_; }
  // Units and bytes of the last full marking; units and duration of the longest pause of all cycles.
  uint64_t last_units() const { return last_units_; }
  // Units of the next full marking, if `live` bytes survive: at the rate of the last one, or at a word a unit.
  uint64_t guess_units(uint64_t live) const {
    if (last_marked_ == 0) return live / kWordBytes;
    return static_cast<uint64_t>(static_cast<double>(last_units_) / static_cast<double>(last_marked_) *
                                 static_cast<double>(live));
  }
  uint64_t pause_max_units() const { return pause_max_units_; }
  uint64_t pause_max_ns() const { return pause_max_ns_; }
  uint64_t pause_total_units() const { return pause_total_units_; }
  uint64_t slices() const { return slice_count_; }  // of all cycles; whoever asked for them

 private:
  void open_report(bool forced, bool sliced);
  void note_records();
  void flush_caches();
  void begin_marking();
  void end_marking();
  void begin_resolving();
  void resolve_some(uint64_t units);
  void revive_unordered();
  void forget_changes();
  void run_stage(uint64_t end);
  void sweep_rest_some();
  void clear_cards_some();
  void shade_handles_some();
  void shade_ranges_some();
  bool shade_records_some(uint64_t end);
  void end_round();
  void clean_some(uint64_t end);
  void clean_some_cards(size_t from, size_t to);
  void mark_the_rest();
  void note_slice(uint64_t units, uint64_t ns);
  void mark_roots();
  void tell_ready();
  void add_work();
  void resolve_young(Budget& spent);
  uint64_t sweep_young(uint64_t* retired_bytes, Budget& spent);

  Parts parts_{};
  Phase phase_ = Phase::kIdle;
  CycleReport report_;
  MarkWork total_work_;
  uint64_t mark_begin_ns_ = 0;
  uint64_t cycles_ = 0;
  uint64_t forced_cycles_ = 0;
  uint64_t minor_cycles_ = 0;
  uint64_t last_units_ = 0;
  uint64_t last_marked_ = 0;
  uint64_t pause_max_units_ = 0;
  uint64_t pause_max_ns_ = 0;
  uint64_t pause_total_units_ = 0;
  uint64_t slice_count_ = 0;
  Generations generations_;
  Survival survival_;
  bool young_survive_ = false;  // of the last full marking: much of what was young has survived
  Slices slices_;
  uint64_t pause_total_ns_ = 0;
  uint64_t last_end_ns_ = 0;
  uint64_t mutator_since_ns_ = 0;  // the end of the last cycle, or the beginning of all; 0: there was no clock
};

}  // namespace mallocgc
