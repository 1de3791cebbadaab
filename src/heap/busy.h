// The busy word (M13): what the heap is doing to its structures. A host can run out of stack in the middle of it and
// unwind past it; the next entry then finds the word set and knows that the structures may be half changed. From then
// on every call fails with kCorrupt. A call from inside a callback of the heap finds the word set too, but the heap is
// whole: that is an error of the caller.
//
// A callback that was left by unwinding (client_call.h) leaves a heap that goes on, if it was called where everything
// was whole: hooks and the pressure callback are. A listener may hear of an event in the middle of a change, so after
// it the heap was interrupted.
#pragma once

#include "base/client_call.h"
#include "base/status.h"
#include "base/text.h"

namespace mallocgc {

enum class CallbackPlace : uint8_t { kNone, kWhole, kInside };

class BusyWord {
 public:
  Status enter(const char* activity, ErrorText& error) {
    const Status status = check(error);
    if (status == Status::kOk) activity_ = kHasTexts ? activity : "";
    return status;
  }
  void leave() { activity_ = nullptr; }
  bool is_busy() const { return activity_ != nullptr; }
  // Somebody unwound past an activity: the structures may be half changed.
  bool was_interrupted() {
    notice_unwinding();
    return activity_ != nullptr && callback_ == CallbackPlace::kNone;
  }

  Status check(ErrorText& error) { return activity_ == nullptr ? Status::kOk : refuse(error); }

  // Calls the client from inside an activity. `unwound` is what to say if it does not return.
  template <class F>
  void call(CallbackPlace place, F&& function) {
    if constexpr (!kHasEvents) return;
    const CallbackPlace outer = callback_;
    const CallMark outer_mark = mark_;
    callback_ = place;
    mark_.call(function);
    callback_ = outer;
    mark_ = outer_mark;
  }
  // The client says that it left whatever was under way: it puts the top of the shadow stack back (R2).
  void unwound() {
    if (activity_ != nullptr && callback_ != CallbackPlace::kNone) leave_callback();
  }

  // A change that a callback may make too. Both words are as before afterwards.
  class Work {
   public:
    Work(BusyWord& word, const char* activity) : word_(word), activity_(word.activity_), callback_(word.callback_) {
      word.activity_ = kHasTexts ? activity : "";
      word.callback_ = CallbackPlace::kNone;
    }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    ~Work() {
      word_.activity_ = activity_;
      word_.callback_ = callback_;
    }

   private:
    BusyWord& word_;
    const char* activity_;
    CallbackPlace callback_;
  };

 private:
  MGC_NOINLINE void notice_unwinding() {
    if (activity_ != nullptr && callback_ != CallbackPlace::kNone && mark_.is_gone()) leave_callback();
  }
  void leave_callback() {
    if (callback_ == CallbackPlace::kWhole) activity_ = nullptr;
    was_left_ = callback_ == CallbackPlace::kInside;
    callback_ = CallbackPlace::kNone;
  }
  MGC_NOINLINE Status refuse(ErrorText& error) {
    notice_unwinding();
    if (activity_ == nullptr) return Status::kOk;
    if (callback_ != CallbackPlace::kNone) {
      error.set("re-entered from a callback of the heap, in ").add(activity_);
      return Status::kBadArgument;
    }
    error.set("heap interrupted in ").add(activity_);
    if (was_left_) error.add(": a listener did not return");
    return Status::kCorrupt;
  }

  const char* activity_ = nullptr;
  CallbackPlace callback_ = CallbackPlace::kNone;
  bool was_left_ = false;  // by a listener
  CallMark mark_;          // of the callback
};

}  // namespace mallocgc
