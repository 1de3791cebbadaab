// This is the reference of the small scope (see scope.h).
#include "small_scope/scope.h"

namespace mallocgc::scope {

uint32_t State::queue_length() const {
  uint32_t count = 0;
  for (uint32_t i = 0; i < kObjects; ++i) count += queued(i) ? 1 : 0;
  return count;
}

uint8_t State::closure(uint8_t set) const {
  for (uint32_t round = 0; round < kObjects; ++round) {
    for (uint32_t i = 0; i < kObjects; ++i) {
      if (has(set, i) && next_[i] != kNone) set = with(set, next_[i]);
    }
  }
  return set;
}

bool State::legal(const Step& step) const {
  const uint32_t i = step.i;
  switch (step.op) {
    case Op::kAlloc:
      return !allocated(i);
    case Op::kUnroot:
      return rooted(i);
    case Op::kRoot:
      return !rooted(i) && (reachable(i) || has(weak_alive_, i));
    case Op::kStore:
      return reachable(i) && reachable(step.j) && next_[i] != step.j;
    case Op::kClear:
      return reachable(i) && next_[i] != kNone;
    case Op::kArm:
      return reachable(i) && !armed(i);
    case Op::kWeak:
      return reachable(i) && !has(weak_made_, i);
    case Op::kCollect:
      return allocated_ != 0;
    case Op::kDrain:
    case Op::kRescue:
      return queued_ != 0;
  }
  return false;
}

void State::collect() {
  uint8_t roots = static_cast<uint8_t>(rooted_ | queued_);
  for (uint32_t i = 0; i < kObjects; ++i) {
    // F2: what an armed object points to lives. F3: an exception is the object itself.
    if (armed(i) && next_[i] != kNone && next_[i] != i) roots = with(roots, next_[i]);
  }
  const uint8_t marked = closure(roots);
  for (uint32_t i = 0; i < kObjects; ++i) {
    if (!allocated(i) || has(marked, i)) continue;
    weak_alive_ = without(weak_alive_, i);
    if (armed(i)) {
      armed_ = without(armed_, i);
      queued_ = with(queued_, i);
    } else {
      allocated_ = without(allocated_, i);
      next_[i] = kNone;
    }
  }
}

void State::run_queue(bool rescue) {
  for (uint32_t i = 0; i < kObjects; ++i) {
    if (!queued(i)) continue;
    ++runs_[i];
    if (rescue) rooted_ = with(rooted_, i);
  }
  queued_ = 0;
}

void State::apply(const Step& step) {
  const uint32_t i = step.i;
  switch (step.op) {
    case Op::kAlloc:
      allocated_ = with(allocated_, i);
      rooted_ = with(rooted_, i);
      weak_made_ = without(weak_made_, i);
      runs_[i] = 0;
      break;
    case Op::kUnroot:
      rooted_ = without(rooted_, i);
      break;
    case Op::kRoot:
      rooted_ = with(rooted_, i);
      break;
    case Op::kStore:
      next_[i] = step.j;
      break;
    case Op::kClear:
      next_[i] = kNone;
      break;
    case Op::kArm:
      armed_ = with(armed_, i);
      break;
    case Op::kWeak:
      weak_made_ = with(weak_made_, i);
      weak_alive_ = with(weak_alive_, i);
      break;
    case Op::kCollect:
      collect();
      break;
    case Op::kDrain:
      run_queue(false);
      break;
    case Op::kRescue:
      run_queue(true);
      break;
  }
}

}  // namespace mallocgc::scope
