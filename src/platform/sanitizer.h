// AddressSanitizer's view of the heap, where a build has one: free slots, slack and the rests of runs are poisoned, or
// it would see one big live block. Elsewhere everything here compiles to nothing. The collector itself reads slack,
// through load_word.
#pragma once

#include "base/asan.h"
#include "platform/platform.h"

#if defined(MGC_ASAN)
extern "C" void __asan_poison_memory_region(void const volatile*, size_t);
extern "C" void __asan_unpoison_memory_region(void const volatile*, size_t);
#endif

#if defined(MGC_ASAN)
extern "C" void* __asan_get_current_fake_stack();
extern "C" void* __asan_addr_is_in_fake_stack(void* fake_stack, void* address, void** begin, void** end);
#endif

namespace mallocgc::platform {

#if defined(MGC_ASAN)
inline constexpr bool kAsan = true;
// With fake stacks the locals of a function lie elsewhere, and only a pointer to them is on the stack: that place.
inline Range fake_frame_around(Address word) {
  void* begin = nullptr;
  void* end = nullptr;
  void* const stack = __asan_get_current_fake_stack();
  if (stack == nullptr || __asan_addr_is_in_fake_stack(stack, word.pointer(), &begin, &end) == nullptr) return {};
  return Range{Address::of(begin).aligned_up(kWordBytes),
               Address::of(end).aligned_down(kWordBytes) - Address::of(begin).aligned_up(kWordBytes)};
}
inline void poison(Address base, size_t bytes) { __asan_poison_memory_region(base.pointer(), bytes); }
inline void unpoison(Address base, size_t bytes) { __asan_unpoison_memory_region(base.pointer(), bytes); }
[[gnu::noinline, gnu::no_sanitize_address]] inline Address load_word(Address from) {
  return Address(*from.pointer<const volatile uintptr_t>());
}
// Bytes that may be poisoned where they come from.
[[gnu::noinline, gnu::no_sanitize_address]] inline void copy_bytes(Address to, Address from, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i)
    (to + i).pointer<volatile char>()[0] = (from + i).pointer<const volatile char>()[0];
}
#else
inline constexpr bool kAsan = false;
inline Range fake_frame_around(Address) { return {}; }
inline void poison(Address, size_t) {}
inline void unpoison(Address, size_t) {}
MGC_ALWAYS_INLINE Address load_word(Address from) { return Address(*from.pointer<const uintptr_t>()); }
inline void copy_bytes(Address to, Address from, size_t bytes) {
  __builtin_memcpy(to.pointer(), from.pointer(), bytes);
}
#endif

}  // namespace mallocgc::platform
