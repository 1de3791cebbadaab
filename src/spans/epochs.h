// Two epochs. The number of the marking says which mark bits count; the number of the sweep says which allocated bits
// do. They are equal except while a full cycle marks. Then the marking's number is one ahead, every span is swept for
// the cycle before, and whatever is allocated, made or swept meanwhile belongs to that older cycle. So a refill between
// two marking slices frees nothing that the present cycle has not decided.
//
//   idle, sweeping          mark = sweep = n          marked in n = old; a span of an older sweep has dead objects
//   a full cycle marks      mark = n + 1, sweep = n   nothing is marked at first; no span wants a sweep
//   it ends                 mark = sweep = n + 1      every span wants a sweep, those made meanwhile too
//
// A minor cycle changes neither: it marks more in the same epoch.
// inv.epochs: mark = sweep, or mark = the number after sweep; 0 means never, and is skipped when the numbers wrap.
// Doors: gc/collector.cc moves them; alloc/ and inspect/ ask.
#pragma once

#include <cstdint>

namespace mallocgc {

struct Epochs {
  uint32_t mark = 1;
  uint32_t sweep = 1;

  bool is_marking() const { return mark != sweep; }
  // All marks are forgotten by number. Precondition: nothing wants a sweep.
  void begin_marking() { mark = sweep + 1 != 0 ? sweep + 1 : 1; }
  // Every span wants a sweep from here on.
  void end_marking() { sweep = mark; }
};

}  // namespace mallocgc
