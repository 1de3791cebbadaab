// Two checks of a marking, for the debug flavour (C8).
// Checkmark: a second marking (inspect/reach.h) from the same roots must agree with the marker's, object by object.
// Zombie check: a marked slot that is not allocated means that a client kept a pointer to a freed object.
// Precondition of both: marking of `cycle` is complete and no span is swept since.
#pragma once

#include "inspect/reach.h"

namespace mallocgc {

// Leaves "found pointer to free object …" in `problem` if there is one.
void find_zombie(const SpanHeap& spans, uint32_t cycle, ErrorText& problem);

// Leaves the first disagreement in `problem`. False: there is no memory for the check.
bool run_checkmark(const SpanHeap& spans, Reach& reach, const RootSet& roots, uint32_t cycle, ErrorText& problem);

}  // namespace mallocgc
