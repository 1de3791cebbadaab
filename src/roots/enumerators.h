// Enumerators: functions of the client that say, each time the roots are read, what is live on stacks and in tables of
// its own (R6). They run in every marking to the end, in rounds of a cycle in slices and again in its final step, in
// minor cycles, and for checks and questions.
// Doors: from heap/ (add, remove), roots/root_set.h (visit); on to types/visitor.h.
#pragma once

#include "types/visitor.h"

namespace mallocgc {

class Enumerators {
 public:
  static constexpr uint32_t kMost = 16;

  constexpr explicit Enumerators(Visitor& visitor) : visitor_(&visitor) {}
  bool empty() const { return count_ == 0; }
  // False: there are as many as there may be.
  bool try_add(Enumerator function, void* context) {
    for (uint32_t i = 0; i <= count_ && i < kMost; ++i) {
      if (i < count_ && entries_[i].function != nullptr) continue;
      entries_[i] = {function, context};
      if (i == count_) ++count_;
      return true;
    }
    return false;
  }
  // False: none was added with these.
  bool try_remove(Enumerator function, void* context) {
    for (uint32_t i = 0; i < count_; ++i) {
      if (function == nullptr || entries_[i].function != function || entries_[i].context != context) continue;
      entries_[i] = {};
      while (count_ != 0 && entries_[count_ - 1].function == nullptr) --count_;
      return true;
    }
    return false;
  }
  // f(Address of the slot or null, Address value, Certainty) for what they report.
  template <class F>
  void visit(F& f) const {
    if (count_ == 0) return;
    visitor_->forget_reported();
    for (uint32_t i = 0; i < count_; ++i) {
      if (entries_[i].function != nullptr) visitor_->enumerate(entries_[i].function, entries_[i].context, f);
    }
  }
  // Bytes of what they reported the last time, for the pacer (C6).
  uint64_t bytes() const { return count_ == 0 ? 0 : visitor_->reported() * kWordBytes; }

 private:
  struct Entry {
    Enumerator function;
    void* context;
  };
  Visitor* visitor_;
  uint32_t count_ = 0;
  Entry entries_[kMost] = {};
};

}  // namespace mallocgc
