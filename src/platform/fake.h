// FakeSource: a memory source for tests, a platform like the others, that refuses, leaves holes and hands out dirty
// memory on request. Its block comes from the platform's own source, so that cards work and do not alias on any system.
//
// inv.platform.fake: regions are given in ascending order from one block, which range() describes exactly.
#pragma once

#include "platform/platform.h"

namespace mallocgc::platform {

class FakeSource final : public MemorySource {
 public:
  static constexpr uint32_t kNever = ~uint32_t{0};

  struct Options {
    size_t total_bytes = size_t{64} << 20;  // of address range, holes included
    uint32_t fail_at = kNever;        // the call of try_grow with this number, from 0, is refused; later ones are not
    uint32_t fail_after = kNever;     // this many calls of try_grow are served, all later ones refused
    bool fail_tables = false;         // try_tables refuses always
    const uint32_t* holes = nullptr;  // pages to skip before region 1, 2, …; cyclic; null: no holes
    uint32_t hole_count = 0;
    bool dirty = false;         // regions are filled with kDirt and zeroed is false
    bool only_minimum = false;  // never more than min_bytes
    bool keep_pages = false;    // give_back is refused
  };
  static constexpr unsigned char kDirt = 0xa5;

  explicit FakeSource(const Options& options);
  explicit FakeSource(size_t total_bytes) : FakeSource(Options{.total_bytes = total_bytes}) {}
  FakeSource() : FakeSource(Options{}) {}
  FakeSource(const FakeSource&) = delete;
  FakeSource& operator=(const FakeSource&) = delete;
  ~FakeSource() { release(); }

  Range range() const override { return Range{.low = block_.base, .bytes = block_.bytes}; }
  Region try_grow(size_t min_bytes, size_t wanted_bytes) override;
  Region try_tables(size_t bytes) override;
  bool tables_cost_by_use() const override { return inner_ != nullptr && inner_->tables_cost_by_use(); }
  bool gives_back() const override { return inner_ != nullptr && inner_->gives_back(); }
  bool give_back(Address base, size_t bytes) override {
    return inner_ != nullptr && !options_.keep_pages && inner_->give_back(base, bytes);
  }
  void release() override;

  // May be changed between calls: what comes next obeys.
  Options& options() { return options_; }
  uint32_t grow_calls() const { return grow_calls_; }  // served and refused
  uint32_t grow_refusals() const { return grow_refusals_; }
  uint32_t table_calls() const { return table_calls_; }
  uint32_t releases() const { return releases_; }
  size_t given_bytes() const { return given_bytes_; }

 private:
  Options options_;
  alignas(16) unsigned char storage_[kDefaultSourceBytes];
  MemorySource* inner_ = nullptr;
  Region block_;
  size_t used_bytes_ = 0;  // of the block, holes included
  size_t given_bytes_ = 0;
  uint32_t grow_calls_ = 0;
  uint32_t grow_refusals_ = 0;
  uint32_t regions_ = 0;
  uint32_t table_calls_ = 0;
  uint32_t releases_ = 0;
};

}  // namespace mallocgc::platform
