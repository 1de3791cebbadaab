// The subject of the small scope does the same steps to a real heap, and compares after each. One subject runs many
// programs. `finish` brings it back to an empty heap, so that what one program leaves behind (recycled spans, records,
// marks) is there for the next.
#pragma once

#include <string>

#include "heap/heap.h"
#include "small_scope/entries.h"
#include "small_scope/scope.h"

namespace mallocgc::scope {

// A variant says how the heap is set up. A step means the same to the semantics in all of them.
struct Variant {
  bool own_types = false;  // each object has a type, hence a span, of its own; else all are in one span
  bool lazy = false;       // cycles leave their sweep to whoever asks next
  bool backwards = false;  // object 0 has the highest address
};

class Subject {
 public:
  explicit Subject(platform::MemorySource& source);
  ~Subject();
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  void begin(const Variant& variant) {
    variant_ = variant;
    check(entries_.begin(&roots_[kObjects]));
  }
  void apply(const Step& step, const State& after);
  void compare_after(const Step& step, const State& state);
  // Lets everything go, and runs all finalizers. The heap must be empty then.
  void finish(State& state);
  void verify();

  const std::string& failure() const { return failure_; }

 private:
  struct Object {  // An object has one pointer, and a number that must survive.
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
  void compare(const State& state);
  void compare_object(uint32_t i, const State& state);
  void collect();
  void drain(bool rescue);

  alignas(Heap) unsigned char storage_[sizeof(Heap)];
  Heap* heap_;
  Type* types_[kObjects + 1] = {};
  void** roots_ = nullptr;
  Object* objects_[kObjects] = {};  // addresses, also of dead ones: not roots
  uint64_t weak_[kObjects] = {};
  uint32_t runs_[kObjects] = {};
  uintptr_t serial_ = 0;
  uintptr_t numbers_[kObjects] = {};
  bool rescue_ = false;
  Variant variant_;
  Entries entries_;
  std::string failure_;
};

}  // namespace mallocgc::scope
