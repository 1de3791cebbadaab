// Audit: where a cycle lets somebody look at it. The collector knows none who does: the heap connects the checks and
// the recorder of inspect/, which lie above (heap/debug.cc). Debug flavour only.
#pragma once

namespace mallocgc {

struct Audit {
  // Before the roots are shaded.
  void (*roots)(void* context) = nullptr;
  // The same of a minor cycle, before its cards are cleaned.
  void (*minor)(void* context) = nullptr;
  // After a marking of either kind is complete, before any span is swept.
  void (*marking)(void* context) = nullptr;
  void* context = nullptr;
};

}  // namespace mallocgc
