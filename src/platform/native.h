// NativeSource: memory for a heap in an ordinary process. One reservation of address space serves all heaps of the
// process, made at first use and aligned to its own size, so that one masked card table serves them all without two
// heaps sharing a card. A heap takes a sub-range of it for life; growth makes the next bytes of the sub-range
// accessible, so regions are always adjacent and zeroed. A released sub-range is emptied and taken again by later
// heaps.
//
// Doors: from platform.h (default_source); on to mmap.
#pragma once

#include "platform/platform.h"

namespace mallocgc::platform {

class NativeSource final : public MemorySource {
 public:
  // Takes a sub-range. False: the system refused, or the process has no address space of that size left in the
  // reservation.
  [[nodiscard]] bool init(size_t max_bytes);

  Range range() const override { return range_; }
  Region try_grow(size_t min_bytes, size_t wanted_bytes) override;
  Region try_tables(size_t bytes) override;
  void release() override;

 private:
  static constexpr uint32_t kMaxTables = 16;

  Range range_;
  size_t grown_bytes_ = 0;  // inv.native.grown: [low, low + grown_bytes_) is accessible, the rest of the range is not
  Region tables_[kMaxTables];
  uint32_t table_count_ = 0;
};

}  // namespace mallocgc::platform
