// The phases of a full cycle, one function each.
#include "gc/collector.h"

#include "gc/cards.h"
#include "gc/mark_roots.h"
#include "platform/platform.h"

namespace mallocgc {

void Collector::init(const Parts& parts) {
  parts_ = parts;
  mutator_since_ns_ = platform::now_ns();
}

void Collector::start(bool forced) {
  complete_cycle();
  open_report(forced, false);
  parts_.sweeper->sweep_rest();
  note_records();
  phase_ = Phase::kStarted;
}

void Collector::mark() {
  if (phase_ != Phase::kStarted) return;
  mark_begin_ns_ = platform::now_ns();
  report_.sweep_rest_ns = mark_begin_ns_ - report_.start_ns;
  begin_marking();
  mark_roots();
  end_marking();
  if (generations_.enabled()) forget_changes();
}

void Collector::open_report(bool forced, bool sliced) {
  report_ = CycleReport{};
  report_.sliced = sliced;
  report_.number = static_cast<uint32_t>(++cycles_);
  report_.forced = forced;
  report_.start_ns = platform::now_ns();
  report_.live_before = parts_.counters->heap_live;
  report_.goal_before = parts_.pacer->goal();
  parts_.events->cycle = report_.number;
  parts_.events->emit(MGC_EVENT_CYCLE_START, report_.live_before, report_.goal_before, sliced);
  Recorder& recorder = *parts_.sweep->recorder;
  if (recorder.cycles()) recorder.add(MGC_RECORD_CYCLE_START, report_.number, report_.live_before, report_.goal_before);
}

// Tells the pacer of the records. The last cycle is swept to its end, so it is known which there are.
void Collector::note_records() {
  if constexpr (!kHasLifecycles) return;
  const Specials& specials = *parts_.sweep->specials;
  parts_.pacer->cycle_begins(specials.record_bytes(), specials.record_bytes_ever());
}

void Collector::begin_marking() {
  flush_caches();
  survival_.forget();
  if (kHasModes && generations_.resting()) {
    const uint64_t trials = generations_.young_bytes(parts_.counters->heap_live) / Generations::kTrialBytes;
    slices_.other_units += survival_.note(*parts_.young, epochs().mark, trials == 0 ? 1 : trials);
  }
  parts_.sweep->epochs.begin_marking();
  parts_.marker->start_cycle(epochs());
  const uint64_t bitmap_bytes = parts_.metadata->bytes(MetaCategory::kBitmaps);
  if (PointerBuffers::pay(bitmap_bytes, epochs().mark)) {
    parts_.marker->use_buffers(*parts_.metadata, parts_.spans->begin(), parts_.spans->end());
  } else {
    parts_.marker->drop_buffers(*parts_.metadata);
  }
  parts_.marker->begin_ephemerons(*parts_.metadata, nullptr);
  parts_.events->emit(MGC_EVENT_PHASE, static_cast<uint64_t>(Phase::kStarted), parts_.roots.bytes());
  if constexpr (kDebugFlavour) {
    if (parts_.audit.roots != nullptr) parts_.audit.roots(parts_.audit.context);
  }
}

// Everything reachable is marked now. Objects that are dead and have an unordered finalizer are found before any of
// them is marked, so that those that point to each other are found together. Then they live until their finalizers have
// run. Weak words are cleared before that (F8).
void Collector::revive_unordered() {
  if constexpr (!kHasLifecycles) return;
  if (parts_.sweep->specials->counters().unordered_live == 0) return;
  slices_.other_units += parts_.resolver->clear_early();
  Marker& marker = *parts_.marker;
  parts_.sweep->specials->unordered_died([&](Address object) { return !marker.is_marked(object); },
                                         [&](Address object) { marker.shade_root(object); });
  while (!marker.drain(Marker::kEverything)) {}
}

void Collector::end_marking() {
  while (!parts_.marker->drain(Marker::kEverything)) {}
  if constexpr (kHasModes) young_survive_ = survival_.exceeds(epochs().mark, Generations::kPaysShare);
  revive_unordered();
  parts_.marker->end_ephemerons(*parts_.metadata);
  Recorder& recorder = *parts_.sweep->recorder;
  const MarkWork& work = parts_.marker->work();
  if (recorder.cycles()) recorder.add(MGC_RECORD_MARK_END, 0, work.objects_marked, work.bytes_marked);
  if constexpr (kDebugFlavour) {
    if (parts_.audit.marking != nullptr) parts_.audit.marking(parts_.audit.context);
  }
  report_.live_at_mark_end = parts_.counters->heap_live;
  phase_ = Phase::kMarked;
  parts_.events->emit(MGC_EVENT_PHASE, static_cast<uint64_t>(Phase::kMarked), parts_.marker->work().slots_visited);
}

// What is not marked is dead. Every span wants a sweep, which waits until the records of the dead have fired.
void Collector::begin_resolving() {
  const MarkWork& work = parts_.marker->work();
  report_.marked = work.bytes_marked;
  last_units_ = work.units();
  last_marked_ = work.bytes_marked;
  parts_.sweep->epochs.end_marking();
  parts_.young->forget();
  parts_.resolver->begin();
  phase_ = Phase::kResolving;
  parts_.events->emit(MGC_EVENT_PHASE, static_cast<uint64_t>(Phase::kResolving), work.units());
}

void Collector::finish() {
  const uint64_t begin_ns = platform::now_ns();
  if (phase_ == Phase::kMarked) {
    if (!report_.sliced) report_.mark_ns = begin_ns - mark_begin_ns_;
    begin_resolving();
    resolve_some(kWholeCycle);
  }
  if (phase_ != Phase::kResolved) return;
  // What was allocated and resurrected since the marking lives on.
  parts_.counters->heap_live += report_.marked - report_.live_at_mark_end;
  parts_.sweeper->start_cycle();
  generations_.note_full(report_.marked, report_.forced, report_.live_before, young_survive_);
  parts_.pacer->note_cycle(CycleCost{.live_bytes = report_.live_at_mark_end,
                                     .marked_bytes = report_.marked,
                                     .root_bytes = parts_.roots.bytes(),
                                     .overhead_bytes = parts_.metadata->sys_bytes(),
                                     .cycle_ns = report_.sliced ? report_.mark_ns : begin_ns - report_.start_ns,
                                     .mutator_ns = mutator_since_ns_ == 0 ? 0 : report_.start_ns - mutator_since_ns_});
  add_work();
  Recorder& recorder = *parts_.sweep->recorder;
  if (recorder.cycles()) recorder.add(MGC_RECORD_CYCLE_END, report_.number, report_.marked, parts_.pacer->goal());
  phase_ = Phase::kIdle;
  forced_cycles_ += report_.forced;
  last_end_ns_ = mutator_since_ns_ = platform::now_ns();
  report_.finish_ns = last_end_ns_ - begin_ns;
  pause_total_ns_ += report_.pause_ns();
  if (!report_.sliced) note_slice(parts_.marker->work().units() + parts_.resolver->units(), report_.pause_ns());
  parts_.events->emit(MGC_EVENT_CYCLE_END, report_.live_before, report_.marked, parts_.pacer->goal(),
                      report_.pause_ns());
  tell_ready();
}

// Tells what is queued by now, so that a host may run it. The sweep queues nothing.
void Collector::tell_ready() {
  const uint64_t ready = kHasLifecycles ? parts_.sweep->specials->ready_count() : 0;
  if (ready != 0) parts_.events->emit(MGC_EVENT_READY, ready);
}

bool Collector::sweep_slice(uint64_t units) {
  if (parts_.sweeper->done()) return true;
  const uint64_t begin_ns = platform::now_ns();
  const uint64_t before = parts_.sweeper->units();
  const bool done = parts_.sweeper->sweep_units(units);
  note_slice(parts_.sweeper->units() - before, platform::now_ns() - begin_ns);
  return done;
}

// What was handed out is allocated, what was not is free again (inv.run).
void Collector::flush_caches() {
  parts_.allocator->flush_all();
  const List<Mutator>& mutators = *parts_.roots.mutators;
  for (Mutator* m = mutators.first(); m != nullptr; m = mutators.after(m)) m->cache->tiny = TinyBlock{};
}

// Everything that is alive is marked: no card and no list has to remember anything.
void Collector::forget_changes() {
  if constexpr (!kHasModes) return;
  forget_cards(*parts_.spans, parts_.spans->begin().index(), parts_.spans->end().index());
  parts_.roots.globals->forget_changes();
  parts_.roots.forget_changes();
}

void Collector::complete_cycle() {
  (void)step(kWholeCycle);
  if (phase_ == Phase::kStarted) mark();
  if (phase_ == Phase::kMarked) finish();
}

void Collector::run_cycle(bool forced) {
  start(forced);
  mark();
  finish();
}

void Collector::mark_roots() {
  report_.root_global_bytes = parts_.roots.globals->total_bytes();
  report_.root_stack_bytes = parts_.roots.bytes() - report_.root_global_bytes;
  MarkRoots visitor{*parts_.marker};
  parts_.roots.visit(visitor);
}

void Collector::add_work() {
  if constexpr (!kHasWorkCounters) return;
  const MarkWork& work = parts_.marker->work();
  total_work_.objects_marked += work.objects_marked;
  total_work_.bytes_marked += work.bytes_marked;
  total_work_.objects_scanned += work.objects_scanned;
  total_work_.slots_visited += work.slots_visited;
  total_work_.spans_scanned += work.spans_scanned;
  total_work_.roots_visited += work.roots_visited;
  total_work_.large_pieces += work.large_pieces;
  total_work_.single_grey += work.single_grey;
  total_work_.cards_read += work.cards_read;
}

}  // namespace mallocgc
