// This tells people what keeps an object alive, with a few lines on the heap.
#include <mallocgc/boehm/gc_backptr.h>

#include <cstdio>

#include "boehm/kinds.h"
#include "boehm/walk.h"

using namespace mallocgc::boehm;

namespace {

constexpr size_t kLinksMax = 64;

GC_ref_kind sort_of(const mgc_link& link) {
  switch (link.kind) {
    case MGC_LINK_OBJECT:
      return GC_REFD_FROM_HEAP;
    case MGC_LINK_FINALIZER:
    case MGC_LINK_CONTEXT:
    case MGC_LINK_QUEUED:
    case MGC_LINK_RUNNING:
      return GC_FINALIZER_REFD;
    default:
      return GC_REFD_FROM_ROOT;
  }
}

void describe(void* object) {
  char text[GC_TYPE_DESCR_LEN + 1] = {};
  const int kind = kind_of_object(object);
  if (kind >= 0 && kind_of(kind).describe != nullptr) kind_of(kind).describe(object, text);
  std::fprintf(stderr, "  the object of %zu bytes at %p%s%s\n", GC_size(object), object, text[0] != '\0' ? ": " : "",
               text);
}

// Returns a byte of an object that `wants` takes, each as likely as another.
template <class F>
void* random_address(F&& wants) {
  static uint64_t seed = 1;
  uint64_t total = 0;
  void* chosen = nullptr;
  for_each_object([&](void* object, uint32_t) {
    const size_t bytes = GC_size(object);
    if (bytes == 0 || !wants(object)) return;
    total += bytes;
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    const uint64_t at = (seed >> 16) % total;
    if (at < bytes) chosen = static_cast<char*>(object) + at;
  });
  return chosen;
}

}  // namespace

extern "C" {

GC_ref_kind GC_get_back_ptr_info(void* object, void** base, size_t* offset) {
  ensure();
  mgc_link link = {};
  size_t count = 0;
  if (mgc_referrers(program.heap, object, 0, &link, 1, &count) != MGC_OK) return GC_NO_SPACE;
  if (count == 0) return GC_UNREFERENCED;
  const GC_ref_kind sort = sort_of(link);
  const bool is_inside = sort == GC_REFD_FROM_HEAP || link.base != nullptr;
  if (base != nullptr) *base = is_inside ? link.base : reinterpret_cast<void*>(static_cast<uintptr_t>(link.at));
  if (offset != nullptr) *offset = is_inside ? link.offset : 0;
  return sort;
}

void* GC_generate_random_heap_address(void) {
  ensure();
  return random_address([](void*) { return true; });
}
void* GC_generate_random_valid_address(void) {
  ensure();
  return random_address([](void* object) { return GC_is_marked(object) != 0; });
}

void GC_print_backtrace(void* object) {
  ensure();
  mgc_link links[kLinksMax];
  size_t length = 0;
  if (mgc_why_alive(program.heap, object, 0, links, kLinksMax, &length) != MGC_OK || length == 0) {
    std::fprintf(stderr, "%p: nothing keeps it alive\n", object);
    return;
  }
  std::fprintf(stderr, "%p is reached from a root at %p through\n", object,
               reinterpret_cast<void*>(static_cast<uintptr_t>(links[0].at)));
  for (size_t i = 1; i < length && i < kLinksMax; ++i)
    if (links[i].base != nullptr) describe(links[i].base);
}
void GC_generate_random_backtrace(void) {
  GC_gcollect();
  if (void* const address = GC_generate_random_valid_address()) GC_print_backtrace(address);
}

void GC_dump_named(const char* name) {
  ensure();
  mgc_stats_data stats;
  mgc_stats(program.heap, &stats);
  const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  if (name != nullptr) std::fprintf(stderr, "%s\n", name);
  std::fprintf(stderr, "%llu collections, %llu objects of %llu bytes, in %llu bytes of memory\n", number(stats.num_gc),
               number(stats.heap_objects), number(stats.heap_alloc), number(stats.sys));
  std::fprintf(stderr, "%llu finalizers, of which %llu wait\n", number(stats.finalizers_registered),
               number(stats.ready_queued));
}
void GC_dump(void) { GC_dump_named(nullptr); }
void GC_dump_regions(void) { GC_dump_named(nullptr); }
void GC_dump_finalization(void) { GC_dump_named(nullptr); }

}  // extern "C"
