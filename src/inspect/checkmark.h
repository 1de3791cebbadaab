// Two checks of a marking, for the debug flavour (C8).
//
//   checkmark      a second marking (inspect/reach.h) from the same roots must agree with the marker's, object by
//   object zombie check   a marked slot that is not allocated means that a client kept a pointer to a freed object
//
// Precondition of all: marking of `cycle` is complete and no span is swept since.
//
// After a minor cycle, or one that marked in slices, marked objects need not be reachable: what was old or was marked
// early may have died. So there the check goes two ways. Every object that typed pointers reach must be marked, and one
// that is not was stored without a write barrier: the text names the type and the field of the object that points to
// it. And what a minor cycle has marked must be reachable from its roots or from what was old: before it marks,
// `expected` has collected that (Reach::marked, then the roots).
#pragma once

#include "inspect/reach.h"

namespace mallocgc {

// Leaves "found pointer to free object …" in `problem` if there is one.
void find_zombie(const SpanHeap& spans, uint32_t cycle, ErrorText& problem);

// Leaves the first disagreement in `problem`. False: there is no memory for the check.
bool run_checkmark(const SpanHeap& spans, Reach& reach, const RootSet& roots, uint32_t cycle, ErrorText& problem);

// The same where marked objects need not be reachable; `reach` is of typed words.
bool run_barrier_check(const SpanHeap& spans, TypeTable& types, Reach& reach, const RootSet& roots, uint32_t cycle,
                       ErrorText& problem);
// Leaves the first object that is marked and not in `expected` in `problem`.
void find_unexpected(const SpanHeap& spans, const Reach& expected, uint32_t cycle, ErrorText& problem);

}  // namespace mallocgc
