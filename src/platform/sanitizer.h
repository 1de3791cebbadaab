// AddressSanitizer's view of the heap, where a build has one: free slots, slack and the rests of runs are poisoned, or
// it would see one big live block. Elsewhere everything here compiles to nothing. The collector itself reads slack,
// through load_word.
#pragma once

#include "base/address.h"

#if defined(__SANITIZE_ADDRESS__)
#define MGC_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MGC_ASAN 1
#endif
#endif

#if defined(MGC_ASAN)
extern "C" void __asan_poison_memory_region(void const volatile*, size_t);
extern "C" void __asan_unpoison_memory_region(void const volatile*, size_t);
#endif

namespace mallocgc::platform {

#if defined(MGC_ASAN)
inline constexpr bool kAsan = true;
inline void poison(Address base, size_t bytes) { __asan_poison_memory_region(base.pointer(), bytes); }
inline void unpoison(Address base, size_t bytes) { __asan_unpoison_memory_region(base.pointer(), bytes); }
[[gnu::noinline, gnu::no_sanitize_address]] inline Address load_word(Address from) {
  return Address(*from.pointer<const volatile uintptr_t>());
}
#else
inline constexpr bool kAsan = false;
inline void poison(Address, size_t) {}
inline void unpoison(Address, size_t) {}
MGC_ALWAYS_INLINE Address load_word(Address from) { return Address(*from.pointer<const uintptr_t>()); }
#endif

}  // namespace mallocgc::platform
