// The small plain things that the heap's files hand to each other and to the faces.
// Doors: heap.h.
#pragma once

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

using PressureCallback = void (*)(uint64_t need_bytes, void* context);

}  // namespace mallocgc
