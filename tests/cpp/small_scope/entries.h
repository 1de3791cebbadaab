// The small scope has weak words, too. Wherever a program makes a weak handle to an object, a weak word and the key of
// an ephemeron are stored as well, in a table that is rooted. The value refers to its key. Both must read what the
// handle reads, at every step; and while the key lives, the value does.
#pragma once

#include <mallocgc/mallocgc.h>

#include "heap/heap.h"
#include "small_scope/scope.h"

namespace mallocgc::scope {

class Entries {
 public:
  // Returns null if all is well, else what is wrong.
  const char* define(Heap& heap) {
    heap_ = &heap;
    const uint32_t first = 1;
    const uint32_t second = 2;
    mgc_type_info info = {};
    info.name = "Entry";
    info.size = sizeof(Entry);
    info.weak.mask = &first;
    info.keys.mask = &second;
    if (heap.define_type(info, &entry_) != Status::kOk) return "a type of weak words was not defined";
    info = {};
    info.name = "Value";
    info.size = sizeof(Value);
    info.pointers.mask = &first;
    return heap.define_type(info, &value_) == Status::kOk ? nullptr : "a type of values was not defined";
  }
  // Makes a table in the root, for one program. It is gone when the root is null.
  const char* begin(void** root) {
    table_ = static_cast<Entry*>(heap_->newarray(heap_->main_mutator(), entry_, kObjects));
    *root = table_;
    return table_ != nullptr ? nullptr : "M12: no memory for a table";
  }
  const char* note(uint32_t i, void* object) {
    auto* const value = static_cast<Value*>(heap_->newobject(heap_->main_mutator(), value_));
    if (value == nullptr) return "M12: no memory for a value";
    value->key = object;
    value->number = i;
    mgc_store(&table_[i].weak, object);
    mgc_store(&table_[i].value, static_cast<void*>(value));
    mgc_store(&table_[i].key, object);
    return nullptr;
  }
  const char* forget(uint32_t i) {
    for (void** word : {&table_[i].weak, &table_[i].key, &table_[i].value})
      mgc_store(word, static_cast<void*>(nullptr));
    return nullptr;
  }
  // `expected` is what a weak handle reads.
  const char* compare(uint32_t i, const void* expected) {
    if (heap_->weak_load(&table_[i].weak) != expected) return "T11: a weak word reads differently";
    if (heap_->weak_load(&table_[i].key) != expected) return "T11: a key reads differently";
    if (expected == nullptr) return table_[i].value == nullptr ? nullptr : "T11: a value outlived its key";
    const auto* const value = static_cast<const Value*>(table_[i].value);
    FoundObject found;
    if (!heap_->find_object(value, &found) || found.base != value) return "T11: the value of a living key was freed";
    return value->key == expected && value->number == i ? nullptr : "T11: a value has changed";
  }

 private:
  struct Entry {
    void* weak;
    void* key;
    void* value;
  };
  struct Value {  // The value has a size that no object of the scope has.
    void* key;
    uintptr_t number;
    uintptr_t rest[10];
  };
  Heap* heap_ = nullptr;
  Type* entry_ = nullptr;
  Type* value_ = nullptr;
  Entry* table_ = nullptr;
};

}  // namespace mallocgc::scope
