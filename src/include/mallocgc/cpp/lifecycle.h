// Finalizers and cleanups written in C++. A captureless lambda costs nothing but its type: the function that the heap
// calls is made from it, so no closure is stored anywhere and nothing can keep the object alive by mistake (F10).
//
// A plain function will do as well: its address is the context then. Either may take the object as (Frame&, Local<T>&),
// (Frame&, T*), (Local<T>&), (T*) or (T&), or nothing.
// Doors: Heap::set_finalizer and Heap::add_cleanup in gc.h.
#ifndef MALLOCGC_CPP_LIFECYCLE_H
#define MALLOCGC_CPP_LIFECYCLE_H

#include <mallocgc/cpp/pointers.h>

namespace mallocgc {
inline namespace face {

template <class F>
concept Captureless = std::is_class_v<F> && std::is_empty_v<F> && std::is_default_constructible_v<F>;

template <class F>
concept PlainFunction = std::is_pointer_v<F> && std::is_function_v<std::remove_pointer_t<F>>;
template <class F>
concept Stateless = Captureless<F> || PlainFunction<F>;

// A cleanup's argument that is no object, but fits where an object's address would lie.
template <class F, class A>
concept TakesValue = std::is_trivially_copyable_v<A> && std::is_default_constructible_v<A> &&
                     sizeof(A) <= sizeof(void*) && (std::is_invocable_v<F, A> || std::is_invocable_v<F, Frame&, A>);

template <Stateless F>
void* to_context([[maybe_unused]] F function) {
  if constexpr (PlainFunction<F>) {
    return reinterpret_cast<void*>(function);
  } else {
    return nullptr;
  }
}
template <Stateless F>
F from_context([[maybe_unused]] void* context) {
  if constexpr (PlainFunction<F>) {
    return reinterpret_cast<F>(context);
  } else {
    return F{};
  }
}

template <class F, class T>
void call_with_object(F function, Frame& frame, Local<T>& object) {
  if constexpr (std::is_invocable_v<F, Frame&, Local<T>&>) {
    function(frame, object);
  } else if constexpr (std::is_invocable_v<F, Frame&, T*>) {
    function(frame, object.get());
  } else if constexpr (std::is_invocable_v<F, Local<T>&>) {
    function(object);
  } else if constexpr (std::is_invocable_v<F, T*>) {
    function(object.get());
  } else if constexpr (std::is_invocable_v<F, T&>) {
    function(*object);
  } else {
    static_assert(std::is_invocable_v<F>,
                  "a finalizer takes (Frame&, Local<T>&), (Frame&, T*), (Local<T>&), (T*), (T&) or nothing");
    function();
  }
}

// A registered cleanup (F7). stop() takes it back; twice, or after it has run, is harmless. It must not outlive its
// heap.
class Cleanup {
 public:
  Cleanup() = default;
  Cleanup(mgc_heap* heap, mgc_cleanup id) : heap_(heap), id_(id) {}
  void stop() {
    if (id_ != 0) static_cast<void>(mgc_stop_cleanup(heap_, id_));
    id_ = 0;
  }
  explicit operator bool() const { return id_ != 0; }
  mgc_cleanup id() const { return id_; }

 private:
  mgc_heap* heap_ = nullptr;
  mgc_cleanup id_ = 0;
};

}  // namespace face
}  // namespace mallocgc

#endif
