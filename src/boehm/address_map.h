// This table goes from addresses to entries, in memory of malloc, which is no root. Addresses are kept inverted, so
// that the heap does not take them for pointers wherever it looks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace mallocgc::boehm {

// Value is plain data, whose zeroes are a fresh one.
template <class Value>
class AddressMap {
 public:
  struct Entry {
    uintptr_t hidden;  // kFree, kGone, or the inverted address
    Value value;

    void* address() const { return reinterpret_cast<void*>(~hidden); }
    bool is_used() const { return hidden != kFree && hidden != kGone; }
  };

  // Returns null if there is none.
  Entry* find(const void* address) {
    if (capacity_ == 0) return nullptr;
    const uintptr_t hidden = hide(address);
    for (size_t at = place(hidden);; at = next(at)) {
      if (entries_[at].hidden == hidden) return &entries_[at];
      if (entries_[at].hidden == kFree) return nullptr;
    }
  }
  // Returns the entry of an address, made if there is none, or null if memory is exhausted. Other entries may move.
  Entry* add(const void* address) {
    if (Entry* const found = find(address)) return found;
    if (2 * (taken_ + 1) > capacity_ && !rebuild()) return nullptr;
    return &put(hide(address));
  }
  void remove(Entry& entry) {
    entry = Entry{};
    entry.hidden = kGone;
    --used_;
  }
  size_t size() const { return used_; }
  // Calls f(Entry&), which may remove the entry and nothing else.
  template <class F>
  void for_each(F&& f) {
    for (size_t i = 0; i < capacity_; ++i) {
      if (entries_[i].is_used()) f(entries_[i]);
    }
  }

 private:
  static constexpr uintptr_t kFree = 0;  // the last address there is, inverted
  static constexpr uintptr_t kGone = ~uintptr_t{0};
  static constexpr size_t kLeastCapacity = 64;

  static uintptr_t hide(const void* address) { return ~reinterpret_cast<uintptr_t>(address); }
  size_t place(uintptr_t hidden) const {
    constexpr uint64_t kGolden = 0x9e3779b97f4a7c15u;
    return static_cast<size_t>((hidden * kGolden) >> 32) & (capacity_ - 1);
  }
  size_t next(size_t at) const { return (at + 1) & (capacity_ - 1); }
  Entry& put(uintptr_t hidden) {
    size_t at = place(hidden);
    while (entries_[at].hidden != kFree) at = next(at);
    entries_[at].hidden = hidden;
    ++used_;
    ++taken_;
    return entries_[at];
  }
  // Builds the table anew, without what was removed, and with room for as many entries again.
  bool rebuild() {
    size_t capacity = kLeastCapacity;
    while (capacity < 4 * (used_ + 1)) capacity *= 2;
    auto* const fresh = static_cast<Entry*>(calloc(capacity, sizeof(Entry)));
    if (fresh == nullptr) return false;
    Entry* const before = entries_;
    const size_t count = capacity_;
    entries_ = fresh;
    capacity_ = capacity;
    used_ = taken_ = 0;
    for (size_t i = 0; i < count; ++i) {
      if (before[i].is_used()) put(before[i].hidden).value = before[i].value;
    }
    free(before);
    return true;
  }

  Entry* entries_ = nullptr;
  size_t capacity_ = 0;  // a power of two
  size_t used_ = 0;
  size_t taken_ = 0;  // with those that were removed
};

}  // namespace mallocgc::boehm
