// Two checks look at a marking, for the debug flavour (C8). Both stand on a second traversal of the heap
// (inspect/reach.h), which trace_from_roots makes.
//
//   dangling pointers   What is a root or reachable may not point into freed memory. The text names who does.
//   checkmark           The traversal and the marker must agree, object by object.
//
// All of this wants the marking of `cycle` to be complete, and no span to be swept since.
//
// After a minor cycle, or one that marked in slices, marked objects need not be reachable: what was old or was marked
// early may have died. So there the check goes two ways. Every object that typed pointers reach must be marked, and one
// that is not was stored without a write barrier: the text names the type and the field of the object that points to
// it. And what a minor cycle has marked must be reachable from its roots or from what was old: before it marks,
// `expected` has collected that (Reach::marked, then the roots).
#pragma once

#include "inspect/holder.h"

namespace mallocgc {

// A check has found this. The text is empty if it is nothing.
struct Damage {
  ErrorText text;
  Address target;  // what is damaged, or should not be pointed to; null: the heap's own structures
  Holder holder;   // who points there, if that is known

  void clear() {
    text.clear();
    target = Address();
    holder = Holder{};
  }
};

// Makes `reach` all that can be reached. Returns false if there is no memory for it.
bool trace_from_roots(Reach& reach, const RootSet& roots);

// Leaves "found pointer to free object …" in `damage` if there is one that is reached.
void check_pointers(const HolderSearch& search, Damage& damage);
// Does the same by the marks alone, where there was no memory for more: it looks for a marked slot that is not
// allocated.
void find_zombie(const SpanHeap& spans, uint32_t cycle, Damage& damage);

// Leaves the first disagreement in `damage`.
void run_checkmark(const SpanHeap& spans, const Reach& reach, uint32_t cycle, Damage& damage);
// Does the same where marked objects need not be reachable. The traversal was one of typed words.
void run_barrier_check(const HolderSearch& search, uint32_t cycle, Damage& damage);
// Leaves the first object that is marked and not in `expected` in `damage`.
void find_unexpected(const SpanHeap& spans, const Reach& expected, uint32_t cycle, Damage& damage);

}  // namespace mallocgc
