// Sweeping one span, as a function of that span: allocated := allocated and marked (C4). Nothing here knows of phases
// or of other spans, so that both the allocator (lazily) and the sweeper (in slices, or all) can call it. The records
// of dead objects have fired before (resolve_span.h). Before a dead object's slot is free, its host values are
// released. No other dead object is touched, but for poison in debug. Allocates nothing.
#pragma once

#include "alloc/counters.h"
#include "base/recorder.h"
#include "spans/epochs.h"
#include "spans/span.h"
#include "specials/specials.h"
#include "types/type_table.h"

namespace mallocgc {

struct SweepContext {
  Epochs epochs = {};
  bool poison = false;
  bool is_resolving = false;  // no span may be swept yet
  AllocCounters* counters = nullptr;
  Specials* specials = nullptr;
  TypeTable* types = nullptr;
  void (*release_host)(void* context, uint32_t index) = nullptr;
  void* release_context = nullptr;
  Recorder* recorder = nullptr;
};

struct SweepResult {
  uint32_t freed = 0;
  uint32_t live = 0;
  uint64_t units = 0;  // of work: one for each 64 bytes of bitmaps, and for each host value that was looked at
};

inline constexpr unsigned char kPoisonByte = 0xdb;

inline bool needs_sweep(const Span& span, const Epochs& epochs) { return span.sweep_cycle != epochs.sweep; }

// Precondition: no cache owns a run of the span, the marking of the sweep's epoch is over (needs_sweep, or a minor
// cycle has just marked), and the span is resolved.
SweepResult sweep_span(Span& span, const SweepContext& context);

// The same for one object that the client ends: its slot is free, and white. Preconditions: it is allocated, has no
// records, the span is swept, and the marker has nothing of it in hand.
void free_slot(Span& span, uint32_t slot, const SweepContext& context);

}  // namespace mallocgc
