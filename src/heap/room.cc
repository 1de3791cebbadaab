// Room: what is tried, one thing after the other, where no pages are free (M12), and what is said when all has failed.
//
//   sweep a share -> grow -> sweep all -> collect -> grow exactly -> pressure callback and collect -> out of memory
//
// The soft limit comes before growth: where growth would pass it, a collection comes first, if the share of time allows
// one. If not, the limit is passed, and that is counted (C6).
// Doors: from malloc.cc, and from every call that needs metadata; on to the page heap, the sweeper and the collector.
#include "heap/heap.h"

namespace mallocgc {

namespace {

// Metadata is refused where less than this is left, and no refill wants more.
constexpr uint32_t kRefillPages = kMaxSpanPages;
// Spans that one request sweeps for its pages before the heap grows (C10): a heap that needs ever new pages has swept
// all of its spans before it has grown by a hundredth.
constexpr uint32_t kSweepShare = 128;
constexpr uint32_t kSweepPerPage = 16;
// Free pages that are kept in any case between automatic collections.
constexpr uint32_t kIdlePages = (uint32_t{8} << 20) >> kPageShift;
// At most so many of them go back in one of those: some milliseconds.
constexpr uint32_t kPagesPerCycle = (uint32_t{32} << 20) >> kPageShift;

}  // namespace

uint64_t Heap::sys_bytes() const { return pages_.host_bytes() + table_bytes(); }

uint64_t Heap::table_bytes() const {
  return pages_.table_cost(map_.table_bytes()) + pages_.table_bytes() + main_mutator_.stack.table_bytes();
}

void Heap::pace_changed() {
  update_trigger();
  const uint64_t limit = pacer_.memory_limit();
  const uint64_t tables = table_bytes();
  pages_.set_soft_limit(limit == 0 ? UINT64_MAX : limit > tables ? limit - tables : 0);
}

int32_t Heap::set_gc_percent(int32_t percent) {
  const int32_t old = pacer_.set_gc_percent(percent);
  pace_changed();
  return old;
}

uint64_t Heap::set_memory_limit(uint64_t bytes) {
  const uint64_t old = pacer_.set_memory_limit(bytes);
  pace_changed();
  return old;
}

// Whether the next refill would find no pages, would pass the limit if it took new ones, and may collect instead.
bool Heap::limit_is_due() const {
  return pages_.would_pass_soft_limit(kRefillPages) && sweeper_.done() && counters_.heap_live >= pacer_.limit_floor() &&
         pages_.largest_free_run() < kRefillPages;
}

bool Heap::try_grow(uint32_t pages, bool exact) {
  const uint64_t growths = pages_.growths();
  const uint64_t holes = pages_.holes();
  const uint64_t bytes = pages_.host_bytes();
  const bool passes = pages_.would_pass_soft_limit(pages);
  const bool grown = pages_.try_grow(pages, exact);
  if (pages_.growths() == growths) return grown;
  limit_passes_ += passes;
  if (kHasEvents) {
    events_.emit(MGC_EVENT_GROWTH, pages_.host_bytes() - bytes, pages_.host_bytes(), pages_.holes() != holes);
    if (recorder_.allocations()) recorder_.add(MGC_RECORD_GROWTH, 0, pages_.host_bytes() - bytes, pages_.host_bytes());
  }
  return grown;
}

// Tries what `step` says to get `pages` consecutive free pages, and moves on to the next step; false when all is tried.
// A step that has done something is followed by another try of the allocation.
bool Heap::make_room(uint32_t pages, LastResort& step) {
  while (step != LastResort::kGiveUp) {
    const LastResort now = step;
    step = static_cast<LastResort>(static_cast<uint8_t>(step) + 1);
    switch (now) {
      case LastResort::kSweep:
        if (sweeper_.reclaim(pages, kSweepShare + pages * kSweepPerPage)) return true;
        break;
      case LastResort::kSweepAll:
        // Free slots and free pages may be anywhere now.
        allocator_.is_thorough = true;
        (void)sweeper_.reclaim(pages);
        return true;
      case LastResort::kGrow:
        if (pages_.would_pass_soft_limit(pages) && !sweeper_.done() && sweeper_.reclaim(pages)) return true;
        if (pages_.would_pass_soft_limit(pages) && no_collection_depth_ == 0 &&
            counters_.heap_live >= pacer_.limit_floor()) {
          collect_now(false);
          step = LastResort::kSweep;
          return true;
        }
        [[fallthrough]];
      case LastResort::kGrowExactly:
        if (try_grow(pages, now == LastResort::kGrowExactly)) return true;
        break;
      case LastResort::kPressure:
        if (!kHasEvents || pressure_ == nullptr) break;
        busy_.call(CallbackPlace::kWhole, [&] { pressure_(bytes_of_pages(pages), pressure_context_); });
        [[fallthrough]];
      case LastResort::kCollect:
        if (no_collection_depth_ != 0) break;
        if (now == LastResort::kCollect && at_the_end()) break;
        ++last_resorts_;
        collect_now(true);
        sweeper_.sweep_rest();
        return true;
      case LastResort::kGiveUp:
        break;
    }
  }
  return false;
}

// Nearly all of the memory is in use, and the last full collections have freed next to nothing of it.
bool Heap::at_the_end() const {
  const uint32_t limit = pages_.page_limit();
  return pages_.pages_in_use() >= limit - limit / 8 && pacer_.is_exhausted(counters_.heap_live);
}

void Heap::collect_now(bool forced) {
  complete_cycle();
  run_hooks();
  collector_.run_cycle(forced);
  after_cycle();
}

std::nullptr_t Heap::refuse_memory() {
  if (no_collection_depth_ != 0) {
    set_poll(true);
    return refuse(Status::kTryAgain, "out of memory while collection is forbidden: allow it, collect and try again");
  }
  if (!at_the_end()) return refuse(Status::kOutOfMemory, "out of memory");
  pacer_.exhaustion_told();
  if constexpr (kHasTexts) {
    last_error_.set("out of memory: ").add_number(counters_.heap_live).add(" of ").add_number(pages_.max_bytes());
    last_error_.add(" bytes are in use by objects that live, and the last collections freed next to nothing");
  }
  (void)note(Status::kOutOfMemory);
  return nullptr;
}

// ---- Memory given back ----

// After a collection that was asked for: what the heap does not need until the next one goes back to the system.
void Heap::give_back_all_but_the_goal() {
  const uint64_t goal = pacer_.goal();
  const uint64_t live = counters_.heap_live;
  const uint64_t wanted = goal == Pacer::kNever || goal < live ? live / 8 : goal - live;
  const uint64_t pages = (wanted + wanted / 8) >> kPageShift;
  (void)pages_.give_back(pages < UINT32_MAX ? static_cast<uint32_t>(pages) : UINT32_MAX);
}

// Before an automatic collection: what has stayed free since the last one was not needed, and half of it goes back. So
// a heap that needs its memory again soon keeps most of it, and one that does not has little left after a few cycles.
void Heap::give_back_what_stayed_free() {
  const uint32_t kept = pages_.pages_kept();
  if (kept <= kIdlePages) return;
  const uint32_t half = (kept - kIdlePages) / 2;
  (void)pages_.give_back(kept - (half < kPagesPerCycle ? half : kPagesPerCycle));
}

uint64_t Heap::trim() {
  if (usable() != Status::kOk) return 0;
  const uint64_t held = pages_.host_bytes() - (uint64_t{pages_.pages_free()} << kPageShift);
  const uint64_t kept = uint64_t{pages_.pages_kept()} << kPageShift;
  if (no_collection_depth_ == 0) {
    if (collect() != Status::kOk) return 0;
  }
  if (begin("trim") != Status::kOk) return 0;
  marker_.drop_buffers(metadata_);
  handles_.trim();
  if constexpr (kHasLifecycles) {
    specials_.trim_tables(false);
    host_values_.trim();
  }
  const uint64_t held_after = pages_.host_bytes() - (uint64_t{pages_.pages_free()} << kPageShift);
  (void)pages_.give_back(0);
  const uint64_t kept_after = uint64_t{pages_.pages_kept()} << kPageShift;
  end();
  // Where the system takes memory, what it has now and had not before; elsewhere, what is free now and was not.
  const uint64_t before = pages_.gives_back() ? held + kept : held;
  const uint64_t after = pages_.gives_back() ? held_after + kept_after : held_after;
  return before > after ? before - after : 0;
}

// ---- Refusals ----

// Finishes the sweep; true if that may have made room.
bool Heap::sweep_rest() {
  if (collector_.phase() != Phase::kIdle || sweeper_.done() || busy_.is_busy()) return false;
  if (begin("sweep") != Status::kOk) return false;
  sweeper_.sweep_rest();
  end();
  return true;
}

// A call that never collects has found no memory for its records. The client is told to collect and try again
// (kTryAgain); if it has done so since it was told last, memory is out.
Status Heap::refuse_metadata() {
  if (told_to_collect_ && collector_.cycles() != told_at_cycle_) {
    told_to_collect_ = false;
    return fail(Status::kOutOfMemory, "out of memory");
  }
  told_to_collect_ = true;
  told_at_cycle_ = collector_.cycles();
  return fail(Status::kTryAgain, "out of memory for the heap's own records: collect and try again");
}

}  // namespace mallocgc
