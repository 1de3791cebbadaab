// The records of the dead objects of one span.
#include "alloc/resolve_span.h"

namespace mallocgc {

namespace {

void resurrect(Span& span, uint32_t slot, const SweepContext& context) {
  span.marks[slot / kBitsPerWord].mark |= bit_of(slot);
  context.counters->heap_live += span.slot_bytes;
  ++context.counters->resurrections;
  if (context.recorder->cycles()) context.recorder->add(MGC_RECORD_QUEUED, 0, span.slot_address(slot).value());
}

}  // namespace

bool resolve_object(Span& span, uint32_t slot, const SweepContext& context) {
  if (span.mark_cycle != context.epochs.sweep) start_mark_cycle(span, context.epochs.sweep);
  ObjectNode* const node = span.allocated_bit(slot) ? context.specials->try_find(span.specials, slot) : nullptr;
  if (node == nullptr || context.specials->object_died(*node) != Verdict::kResurrected) return false;
  resurrect(span, slot, context);
  return true;
}

bool resolve_records(Span& span, const SweepContext& context, uint32_t* bucket, Budget& budget) {
  SpanSpecials* const home = span.specials;
  if (home == nullptr) return true;
  if (span.mark_cycle != context.epochs.sweep) start_mark_cycle(span, context.epochs.sweep);
  for (; *bucket < home->bucket_count; ++*bucket) {
    budget.spend(1);
    for (;;) {
      const uint64_t dead = home->present(*bucket) & span.allocated[*bucket] & ~span.marks[*bucket].mark;
      if (dead == 0) break;
      // However little is left, a record fires, so that small budgets get on, too.
      const uint32_t slot = *bucket * kBitsPerWord + lowest_bit(dead);
      const uint64_t most = budget.is_spent() ? 1 : budget.left;
      uint64_t left = most;
      const Verdict verdict = context.specials->resolve_some(*context.specials->try_find(home, slot), &left);
      budget.spend(most - left);
      if (verdict == Verdict::kResurrected) resurrect(span, slot, context);
      if (verdict == Verdict::kMore || budget.is_spent()) return false;
    }
    if (budget.is_spent() && *bucket + 1 < home->bucket_count) {
      ++*bucket;
      return false;
    }
  }
  return true;
}

}  // namespace mallocgc
