// Resolving the records of one span: what hangs on its dead objects fires. Between a marking and the first sweep the
// collector does this for every span with records (gc/resolver.h), so that no sweep, and no refill, meets one. It
// allocates nothing, and works as far as a budget goes: one object may have a million weak handles.
#pragma once

#include "alloc/sweep_span.h"

namespace mallocgc {

// Units that a step may spend. One is a bucket of 64 slots looked at, or a record that fires.
struct Budget {
  uint64_t left = ~uint64_t{0};
  uint64_t spent = 0;

  void spend(uint64_t units) {
    spent += units;
    left -= units < left ? units : left;
  }
  bool is_spent() const { return left == 0; }
};

// For each object of the span that is allocated, not marked, and has records: clears its weak handles, and queues its
// finalizers, which marks it (its contents were roots, so they are alive), or, where it has none, its cleanups. Begins
// at `*bucket`, and leaves there where the next call goes on. True when the span is done.
// Preconditions: as for sweep_span.
bool resolve_records(Span& span, const SweepContext& context, uint32_t* bucket, Budget& budget);
// The records of one such object, if it has any; true: it lives once more.
bool resolve_object(Span& span, uint32_t slot, const SweepContext& context);
inline void resolve_all_records(Span& span, const SweepContext& context, Budget& budget) {
  uint32_t bucket = 0;
  while (!resolve_records(span, context, &bucket, budget)) {}
}

}  // namespace mallocgc
