// Whoever runs a workload sees this, whichever allocator is under it: a workload is prepared, then stepped in batches
// until it is done, then asked for its checksum. Only the steps are timed. A step is about 1000 operations or 16k
// nodes, because an engine of WebAssembly cannot replace the code of a function while it runs; preparation calls
// functions of that size for the same reason.
#pragma once

#include <cstdint>

namespace bench {

class Workload {
 public:
  virtual ~Workload() = default;
  virtual void prepare() {}
  // Runs one batch. Returns false when there are no more.
  virtual bool step() = 0;
  // The checksum is exact, and the same for every peer.
  virtual double checksum() = 0;
  // Returns the operations in all steps, for nanoseconds per operation.
  virtual double operations() const = 0;
};

struct Sizes {
  uint32_t a = 0;
  uint32_t b = 0;
};

constexpr uint32_t kBatch = 1000;
constexpr uint32_t kNodesOfAStep = 16384;

// This is xorshift32 (Marsaglia, "Xorshift RNGs", 2003) with the shifts and the seed that every peer uses.
class Random {
 public:
  uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }
  // Returns a number from 0 to n - 1, near enough to even.
  uint32_t below(uint32_t n) { return static_cast<uint32_t>((uint64_t{next()} * n) >> 32); }

 private:
  uint32_t state_ = 2463534242u;
};

}  // namespace bench
