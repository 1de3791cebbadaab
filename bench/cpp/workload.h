// What a workload is to the two programs that run it (native.cc and wasm.cc): something that is prepared, then stepped in batches
// until it is done, then asked for its checksum. Only the steps are timed. A step is about 1000 operations or 16k nodes, because an
// engine of WebAssembly cannot replace the code of a function while it runs; preparation calls functions of that size for
// the same reason. All are listed in table.cc; sizes, checksums and marks are in bench/workloads.mjs.
#pragma once

#include <mallocgc/gc.h>

#include <cstdint>

namespace bench {

namespace gc = mallocgc;

class Workload {
 public:
  virtual ~Workload() = default;
  virtual void prepare() {}
  // One batch; false when there are no more.
  virtual bool step() = 0;
  // Exact, and the same for every peer.
  virtual double checksum() = 0;
  // What nanoseconds per operation are counted by: operations in all steps.
  virtual double operations() const = 0;
};

struct Sizes {
  uint32_t a = 0;
  uint32_t b = 0;
};

struct Entry {
  const char* name;
  Workload* (*make)(gc::Heap& heap, Sizes sizes);
  uint32_t max_megabytes;  // the heap's limit
};

const Entry* find_workload(const char* name);

template <class T>
Workload* make_workload(gc::Heap& heap, Sizes sizes) {
  return new T(heap, sizes);
}

Workload* make_trees(gc::Heap& heap, Sizes sizes);          // a: depth
Workload* make_gcbench(gc::Heap& heap, Sizes sizes);        // none
Workload* make_churn(gc::Heap& heap, Sizes sizes);          // a: 2^a nodes, b: operations
Workload* make_strings(gc::Heap& heap, Sizes sizes);        // a: strings
Workload* make_drop(gc::Heap& heap, Sizes sizes);           // a: 16, 32 or 64 bytes, b: objects
Workload* make_mark(gc::Heap& heap, Sizes sizes);           // a: nodes
Workload* make_list(gc::Heap& heap, Sizes sizes);           // a: nodes
Workload* make_steady(gc::Heap& heap, Sizes sizes);         // a: live nodes, b: allocations
Workload* make_scale(gc::Heap& heap, Sizes sizes);          // a: live megabytes
Workload* make_fragmentation(gc::Heap& heap, Sizes sizes);  // a: objects
Workload* make_handles(gc::Heap& heap, Sizes sizes);        // a: handles
Workload* make_finalizers(gc::Heap& heap, Sizes sizes);     // a: finalizers

// xorshift32 (Marsaglia, "Xorshift RNGs", 2003) with the shifts and the seed that every peer uses.
class Random {
 public:
  uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }
  // 0 … n-1, near enough to even.
  uint32_t below(uint32_t n) { return static_cast<uint32_t>((uint64_t{next()} * n) >> 32); }

 private:
  uint32_t state_ = 2463534242u;
};

}  // namespace bench
