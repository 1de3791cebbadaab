// Programs of Boehm's interface mark no cards: their heap is made with no_barriers. This test sees that from below, by
// the heap itself. The program ends with "N passed, N failed".
#include "../c/checks.h"

#include <gc.h>
#include <mallocgc/mallocgc.h>

#include <cstdint>
#include <cstring>
#include <initializer_list>

#include "boehm/program.h"

namespace {

struct Node {
  Node* next;
  long value;
};

Node* make(long value) {
  auto* const made = static_cast<Node*>(GC_MALLOC(sizeof(Node)));
  made->value = value;
  return made;
}

uint64_t minor_cycles_and_slices() {
  mgc_stats_data stats;
  mgc_stats(mallocgc::boehm::program.heap, &stats);
  return stats.minor_gcs + stats.slices;
}

// A list grows at its far end, in objects that have survived collections, by plain stores.
void plain_stores_lose_nothing() {
  constexpr long kNodes = 300'000;
  Node* const first = make(0);
  Node* last = first;
  for (long i = 1; i < kNodes; ++i) {
    last->next = make(i);
    last = last->next;
    GC_MALLOC_ATOMIC(200);
  }
  GC_gcollect();
  long found = 0;
  for (const Node* node = first; node != nullptr && node->value == found; node = node->next) ++found;
  CHECK(found == kNodes);
  CHECK(GC_get_gc_no() > 3);
  CHECK(minor_cycles_and_slices() == 0);
  CHECK(GC_is_incremental_mode() == 0);
  GC_enable_incremental();
  CHECK(GC_is_incremental_mode() == 0);
}

void what_needs_barriers_refuses() {
  mgc_heap* const heap = mallocgc::boehm::program.heap;
  static void* range[1000];
  const auto refused = [heap](mgc_status status) {
    return status == MGC_BAD_ARGUMENT &&
           std::strstr(mgc_last_error(heap), "the heap was made with no_barriers: ") != nullptr;
  };
  mgc_stats_data stats;
  mgc_stats(heap, &stats);
  CHECK(stats.mode == MGC_MODE_STOP);
  CHECK(refused(mgc_collect_minor(heap)));
  CHECK(refused(mgc_start_cycle(heap)));
  CHECK(refused(mgc_add_barriered_roots(heap, range, sizeof range, nullptr)));
  CHECK(mgc_add_roots(heap, range, sizeof range, nullptr) == MGC_OK);
  CHECK(mgc_remove_roots(heap, range) == MGC_OK);
  GC_gcollect();
  CHECK(minor_cycles_and_slices() == 0);
}

// The options of the heap leave no choice of another mode.
void another_mode_is_refused() {
  for (const uint32_t mode : {uint32_t{MGC_MODE_INCREMENTAL}, uint32_t{MGC_MODE_GENERATIONAL}}) {
    mgc_options options = {};
    options.no_barriers = 1;
    options.mode = mode;
    mgc_heap* heap = nullptr;
    CHECK(mgc_heap_create(&options, &heap) == MGC_BAD_ARGUMENT);
    CHECK(heap == nullptr);
    CHECK(std::strcmp(mgc_last_error(nullptr), "no_barriers gives the stop mode, but mode is another one") == 0);
  }
}

}  // namespace

int main() {
  GC_INIT();
  plain_stores_lose_nothing();
  what_needs_barriers_refuses();
  another_mode_is_refused();
  return closing_line();
}
