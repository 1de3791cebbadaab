// The small scope has three objects with one pointer each, and the operations that can happen to them. `State` is the
// reference: what the semantics say after each operation, in a few bits, with no code in common with the heap or with
// the model test's reference.
#pragma once

#include <cstdint>

namespace mallocgc::scope {

inline constexpr uint32_t kObjects = 3;
inline constexpr uint8_t kNone = kObjects;  // no object: a null pointer

enum class Op : uint8_t {
  kAlloc,    // object i, into its root
  kUnroot,   // root i is cleared
  kRoot,     // root i is set again, from a pointer or a weak handle
  kStore,    // i's pointer := j, which may be i
  kClear,    // i's pointer := null
  kArm,      // a finalizer on i (F1)
  kWeak,     // a weak handle on i (F8)
  kCollect,  // a cycle
  kDrain,    // all that is ready runs
  kRescue,   // the same, and the finalizers store their objects into their roots
};

struct Step {
  Op op;
  uint8_t i = kNone;
  uint8_t j = kNone;
};

// Storing and clearing touch memory only. Between two calls of the heap their order does not matter, only what they
// leave behind.
constexpr bool is_heap_call(Op op) {
  return op == Op::kAlloc || op == Op::kArm || op == Op::kWeak || op == Op::kCollect || op == Op::kDrain ||
         op == Op::kRescue;
}

class State {
 public:
  bool legal(const Step& step) const;
  void apply(const Step& step);

  bool allocated(uint32_t i) const { return has(allocated_, i); }
  bool rooted(uint32_t i) const { return has(rooted_, i); }
  bool queued(uint32_t i) const { return has(queued_, i); }
  bool armed(uint32_t i) const { return has(armed_, i); }
  bool weak_made(uint32_t i) const { return has(weak_made_, i); }
  bool weak_reads(uint32_t i) const { return has(weak_alive_, i); }
  uint8_t next(uint32_t i) const { return next_[i]; }
  uint32_t runs(uint32_t i) const { return runs_[i]; }
  uint32_t queue_length() const;
  // Returns what is in memory. Programs that differ only in the order of stores give the same.
  uint32_t memory() const { return uint32_t{rooted_} | next_[0] << 3 | next_[1] << 5 | next_[2] << 7; }

 private:
  static bool has(uint8_t set, uint32_t i) { return (set >> i & 1) != 0; }
  static uint8_t with(uint8_t set, uint32_t i) { return static_cast<uint8_t>(set | 1u << i); }
  static uint8_t without(uint8_t set, uint32_t i) { return static_cast<uint8_t>(set & ~(1u << i)); }
  uint8_t closure(uint8_t set) const;
  bool reachable(uint32_t i) const { return has(closure(rooted_), i); }
  void collect();
  void run_queue(bool rescue);

  uint8_t allocated_ = 0;
  uint8_t rooted_ = 0;
  uint8_t armed_ = 0;
  uint8_t queued_ = 0;
  uint8_t weak_made_ = 0;   // the client holds a weak handle
  uint8_t weak_alive_ = 0;  // it reads as the object
  uint8_t next_[kObjects] = {kNone, kNone, kNone};
  uint8_t runs_[kObjects] = {};
};

}  // namespace mallocgc::scope
