// The client's hooks at the start of a cycle (C11), in the order in which they were added. A hook may remove itself and
// others: while hooks run, the place of a removed one only becomes empty.
// Doors: from heap/, which calls them.
#pragma once

#include <cstdint>

namespace mallocgc {

using CycleHook = void (*)(void* context);

class CycleHooks {
 public:
  static constexpr uint32_t kMost = 8;

  bool empty() const { return count_ == 0; }
  // False: there are as many as there may be.
  bool try_add(CycleHook function, void* context) {
    if (count_ == kMost) return false;
    hooks_[count_++] = {function, context};
    return true;
  }
  // False: none was added with these. The place stays, empty, until drop_empty().
  bool try_remove(CycleHook function, void* context) {
    for (uint32_t i = 0; i < count_; ++i) {
      if (function == nullptr || hooks_[i].function != function || hooks_[i].context != context) continue;
      hooks_[i] = {};
      return true;
    }
    return false;
  }
  void run() {
    for (uint32_t i = 0; i < count_; ++i) {
      if (hooks_[i].function != nullptr) hooks_[i].function(hooks_[i].context);
    }
  }
  void drop_empty() {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count_; ++i) {
      if (hooks_[i].function != nullptr) hooks_[kept++] = hooks_[i];
    }
    count_ = kept;
  }

 private:
  struct Entry {
    CycleHook function;
    void* context;
  };
  uint32_t count_ = 0;
  Entry hooks_[kMost] = {};
};

}  // namespace mallocgc
