// Checks at three prices. MGC_CHECK is always on, and guards what would corrupt the heap. MGC_DCHECK is on in the debug
// flavour only. The deep checks (a walk over all structures) are functions named `verify`, which report instead of
// ending the program. A broken invariant ends the program with one line that names its cause.
#pragma once

#include "base/config.h"

namespace mallocgc::platform {
// Defined by each platform. Ends the program after leaving `cause` where the host can read it.
[[noreturn]] void die(const char* cause);
}  // namespace mallocgc::platform

#define MGC_CHECK(condition, cause)                                  \
  do {                                                               \
    if (!(condition)) [[unlikely]]                                   \
      ::mallocgc::platform::die(::mallocgc::kHasTexts ? cause : ""); \
  } while (false)

#define MGC_DCHECK(condition, cause)                                      \
  do {                                                                    \
    if constexpr (::mallocgc::kDebugFlavour) MGC_CHECK(condition, cause); \
  } while (false)

namespace mallocgc {

// A number for checks and for tests of cost: it counts in the debug flavour only, and is 0 elsewhere. So nothing that
// the heap does may depend on one: it does not convert to a number and cannot be computed with, and the one way to read
// it is named for those who may.
class DebugCount {
 public:
  constexpr uint64_t for_checks() const { return value_; }
  constexpr void operator+=(uint64_t n) {
    if constexpr (kDebugFlavour) value_ += n;
  }
  constexpr void operator-=(uint64_t n) {
    if constexpr (kDebugFlavour) value_ -= n;
  }

 private:
  uint64_t value_ = 0;
};

}  // namespace mallocgc
