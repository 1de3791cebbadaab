// The program registers these ranges. The heap wants disjoint ones, so what is registered already, as a range or as
// static data, is left out of a new one: it is split around those that exist.
#include <cstdlib>

#include "boehm/program.h"

using namespace mallocgc::boehm;

namespace {

struct Range {
  uintptr_t low;
  uintptr_t high;
};
constexpr uintptr_t kMask = sizeof(void*) - 1;

// The ranges are in memory of malloc, sorted and disjoint.
Range* ranges;
size_t count;
size_t capacity;

void insert(size_t at, Range range) {
  if (count == capacity) {
    capacity = capacity == 0 ? 16 : 2 * capacity;
    auto* const more = static_cast<Range*>(realloc(ranges, capacity * sizeof(Range)));
    if (more == nullptr) stop("GC_add_roots: out of memory");
    ranges = more;
  }
  void* const base = reinterpret_cast<void*>(range.low);
  if (mgc_add_roots(program.heap, base, range.high - range.low, nullptr) != MGC_OK) stop(mgc_last_error(program.heap));
  for (size_t i = count++; i > at; --i) ranges[i] = ranges[i - 1];
  ranges[at] = range;
}

}  // namespace

extern "C" {

void GC_add_roots(void* low, void* high_plus_1) {
  ensure();
  Range wanted = {(reinterpret_cast<uintptr_t>(low) + kMask) & ~kMask,
                  reinterpret_cast<uintptr_t>(high_plus_1) & ~kMask};
  for (size_t i = 0; wanted.low < wanted.high; ++i) {
    if (i == count || wanted.high <= ranges[i].low) return insert(i, wanted);
    if (wanted.low < ranges[i].low) {
      const Range before = {wanted.low, ranges[i].low};
      insert(i++, before);
    }
    if (wanted.low < ranges[i].high) wanted.low = ranges[i].high;
  }
}

void GC_remove_roots(void* low, void* high_plus_1) {
  const auto begin = reinterpret_cast<uintptr_t>(low);
  const auto end = reinterpret_cast<uintptr_t>(high_plus_1);
  size_t kept = 0;
  for (size_t i = 0; i < count; ++i) {
    if (ranges[i].low >= begin && ranges[i].high <= end) {
      mgc_remove_roots(program.heap, reinterpret_cast<void*>(ranges[i].low));
    } else {
      ranges[kept++] = ranges[i];
    }
  }
  count = kept;
}

void GC_clear_roots(void) {
  ensure();
  GC_remove_roots(nullptr, reinterpret_cast<void*>(~uintptr_t{0}));
  mgc_disable_static_data(program.heap);
}
void GC_exclude_static_roots(void*, void*) {}
void GC_clear_exclusion_table(void) {}
void GC_register_has_static_roots_callback(GC_has_static_roots_func) {}
void GC_register_displacement(size_t) {}

}  // extern "C"
