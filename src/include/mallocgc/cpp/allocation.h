// Allocation from C++: the inline fast path, which bumps a cursor of the mutator, and the way around it.
//
// The fast way reads the type's slot (abi.h): two loads, an addition, a comparison and a store. The slow way defines
// the type for this heap (types are interned, so the second time it is a lookup), lets the heap allocate, and notes the
// heap's slot for the next time. Memory of types with pointers is zero when it is bumped; memory of others is zeroed by
// the constructor's value-initialisation.
//
// inv.bump: slot bytes == what mgc_roundup gives for sizeof(T).
// Doors: gc.h, Frame::make and make_array.
#ifndef MALLOCGC_CPP_ALLOCATION_H
#define MALLOCGC_CPP_ALLOCATION_H

#include <mallocgc/cpp/again.h>
#include <mallocgc/cpp/pointers.h>

#include <new>

namespace mallocgc {
inline namespace face {

// The types of a heap by their number in this program, so that a refill need not look them up; null: not defined yet.
struct TypesOfHeap {
  mgc_type by_slot[MGC_TYPE_SLOTS] = {};
};

// Null, with the heap's last error, if the type is refused.
inline mgc_type type_in_heap(TypesOfHeap& types, mgc_mutator_abi* mutator, const TypeRecord& record) {
  const uint32_t number = number_type(record.slot);
  if (number != 0 && types.by_slot[number] != nullptr) return types.by_slot[number];
  mgc_type type = nullptr;
  mgc_heap* const heap = mgc_mutator_heap(mutator_of(mutator));
  if (status_of(heap, nullptr, [&] { return mgc_type_define(heap, record.info, &type); }) != MGC_OK) return nullptr;
  if (number != 0) types.by_slot[number] = type;
  return type;
}

[[gnu::noinline]] inline void* new_slowly(TypesOfHeap& types, mgc_mutator_abi* mutator, const TypeRecord& record,
                                          bool may_bump) {
  // Most often all is known, and only the window is used up.
  const uint32_t known = __atomic_load_n(record.slot, __ATOMIC_RELAXED);
  if (known != 0 && types.by_slot[known] != nullptr && mutator->type_slots[known]->limit != 0) [[likely]]
    return mgc_new(mutator_of(mutator), types.by_slot[known]);
  const mgc_type type = type_in_heap(types, mutator, record);
  if (type == nullptr) return nullptr;
  const uint32_t number = number_type(record.slot);
  if (record.bumps && number != 0 && may_bump && mutator->type_slots[number]->limit == 0) {
    mgc_alloc_slot* const slot = mgc_alloc_slot_of(mutator_of(mutator), type);
    if (slot != nullptr) mutator->type_slots[number] = slot;
  }
  return mgc_new(mutator_of(mutator), type);
}

// For the time that a constructor runs, which may allocate, collect and throw: the object is rooted.
class UnderConstruction {
 public:
  UnderConstruction(mgc_mutator_abi* mutator, void* object) : slot_(push_local(mutator, object)), mutator_(mutator) {}
  UnderConstruction(const UnderConstruction&) = delete;
  UnderConstruction& operator=(const UnderConstruction&) = delete;
  ~UnderConstruction() { pop_local(mutator_, slot_); }

 private:
  mgc_local_slot* slot_;
  mgc_mutator_abi* mutator_;
};

// Whether T() could be written where a constant is wanted: then its constructor calls no heap, and the object needs no
// root meanwhile. Large types are not tried, since the compiler limits the steps of constant expressions.
inline constexpr size_t kTriedMax = 1024;
template <class T>
constexpr bool try_construction() {
  static_cast<void>(T());
  return true;
}
template <class T>
concept MadeOfConstants = sizeof(T) <=
kTriedMax&& requires { typename std::bool_constant<try_construction<T>()>; };

// Value-initialising a large object would zero again what is zero already, so only its constructors run; the compiler
// must then not believe that the other members are undefined.
inline constexpr size_t kZeroedTwiceMax = 64;

template <class T>
void value_initialise(void* place) {
  if constexpr (sizeof(T) <= kZeroedTwiceMax || !LayoutOf<T>::has_pointers()) {
    ::new (place) T();
  } else {
    ::new (place) T;
    __asm__ volatile("" : : "r"(place) : "memory");
  }
}

template <class T, class... Args>
T* construct(mgc_mutator_abi* mutator, void* place, Args&&... args) {
  if constexpr (sizeof...(Args) != 0) {
    const UnderConstruction root(mutator, place);
    if constexpr (std::is_constructible_v<T, Args...>) {
      ::new (place) T(static_cast<Args&&>(args)...);
    } else {
      ::new (place) T{static_cast<Args&&>(args)...};
    }
  } else if constexpr (MadeOfConstants<T>) {
    value_initialise<T>(place);
  } else {
    const UnderConstruction root(mutator, place);
    value_initialise<T>(place);
  }
  return std::launder(static_cast<T*>(place));
}

template <class T>
inline constexpr bool kIsFresh = false;
template <class T>
inline constexpr bool kIsFresh<Fresh<T>> = true;

// The first object of a type, or the first element of an array, in the debug flavour: constructed under the probe. Null
// and MGC_BAD_TYPE if a Member is not listed, then and from then on.
template <class T>
T* refuse_broken(mgc_mutator_abi* mutator) {
  report_forgotten_member(mgc_mutator_heap(mutator_of(mutator)), kTypeName<T>.bytes, TypeKey<T>::forgotten);
  return nullptr;
}
template <class T, class... Args>
T* construct_probed(mgc_mutator_abi* mutator, void* place, Args&&... args) {
  MemberProbe probe(place, sizeof(T), [](size_t offset) { return covers<T>(offset); });
  T* const object = construct<T>(mutator, place, static_cast<Args&&>(args)...);
  TypeKey<T>::broken = probe.found_one();
  TypeKey<T>::proved = !TypeKey<T>::broken;
  if (TypeKey<T>::proved) return object;
  TypeKey<T>::forgotten = probe.forgotten_offset();
  return refuse_broken<T>(mutator);
}

template <class T, class... Args>
[[gnu::noinline]] T* make_slowly(TypesOfHeap& types, mgc_mutator_abi* mutator, Args&&... args) {
  // Where the list of free slots is empty, the Local that the object is for might have none.
  if (mutator->free_local == nullptr && mgc_local_room(mutator_of(mutator)) != MGC_OK) return nullptr;
  if constexpr (kProbeMembers && kIsNamed<T>) {
    if (!TypeKey<T>::proved) {
      if (TypeKey<T>::broken) return refuse_broken<T>(mutator);
      void* const place = new_slowly(types, mutator, TypeKey<T>::kRecord, false);
      return place == nullptr ? nullptr : construct_probed<T>(mutator, place, static_cast<Args&&>(args)...);
    }
  }
  void* const place = new_slowly(types, mutator, TypeKey<T>::kRecord, true);
  return place == nullptr ? nullptr : construct<T>(mutator, place, static_cast<Args&&>(args)...);
}

// `slots`: the mutator's type_slots, from wherever it is nearest.
template <class T, class... Args>
[[gnu::always_inline]] inline T* make_object(TypesOfHeap& types, mgc_mutator_abi* mutator, mgc_alloc_slot* const* slots,
                                             Args&&... args) {
  static_assert((!kIsFresh<std::remove_cvref_t<Args>> && ...),
                "a Fresh argument would not survive the allocation: put it into a Local");
  if constexpr (TypeKey<T>::kBumps) {
    mgc_alloc_slot* const slot = slots[__atomic_load_n(&TypeKey<T>::slot, __ATOMIC_RELAXED)];
    const uintptr_t place = slot->cursor;
    if (slot->limit - place >= TypeKey<T>::kSlotBytes && mutator->free_local != nullptr) [[likely]] {
      slot->cursor = place + TypeKey<T>::kSlotBytes;
      return construct<T>(mutator, reinterpret_cast<void*>(place), static_cast<Args&&>(args)...);
    }
  }
  return make_slowly<T>(types, mutator, static_cast<Args&&>(args)...);
}

template <class T>
T* construct_elements(mgc_mutator_abi* mutator, T* first, std::ptrdiff_t n) {
  if constexpr (!std::is_trivially_default_constructible_v<T> && !kIsSlot<T>) {
    const UnderConstruction root(mutator, first);
    std::ptrdiff_t i = 0;
    if constexpr (kProbeMembers && kIsNamed<T>) {
      if (!TypeKey<T>::proved && n > 0 && construct_probed<T>(mutator, first + i++) == nullptr) return nullptr;
    }
    for (; i < n; ++i) value_initialise<T>(first + i);
  }
  return first;
}

// n elements, value-initialised; MGC_BAD_SIZE if there cannot be so many.
template <class T>
T* make_elements(TypesOfHeap& types, mgc_mutator_abi* mutator, std::ptrdiff_t n) {
  if constexpr (kProbeMembers && kIsNamed<T>) {
    if (TypeKey<T>::broken) return refuse_broken<T>(mutator);
  }
  if (mutator->free_local == nullptr && mgc_local_room(mutator_of(mutator)) != MGC_OK) return nullptr;
  const mgc_type type = type_in_heap(types, mutator, TypeKey<T>::kRecord);
  if (type == nullptr) return nullptr;
  T* const first = static_cast<T*>(mgc_new_array(mutator_of(mutator), type, n));
  return first == nullptr ? nullptr : construct_elements<T>(mutator, first, n);
}

}  // namespace face
}  // namespace mallocgc

#endif
