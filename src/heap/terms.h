// Small plain types that the heap's files hand to each other and to the faces, and constants of the room.
// Doors: heap.h.
#pragma once

#include <mallocgc/abi.h>

#include "spans/span.h"

namespace mallocgc {

// The answer to a question about an address (M14).
struct FoundObject {
  void* base = nullptr;
  size_t size = 0;
  Type* type = nullptr;  // null: unnamed pointer-free memory
};

// An allocated object.
struct ObjectRef {
  Span* span = nullptr;
  uint32_t slot = 0;
  Address base;
};

// What is tried for memory, one after the other (room.cc).
enum class LastResort : uint8_t { kSweep, kGrow, kSweepAll, kCollect, kGrowExactly, kPressure, kGiveUp };

inline constexpr uint64_t kDefaultMaxBytes = uint64_t{2} << 30;

// Slots of shadow stacks.
inline constexpr uint32_t kDefaultShadowSlots = kIs64Bit ? uint32_t{1} << 24 : uint32_t{1} << 20;
inline constexpr uint32_t kLeastShadowSlots = 65536;  // where the client asks for no other number
inline constexpr uint64_t kShadowShareOfMemory = 64;  // one part in so many, where address space is short
inline constexpr size_t kShadowWordsOfLocal = 2;      // a Local counts as so many words of the stack

// Minor cycles and full ones in slices, together: a mode for tests, by this number only; and what MGC_MODE_AUTO is.
inline constexpr uint32_t kModeBoth = 16;
inline constexpr uint32_t kDefaultMode = kModeBoth;

inline constexpr uint64_t kSpareShare = 8;     // of the heap's memory is left for what lies in short pieces
inline constexpr uint32_t kStressTurns = 4;    // of so many collections for a test, one is full
inline constexpr uint64_t kStressUnits = 256;  // of a slice for a test

using PressureCallback = void (*)(uint64_t need_bytes, void* context);

}  // namespace mallocgc
