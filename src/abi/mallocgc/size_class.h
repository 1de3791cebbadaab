// The size classes of small objects, from 8 bytes to 32 KiB, made at compile time by rule. Shared with gc.h, whose
// inline allocation bumps by the slot size of a C++ type, so the table is part of the ABI: changing a class raises
// MGC_ABI_VERSION.
//
// The rule is Go's (runtime/mksizeclasses.go, 1.16 and later, which has the class of 24 bytes), in our words. Sizes
// grow in steps of an eighth of the last power of two (of 8 up to 32, of 16 up to 128, of 256 from 2 KiB). A class gets
// the least number of pages that leaves at most an eighth of the span unused. Neighbours that fit the same number of
// objects into the same pages become one, and at last every class takes what its span would have left over.
//
// inv.size_class: bytes ascend; every class above 1024 is a multiple of 128, every one from 32 on of 16, every other of
// 8, so the two lookup tables are exact and a request that is a multiple of 16 gets slots that are too (M8). Checked
// against Go's published table in tests/cpp/abi_size_class_test.cc (M7).
// Door: size_class_of(bytes), then kSizeClassBytes and kSizeClassPages.
#ifndef MALLOCGC_SIZE_CLASS_H
#define MALLOCGC_SIZE_CLASS_H

#include <cstddef>
#include <cstdint>

namespace mallocgc::abi {

inline constexpr size_t kSizeClassPageBytes = 8192;
inline constexpr size_t kSizeClassMaxBytes = 32 * 1024;
inline constexpr uint32_t kSizeClassCount = 68;  // with class 0, which holds nothing
inline constexpr size_t kSizeClassFineStep = 8;
inline constexpr size_t kSizeClassFineMax = 1024;  // up to here requests are looked up in fine steps
inline constexpr size_t kSizeClassCoarseStep = 128;

namespace size_class_rule {

struct Table {
  uint32_t bytes[kSizeClassCount] = {};
  uint8_t pages[kSizeClassCount] = {};
  uint32_t count = 1;
};

constexpr size_t step_from(size_t bytes, size_t step) {
  if ((bytes & (bytes - 1)) != 0) return step;  // steps change at powers of two only
  if (bytes >= 2048) return 256;
  if (bytes >= 128) return bytes / 8;
  return bytes >= 32 ? 16 : step;
}

// The least span that leaves at most an eighth of itself unused.
constexpr size_t span_bytes_for(size_t object_bytes) {
  size_t span_bytes = kSizeClassPageBytes;
  while (span_bytes % object_bytes > span_bytes / 8) span_bytes += kSizeClassPageBytes;
  return span_bytes;
}

constexpr Table make() {
  Table table;
  size_t step = kSizeClassFineStep;
  for (size_t bytes = step; bytes <= kSizeClassMaxBytes; bytes += step) {
    step = step_from(bytes, step);
    const size_t span_bytes = span_bytes_for(bytes);
    const uint32_t last = table.count - 1;
    const bool same_as_last = last != 0 && table.pages[last] == span_bytes / kSizeClassPageBytes &&
                              span_bytes / bytes == span_bytes / table.bytes[last];
    const uint32_t at = same_as_last ? last : table.count++;
    table.bytes[at] = static_cast<uint32_t>(bytes);
    table.pages[at] = static_cast<uint8_t>(span_bytes / kSizeClassPageBytes);
  }
  for (uint32_t i = 1; i < table.count; ++i) {
    const size_t span_bytes = table.pages[i] * kSizeClassPageBytes;
    const size_t widest = span_bytes / (span_bytes / table.bytes[i]) / kSizeClassCoarseStep * kSizeClassCoarseStep;
    if (widest > table.bytes[i]) table.bytes[i] = static_cast<uint32_t>(widest);
  }
  return table;
}

inline constexpr Table kTable = make();
static_assert(kTable.count == kSizeClassCount && kTable.bytes[kSizeClassCount - 1] == kSizeClassMaxBytes);

struct Lookup {
  uint8_t fine[kSizeClassFineMax / kSizeClassFineStep + 1] = {};
  uint8_t coarse[(kSizeClassMaxBytes - kSizeClassFineMax) / kSizeClassCoarseStep + 1] = {};
};

constexpr Lookup make_lookup() {
  Lookup lookup;
  uint8_t at = 1;
  for (size_t i = 1; i <= kSizeClassFineMax / kSizeClassFineStep; ++i) {
    while (kTable.bytes[at] < i * kSizeClassFineStep) ++at;
    lookup.fine[i] = at;
  }
  for (size_t i = 0; i <= (kSizeClassMaxBytes - kSizeClassFineMax) / kSizeClassCoarseStep; ++i) {
    while (kTable.bytes[at] < kSizeClassFineMax + i * kSizeClassCoarseStep) ++at;
    lookup.coarse[i] = at;
  }
  return lookup;
}

inline constexpr Lookup kLookup = make_lookup();

}  // namespace size_class_rule

// Bytes of a slot, and pages of a span, by class.
inline constexpr const uint32_t (&kSizeClassBytes)[kSizeClassCount] = size_class_rule::kTable.bytes;
inline constexpr const uint8_t (&kSizeClassPages)[kSizeClassCount] = size_class_rule::kTable.pages;

// The class whose slots are the least that hold `bytes`, which is at most kSizeClassMaxBytes; 0 for 0. Two instructions
// and a load.
constexpr uint32_t size_class_of(size_t bytes) {
  if (bytes <= kSizeClassFineMax)
    return size_class_rule::kLookup.fine[(bytes + kSizeClassFineStep - 1) / kSizeClassFineStep];
  return size_class_rule::kLookup.coarse[(bytes - kSizeClassFineMax + kSizeClassCoarseStep - 1) / kSizeClassCoarseStep];
}

// The bytes that a small object of `bytes` takes; 0 for what is not small.
constexpr size_t slot_bytes_of(size_t bytes) {
  return bytes <= kSizeClassMaxBytes ? kSizeClassBytes[size_class_of(bytes)] : 0;
}

}  // namespace mallocgc::abi

#endif
