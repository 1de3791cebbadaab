// A minor cycle: sticky marks (Demers et al., Combining Generational and Conservative Garbage Collection, 1990). Old is
// what is marked. What was allocated since the last cycle is unmarked, and is marked now if it is reached
//   - from old objects, through dirty cards (gc/cards.h);
//   - from all stacks, ranges and running records;
//   - from handles, finalizers, cleanups and queued records that are new or changed since: what older ones hold is old;
//   - from young objects that are reached.
// Objects become old when they survive once. Then all young spans are swept, and no others. Spans with room in long
// pieces are the first to be taken again. Those with room in short ones are retired until the next full cycle, since
// crawling through them costs more than it gives (gc/generations.h bounds what that loses).
//
// Cards come before roots: an object that a root has just marked is grey, and is scanned whole anyway.
#include "gc/cards.h"
#include "gc/collector.h"
#include "gc/mark_roots.h"
#include "platform/platform.h"

namespace mallocgc {

namespace {

// The runs of free slots of a span that is swept, and the slots in them.
struct FreeSlots {
  uint32_t runs = 0;
  uint32_t slots = 0;
};

// `live` is how many of its slots are allocated.
FreeSlots count_free(const Span& span, uint32_t live) {
  FreeSlots found{.slots = span.slot_count - live};
  uint64_t before = 0;  // whether the last slot of the word before is free
  const uint32_t words = bitmap_words(span.slot_count);
  for (uint32_t word = 0; word < words; ++word) {
    uint64_t free = ~span.allocated[word];
    if (word + 1 == words) free &= low_bits((span.slot_count - 1) % kBitsPerWord + 1);
    found.runs += count_bits(free & ~(free << 1 | before));
    before = free >> (kBitsPerWord - 1);
  }
  return found;
}

// A span is taken again if its runs of free slots have, on average, at least so many slots or so many bytes.
constexpr uint32_t kLeastRunSlots = 8;
constexpr uint32_t kLeastRunBytes = 512;

bool is_worth_taking(const FreeSlots& free, size_t slot_bytes) {
  return free.slots != 0 &&
         (free.slots >= kLeastRunSlots * free.runs || free.slots * slot_bytes >= size_t{kLeastRunBytes} * free.runs);
}

}  // namespace

bool Collector::minor_may_pay() {
  if (!kHasModes || !generations_.enabled()) return false;
  const uint64_t cards =
      count_old_cards(*parts_.spans, epochs().mark, parts_.spans->begin().index(), parts_.spans->end().index());
  return generations_.may_pay(cards * kCardBytes);
}

bool Collector::run_minor() {
  if (!kHasModes || !generations_.enabled()) return false;
  const size_t end = parts_.spans->end().index();
  const uint64_t begin_ns = platform::now_ns();
  flush_caches();
  const uint64_t before = parts_.counters->heap_live;
  Generations::Minor minor{.taken_bytes = generations_.young_bytes(before)};
  parts_.events->emit(MGC_EVENT_MINOR_START, before, minor.taken_bytes);
  parts_.marker->start_cycle(epochs());
  if constexpr (kDebugFlavour) {
    if (parts_.audit.minor != nullptr) parts_.audit.minor(parts_.audit.context);
  }
  parts_.marker->begin_ephemerons(*parts_.metadata, parts_.young);
  minor.card_bytes = clean_cards(*parts_.spans, *parts_.marker, parts_.spans->begin().index(), end, true) * kCardBytes;
  MarkRoots visitor{*parts_.marker};
  parts_.roots.visit_new(visitor);
  while (!parts_.marker->drain(Marker::kEverything)) {}
  parts_.marker->end_ephemerons(*parts_.metadata);
  parts_.roots.forget_changes();
  if constexpr (kDebugFlavour) {
    if (parts_.audit.marking != nullptr) parts_.audit.marking(parts_.audit.context);
  }
  parts_.events->emit(MGC_EVENT_PHASE, static_cast<uint64_t>(Phase::kMarked), parts_.marker->work().units());
  Budget spent;
  if constexpr (kHasLifecycles) resolve_young(spent);
  const uint64_t freed = sweep_young(&minor.retired_bytes, spent);
  parts_.counters->heap_live = before - freed;
  minor.survived_bytes = minor.taken_bytes - freed;
  generations_.note_minor(minor);
  add_work();
  ++minor_cycles_;
  const uint64_t ns = platform::now_ns() - begin_ns;
  pause_total_ns_ += ns;
  const uint64_t units = parts_.marker->work().units() + spent.spent;
  note_slice(units, ns);
  parts_.events->emit(MGC_EVENT_MINOR_END, minor.survived_bytes, minor.card_bytes, units, generations_.resting());
  tell_ready();
  return true;
}

// Clears weak words that point to what has died young, and fires its records. Nothing is swept before all of that.
void Collector::resolve_young(Budget& spent) {
  parts_.resolver->clear_young(*parts_.young, spent);
  parts_.young->for_each([&](Span& span) { resolve_all_records(span, *parts_.sweep, spent); });
}

// Gives the bytes that are free again. A class keeps its empty spans: the next objects are likely to be like the last.
uint64_t Collector::sweep_young(uint64_t* retired_bytes, Budget& spent) {
  uint64_t freed = 0;
  const auto sweep = [&](Span& span) {
    const SweepResult result = sweep_span(span, *parts_.sweep);
    spent.spend(result.units);
    freed += result.freed * span.slot_bytes;
    return result.live;
  };
  const auto sweep_class = [&](SpanClass& span_class) {
    List<Span> good;
    while (Span* const span = span_class.young.pop_front()) {
      const FreeSlots free = count_free(*span, sweep(*span));
      if (is_worth_taking(free, span->slot_bytes)) {
        good.push_back(span);
      } else {
        span_class.done.push_back(span);
        *retired_bytes += free.slots * span->slot_bytes;
      }
    }
    span_class.todo.prepend(good);
  };
  const auto sweep_large = [&](Span& span) {
    if (sweep(span) == 0) parts_.sweeper->give_back(span);
  };
  parts_.young->take_back(sweep_class, sweep_large);
  return freed;
}

}  // namespace mallocgc
