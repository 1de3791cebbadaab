// The walk over all span records, a cursor that survives the destruction of the span it has just passed.
#include "gc/sweeper.h"

#include "platform/sanitizer.h"

namespace mallocgc {

namespace {

uint64_t objects_freed(const AllocCounters& counters) {
  uint64_t total = 0;
  for (const uint64_t frees : counters.frees) total += frees;
  return total;
}

}  // namespace

void Sweeper::start_cycle() {
  next_ = spans_->first();
  spans_freed_before_ = spans_freed_;
  if constexpr (kHasEvents) objects_freed_before_ = objects_freed(*context_->counters);
}

bool Sweeper::sweep_some(uint32_t spans) {
  if (done()) return true;
  for (; next_ != nullptr && spans != 0; --spans) sweep_next();
  if (done()) tell_done();
  return done();
}

bool Sweeper::sweep_units(uint64_t units) {
  if (done()) return true;
  for (const uint64_t before = units_; next_ != nullptr && units_ - before < units;) sweep_next();
  if (done()) tell_done();
  return done();
}

void Sweeper::tell_done() {
  if constexpr (!kHasEvents) return;
  events_->emit(MGC_EVENT_SWEEP_DONE, objects_freed(*context_->counters) - objects_freed_before_,
                spans_freed_ - spans_freed_before_);
}

// The cursor never stands on a record that is gone: give_back moves it on.
void Sweeper::sweep_next() {
  Span& span = *next_;
  next_ = spans_->after(span);
  ++units_;
  if (span.state != SpanState::kInUse || span.owner != nullptr) return;
  if (needs_sweep(span, context_->epochs)) units_ += sweep_span(span, *context_).units;
  if (count_allocated(span) == 0) give_back(span);
}

void Sweeper::give_back(Span& span) {
  platform::unpoison(span.base, bytes_of_pages(span.page_count));
  Recorder& recorder = *context_->recorder;
  if (recorder.cycles()) recorder.add(MGC_RECORD_SPAN_FREED, 0, span.base.value(), bytes_of_pages(span.page_count));
  if (next_ == &span) next_ = spans_->after(span);  // its record goes with it
  spans_->destroy(span);
  ++spans_freed_;
}

bool Sweeper::reclaim(uint32_t pages, uint32_t most) {
  constexpr uint32_t kSpansBetweenLooks = 16;
  uint32_t free_before = pages_->pages_free();
  while (!done() && most != 0) {
    const uint32_t step = most < kSpansBetweenLooks ? most : kSpansBetweenLooks;
    most -= step;
    sweep_some(step);
    const uint32_t reclaimed = pages_->pages_free() - free_before;
    if (reclaimed < pages) continue;
    if (pages == 1 || pages_->largest_free_run() >= pages) return true;
    free_before = pages_->pages_free();
  }
  return pages_->largest_free_run() >= pages;
}

}  // namespace mallocgc
