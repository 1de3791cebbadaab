// This subject runs the small scope's programs on a real heap in one of its modes, with the collector at work between
// any two steps, and checks what it must find there (see modes_test.cc).
#pragma once

#include <mallocgc/mallocgc.h>

#include <string>

#include "heap/heap.h"
#include "platform/fake.h"
#include "small_scope/entries.h"
#include "small_scope/scope.h"

namespace mallocgc::scope {

inline constexpr uint32_t kMost = 4;  // steps of a program, at most

// This is what may stand between two steps of a program: nothing; one, five or nine of the smallest slices, or a number
// of them that differs from place to place; a minor cycle; and a whole one, or what is left of it.
enum class Between : uint8_t { kNothing, kSlice, kFewSlices, kManySlices, kSomeSlices, kMinor, kRest };
inline constexpr uint32_t kMostSlices = 9;

// This is what the collector did at one place. Two choices that come to the same need only one program. For slices it
// is their number.
using Did = uint32_t;
inline constexpr Did kDidMinor = kMostSlices + 1;
inline constexpr Did kDidAll = kMostSlices + 2;

// A schedule has one place before each step, and one behind the last.
struct Schedule {
  bool old = false;  // a whole cycle has run when the program begins
  Between at[kMost + 1] = {};
};

struct ModeProgram {
  Step steps[kMost];
  uint32_t length = 0;
  uint32_t named = 0;
  uint32_t number = 0;  // among all programs; the numbers of slices follow from it
  State state;
};

// This is a heap in one mode, with what it must hold. Objects of several sizes lie on cards of their own, if
// `own_cards` says so.
class ModeSubject {
 public:
  ModeSubject(uint32_t mode, bool own_cards);
  ~ModeSubject() { heap_.destroy(); }
  ModeSubject(const ModeSubject&) = delete;
  ModeSubject& operator=(const ModeSubject&) = delete;

  void run(const ModeProgram& program, const Schedule& schedule);
  // What the collector did in the last run, by place.
  const Did (&did() const)[kMost + 1] { return did_; }
  const std::string& failure() const { return failure_; }

 private:
  struct Object {
    Object* next;
    uintptr_t number;
  };
  static void on_finalizer(mgc_mutator* mutator, void* object, void* context);
  void fail(const char* what);
  void check(bool condition, const char* what) {
    if (!condition) fail(what);
  }
  void check(const char* problem) {
    if (problem != nullptr) fail(problem);
  }
  void allocate(uint32_t i);
  Did collect(Between what);
  Did slices(uint32_t count);
  void apply(const Step& step);
  bool reaches(uint32_t i) const;
  void look();
  void look_at_next(uint32_t i);
  void finish();

  // Memory is not given back to the system between programs: that would take most of the time.
  platform::FakeSource source_{platform::FakeSource::Options{.keep_pages = true}};
  Heap heap_;
  bool has_slices_;
  bool has_minors_;
  uint32_t some_ = 0;  // the next number of slices is made of it
  Did did_[kMost + 1] = {};
  Type* types_[kObjects] = {};
  void** roots_ = nullptr;
  Object* objects_[kObjects] = {};
  uint8_t next_[kObjects] = {kNone, kNone, kNone};
  bool rooted_[kObjects] = {};
  uint32_t armed_[kObjects] = {};
  uint32_t runs_[kObjects] = {};
  uint64_t weak_[kObjects] = {};
  Entries entries_;
  std::string failure_;
};

}  // namespace mallocgc::scope
