// The busy word (M13): which slow path the heap is in. A host can run out of stack in the middle of one and unwind past
// it; the next entry then finds the word set and knows that the structures may be half changed. From then on every call
// fails with kCorrupt. A call from inside a callback of the heap finds the word set too, but the heap is whole: that is
// an error of the caller.
#pragma once

#include "base/status.h"
#include "base/text.h"

namespace mallocgc {

class BusyWord {
 public:
  Status enter(const char* activity, ErrorText& error) {
    const Status status = check(error);
    if (status == Status::kOk) activity_ = kHasTexts ? activity : "";
    return status;
  }
  void leave() { activity_ = nullptr; }
  bool is_busy() const { return activity_ != nullptr; }
  // Somebody unwound past a slow path: the structures may be half changed. (Or a callback was left so, which looks like
  // being in one.)
  bool was_interrupted() const { return activity_ != nullptr && !in_callback_; }

  Status check(ErrorText& error) const {
    if (activity_ == nullptr) return Status::kOk;
    if (in_callback_) {
      error.set("re-entered from a callback of the heap, in ").add(activity_);
      return Status::kBadArgument;
    }
    error.set("heap interrupted in ").add(activity_);
    return Status::kCorrupt;
  }

  // Around calls to the client from inside a slow path.
  void callback_begins() { in_callback_ = true; }
  void callback_ends() { in_callback_ = false; }

 private:
  const char* activity_ = nullptr;
  bool in_callback_ = false;
};

}  // namespace mallocgc
