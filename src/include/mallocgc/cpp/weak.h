// These members do not keep what they point to (weak.h tells when they are cleared).
//
//   struct Entry { gc::Ephemeron<Node, Node> entry; gc::WeakMember<Node> last; };
//   MALLOCGC_TYPE(Entry, entry, last);
//
// A *WeakMember* becomes null when its object has died. An *Ephemeron* keeps its value as long as its key lives; then
// both become null. A weak-keyed table is an array of Ephemerons: make_array<Ephemeron<K, V>>(n).
// They are read with the heap at hand, as a collection that goes on in slices may have found the object dead and not
// have cleared the word yet. So there is no plain read, no `->`, and no copying of one to another: what is read is a
// plain T*, good until the next call that may collect, and can be stored again. A Fresh cannot be assigned: nothing
// else would keep it.
//
// Doors: gc.h.
#ifndef MALLOCGC_CPP_WEAK_H
#define MALLOCGC_CPP_WEAK_H

#include <mallocgc/cpp/pointers.h>
#include <mallocgc/weak.h>

namespace mallocgc {
inline namespace face {

// This is the word of such a member, with the barrier inside.
class WeakWord {
 public:
  constexpr WeakWord() = default;
  WeakWord(const WeakWord&) = delete;
  WeakWord& operator=(const WeakWord&) = delete;

  void set(const volatile void* object) {
    word_ = const_cast<void*>(object);
    if constexpr (kProbeMembers) {
      if (object != nullptr) mgc_member_stored(this, word_);
    }
    mgc_write_barrier(this);
  }
  void* load(mgc_heap* heap) const { return mgc_weak_load(heap, &word_); }
  void* plain() const { return word_; }

 private:
  void* word_ = nullptr;
};

template <class T>
class WeakMember : MemberBase<kProbeMembers> {
 public:
  using Object = T;

  constexpr WeakMember() = default;
  WeakMember(T* object) { word_.set(object); }
  template <class U>
    requires std::convertible_to<U*, T*>
  WeakMember(const Local<U>& local) {
    word_.set(static_cast<T*>(local.get()));
  }
  WeakMember(const WeakMember&) = delete;
  WeakMember& operator=(const WeakMember&) = delete;
  template <class U>
  WeakMember(Fresh<U>&&) = delete;
  template <class U>
  WeakMember& operator=(Fresh<U>&&) = delete;

  WeakMember& operator=(T* object) {
    word_.set(object);
    return *this;
  }
  template <class U>
    requires std::convertible_to<U*, T*>
  WeakMember& operator=(const Local<U>& local) {
    return *this = static_cast<T*>(local.get());
  }

  // Returns the object, or null if it has died. `heap` is the Heap. Never collects.
  template <class H>
  T* get(const H& heap) const {
    return static_cast<T*>(word_.load(heap.c()));
  }
  // Returns whether it is this object, which lives. Costs a comparison.
  bool is(const T* object) const { return word_.plain() == object; }

 private:
  WeakWord word_;
};

template <class K, class V>
class Ephemeron : MemberBase<kProbeMembers> {
 public:
  constexpr Ephemeron() = default;
  Ephemeron(const Ephemeron&) = delete;
  Ephemeron& operator=(const Ephemeron&) = delete;

  // Somebody keeps both until they are stored. Nothing collects in between.
  void set(K* key, V* value) {
    value_.set(value);
    key_.set(key);
  }
  void clear() { set(nullptr, nullptr); }

  // Returns the key, or null if it has died, or there is none. `heap` is the Heap. Never collects.
  template <class H>
  K* key(const H& heap) const {
    return static_cast<K*>(key_.load(heap.c()));
  }
  // Returns the value, or null if the key is null.
  template <class H>
  V* value(const H& heap) const {
    return key(heap) != nullptr ? static_cast<V*>(value_.plain()) : nullptr;
  }
  // Returns whether it has this key, an object that lives; value_of returns the value for it. Both cost a comparison.
  bool is_of(const K* key) const { return key_.plain() == key; }
  V* value_of(const K* key) const { return is_of(key) ? static_cast<V*>(value_.plain()) : nullptr; }

 private:
  WeakWord key_;
  WeakWord value_;
};

}  // namespace face
}  // namespace mallocgc

#endif
