// One cycle, a screen.
#include "gc/collector.h"

#include "platform/platform.h"

namespace mallocgc {

void Collector::start(bool forced) {
  finish_cycle();
  report_ = CycleReport{};
  report_.number = static_cast<uint32_t>(++cycles_);
  report_.forced = forced;
  report_.start_ns = platform::now_ns();
  report_.live_before = parts_.counters->heap_live;
  report_.goal_before = parts_.pacer->goal();
  parts_.events->cycle = report_.number;
  parts_.events->emit(MGC_EVENT_CYCLE_START, report_.live_before, report_.goal_before);
  Recorder& recorder = *parts_.sweep->recorder;
  if (recorder.cycles()) recorder.add(MGC_RECORD_CYCLE_START, report_.number, report_.live_before, report_.goal_before);
  parts_.sweeper->finish();
  if constexpr (kHasLifecycles) {
    const Specials& specials = *parts_.sweep->specials;
    parts_.pacer->cycle_begins(specials.record_bytes(), specials.record_bytes_ever());
  }
  phase_ = Phase::kStarted;
}

void Collector::mark() {
  if (phase_ != Phase::kStarted) return;
  mark_begin_ns_ = platform::now_ns();
  report_.sweep_finish_ns = mark_begin_ns_ - report_.start_ns;
  parts_.allocator->flush_all();
  parts_.cache->tiny = TinyBlock{};
  if (++parts_.sweep->cycle == 0) parts_.sweep->cycle = 1;
  parts_.marker->start_cycle(parts_.sweep->cycle);
  const uint64_t bitmap_bytes = parts_.metadata->bytes(MetaCategory::kBitmaps);
  if (PointerBuffers::pay(bitmap_bytes, cycle())) parts_.marker->use_buffers(*parts_.metadata, parts_.spans->end());
  parts_.events->emit(MGC_EVENT_PHASE, static_cast<uint64_t>(Phase::kStarted), parts_.roots.bytes());
  if constexpr (kDebugFlavour) {
    if (parts_.audit.roots != nullptr) parts_.audit.roots(parts_.audit.context);
  }
  mark_roots();
  while (!parts_.marker->drain(UINT64_MAX / 2)) {}
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

void Collector::finish() {
  if (phase_ != Phase::kMarked) return;
  const uint64_t begin_ns = platform::now_ns();
  report_.mark_ns = begin_ns - mark_begin_ns_;
  const MarkWork& work = parts_.marker->work();
  report_.marked = work.bytes_marked;
  parts_.counters->heap_live = work.bytes_marked;
  parts_.sweeper->start_cycle();
  parts_.pacer->cycle_finished(CycleCost{.live_bytes = report_.live_at_mark_end,
                                         .marked_bytes = work.bytes_marked,
                                         .root_bytes = parts_.roots.bytes(),
                                         .overhead_bytes = parts_.metadata->sys_bytes(),
                                         .cycle_ns = begin_ns - report_.start_ns,
                                         .mutator_ns = last_end_ns_ == 0 ? 0 : report_.start_ns - last_end_ns_});
  add_work();
  Recorder& recorder = *parts_.sweep->recorder;
  if (recorder.cycles()) recorder.add(MGC_RECORD_CYCLE_END, report_.number, work.bytes_marked, parts_.pacer->goal());
  phase_ = Phase::kIdle;
  forced_cycles_ += report_.forced;
  last_end_ns_ = platform::now_ns();
  report_.finish_ns = last_end_ns_ - begin_ns;
  pause_total_ns_ += report_.pause_ns();
  parts_.events->emit(MGC_EVENT_CYCLE_END, report_.live_before, report_.marked, parts_.pacer->goal(),
                      report_.pause_ns());
}

void Collector::finish_cycle() {
  if (phase_ == Phase::kStarted) mark();
  if (phase_ == Phase::kMarked) finish();
}

void Collector::run_cycle(bool forced) {
  start(forced);
  mark();
  finish();
}

namespace {

struct MarkRoots {
  Marker& marker;
  void root(Address value) { marker.shade_root(value); }
  void maybe_root(Address value) { marker.shade_conservatively(value); }
  void contents(Address object) { marker.shade_contents(object); }
  void range(Address base, size_t words, const Layout& layout) { marker.shade_range(base, words, layout); }
};

}  // namespace

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
}

}  // namespace mallocgc
