// A workload over our heap is one of stepped.h with a heap to make it in. All are listed in table.cc; sizes, checksums
// and figures are in bench/workloads.mjs.
#pragma once

#include <mallocgc/gc.h>

#include "stepped.h"

namespace bench {

namespace gc = mallocgc;

struct Entry {
  const char* name;
  Workload* (*make)(gc::Heap& heap, Sizes sizes);
  uint32_t max_megabytes;  // the heap's limit
};

const Entry* find_workload(const char* name);

template <class T>
Workload* make_workload(gc::Heap& heap, Sizes sizes) {
  return new T(heap, sizes);
}

Workload* make_trees(gc::Heap& heap, Sizes sizes);          // a: depth
Workload* make_gcbench(gc::Heap& heap, Sizes sizes);        // no sizes
Workload* make_churn(gc::Heap& heap, Sizes sizes);          // a: 2^a nodes, b: operations
Workload* make_pause(gc::Heap& heap, Sizes sizes);          // as churn
Workload* make_fifo(gc::Heap& heap, Sizes sizes);           // a: nodes, b: operations
Workload* make_strings(gc::Heap& heap, Sizes sizes);        // a: strings
Workload* make_drop(gc::Heap& heap, Sizes sizes);           // a: 16, 32 or 64 bytes, b: objects
Workload* make_mark(gc::Heap& heap, Sizes sizes);           // a: nodes
Workload* make_list(gc::Heap& heap, Sizes sizes);           // a: nodes
Workload* make_steady(gc::Heap& heap, Sizes sizes);         // a: live nodes, b: allocations
Workload* make_scale(gc::Heap& heap, Sizes sizes);          // a: live megabytes
Workload* make_allocate(gc::Heap& heap, Sizes sizes);       // a: live megabytes
Workload* make_fragmentation(gc::Heap& heap, Sizes sizes);  // a: objects
Workload* make_handles(gc::Heap& heap, Sizes sizes);        // a: handles
Workload* make_finalizers(gc::Heap& heap, Sizes sizes);     // a: finalizers

}  // namespace bench
