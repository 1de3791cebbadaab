// The pointers of gc.h. A *Fresh* is what an allocation gives: rooted nowhere, it can only initialise a Local or a
// Member, and that at once. A *Local* is a root from its construction to its destruction: what it points to is alive. A
// *Member* is a pointer inside a heap object, with the write barrier in its assignment (C7). A plain T* is good until
// the next call that may collect. A Member elsewhere is no root: in the debug flavour a store to one ends the program.
//
// A Local has a slot of its own, taken from the mutator's list of free ones and put back by its destructor. So it may
// lie and die wherever it likes: automatic variables, parameters by value, temporaries, members of containers, captures
// of lambdas and frames of coroutines are roots alike. It must not outlive its heap or its mutator. A function that
// makes an object returns a Fresh: `return local.fresh();`. (After V8's Local and cppgc's Member; SpiderMonkey's
// RootingAPI.h has the same split.)
//
// inv.local.slot: a Local's slot is its own and not in the list of free ones.
// Doors: gc.h.
#ifndef MALLOCGC_CPP_POINTERS_H
#define MALLOCGC_CPP_POINTERS_H

#include <mallocgc/cpp/runtime.h>
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

// ---- Fresh ----

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

// ---- Local ----

// The list of free slots is empty: the heap makes more, or ends the program with the cause.
[[gnu::noinline, gnu::cold]] inline mgc_local_slot* more_local_slots(mgc_mutator_abi* mutator) {
  mgc_local_slot_for(mutator_of(mutator));
  return mutator->free_local;
}

[[gnu::always_inline]] inline mgc_local_slot* push_local(mgc_mutator_abi* mutator, void* object) {
  mgc_local_slot* slot = mutator->free_local;
  if (slot == nullptr) [[unlikely]]
    slot = more_local_slots(mutator);
  mutator->free_local = static_cast<mgc_local_slot*>(slot->object);
  slot->object = object;
  slot->born = mutator->epoch;
  return slot;
}
[[gnu::always_inline]] inline void pop_local(mgc_mutator_abi* mutator, mgc_local_slot* slot) {
  slot->object = mutator->free_local;
  slot->born = 0;
  mutator->free_local = slot;
}

// Null Locals are checked where the system does not guard address 0, and in the debug flavour, which tells the cause.
inline constexpr bool kChecksNull = sizeof(void*) == 4 || kProbeMembers;

// ---- Scopes: a Frame on the shadow stack (abi.h) ----

inline constexpr std::ptrdiff_t kScopeWords = 1 + MGC_FRAME_SCOPE_SLOTS;

// Pushes a scope; null where the shadow stack is full.
inline void** begin_scope(mgc_mutator_abi* mutator) {
  void** const scope = mutator->shadow_top;
  const uint64_t epoch = ++mutator->epoch;
  if (mutator->shadow_limit - scope < kScopeWords) [[unlikely]]
    return nullptr;
  scope[0] = reinterpret_cast<void*>(MGC_FRAME_SCOPE | MGC_FRAME_SCOPE_SLOTS);
  scope[1] = scope;
  __builtin_memcpy(scope + 2, &epoch, sizeof epoch);
  mutator->shadow_top = scope + kScopeWords;
  return scope;
}
inline void end_scope(mgc_mutator_abi* mutator, void** scope) {
  if (mutator->shadow_top == scope + kScopeWords) [[likely]] {
    mutator->shadow_top = static_cast<void**>(scope[1]);
  } else {
    mgc_scope_end(mutator_of(mutator), scope);
  }
}

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
  ~Local() { pop_local(mutator_, slot_); }

  T* get() const { return static_cast<T*>(slot_->object); }
  // Of a null Local these end the program with the heap's last error: on wasm a store through null would hit a
  // variable.
  T* operator->() const { return checked(); }
  T& operator*() const { return *checked(); }
  T& operator[](size_t i) const { return checked()[i]; }
  explicit operator bool() const { return slot_->object != nullptr; }

  // Assigning reuses the slot; no barrier, since Locals are all scanned.
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

  // Gives the object to be returned from the function whose Local it is.
  Fresh<T> fresh() const { return Fresh<T>(mutator_, get()); }
  mgc_mutator* mutator() const { return mutator_of(mutator_); }

 private:
  template <class U>
  friend class Local;

  static void* to_slot(T* object) { return const_cast<void*>(static_cast<const void*>(object)); }
  T* checked() const {
    T* const object = get();
    if constexpr (kChecksNull) {
      if (object == nullptr) [[unlikely]]
        mgc_null_local(mutator());
    }
    return object;
  }
  Local& set(T* object) {
    slot_->object = to_slot(object);
    return *this;
  }

  mgc_local_slot* slot_;
  mgc_mutator_abi* mutator_;
};

// ---- Member ----

// In the debug flavour construction reports to the probe.
template <bool kProbed>
struct MemberBase {};
template <>
struct MemberBase<true> {
  constexpr MemberBase() {
    if (!std::is_constant_evaluated()) MemberProbe::report(this);
  }
  MemberBase(const MemberBase&) { MemberProbe::report(this); }
  MemberBase& operator=(const MemberBase&) = default;
};

template <class T>
class Member : MemberBase<kProbeMembers> {
 public:
  using Object = T;

  constexpr Member() : object_(nullptr) {}
  constexpr Member(std::nullptr_t) : object_(nullptr) {}
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

  // An initialising store (C9): the first one into a member of an object that was just made, before the next call that
  // may collect. It needs no barrier, and has none. Anywhere else the object that is stored may be lost. A Fresh does
  // not compile, because the call that makes one may collect. Never collects.
  void init(T* object) { store(object); }
  template <class U>
    requires std::convertible_to<U*, T*>
  void init(const Local<U>& local) {
    store(local.get());
  }
  template <class U>
    requires std::convertible_to<U*, T*>
  void init(const Member<U>& other) {
    store(other.get());
  }

 private:
  void store(T* object) {
    object_ = object;
    if constexpr (kProbeMembers) {
      if (object != nullptr) mgc_member_stored(this, object);
    }
  }
  Member& set(T* object) {
    store(object);
    mgc_write_barrier(this);
    return *this;
  }
  T* object_;
};

// ---- Comparing ----

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
