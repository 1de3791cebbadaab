// The C++20 face of the heap: typed objects, roots that follow C++ scopes, pointers with the barrier inside, allocation
// without a call.
//
//   struct Node { mallocgc::Member<Node> left, right; int value; };
//   MALLOCGC_TYPE(Node, left, right);
//
//   mallocgc::Heap heap;
//   mallocgc::Frame frame(heap);
//   mallocgc::Local<Node> n = frame.make<Node>();
//   n->left = frame.make<Node>();
//
// What is reachable from a Local, a Handle, a Root or a range added by hand is alive; all else may be freed by any call
// that may collect: make, make_array, collect, run_finalizers, and where memory is out whatever makes a record: a
// Handle, a Root or a Weak, set_finalizer, add_cleanup. Between such calls a plain T* is as good as a Local.
// Types are trivially destructible. There are no exceptions: what cannot be made is null, and heap.last_error() says
// why. A heap belongs to one thread at a time.
//
// Doors: begin with Heap and Frame. Layouts are in cpp/layout.h, the pointers in cpp/pointers.h and cpp/holders.h, the
// fast path in cpp/allocation.h; mallocgc.h is the C face below, reachable through Heap::c().
#ifndef MALLOCGC_GC_H
#define MALLOCGC_GC_H

#include <mallocgc/cpp/allocation.h>
#include <mallocgc/cpp/holders.h>
#include <mallocgc/cpp/layout.h>
#include <mallocgc/cpp/lifecycle.h>
#include <mallocgc/cpp/pointers.h>
#include <mallocgc/cpp/weak.h>
#include <mallocgc/mallocgc.h>

namespace mallocgc {
inline namespace face {

using Options = mgc_options;

// A heap of its own. If it cannot be made it is null (`if (!heap)`), and nothing else may be done with it.
class Heap : Holder {
 public:
  Heap() : Heap(Options{}) {}
  // Zeroes in the options are defaults.
  explicit Heap(const Options& options) {
    if (mgc_check_abi(MGC_ABI_VERSION) != MGC_OK || mgc_heap_create(&options, &heap_) != MGC_OK) return;
    mutator_ = mgc_main_mutator(heap_);
    mgc_heap_set_data(heap_, static_cast<Holder*>(this));
  }
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;
  // No finalizer runs. Handles, Roots and Weaks of the heap become null; Frames and Locals must be gone.
  ~Heap() {
    release_ring();
    mgc_heap_destroy(heap_);
  }

  explicit operator bool() const { return heap_ != nullptr; }
  mgc_heap* c() const { return heap_; }
  mgc_mutator* mutator() const { return mutator_; }

  // One object, constructed from `args`; null, and MGC_OUT_OF_MEMORY or MGC_SHADOW_STACK, when memory or the room for
  // Locals is exhausted. May collect. The object is rooted while its constructor runs, which may allocate, collect and
  // throw; what the constructor makes it roots itself.
  template <class T, class... Args>
  [[gnu::always_inline]] Fresh<T> make(Args&&... args) {
    mgc_mutator_abi* const mutator = abi_of(mutator_);
    return Fresh<T>(mutator, make_object<T>(types_, mutator, mutator->type_slots, static_cast<Args&&>(args)...));
  }
  // n objects in a row, value-initialised: indexed by Local, Member and Root. Null and MGC_BAD_SIZE for n < 0 or too
  // many. T may be a number, a Member or a type with MALLOCGC_TYPE. May collect.
  template <class T>
  Fresh<T> make_array(std::ptrdiff_t n) {
    return Fresh<T>(abi_of(mutator_), make_elements<T>(types_, abi_of(mutator_), n));
  }

  // A complete cycle (C1).
  mgc_status collect() { return mgc_collect(heap_); }
  // How many ran. May collect, as finalizers may.
  size_t run_finalizers(size_t max = ~size_t{0}) { return mgc_run_finalizers(heap_, max); }

  // Once the object is unreachable, `finalizer`, a captureless lambda or a function, is called with it from
  // run_finalizers (F1-F5). nullptr clears. Collects only where there is no memory for its record otherwise (M12).
  template <class T, Stateless F>
  mgc_status set_finalizer(const Local<T>& object, F finalizer);
  template <class T>
  mgc_status set_finalizer(const Local<T>& object, std::nullptr_t) {
    return mgc_clear_finalizer(heap_, object.get());
  }
  template <class T>
  mgc_status set_finalizer(const Local<T>& object, mgc_finalizer finalizer, void* context) {
    return status_of(heap_, object.get(), [&] { return mgc_set_finalizer(heap_, object.get(), finalizer, context); });
  }

  // Once the object is unreachable, `cleanup` is called from run_finalizers, with `arg` if there is one: an object,
  // which lives until then, or a value of at most a word (F7). Collects only as set_finalizer does.
  template <class T, Stateless F>
  Cleanup add_cleanup(const Local<T>& object, F cleanup);
  template <class T, Captureless F, class A>
  Cleanup add_cleanup(const Local<T>& object, F cleanup, const Local<A>& arg);
  template <class T, Captureless F, class A>
    requires TakesValue<F, A>
  Cleanup add_cleanup(const Local<T>& object, F cleanup, A arg);
  template <class T>
  Cleanup add_cleanup(const Local<T>& object, mgc_finalizer cleanup, void* arg) {
    return Cleanup(heap_,
                   made_by(heap_, object.get(), [&] { return mgc_add_cleanup(heap_, object.get(), cleanup, arg); }));
  }

  int32_t set_gc_percent(int32_t percent) { return mgc_set_gc_percent(heap_, percent); }
  // A full collection, and what is not needed then is given back (mgc_trim); the bytes that came free.
  uint64_t trim() { return mgc_trim(heap_); }
  uint64_t set_memory_limit(uint64_t bytes) { return mgc_set_memory_limit(heap_, bytes); }
  mgc_stats_data stats() const {
    mgc_stats_data data;
    mgc_stats(heap_, &data);
    return data;
  }
  mgc_status verify() { return mgc_verify(heap_); }
  // The last failure; for a null heap, why it could not be made.
  mgc_status last_status() const { return mgc_last_status(heap_); }
  const char* last_error() const { return mgc_last_error(heap_); }

 private:
  friend class Frame;

  mgc_heap* heap_ = nullptr;
  mgc_mutator* mutator_ = nullptr;
  TypesOfHeap types_;
};

// Between its beginning and its end no collection starts, whoever asks for it; allocations may fail instead.
class NoGcScope {
 public:
  explicit NoGcScope(Heap& heap) : heap_(heap.c()) { mgc_forbid_collection(heap_); }
  NoGcScope(const NoGcScope&) = delete;
  NoGcScope& operator=(const NoGcScope&) = delete;
  ~NoGcScope() { mgc_allow_collection(heap_); }

 private:
  mgc_heap* heap_;
};

// Where objects are made. It stands on the mutator's shadow stack and marks a place there: its end ends the frames that
// C code pushed after it and left behind, and mgc_frame_restore to a place below ends the Locals that were made after
// it, for what unwinds past destructors (R2). Locals belong to no Frame: each lives until its own destructor. Frames of
// coroutines may end in any order, as long as no C code in between has frames of its own; then each needs a mutator.
class Frame {
 public:
  explicit Frame(Heap& heap) : Frame(heap, heap.mutator_) {}
  // For a mutator that was attached (mgc_mutator_attach), one for each suspended activation.
  Frame(Heap& heap, mgc_mutator* mutator)
      : heap_(heap), mutator_(abi_of(mutator)), slots_(mutator_->type_slots), scope_(begin_scope(mutator_)) {}
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame() { end_scope(mutator_, scope_); }

  Heap& heap() const { return heap_; }
  mgc_mutator_abi* mutator() const { return mutator_; }

  // As Heap::make and Heap::make_array.
  template <class T, class... Args>
  [[gnu::always_inline]] Fresh<T> make(Args&&... args) {
    return Fresh<T>(mutator_, make_object<T>(heap_.types_, mutator_, slots_, static_cast<Args&&>(args)...));
  }
  template <class T>
  Fresh<T> make_array(std::ptrdiff_t n) {
    return Fresh<T>(mutator_, make_elements<T>(heap_.types_, mutator_, n));
  }
  // As Heap::set_finalizer and Heap::add_cleanup.
  template <class T, class... Rest>
  mgc_status set_finalizer(const Local<T>& object, Rest... rest) {
    return heap_.set_finalizer(object, rest...);
  }
  template <class T, class F, class... Arg>
  Cleanup add_cleanup(const Local<T>& object, F cleanup, const Arg&... arg) {
    return heap_.add_cleanup(object, cleanup, arg...);
  }

 private:
  Heap& heap_;
  mgc_mutator_abi* mutator_;
  mgc_alloc_slot* const* slots_;  // the mutator's type_slots, a load nearer
  void** scope_;                  // null: there was no room on the shadow stack
};

template <class T>
Local<T>::Local(Frame& frame, T* object) : Local(frame.mutator(), object) {}

inline Heap& face_of(mgc_mutator* mutator) {
  return *reinterpret_cast<Heap*>(mgc_heap_data(mgc_mutator_heap(mutator)));
}

template <class T, Stateless F>
mgc_status Heap::set_finalizer(const Local<T>& object, F finalizer) {
  const mgc_finalizer call = [](mgc_mutator* mutator, void* dead, void* context) {
    Frame frame(face_of(mutator), mutator);
    Local<T> local(frame, static_cast<T*>(dead));
    call_with_object(from_context<F>(context), frame, local);
  };
  return status_of(heap_, object.get(),
                   [&] { return mgc_set_finalizer(heap_, object.get(), call, to_context(finalizer)); });
}

template <class T, Stateless F>
Cleanup Heap::add_cleanup(const Local<T>& object, F cleanup) {
  const mgc_finalizer call = [](mgc_mutator* mutator, void*, void* context) {
    Frame frame(face_of(mutator), mutator);
    if constexpr (std::is_invocable_v<F, Frame&>) {
      from_context<F>(context)(frame);
    } else {
      from_context<F>(context)();
    }
  };
  return Cleanup(heap_, made_by(heap_, object.get(),
                                [&] { return mgc_add_cleanup(heap_, object.get(), call, to_context(cleanup)); }));
}

template <class T, Captureless F, class A>
  requires TakesValue<F, A>
Cleanup Heap::add_cleanup(const Local<T>& object, F, A arg) {
  const mgc_finalizer call = [](mgc_mutator* mutator, void*, void* context) {
    Frame frame(face_of(mutator), mutator);
    A value;
    __builtin_memcpy(&value, &context, sizeof value);
    if constexpr (std::is_invocable_v<F, Frame&, A>) {
      F{}(frame, value);
    } else {
      F{}(value);
    }
  };
  void* context = nullptr;
  __builtin_memcpy(&context, &arg, sizeof arg);
  return Cleanup(heap_,
                 made_by(heap_, object.get(), [&] { return mgc_add_cleanup(heap_, object.get(), call, context); }));
}

template <class T, Captureless F, class A>
Cleanup Heap::add_cleanup(const Local<T>& object, F, const Local<A>& arg) {
  const mgc_finalizer call = [](mgc_mutator* mutator, void*, void* kept) {
    Frame frame(face_of(mutator), mutator);
    Local<A> local(frame, static_cast<A*>(kept));
    call_with_object(F{}, frame, local);
  };
  return Cleanup(heap_,
                 made_by(heap_, object.get(), [&] { return mgc_add_cleanup(heap_, object.get(), call, arg.get()); }));
}

}  // namespace face
}  // namespace mallocgc

#endif
