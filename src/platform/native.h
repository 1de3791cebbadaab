// NativeSource: memory for a heap in an ordinary process. One window of address space serves all heaps of the process,
// so that one masked card table serves them all without two heaps sharing a card. A heap takes granules of it as it
// grows, those behind its last ones where they are free, and otherwise a new run elsewhere; within a run, growth makes
// the next bytes accessible. Its range is the whole window, of which most is not its own. Released granules are emptied
// and taken again by later heaps.
//
// Doors: from platform.h (default_source); on to mmap.
#pragma once

#include "platform/platform.h"

namespace mallocgc::platform {

// The record of the process, which is static data without a pointer to any object in it.
Range process_record();

class NativeSource final : public MemorySource {
 public:
  // False: the system refused.
  [[nodiscard]] bool init(size_t max_bytes);

  Range range() const override { return range_; }
  Region try_grow(size_t min_bytes, size_t wanted_bytes) override;
  Region try_tables(size_t bytes) override;
  bool tables_cost_by_use() const override { return true; }
  bool gives_back() const override { return true; }
  bool give_back(Address base, size_t bytes) override;
  void release() override;

 private:
  static constexpr uint32_t kMaxTables = 16;

  bool reach(size_t min_bytes, size_t wanted_bytes);
  static bool open(Address base, size_t bytes);

  Range range_;
  size_t max_bytes_ = 0;
  size_t given_bytes_ = 0;
  uint32_t first_run_ = UINT32_MAX;  // numbers of granules
  uint32_t last_run_ = UINT32_MAX;
  Address cursor_;  // inv.native.run: [cursor_, end_) is the inaccessible rest of the last run
  Address end_;
  Region spare_;  // the largest rest of a run before
  Region tables_[kMaxTables];
  uint32_t table_count_ = 0;
};

}  // namespace mallocgc::platform
