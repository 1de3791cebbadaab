// The busy word (M13): it names what the heap is doing to its structures, and is null while it does nothing.
//
// A host can run out of stack in the middle of such an activity, and unwind past it. The next call then finds the word
// set. The structures may be half changed, so this call and all later ones fail with kCorrupt. A call from inside a
// callback of the heap finds the word set too. The heap is whole then, so only this call is refused, as an error of the
// caller.
//
// A callback can be left by unwinding too (client_call.h). Hooks and the pressure callback are called where everything
// is whole, so the heap goes on. A listener may hear of an event in the middle of a change, so the heap counts as
// interrupted.
// Doors: heap/ enters and leaves it.
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
  // Whether somebody unwound past an activity, so that the structures may be half changed.
  bool was_interrupted() {
    notice_unwinding();
    return activity_ != nullptr && callback_ == CallbackPlace::kNone;
  }

  Status check(ErrorText& error) { return activity_ == nullptr ? Status::kOk : refuse(error); }

  // Calls the client from inside an activity. `place` decides what follows if the call does not return.
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
  // The client says that it has left whatever was under way, by putting the top of the shadow stack back (R2).
  void unwound() {
    if (activity_ != nullptr && callback_ != CallbackPlace::kNone) leave_callback();
  }

  // The scope of a change that a callback may make too. Its end puts both words back.
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
    if (was_left_) error.add(": a callback did not return");
    return Status::kCorrupt;
  }

  const char* activity_ = nullptr;
  CallbackPlace callback_ = CallbackPlace::kNone;
  bool was_left_ = false;  // a listener did not return
  CallMark mark_;          // the stack frame that called the callback
};

}  // namespace mallocgc
