// The tests of F1-F10 stand on this heap. Its finalizers and cleanups write down that they ran.
#pragma once

#include "support/heap_fixture.h"

namespace mallocgc {

struct LifecycleFixture : HeapFixture {
  struct Run {
    void* object;
    void* context;
    bool operator==(const Run& other) const { return object == other.object && context == other.context; }
  };

  LifecycleFixture() : LifecycleFixture(quiet()) {}
  explicit LifecycleFixture(const mgc_options& options) : HeapFixture(options) { current() = this; }
  ~LifecycleFixture() { current() = nullptr; }

  // Finalizers know their heap only by the mutator that they get. Tests have one heap at a time.
  static LifecycleFixture*& current() {
    static LifecycleFixture* fixture = nullptr;
    return fixture;
  }
  static void record(mgc_mutator* mutator, void* object, void* context) {
    EXPECT_EQ(reinterpret_cast<Mutator*>(mutator), &current()->mutator());
    current()->runs.push_back({object, context});
  }
  Status arm(void* object, void* context = nullptr) { return heap.set_finalizer(object, record, context, 0); }
  uint64_t clean(void* object, void* argument) {
    uint64_t id = 0;
    EXPECT_EQ(heap.add_cleanup(object, record, argument, 0, &id), Status::kOk) << heap.last_error();
    return id;
  }
  static void* number(uintptr_t n) { return reinterpret_cast<void*>(n); }
  // Returns what runs after one more collection.
  std::vector<Run> run_after_collection() {
    collect();
    runs.clear();
    heap.run_finalizers(SIZE_MAX);
    return runs;
  }
  using Runs = std::vector<Run>;
  Runs runs;
};

}  // namespace mallocgc
