// This offers what gc.h offers to the programs of the bench, over the collector of Boehm, Demers and Weiser, so that
// the same sources are compiled for it: a folder with this file goes before ours in the list of include paths. Every
// pointer is a plain pointer here, since that collector finds them on the stack and in objects by itself; only a Root,
// which may be anywhere, has a cell that it looks at. Of a type's layout only this matters: what is listed with no
// pointers is allocated as such (GC_MALLOC_ATOMIC).
#ifndef MALLOCGC_GC_H
#define MALLOCGC_GC_H

#include <gc/gc.h>
#include <mallocgc/cpp/layout.h>

#include <cstring>
#include <new>
#include <utility>

typedef struct mgc_heap mgc_heap;

namespace mallocgc {
inline namespace face {

class Heap;
class Frame;

// This is Local, Member and Fresh.
template <class T>
class Pointer {
 public:
  using Object = T;

  Pointer() = default;
  Pointer(std::nullptr_t) {}
  Pointer(T* object) : object_(object) {}
  explicit Pointer(Frame&, T* object = nullptr) : object_(object) {}
  template <class U>
  Pointer(Frame&, const Pointer<U>& other) : object_(other.get()) {}
  template <class U>
  Pointer(const Pointer<U>& other) : object_(other.get()) {}

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  T& operator[](size_t i) const { return object_[i]; }
  explicit operator bool() const { return object_ != nullptr; }
  Pointer fresh() const { return *this; }

  template <class U>
  friend bool operator==(const Pointer& a, const Pointer<U>& b) {
    return a.get() == b.get();
  }
  friend bool operator==(const Pointer& a, std::nullptr_t) { return a.object_ == nullptr; }
  friend bool operator==(const Pointer& a, const T* b) { return a.object_ == b; }

 private:
  T* object_ = nullptr;
};

template <class T>
using Local = Pointer<T>;
template <class T>
using Fresh = Pointer<T>;
// Member is a class of its own, because layout.h tells it from others. As a pointer it is the same.
template <class T>
class Member : public Pointer<T> {
 public:
  using Pointer<T>::Pointer;
  Member() = default;
  Member(const Pointer<T>& other) : Pointer<T>(other) {}
  void init(const Pointer<T>& other) { *this = other; }
};

template <class T>
class Root {
 public:
  Root() = default;
  explicit Root(Pointer<T> object) { *this = object; }
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;
  ~Root() { reset(); }
  Root& operator=(Pointer<T> object) {
    if (cell_ == nullptr) cell_ = static_cast<T**>(GC_MALLOC_UNCOLLECTABLE(sizeof(T*)));
    *cell_ = object.get();
    return *this;
  }
  T* get() const { return cell_ == nullptr ? nullptr : *cell_; }
  T* operator->() const { return get(); }
  T& operator*() const { return *get(); }
  T& operator[](size_t i) const { return get()[i]; }
  explicit operator bool() const { return get() != nullptr; }
  friend bool operator==(const Root& root, std::nullptr_t) { return root.get() == nullptr; }
  void reset() {
    if (cell_ != nullptr) GC_FREE(cell_);
    cell_ = nullptr;
  }

 private:
  T** cell_ = nullptr;
};

// It is null once the object was found dead.
template <class T>
class Weak {
 public:
  Weak() = default;
  explicit Weak(Pointer<T> object) {
    hidden_ = static_cast<GC_hidden_pointer*>(GC_MALLOC_ATOMIC(sizeof(GC_hidden_pointer)));
    // The collector sees the cell from an uncollectable one, as this object may be anywhere.
    holder_ = static_cast<void**>(GC_MALLOC_UNCOLLECTABLE(sizeof(void*)));
    *holder_ = hidden_;
    *hidden_ = GC_HIDE_POINTER(object.get());
    GC_general_register_disappearing_link(reinterpret_cast<void**>(hidden_), object.get());
  }
  Weak(Weak&& other) noexcept { *this = std::move(other); }
  Weak& operator=(Weak&& other) noexcept {
    std::swap(hidden_, other.hidden_);
    std::swap(holder_, other.holder_);
    return *this;
  }
  ~Weak() { reset(); }
  T* get() const {
    return hidden_ == nullptr || *hidden_ == 0 ? nullptr : static_cast<T*>(GC_REVEAL_POINTER(*hidden_));
  }
  explicit operator bool() const { return get() != nullptr; }
  void reset() {
    if (hidden_ == nullptr) return;
    GC_unregister_disappearing_link(reinterpret_cast<void**>(hidden_));
    GC_FREE(holder_);
    hidden_ = nullptr;
    holder_ = nullptr;
  }

 private:
  GC_hidden_pointer* hidden_ = nullptr;
  void** holder_ = nullptr;
};

// There are no ephemerons here: an entry keeps its key and its value.
template <class K, class V>
class Ephemeron {
 public:
  void set(K* key, V* value) {
    value_ = value;
    key_ = key;
  }
  template <class H>
  K* key(const H&) const {
    return key_;
  }
  bool is_of(const K* key) const { return key_ == key; }
  V* value_of(const K* key) const { return is_of(key) ? value_ : nullptr; }

 private:
  K* key_ = nullptr;
  V* value_ = nullptr;
};

class Heap {
 public:
  Heap() = default;
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  template <class T, class... Args>
  Pointer<T> make(Args&&... args) {
    void* const place = allocate<T>(sizeof(T));
    return ::new (place) T{static_cast<Args&&>(args)...};
  }
  template <class T>
  Pointer<T> make_array(std::ptrdiff_t n) {
    return static_cast<T*>(allocate<T>(static_cast<size_t>(n) * sizeof(T)));
  }
  void collect() { GC_gcollect(); }

 private:
  template <class T>
  static void* allocate(size_t bytes) {
    if constexpr (has_slots<T>()) {
      return GC_MALLOC(bytes);
    } else {
      void* const place = GC_MALLOC_ATOMIC(bytes);
      std::memset(place, 0, bytes);
      return place;
    }
  }
};

class Frame {
 public:
  explicit Frame(Heap& heap) : heap_(heap) {}
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  Heap& heap() const { return heap_; }
  template <class T, class... Args>
  Pointer<T> make(Args&&... args) {
    return heap_.make<T>(static_cast<Args&&>(args)...);
  }
  template <class T>
  Pointer<T> make_array(std::ptrdiff_t n) {
    return heap_.make_array<T>(n);
  }

 private:
  Heap& heap_;
};

}  // namespace face
}  // namespace mallocgc

#endif
