// This list in the heap grows at its end, for the programs. `push` allocates where the list is full, so it may collect;
// nothing else does.
#pragma once

#include <mallocgc/gc.h>

#include <cstdint>

namespace bench {

namespace gc = mallocgc;

template <class T>
struct Vector {
  gc::Member<gc::Member<T>> items;
  uint32_t count = 0;
  uint32_t capacity = 0;

  T* at(uint32_t i) const { return items[i].get(); }
  T* pop() {
    T* const last = at(--count);
    items[count] = nullptr;
    return last;
  }
  // Removes a value, and keeps the order of the others.
  void remove(const T* value) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; ++i) {
      if (at(i) != value) items[kept++] = at(i);
    }
    for (uint32_t i = kept; i < count; ++i) items[i] = nullptr;
    count = kept;
  }
  MALLOCGC_TYPE(Vector, items);
};

template <class T>
[[gnu::noinline]] void grow(gc::Frame& frame, const gc::Local<Vector<T>>& vector) {
  constexpr uint32_t kFirstCapacity = 4;
  const uint32_t capacity = vector->capacity == 0 ? kFirstCapacity : 2 * vector->capacity;
  gc::Local<gc::Member<T>> items = frame.make_array<gc::Member<T>>(capacity);
  for (uint32_t i = 0; i < vector->count; ++i) items[i] = vector->at(i);
  vector->items = items;
  vector->capacity = capacity;
}

template <class T>
void push(gc::Frame& frame, const gc::Local<Vector<T>>& vector, const gc::Local<T>& value) {
  if (vector->count == vector->capacity) grow(frame, vector);
  vector->items[vector->count++] = value;
}

}  // namespace bench
