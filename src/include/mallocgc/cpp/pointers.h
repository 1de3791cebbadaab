// The pointers of gc.h. A *Fresh* is what an allocation gives: rooted nowhere, it can only initialise a Local or a
// Member, and that at once. A *Local* is a slot of the shadow stack: what it points to is alive. A *Member* is a
// pointer inside a heap object, with the write barrier in its assignment (C7). A plain T* is good until the next call
// that may collect.
//
// Locals are pushed by construction and popped by destruction, so they must nest: automatic variables, parameters and
// temporaries do. A function that makes an object returns a Fresh: `return local.fresh();`. (After V8's Local and
// cppgc's Member; SpiderMonkey's RootingAPI.h has the same split.)
//
// inv.local.nested: when a Local dies, its slot is the last one in use (checked in the debug flavour). A Local that met
// a full shadow stack is null and stays null: its slot is everybody's null slot, which nothing is ever stored to.
// Doors: gc.h.
#ifndef MALLOCGC_CPP_POINTERS_H
#define MALLOCGC_CPP_POINTERS_H

#include <mallocgc/cpp/type_key.h>

#include <concepts>

namespace mallocgc {
inline namespace face {

class Heap;
class Frame;
template <class T>
class Local;
template <class T>
class Member;

inline mgc_mutator* mutator_of(mgc_mutator_abi* abi) { return reinterpret_cast<mgc_mutator*>(abi); }
inline mgc_mutator_abi* abi_of(mgc_mutator* mutator) { return reinterpret_cast<mgc_mutator_abi*>(mutator); }

// ---- Fresh
// -----------------------------------------------------------------------------------------------------------------

// An object and its mutator, so that a function returns them in registers: two words are, on 64-bit targets; on 32-bit
// ones (WebAssembly's C ABI) a struct of two words goes through memory, and one word of 64 bits does not.
template <size_t kPointerBytes>
class FreshWords {
 public:
  FreshWords(mgc_mutator_abi* mutator, const volatile void* object)
      : object_(const_cast<void*>(object)), mutator_(mutator) {}
  void* object() const { return object_; }
  mgc_mutator_abi* mutator() const { return mutator_; }

 private:
  void* object_;
  mgc_mutator_abi* mutator_;
};
template <>
class FreshWords<4> {
 public:
  FreshWords(mgc_mutator_abi* mutator, const volatile void* object)
      : both_((uint64_t{reinterpret_cast<uintptr_t>(mutator)} << 32) | reinterpret_cast<uintptr_t>(object)) {}
  void* object() const { return reinterpret_cast<void*>(static_cast<uintptr_t>(both_ & 0xffffffffu)); }
  mgc_mutator_abi* mutator() const { return reinterpret_cast<mgc_mutator_abi*>(static_cast<uintptr_t>(both_ >> 32)); }

 private:
  uint64_t both_;
};

template <class T>
class [[nodiscard]] Fresh {
 public:
  Fresh(mgc_mutator_abi* mutator, T* object) : words_(mutator, object) {}
  template <class U>
    requires std::convertible_to<U*, T*>
  Fresh(Fresh<U>&& other) : words_(other.mutator(), static_cast<T*>(other.object())) {}
  Fresh(Fresh&&) = default;
  Fresh(const Fresh&) = delete;
  Fresh& operator=(const Fresh&) = delete;

  explicit operator bool() const { return object() != nullptr; }
  friend bool operator==(const Fresh& fresh, std::nullptr_t) { return fresh.object() == nullptr; }

 private:
  template <class U>
  friend class Fresh;
  template <class U>
  friend class Local;
  template <class U>
  friend class Member;
  template <class U>
  friend class Root;
  template <class U>
  friend class Handle;

  T* object() const { return static_cast<T*>(words_.object()); }
  mgc_mutator_abi* mutator() const { return words_.mutator(); }

  FreshWords<sizeof(void*)> words_;
};

// ---- Local
// -----------------------------------------------------------------------------------------------------------------

inline void* null_slot = nullptr;

// The end of a full shadow stack: the heap says so in its last error.
[[gnu::noinline, gnu::cold]] inline void** shadow_stack_is_full(mgc_mutator_abi* mutator) {
  static_cast<void>(mgc_frame_push(mutator_of(mutator), 1));
  return &null_slot;
}

// A frame of one slot, as mgc_frame_push makes it: the number of slots, then the slot.
inline constexpr std::ptrdiff_t kLocalWords = 2;

[[gnu::always_inline]] inline void** push_local(mgc_mutator_abi* mutator, void* object) {
  void** const frame = mutator->shadow_top;
  if (mutator->shadow_limit - frame < kLocalWords) [[unlikely]]
    return shadow_stack_is_full(mutator);
  frame[0] = reinterpret_cast<void*>(uintptr_t{1});
  frame[1] = object;
  mutator->shadow_top = frame + kLocalWords;
  return frame + 1;
}
inline void pop_local(mgc_mutator_abi* mutator, void** slot) { mutator->shadow_top = slot - 1; }

template <class T>
class Local {
 public:
  using Object = T;

  explicit Local(Frame& frame, T* object = nullptr);
  template <class U>
    requires std::convertible_to<U*, T*>
  Local(Frame& frame, const Member<U>& member) : Local(frame, member.get()) {}
  Local(mgc_mutator_abi* mutator, T* object) : slot_(push_local(mutator, to_slot(object))), mutator_(mutator) {}
  template <class U>
    requires std::convertible_to<U*, T*>
  Local(Fresh<U>&& fresh) : Local(fresh.mutator(), fresh.object()) {}
  template <class U>
    requires std::convertible_to<U*, T*>
  Local(const Local<U>& other) : Local(other.mutator_, other.get()) {}
  Local(const Local& other) : Local(other.mutator_, other.get()) {}
  ~Local() {
    if (slot_ == &null_slot) [[unlikely]]
      return;
    if constexpr (kProbeMembers) check_nesting();
    pop_local(mutator_, slot_);
  }

  T* get() const { return static_cast<T*>(*slot_); }
  T* operator->() const { return get(); }
  T& operator*() const { return *get(); }
  T& operator[](size_t i) const { return get()[i]; }
  explicit operator bool() const { return *slot_ != nullptr; }

  // Assigning reuses the slot; no barrier, since the shadow stack is scanned whole.
  Local& operator=(const Local& other) { return set(other.get()); }
  Local& operator=(T* object) { return set(object); }
  Local& operator=(std::nullptr_t) { return set(nullptr); }
  template <class U>
    requires std::convertible_to<U*, T*>
  Local& operator=(Fresh<U>&& fresh) {
    return set(fresh.object());
  }
  template <class U>
    requires std::convertible_to<U*, T*>
  Local& operator=(const Local<U>& other) {
    return set(other.get());
  }
  template <class U>
    requires std::convertible_to<U*, T*>
  Local& operator=(const Member<U>& member) {
    return set(member.get());
  }

  // To return the object from the function whose Local it is.
  Fresh<T> fresh() const { return Fresh<T>(mutator_, get()); }
  mgc_mutator* mutator() const { return mutator_of(mutator_); }

 private:
  template <class U>
  friend class Local;

  static void* to_slot(T* object) { return const_cast<void*>(static_cast<const void*>(object)); }
  Local& set(T* object) {
    if (slot_ != &null_slot) [[likely]]
      *slot_ = to_slot(object);
    return *this;
  }
  void check_nesting() const {
    if (mutator_->shadow_top != slot_ + 1) {
      mgc_fail(mgc_mutator_heap(mutator()), MGC_SHADOW_STACK, "frame popped out of order: a Local outlived its scope");
    }
  }

  void** slot_;
  mgc_mutator_abi* mutator_;
};

// ---- Member
// ----------------------------------------------------------------------------------------------------------------

// In the debug flavour construction reports to the probe.
template <bool kProbed>
struct MemberBase {};
template <>
struct MemberBase<true> {
  MemberBase() { MemberProbe::report(this); }
  MemberBase(const MemberBase&) { MemberProbe::report(this); }
  MemberBase& operator=(const MemberBase&) = default;
};

template <class T>
class Member : MemberBase<kProbeMembers> {
 public:
  using Object = T;

  Member() : object_(nullptr) {}
  Member(std::nullptr_t) : object_(nullptr) {}
  Member(T* object) { set(object); }
  Member(const Member& other) : MemberBase<kProbeMembers>(other) { set(other.object_); }
  template <class U>
    requires std::convertible_to<U*, T*>
  Member(Fresh<U>&& fresh) {
    set(fresh.object());
  }
  template <class U>
    requires std::convertible_to<U*, T*>
  Member(const Local<U>& local) {
    set(local.get());
  }
  template <class U>
    requires std::convertible_to<U*, T*>
  Member(const Member<U>& other) {
    set(other.get());
  }

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  T& operator[](size_t i) const { return object_[i]; }
  explicit operator bool() const { return object_ != nullptr; }

  Member& operator=(std::nullptr_t) {  // what is not a pointer needs no barrier
    object_ = nullptr;
    return *this;
  }
  Member& operator=(T* object) { return set(object); }
  Member& operator=(const Member& other) { return set(other.object_); }
  template <class U>
    requires std::convertible_to<U*, T*>
  Member& operator=(Fresh<U>&& fresh) {
    return set(fresh.object());
  }
  template <class U>
    requires std::convertible_to<U*, T*>
  Member& operator=(const Local<U>& local) {
    return set(local.get());
  }
  template <class U>
    requires std::convertible_to<U*, T*>
  Member& operator=(const Member<U>& other) {
    return set(other.get());
  }

 private:
  Member& set(T* object) {
    object_ = object;
    mgc_write_barrier(this);
    return *this;
  }
  T* object_;
};

// ---- Comparing
// -------------------------------------------------------------------------------------------------------------

template <class P>
inline constexpr bool kIsPointer = false;
template <class T>
inline constexpr bool kIsPointer<Local<T>> = true;
template <class T>
inline constexpr bool kIsPointer<Member<T>> = true;

template <class P, class Q>
  requires(kIsPointer<P> && kIsPointer<Q>) bool
operator==(const P& p, const Q& q) {
  return p.get() == q.get();
}
template <class P>
  requires kIsPointer<P> bool
operator==(const P& p, std::nullptr_t) {
  return p.get() == nullptr;
}
template <class P, class T>
  requires kIsPointer<P> bool
operator==(const P& p, const T* object) {
  return p.get() == object;
}

// x's object is reachable up to this point (F9).
template <class T>
void keep_alive(const Local<T>& x) {
  mgc_keep_alive(x.get());
}

}  // namespace face
}  // namespace mallocgc

#endif
