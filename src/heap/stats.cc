// MemStats in Go's words, and the gctrace line. Both are derived when asked for; nothing is counted twice.
#include "heap/heap.h"

namespace mallocgc {

struct AllocTotals {
  uint64_t mallocs = 0;
  uint64_t frees = 0;
  uint64_t bytes_allocated = 0;
  uint64_t bytes_freed = 0;
};

namespace {

[[maybe_unused]] AllocTotals total(const AllocCounters& counters) {
  AllocTotals totals;
  for (uint32_t i = 0; i < kSizeClassCount; ++i) {
    totals.mallocs += counters.mallocs[i];
    totals.frees += counters.frees[i];
    totals.bytes_allocated += counters.mallocs[i] * size_class_bytes(i);
    totals.bytes_freed += counters.frees[i] * size_class_bytes(i);
  }
  totals.bytes_allocated += counters.large_bytes_allocated;
  totals.bytes_freed += counters.large_bytes_freed;
  return totals;
}

}  // namespace

void Heap::stats(mgc_stats_data* out) {
  *out = mgc_stats_data{};
  uint64_t untaken_slots_all = 0;
  uint64_t untaken_bytes = 0;
  uint64_t open_bytes = 0;
  allocator_.for_each_used([&](const CacheEntry& entry) {
    untaken_slots_all += untaken_slots(entry);
    untaken_bytes += entry.run_end - entry.window.cursor;
    open_bytes += entry.window.limit - entry.window.cursor;
  });
  out->sys = sys_bytes();
  out->next_gc = pacer_.goal();
  out->num_gc = collector_.cycles() - (collector_.slicing() ? 1 : 0);
  out->minor_gcs = collector_.minor_cycles();
  out->heap_live = counters_.heap_live - open_bytes;
  out->heap_marked = collector_.last().marked;
  out->live_handles = handles_.live_count();
  if constexpr (kHasWorkCounters) {
    AllocTotals totals = total(counters_);
    totals.mallocs -= untaken_slots_all;
    totals.bytes_allocated -= untaken_bytes;
    add_totals(totals, out);
    add_work(out);
  }
}

void Heap::add_totals(const AllocTotals& totals, mgc_stats_data* out) {
  out->alloc = out->heap_alloc = totals.bytes_allocated - totals.bytes_freed;
  out->total_alloc = totals.bytes_allocated;
  out->mallocs = totals.mallocs + counters_.tiny_allocs;
  out->frees = totals.frees + counters_.tiny_allocs;
  out->heap_objects = out->mallocs - out->frees;
  out->tiny_allocs = counters_.tiny_allocs;
  out->lookups = lookups_;

  for (Mutator* m = mutators_.first(); m != nullptr; m = mutators_.after(m)) {
    out->stack_inuse += m->stack.used_slots() * kWordBytes + LocalSlots::bytes_of_slots(m->locals.count_live());
    out->stack_sys += m->stack.sys_bytes();
    out->stack_sys += LocalSlots::bytes_of_slots(m->locals.capacity_slots());
  }
  out->heap_sys = pages_.host_bytes() - metadata_.sys_bytes();
  out->heap_inuse = spans_.pages_in_use() << kPageShift;
  out->heap_idle = out->heap_sys - out->heap_inuse;
  out->heap_released = pages_.released_bytes();
  out->mspan_inuse = spans_.live_spans() * kSpanRecordBytes;
  out->mspan_sys = metadata_.bytes(MetaCategory::kSpans);
  // The main stack's table is a table of the heap, and counts as stack.
  out->gc_sys = metadata_.bytes(MetaCategory::kBitmaps) + table_bytes() - main_mutator_.stack.table_bytes();
  out->other_sys = out->sys - out->heap_sys - out->stack_sys - out->mspan_sys - out->gc_sys;
}

void Heap::add_work(mgc_stats_data* out) {
  out->last_gc_ns = collector_.last_end_ns();
  out->pause_total_ns = collector_.pause_total_ns();
  out->pause_max_ns = collector_.pause_max_ns();
  out->pause_max_units = collector_.pause_max_units();
  out->pause_total_units = collector_.pause_total_units();
  out->slices = collector_.slices();
  out->mode = mode_ == kModeBoth ? uint32_t{MGC_MODE_AUTO} : mode_;
  out->marking = collector_.slicing();
  out->old_bytes = collector_.generations().old_bytes();
  out->num_forced_gc = collector_.forced_cycles();

  const SpecialsCounters& specials = specials_.counters();
  out->live_host_values = host_values_.live_count();
  out->finalizers_registered = specials.finalizers_live;
  out->cleanups_registered = specials.cleanups_live;
  out->weak_live = specials.weak_live;
  out->ready_queued = specials_.ready_count();
  out->finalizers_run = finalizers_run_;
  out->cleanups_run = cleanups_run_;

  const MarkWork& work = collector_.total_work();
  out->work_objects_marked = work.objects_marked;
  out->work_objects_scanned = work.objects_scanned;
  out->work_slots_visited = work.slots_visited;
  out->work_spans_scanned = work.spans_scanned;
  out->work_spans_swept = counters_.spans_swept;
  out->work_roots_visited = work.roots_visited;
  out->work_cards_read = work.cards_read;
  out->path_mixed_spans = spans_.mixed_spans_made();
  out->path_promotions = classes_.promotions();
  out->path_lazy_sweeps = counters_.lazy_sweeps;
  out->path_growths = pages_.growths();
  out->path_merges = pages_.merges();
  out->path_holes = pages_.holes();
  out->path_large_pieces = work.large_pieces;
  out->path_retired_handles = handles_.retired_count();
  out->path_refills = counters_.refills;
  out->path_single_grey = work.single_grey;
  out->path_resurrections = counters_.resurrections;
  out->path_last_resort = last_resorts_;
  out->path_limit_passed = limit_passes_;
}

namespace {

using TraceText = FixedText<256>;

constexpr uint64_t kNsPerMs = 1'000'000;

// Milliseconds as Go prints them: with three significant digits below 10, and none beyond what the clock gives.
TraceText& add_milliseconds(TraceText& text, uint64_t ns) {
  const uint64_t thousandths = ns / (kNsPerMs / 1000);
  text.add_number(thousandths / 1000);
  const uint64_t rest = thousandths % 1000;
  if (rest == 0 || thousandths >= 100'000) return text;
  text.add('.').add(static_cast<char>('0' + rest / 100));
  if (thousandths >= 10'000) return text;
  return text.add(static_cast<char>('0' + rest / 10 % 10)).add(static_cast<char>('0' + rest % 10));
}

constexpr uint64_t megabytes(uint64_t bytes) { return (bytes + (uint64_t{1} << 19)) >> 20; }

}  // namespace

// O2: gc # @#s #%: #+#+# ms clock, #+#/#/#+# ms cpu, #->#-># MB, # MB goal, # MB stacks, # MB globals, 1 P (forced)
// The clock figures are: the rest of the old sweep, marking, finishing. There is one thread, so cpu equals clock.
void Heap::trace_cycle() {
  if (!events_.heard()) return;
  const CycleReport& cycle = collector_.last();
  const uint64_t since_start_ns = collector_.last_end_ns() - created_ns_;
  const uint64_t percent = since_start_ns == 0 ? 0 : collector_.pause_total_ns() * 100 / since_start_ns;
  const uint64_t start_ms = (cycle.start_ns - created_ns_) / kNsPerMs;
  TraceText text;
  text.add("gc ").add_number(cycle.number).add(" @").add_number(start_ms / 1000).add('.');
  text.add(static_cast<char>('0' + start_ms / 100 % 10)).add(static_cast<char>('0' + start_ms / 10 % 10));
  text.add(static_cast<char>('0' + start_ms % 10)).add("s ").add_number(percent).add("%: ");
  add_milliseconds(text, cycle.sweep_rest_ns).add('+');
  add_milliseconds(text, cycle.mark_ns).add('+');
  add_milliseconds(text, cycle.finish_ns).add(" ms clock, ");
  add_milliseconds(text, cycle.sweep_rest_ns).add("+0/");
  add_milliseconds(text, cycle.mark_ns).add("/0+");
  add_milliseconds(text, cycle.finish_ns).add(" ms cpu, ");
  text.add_number(megabytes(cycle.live_before)).add("->").add_number(megabytes(cycle.live_at_mark_end)).add("->");
  text.add_number(megabytes(cycle.marked)).add(" MB, ").add_number(megabytes(cycle.goal_before)).add(" MB goal, ");
  text.add_number(megabytes(cycle.root_stack_bytes)).add(" MB stacks, ");
  text.add_number(megabytes(cycle.root_global_bytes)).add(" MB globals, 1 P");
  if (cycle.forced) text.add(" (forced)");
  events_.emit(MGC_EVENT_TRACE, 0, 0, 0, 0, text.c_str());
}

}  // namespace mallocgc
