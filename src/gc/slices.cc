// A full cycle in slices (C9); slices.h has the plan. Each stage works until the slice's budget is spent. A unit is a
// slot read, an object, card, record, handle or span visited, or 64 bytes cleared.
#include "gc/slices.h"

#include "gc/cards.h"
#include "gc/collector.h"
#include "gc/mark_roots.h"
#include "platform/platform.h"

namespace mallocgc {

namespace {

constexpr uint32_t kHandlesAtATime = 512;
constexpr size_t kWordsAtATime = 4096;
constexpr size_t kPagesAtATime = 64;
// Where cards are read, the budget is asked after so many pages. When it is spent, the reading goes on until
// kPagesAtATime pages are looked at, or until the budget is passed by so many units.
constexpr size_t kPagesBetweenLooks = 4;
constexpr uint64_t kUnitsBeyond = 256;
constexpr uint64_t kSweepUnitsAtATime = 256;
// Looking at the cards of so many pages, or cleaning them, is a unit.
constexpr size_t kPagesPerUnit = 64 / kCardsPerPage;
static_assert(kPagesPerUnit != 0, "a page has more cards than a unit looks at");

}  // namespace

uint64_t Collector::slice_spent() const { return slices_.other_units + parts_.marker->work().units(); }

void Collector::begin_slices(bool forced) {
  complete_cycle();
  open_report(forced, true);
  slices_ = Slices{};
  slices_.page = parts_.spans->begin().index();
  parts_.marker->forget_work();
  phase_ = Phase::kSlicing;
}

bool Collector::step(uint64_t units) {
  if (!kHasModes || phase_ != Phase::kSlicing) return true;
  const uint64_t begin_ns = platform::now_ns();
  const uint64_t before = slice_spent();
  const uint64_t end = units < kWholeCycle - before ? before + units : kWholeCycle;
  const Stage first = slices_.stage;
  while (phase_ == Phase::kSlicing && slice_spent() < end) {
    // The final step is as long as it is: it begins with a slice of its own.
    if (slices_.stage == Stage::kFinal && first != Stage::kFinal && end != kWholeCycle) break;
    run_stage(end);
  }
  ++slices_.slices;
  slice_count_ += slice_spent() != before;
  const uint64_t ns = platform::now_ns() - begin_ns;
  report_.mark_ns += ns;
  note_slice(slice_spent() - before, ns);
  if (phase_ == Phase::kResolved) finish();
  return phase_ == Phase::kIdle;
}

void Collector::note_slice(uint64_t units, uint64_t ns) {
  pause_total_units_ += units;
  if (units > pause_max_units_) pause_max_units_ = units;
  if (ns > pause_max_ns_) pause_max_ns_ = ns;
}

void Collector::run_stage(uint64_t end) {
  switch (slices_.stage) {
    case Stage::kSweep:
      return sweep_rest_some();
    case Stage::kCards:
      return clear_cards_some();
    case Stage::kHandles:
      return shade_handles_some();
    case Stage::kRanges:
      return shade_ranges_some();
    case Stage::kRecords:
      if (!shade_records_some(end)) return;
      slices_.stage = Stage::kDrain;
      return;
    case Stage::kDrain:
      if (!parts_.marker->drain(end == kWholeCycle ? Marker::kEverything : end - slice_spent())) return;
      if (end == kWholeCycle) slices_.rounds = Slices::kMostRounds;  // nothing runs meanwhile
      return end_round();
    case Stage::kRound:
      return clean_some(end);
    case Stage::kFinal:
      return mark_the_rest();
    case Stage::kResolve:
      return resolve_some(end == kWholeCycle ? end : end - slice_spent());
  }
}

void Collector::sweep_rest_some() {
  const uint64_t before = parts_.sweeper->units();
  const bool done = parts_.sweeper->sweep_units(kSweepUnitsAtATime);
  slices_.other_units += parts_.sweeper->units() - before + 1;
  if (!done) return;
  note_records();
  slices_.stage = Stage::kCards;
}

// The marking begins when all cards are clean: what is stored from here on is seen.
void Collector::clear_cards_some() {
  const size_t end = parts_.spans->end().index();
  slices_.page = parts_.spans->next_in_use(slices_.page, end);
  const size_t to = end - slices_.page > kPagesAtATime ? slices_.page + kPagesAtATime : end;
  forget_cards(*parts_.spans, slices_.page, to);
  slices_.other_units += (to - slices_.page) / kPagesPerUnit + 1;
  slices_.page = to;
  if (to != end) return;
  const uint64_t before = parts_.marker->work().units();
  begin_marking();
  parts_.marker->slow_down();
  parts_.roots.handles->forget_changes();
  if constexpr (kHasLifecycles) parts_.sweep->specials->renew();
  slices_.other_units += before;
  slices_.stage = Stage::kHandles;
}

void Collector::shade_handles_some() {
  slices_.handle = parts_.roots.handles->visit_some(slices_.handle, kHandlesAtATime,
                                                    [this](Address target) { parts_.marker->shade_root(target); });
  slices_.other_units += kHandlesAtATime / kBitsPerWord;  // those that are free are skipped by the word
  if (slices_.handle == HandleTable::kEnd) slices_.stage = Stage::kRanges;
}

void Collector::shade_ranges_some() {
  MarkRoots visitor{*parts_.marker};
  if (parts_.roots.globals->visit_some(slices_.range, kWordsAtATime, visitor)) slices_.stage = Stage::kRecords;
}

// Shades what new records hold; true when none is new any more.
bool Collector::shade_records_some(uint64_t end) {
  if constexpr (!kHasLifecycles) return true;
  Marker& marker = *parts_.marker;
  Specials& specials = *parts_.sweep->specials;
  while (slice_spent() < end) {
    if (!slices_.object.is_null()) {
      slices_.word = marker.shade_contents(slices_.object, slices_.word, kWordsAtATime);
      if (slices_.word == 0) slices_.object = Address();
      continue;
    }
    ++slices_.other_units;
    const bool more = specials.visit_next_new([&](Address armed, Address object, Address context) {
      slices_.object = armed;
      marker.shade_root(object);
      marker.shade_conservatively(context);
    });
    if (!more) return true;
  }
  return false;
}

// No object is grey. A round that found little is followed by the final step.
void Collector::end_round() {
  const bool first = slices_.rounds == 0;
  const bool small = !first && slice_spent() - slices_.round_units <= Slices::kSmallRound;
  slices_.stage = small || slices_.rounds == Slices::kMostRounds ? Stage::kFinal : Stage::kRound;
  ++slices_.rounds;
  slices_.page = parts_.spans->begin().index();
  slices_.round_begun = false;
  slices_.round_units = slice_spent();
}

void Collector::clean_some(uint64_t end) {
  MarkRoots visitor{*parts_.marker};
  if (!slices_.round_begun) {
    slices_.round_begun = true;
    parts_.roots.visit_unwatched(visitor);
    parts_.roots.visit_changed_handles(visitor);
    return;
  }
  if (!shade_records_some(end)) return;
  const size_t last = parts_.spans->end().index();
  // However little is left, some pages are looked at, so that small budgets get on, too. Where pages are clean, these
  // are many.
  for (size_t looked_at = 0; slices_.page < last;) {
    slices_.page = parts_.spans->next_in_use(slices_.page, last);
    const size_t to = last - slices_.page > kPagesBetweenLooks ? slices_.page + kPagesBetweenLooks : last;
    clean_some_cards(slices_.page, to);
    slices_.other_units += (to - slices_.page) / kPagesPerUnit + 1;
    looked_at += to - slices_.page;
    slices_.page = to;
    const bool enough = looked_at >= kPagesAtATime || slice_spent() >= end + kUnitsBeyond;
    if (slice_spent() >= end && enough && to != last) return;
  }
  slices_.stage = Stage::kDrain;
}

void Collector::clean_some_cards(size_t from, size_t to) {
  const uint64_t before = parts_.marker->work().units();
  clean_cards(*parts_.spans, *parts_.marker, from, to);
  report_.again_units += parts_.marker->work().units() - before;
}

// The final step: marks what the mutator has changed since the last round, and all that hangs on it. Nothing runs in
// between.
void Collector::mark_the_rest() {
  flush_caches();
  MarkRoots visitor{*parts_.marker};
  const size_t begin = parts_.spans->begin().index();
  const size_t last = parts_.spans->end().index();
  slices_.other_units += parts_.spans->pages_in_use() / kPagesPerUnit;
  clean_some_cards(begin, last);
  parts_.roots.visit_unwatched(visitor);
  parts_.roots.visit_changed_handles(visitor);
  (void)shade_records_some(kWholeCycle);
  end_marking();
  begin_resolving();
  phase_ = Phase::kSlicing;
  slices_.stage = Stage::kResolve;
}

void Collector::resolve_some(uint64_t units) {
  Resolver& resolver = *parts_.resolver;
  const uint64_t before = resolver.units();
  if (resolver.some(units)) phase_ = Phase::kResolved;
  slices_.other_units += resolver.units() - before;
}

}  // namespace mallocgc
