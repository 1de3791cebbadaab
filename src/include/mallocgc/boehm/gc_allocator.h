// Allocators of Boehm's interface for containers: gc_allocator's memory is collected with what points to it;
// traceable_allocator's is kept until the container gives it back, and what it points to lives. Both throw bad_alloc
// where memory is exhausted and exceptions are on.
// Doors: the two names; gc.h below.
#ifndef MALLOCGC_BOEHM_GC_ALLOCATOR_H
#define MALLOCGC_BOEHM_GC_ALLOCATOR_H

#include <new>
#include <type_traits>

#include "gc.h"

// Types without pointers may say so: GC_DECLARE_PTRFREE(my_type), outside of any namespace.
struct GC_true_type {};
struct GC_false_type {};
template <class T>
struct GC_type_traits {
  typename std::conditional<std::is_arithmetic<T>::value || std::is_enum<T>::value, GC_true_type, GC_false_type>::type
      GC_is_ptr_free;
};
#define GC_DECLARE_PTRFREE(T)    \
  template <>                    \
  struct GC_type_traits<T> {     \
    GC_true_type GC_is_ptr_free; \
  }

namespace boehmgc {

inline void* or_bad_alloc(void* p) {
#if defined(__cpp_exceptions)
  if (p == nullptr) throw std::bad_alloc();
#endif
  return p;
}

template <class T>
constexpr bool is_ptr_free() {
  return std::is_same<decltype(GC_type_traits<T>::GC_is_ptr_free), GC_true_type>::value;
}

template <class T, bool kIsTraced>
class Allocator {
 public:
  using value_type = T;
  using size_type = size_t;
  using difference_type = ptrdiff_t;
  using propagate_on_container_move_assignment = std::true_type;
  using is_always_equal = std::true_type;
  template <class U>
  struct rebind {
    using other = Allocator<U, kIsTraced>;
  };

  Allocator() noexcept = default;
  template <class U>
  Allocator(const Allocator<U, kIsTraced>&) noexcept {}

  T* allocate(size_t count) {
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, sizeof(T), &bytes)) bytes = ~size_t{0};
    void* const p = kIsTraced          ? GC_malloc_uncollectable(bytes)
                    : is_ptr_free<T>() ? GC_malloc_atomic(bytes)
                                       : GC_malloc(bytes);
    return static_cast<T*>(or_bad_alloc(p));
  }
  void deallocate(T* p, size_t) noexcept { GC_free(p); }
  template <class U>
  bool operator==(const Allocator<U, kIsTraced>&) const noexcept {
    return true;
  }
  template <class U>
  bool operator!=(const Allocator<U, kIsTraced>&) const noexcept {
    return false;
  }
};

}  // namespace boehmgc

// Returns memory of `bytes` for objects of T, by what its traits say.
template <class T>
void* GC_selective_alloc(size_t bytes, T, bool /* ignore_off_page */) {
  return boehmgc::or_bad_alloc(std::is_same<T, GC_true_type>::value ? GC_malloc_atomic(bytes) : GC_malloc(bytes));
}

template <class T>
using gc_allocator = boehmgc::Allocator<T, false>;
template <class T>
using gc_allocator_ignore_off_page = boehmgc::Allocator<T, false>;
template <class T>
using traceable_allocator = boehmgc::Allocator<T, true>;

#endif
