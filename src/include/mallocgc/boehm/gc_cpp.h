// Boehm's interface for C++: objects of classes that derive from gc live on the heap; of gc_cleanup, their destructor
// runs once they are unreachable. `new (GC) T`, `new (NoGC) T`, `new (PointerFreeGC) T` choose for one object.
// Doors: the classes and the operators at the end; gc.h below.
#ifndef MALLOCGC_BOEHM_GC_CPP_H
#define MALLOCGC_BOEHM_GC_CPP_H

#include <new>

#include "gc.h"

namespace boehmgc {

enum GCPlacement { UseGC, GC = UseGC, NoGC, PointerFreeGC };
using GCCleanUpFunc = void (*)(void* object, void* client_data);

inline void* allocate(size_t bytes, GCPlacement placement) {
  void* const p = placement == NoGC            ? GC_malloc_uncollectable(bytes)
                  : placement == PointerFreeGC ? GC_malloc_atomic(bytes)
                                               : GC_malloc(bytes);
#if defined(__cpp_exceptions)
  if (p == nullptr) throw std::bad_alloc();
#endif
  return p;
}

class gc {
 public:
  void* operator new(size_t bytes) { return allocate(bytes, UseGC); }
  void* operator new(size_t bytes, GCPlacement placement) { return allocate(bytes, placement); }
  void* operator new(size_t, void* place) noexcept { return place; }
  void operator delete(void* object) { GC_free(object); }
  void operator delete(void* object, GCPlacement) { GC_free(object); }
  void operator delete(void*, void*) noexcept {}
  void* operator new[](size_t bytes) { return allocate(bytes, UseGC); }
  void* operator new[](size_t bytes, GCPlacement placement) { return allocate(bytes, placement); }
  void* operator new[](size_t, void* place) noexcept { return place; }
  void operator delete[](void* object) { GC_free(object); }
  void operator delete[](void* object, GCPlacement) { GC_free(object); }
  void operator delete[](void*, void*) noexcept {}
};

class gc_cleanup : virtual public gc {
 public:
  gc_cleanup() {
    void* const base = GC_base(this);
    if (base == nullptr) return;  // on a stack, or static
    GC_finalization_proc old = nullptr;
    void* old_data = nullptr;
    const auto offset = reinterpret_cast<char*>(this) - static_cast<char*>(base);
    GC_register_finalizer_ignore_self(base, clean_up, reinterpret_cast<void*>(offset), &old, &old_data);
    if (old != nullptr) GC_register_finalizer_ignore_self(base, old, old_data, nullptr, nullptr);
  }
  virtual ~gc_cleanup() {
    void* const base = GC_base(this);
    if (base != nullptr) GC_register_finalizer_ignore_self(base, nullptr, nullptr, nullptr, nullptr);
  }

 private:
  static void clean_up(void* object, void* offset) {
    reinterpret_cast<gc_cleanup*>(static_cast<char*>(object) + reinterpret_cast<ptrdiff_t>(offset))->~gc_cleanup();
  }
};

}  // namespace boehmgc

using boehmgc::GC;
using boehmgc::gc;
using boehmgc::gc_cleanup;
using boehmgc::GCCleanUpFunc;
using boehmgc::GCPlacement;
using boehmgc::NoGC;
using boehmgc::PointerFreeGC;
using boehmgc::UseGC;

// The placement comes first in Boehm's interface; `cleanup` and `data` are for objects of any class.
inline void* operator new(size_t bytes, GCPlacement placement, GCCleanUpFunc cleanup = nullptr, void* data = nullptr) {
  void* const p = boehmgc::allocate(bytes, placement);
  if (cleanup != nullptr && placement != NoGC) GC_register_finalizer_ignore_self(p, cleanup, data, nullptr, nullptr);
  return p;
}
inline void operator delete(void* object, GCPlacement, GCCleanUpFunc, void*) { GC_free(object); }
inline void* operator new[](size_t bytes, GCPlacement placement, GCCleanUpFunc cleanup = nullptr,
                            void* data = nullptr) {
  return operator new(bytes, placement, cleanup, data);
}
inline void operator delete[](void* object, GCPlacement, GCCleanUpFunc, void*) { GC_free(object); }

#endif
