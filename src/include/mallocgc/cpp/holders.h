// What keeps objects from outside the heap, in variables of any lifetime: *Handle* (a root of its own, movable), *Root*
// (a root that can be a static or a member of a C++ object, and is bound to a heap by the first object it is given) and
// *Weak* (no root: null once the object is found dead, F8).
//
// Each is linked to its Heap, and when the heap goes first they become null instead of dangling. None of them allocates
// from the C++ free store.
// inv.holder.links: a holder is in its heap's ring if and only if it has a heap.
// Doors: gc.h.
#ifndef MALLOCGC_CPP_HOLDERS_H
#define MALLOCGC_CPP_HOLDERS_H

#include <mallocgc/cpp/again.h>
#include <mallocgc/cpp/pointers.h>

namespace mallocgc {
inline namespace face {

// A place in the ring of a heap's holders. The heap's own place is the ring's head.
class Holder {
 public:
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  // The heap is gone, or about to be: every holder forgets it.
  void release_ring() {
    while (next_ != this) next_->unbind();
  }

 protected:
  Holder() = default;
  ~Holder() { unbind(); }

  mgc_heap* heap() const { return heap_; }
  void bind(mgc_heap* heap) {
    Holder* const head = static_cast<Holder*>(mgc_heap_data(heap));
    if (head == nullptr) return;  // not a heap of gc.h
    heap_ = heap;
    next_ = head->next_;
    previous_ = head;
    next_->previous_ = this;
    head->next_ = this;
  }
  void unbind() {
    next_->previous_ = previous_;
    previous_->next_ = next_;
    next_ = previous_ = this;
    heap_ = nullptr;
  }

 private:
  mgc_heap* heap_ = nullptr;
  Holder* next_ = this;
  Holder* previous_ = this;
};

inline mgc_heap* heap_of(mgc_mutator_abi* mutator) { return mgc_mutator_heap(mutator_of(mutator)); }

// ---- Handle ----

// Null for a null object, and when no handle can be made (the heap's last error says why).
template <class T>
class Handle : Holder {
 public:
  using Object = T;

  Handle() = default;
  explicit Handle(const Local<T>& object) { hold(mgc_mutator_heap(object.mutator()), object.get()); }
  explicit Handle(Fresh<T>&& object) { hold(heap_of(object.mutator()), object.object()); }
  Handle(Handle&& other) { take(other); }
  Handle& operator=(Handle&& other) {
    if (this == &other) return *this;
    reset();
    take(other);
    return *this;
  }
  ~Handle() { reset(); }

  T* get() const { return heap() != nullptr ? object_ : nullptr; }
  T* operator->() const { return get(); }
  T& operator*() const { return *get(); }
  explicit operator bool() const { return get() != nullptr; }
  // The number that the C face knows it by, 0 for a null handle.
  mgc_handle id() const { return heap() != nullptr ? id_ : 0; }

  void reset() {
    if (heap() == nullptr) return;
    static_cast<void>(mgc_handle_free(heap(), id_));
    unbind();
  }

 private:
  void hold(mgc_heap* heap, T* object) {
    if (object == nullptr) return;
    id_ = made_by(heap, object, [&] { return mgc_handle_new(heap, const_cast<std::remove_const_t<T>*>(object)); });
    if (id_ == 0) return;
    object_ = object;
    bind(heap);
  }
  void take(Handle& other) {
    if (other.heap() == nullptr) return;
    id_ = other.id_;
    object_ = other.object_;
    bind(other.heap());
    other.unbind();
  }

  mgc_handle id_ = 0;
  T* object_ = nullptr;
};

// ---- Root ----

// Assigning null keeps the binding; reset() ends it, and the next object may be of another heap.
template <class T>
class Root : Holder {
 public:
  using Object = T;

  Root() = default;
  explicit Root(const Local<T>& object) { *this = object; }
  explicit Root(Fresh<T>&& object) { *this = static_cast<Fresh<T>&&>(object); }
  ~Root() { reset(); }

  Root& operator=(const Local<T>& object) { return set(mgc_mutator_heap(object.mutator()), object.get()); }
  Root& operator=(Fresh<T>&& fresh) { return set(heap_of(fresh.mutator()), fresh.object()); }
  Root& operator=(std::nullptr_t) {
    object_ = nullptr;
    return *this;
  }

  T* get() const { return heap() != nullptr ? object_ : nullptr; }
  T* operator->() const { return get(); }
  T& operator*() const { return *get(); }
  T& operator[](size_t i) const { return get()[i]; }
  explicit operator bool() const { return get() != nullptr; }

  void reset() {
    object_ = nullptr;
    if (heap() == nullptr) return;
    static_cast<void>(mgc_remove_roots(heap(), &object_));
    unbind();
  }

 private:
  Root& set(mgc_heap* heap_of_object, T* object) {
    if (object == nullptr) return *this = nullptr;
    if (heap() != heap_of_object) {
      reset();
      const auto add = [&] { return mgc_add_roots(heap_of_object, &object_, sizeof object_, nullptr); };
      if (status_of(heap_of_object, object, add) != MGC_OK) return *this;
      bind(heap_of_object);
    }
    object_ = object;
    return *this;
  }

  T* object_ = nullptr;
};

// ---- Weak ----

template <class T>
class Weak : Holder {
 public:
  using Object = T;

  Weak() = default;
  explicit Weak(const Local<T>& object) {
    mgc_heap* const heap = mgc_mutator_heap(object.mutator());
    if (object.get() == nullptr) return;
    id_ = made_by(heap, object.get(), [&] { return mgc_weak_new(heap, object.get()); });
    if (id_ != 0) bind(heap);
  }
  Weak(Weak&& other) { take(other); }
  Weak& operator=(Weak&& other) {
    if (this == &other) return *this;
    reset();
    take(other);
    return *this;
  }
  ~Weak() { reset(); }

  // Null once the object was found unreachable. The pointer is good until the next call that may collect: put it into a
  // Local.
  T* get() const { return heap() != nullptr ? static_cast<T*>(mgc_weak_get(heap(), id_)) : nullptr; }
  explicit operator bool() const { return get() != nullptr; }
  // Equal for equal targets, also after these are dead; two null ones are equal.
  friend bool operator==(const Weak& a, const Weak& b) {
    return a.heap() == b.heap() && (a.heap() == nullptr || a.id_ == b.id_);
  }

  void reset() {
    if (heap() == nullptr) return;
    static_cast<void>(mgc_weak_free(heap(), id_));
    unbind();
  }

 private:
  void take(Weak& other) {
    if (other.heap() == nullptr) return;
    id_ = other.id_;
    bind(other.heap());
    other.unbind();
  }
  mgc_weak id_ = 0;
};

template <class T>
inline constexpr bool kIsPointer<Handle<T>> = true;
template <class T>
inline constexpr bool kIsPointer<Root<T>> = true;

}  // namespace face
}  // namespace mallocgc

#endif
