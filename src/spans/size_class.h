// Size classes as the heap uses them: the compile-time table of the ABI (mallocgc/size_class.h, M7), and the heap's own
// choice of how many pages a span of a class gets.
//
// Large spans are quicker to mark. The marker takes one span from its queue at a time, and the more grey objects it
// meets there, the more of them share cache lines and page translations. Large spans also have fewer records, which fit
// a cache better. Small spans take less memory where a type has few objects. So the spans of a class grow with the
// class, up to one part in kSpanShare of the pages that the class has already. Objects of more than kGrowingSlotBytes
// share no cache lines and few translations, so their spans keep their size.
//
// Doors: from every room that asks for a size; on to spans/span_class.h.
#pragma once

#include <mallocgc/size_class.h>

#include "base/address.h"
#include "base/bits.h"
#include "base/check.h"

namespace mallocgc {

inline constexpr uint32_t kSizeClassCount = abi::kSizeClassCount;
inline constexpr uint32_t kTinySizeClass = 2;  // 16 bytes
inline constexpr uint32_t kLargeSizeClass = 0;

constexpr uint32_t size_class_bytes(uint32_t size_class) { return abi::kSizeClassBytes[size_class]; }
constexpr uint32_t size_class_of(size_t bytes) {
  MGC_DCHECK(bytes <= abi::kSizeClassMaxBytes, "a size class was asked for of what is not small");
  return abi::size_class_of(bytes);
}

inline constexpr uint32_t kSmallSlotBytes = 64;
inline constexpr uint32_t kSmallSlotSpanUnits = 2;

inline constexpr uint32_t kGrowingSlotBytes = 512;
inline constexpr uint32_t kMaxSpanPages = 16;
inline constexpr uint32_t kSpanShare = 8;

// Pages of the first spans of a class.
constexpr uint32_t span_pages(uint32_t size_class) {
  const uint32_t units = size_class_bytes(size_class) <= kSmallSlotBytes ? kSmallSlotSpanUnits : 1;
  return abi::kSizeClassPages[size_class] * units;
}
// Pages of the next span of a class that has `class_pages`: those of its first spans, times a power of two.
constexpr uint32_t next_span_pages(uint32_t size_class, uint32_t class_pages) {
  uint32_t pages = span_pages(size_class);
  if (size_class_bytes(size_class) > kGrowingSlotBytes) return pages;
  while (2 * pages <= kMaxSpanPages && 2 * pages * kSpanShare <= class_pages) pages *= 2;
  return pages;
}
constexpr uint32_t span_slots(uint32_t size_class, uint32_t pages) {
  return static_cast<uint32_t>(bytes_of_pages(pages) / size_class_bytes(size_class));
}
constexpr uint32_t span_slots(uint32_t size_class) { return span_slots(size_class, span_pages(size_class)); }

static_assert(size_class_bytes(kTinySizeClass) == kTinyBlockBytes);
static_assert(size_class_bytes(kSizeClassCount - 1) == kMaxSmallBytes);

}  // namespace mallocgc
