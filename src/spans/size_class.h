// Size classes as the heap uses them: the compile-time table of the ABI (size_class.h, M7) with the two choices that are the heap's
// own, how many pages a span of a class gets and how an offset becomes a slot number.
//
// Spans of small slots take several of the table's units: a span record costs kSpanRecordBytes whatever it describes, and marking
// takes one span from the queue at a time, so more objects a span mean less overhead for both.
#pragma once

#include <mallocgc/size_class.h>

#include "base/address.h"
#include "base/bits.h"

namespace mallocgc {

inline constexpr uint32_t kSizeClassCount = abi::kSizeClassCount;
inline constexpr uint32_t kTinySizeClass = 2;  // 16 bytes
inline constexpr uint32_t kLargeSizeClass = 0;

constexpr uint32_t size_class_bytes(uint32_t size_class) { return abi::kSizeClassBytes[size_class]; }
constexpr uint32_t size_class_of(size_t bytes) { return abi::size_class_of(bytes); }

inline constexpr uint32_t kSmallSlotBytes = 64;
inline constexpr uint32_t kSmallSlotSpanUnits = 2;

constexpr uint32_t span_pages(uint32_t size_class) {
  const uint32_t units = size_class_bytes(size_class) <= kSmallSlotBytes ? kSmallSlotSpanUnits : 1;
  return abi::kSizeClassPages[size_class] * units;
}
constexpr uint32_t span_slots(uint32_t size_class) {
  return static_cast<uint32_t>(bytes_of_pages(span_pages(size_class)) / size_class_bytes(size_class));
}

static_assert(size_class_bytes(kTinySizeClass) == kTinyBlockBytes);
static_assert(size_class_bytes(kSizeClassCount - 1) == kMaxSmallBytes);

}  // namespace mallocgc
