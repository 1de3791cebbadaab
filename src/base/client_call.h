// Calls of the client's functions, and how the heap learns that one was left by unwinding (M13, F11): by an exception,
// a longjmp, or a host that ran out of stack. No destructor of the heap runs then, so nothing that a call needs lies in
// its frame, and the heap sees it at its next entry: an entry from above the place where the call was made means that
// the frame of the call is gone.
//
//   client        ─┐                    higher addresses
//   mgc_collect    │ frames
//   call_client   ─┘ [ kGapBytes ] ◄── the mark: the low end of the gap
//   the client's function, and what it calls                     lower addresses
//
// The mark is compared and never followed. The gap is larger than what an entry has on the stack before it asks, so
// that an entry from the frame that was unwound to lies above it. An entry from further below is taken for one from
// inside the function: it is refused, or does no harm, until one from above comes. A function must return on the stack
// that it was called on.
//
// Doors: heap/busy.h (hooks, pressure, listeners), heap/lifecycle.cc (finalizers and cleanups).
#pragma once

#include "base/asan.h"
#include "base/config.h"

namespace mallocgc {

class CallMark {
 public:
  constexpr CallMark() = default;
  // Whether the frame of the call is gone. To be asked in a function that is not inlined.
  bool is_gone() const { return reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) > low_; }

  // Sets the mark, and calls.
  template <class F>
  __attribute__((noinline, no_sanitize("address"))) void call(F&& function) {
    volatile char gap[kGapBytes];
    low_ = reinterpret_cast<uintptr_t>(gap);
    function();
    __asm__ volatile("" : : "r"(gap) : "memory");
  }

 private:
#if defined(MGC_ASAN)
  static constexpr size_t kGapBytes = 32768;  // red zones make frames many times as large
#else
  static constexpr size_t kGapBytes = 2048;
#endif

  uintptr_t low_ = 0;
};

}  // namespace mallocgc
