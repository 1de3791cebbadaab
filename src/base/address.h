// Address: a place in memory as a number. Distinct from every count and index, so that a page number cannot be used
// where an address is meant. Arithmetic is unsigned and never goes through a null pointer: `nullptr + offset` is
// undefined, and compilers use it.
#pragma once

#include <compare>

#include "base/config.h"

namespace mallocgc {

class Address {
 public:
  constexpr Address() = default;
  constexpr explicit Address(uintptr_t value) : value_(value) {}
  static Address of(const void* pointer) { return Address(reinterpret_cast<uintptr_t>(pointer)); }

  constexpr uintptr_t value() const { return value_; }
  constexpr bool is_null() const { return value_ == 0; }
  template <class T = void>
  T* pointer() const {
    return reinterpret_cast<T*>(value_);
  }

  constexpr Address operator+(size_t bytes) const { return Address(value_ + bytes); }
  constexpr Address operator-(size_t bytes) const { return Address(value_ - bytes); }
  constexpr size_t operator-(Address other) const { return value_ - other.value_; }
  constexpr Address aligned_up(size_t alignment) const { return Address((value_ + alignment - 1) & ~(alignment - 1)); }
  constexpr Address aligned_down(size_t alignment) const { return Address(value_ & ~(alignment - 1)); }
  constexpr bool is_aligned(size_t alignment) const { return (value_ & (alignment - 1)) == 0; }

  constexpr bool operator==(const Address&) const = default;
  constexpr auto operator<=>(const Address&) const = default;

 private:
  uintptr_t value_ = 0;
};

// The number of a page, counted from the start of the heap's address range.
class PageId {
 public:
  constexpr PageId() = default;
  constexpr explicit PageId(uint32_t index) : index_(index) {}
  constexpr uint32_t index() const { return index_; }
  constexpr PageId operator+(uint32_t pages) const { return PageId(index_ + pages); }
  constexpr uint32_t operator-(PageId other) const { return index_ - other.index_; }
  constexpr bool operator==(const PageId&) const = default;
  constexpr auto operator<=>(const PageId&) const = default;

 private:
  uint32_t index_ = 0;
};

constexpr size_t bytes_of_pages(uint32_t pages) { return size_t{pages} << kPageShift; }
constexpr uint32_t pages_for_bytes(size_t bytes) {
  return static_cast<uint32_t>((bytes >> kPageShift) + ((bytes & (kPageBytes - 1)) != 0));
}
constexpr bool is_power_of_two(size_t n) { return n != 0 && (n & (n - 1)) == 0; }
constexpr size_t align_up(size_t n, size_t alignment) { return (n + alignment - 1) & ~(alignment - 1); }

// Zeroes the 8-byte units that `bytes` touch; above kInlineMax `bytes` are whole units. Up to kInlineMax bytes are
// zeroed by stores, which are faster than a call: two units at a time, where the machine may have a store for that. The
// stores are volatile, because compilers would make that very call of them.
template <size_t kInlineMax>
MGC_ALWAYS_INLINE void* clear_units(Address base, size_t bytes) {
  constexpr size_t kUnit = sizeof(uint64_t);
  if (bytes > kInlineMax) return __builtin_memset(base.pointer(), 0, bytes);
  if constexpr (!kIs64Bit) {
    for (size_t at = 0; at < bytes; at += kUnit) *(base + at).pointer<volatile uint64_t>() = 0;
    return base.pointer();
  }
  // As the argument of a template this would lose its alignment.
  typedef uint64_t TwoUnits __attribute__((vector_size(2 * kUnit), aligned(kUnit), may_alias));
  size_t at = 0;
  if (((bytes + kUnit - 1) & kUnit) != 0) {  // an odd number of units
    *base.pointer<volatile uint64_t>() = 0;
    at = kUnit;
  }
  for (; at < bytes; at += 2 * kUnit) *reinterpret_cast<volatile TwoUnits*>((base + at).value()) = TwoUnits{};
  return base.pointer();
}

}  // namespace mallocgc
