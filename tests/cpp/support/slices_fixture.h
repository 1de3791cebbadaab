// The full cycles of this heap go in slices. Its helpers do what a test does with one.
#pragma once

#include <mallocgc/mallocgc.h>

#include "support/heap_fixture.h"

namespace mallocgc {

inline constexpr uint32_t kChecks = kDebugFlavour ? MGC_DEBUG_CHECKMARK | MGC_DEBUG_VERIFY : 0;

inline mgc_options incremental(uint32_t debug_flags = kChecks, uint32_t mode = MGC_MODE_INCREMENTAL) {
  mgc_options options = HeapFixture::quiet();
  options.mode = mode;
  options.debug_flags = debug_flags;
  options.shadow_slots = 70000;
  return options;
}

struct Sliced : HeapFixture {
  explicit Sliced(uint32_t mode = MGC_MODE_INCREMENTAL) : HeapFixture(incremental(kChecks, mode)) {
    EXPECT_EQ(heap.frame_push(mutator(), 4, &slots), Status::kOk);
  }
  void start() {
    EXPECT_EQ(heap.start_cycle(), Status::kOk) << heap.last_error();
    is_new_ = true;
  }
  // Takes slices until `object` is marked by this cycle, or the cycle is over. The marks of the last one count until
  // the marking begins.
  void step_until_marked(const void* object) {
    while (is_new_ && heap.is_marked(object) && !heap.step_work(1)) {}
    is_new_ = false;
    while (!heap.is_marked(object) && !heap.step_work(1)) {}
  }
  void finish() {
    while (!heap.step_work(1000)) {}
    EXPECT_EQ(verified(heap), Status::kOk) << heap.last_error();
  }
  void** slots = nullptr;

 private:
  bool is_new_ = false;
};

}  // namespace mallocgc
