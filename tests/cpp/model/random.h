// The generator of random numbers behind the model test: SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom
// number generators", 2014). One seed gives one run on every machine, so that a failure is repeated by its seed alone.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mallocgc::model {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    state_ += 0x9e3779b97f4a7c15u;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // Returns a number from 0 to n - 1; n is above 0.
  uint32_t below(size_t n) { return static_cast<uint32_t>((next() >> 32) % n); }
  uint32_t between(uint32_t low, uint32_t high) { return low + below(high - low + 1); }
  bool one_in(uint32_t n) { return below(n) == 0; }

 private:
  uint64_t state_;
};

}  // namespace mallocgc::model
