// This heap has types with weak words, in every mode: slots, tables with a head, and ephemerons.
#pragma once

#include <mallocgc/mallocgc.h>

#include "support/heap_fixture.h"

namespace mallocgc {

struct Ephemeron {
  void* key;
  void* value;
};

struct WeakHeap : HeapFixture {
  explicit WeakHeap(uint32_t mode = MGC_MODE_STOP) : WeakHeap(checked(mode)) {}
  explicit WeakHeap(const mgc_options& options, const SourceOptions& memory = {.total_bytes = 64 * kMiB})
      : HeapFixture(options, memory) {
    slot = define_weak("Slot", 1, 1, 0);
    pair = define_weak("Pair", 2, 0, 1);
    mixture = define_weak("Mixture", 5, 0b00010, 0b01000, 0b00101);
    const uint32_t one = 1;
    mgc_type_info info{};
    info.name = "Table";
    info.size = 2 * kWordBytes;
    info.pointers.mask = &one;
    info.tail = MGC_TAIL_ELEMENTS;
    info.tail_size = 2 * kWordBytes;
    info.tail_keys.mask = &one;
    table = define(info);
  }
  Type* define_weak(const char* name, size_t words, uint32_t weak, uint32_t keys, uint32_t exact = 0) {
    mgc_type_info info{};
    info.name = name;
    info.size = words * kWordBytes;
    if (weak != 0) info.weak.mask = &weak;
    if (keys != 0) info.keys.mask = &keys;
    if (exact != 0) info.pointers.mask = &exact;
    return define(info);
  }
  void** words(Type* type, size_t count = 1) {
    return static_cast<void**>(heap.newarray(mutator(), type, static_cast<intptr_t>(count)));
  }
  Ephemeron* pairs(size_t count) { return reinterpret_cast<Ephemeron*>(words(pair, count)); }
  void put(Ephemeron* place, void* key, void* value) {
    store(&place->value, value);
    store(&place->key, key);
  }
  template <class T>
  static void store(T** place, T* value) {
    mgc_store(place, value);
  }
  void minor() { EXPECT_EQ(heap.collect_minor(), Status::kOk) << heap.last_error(); }
  // Brings a cycle in slices to the phase, by steps of so many units.
  void step_to(Phase phase, uint64_t units = 16) {
    for (int i = 0; i < 1000000 && heap.collection_phase() != phase; ++i) {
      if (heap.step_work(units)) break;
    }
    ASSERT_EQ(heap.collection_phase(), phase);
  }

  Type* slot = nullptr;
  Type* pair = nullptr;
  Type* mixture = nullptr;
  Type* table = nullptr;
};

}  // namespace mallocgc
