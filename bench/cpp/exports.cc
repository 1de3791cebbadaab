// This is the door of our own workloads (see exports.h).
#include "exports.h"

#include <cstring>
#include <new>

#include "workload.h"

namespace {

// The heap lives in static memory, so that it can be made anew after the warm-up.
alignas(mallocgc::Heap) unsigned char heap_storage[sizeof(mallocgc::Heap)];
mallocgc::Heap* heap = nullptr;
bench::Workload* workload = nullptr;
char text[64];
uint32_t mode = 0;

// The modes stand in the order of MGC_MODE_*.
constexpr const char* kModes[] = {"auto", "stop", "incremental", "generational"};

// A heap without modes has the first one only.
template <class Options>
bool set_mode(Options& options) {
  if constexpr (requires { options.mode; }) {
    options.mode = mode;
    return true;
  } else {
    return mode == 0;
  }
}

}  // namespace

BENCH_EXPORT char* bench_text() { return text; }

BENCH_EXPORT bool bench_mode() {
  for (uint32_t i = 0; i < sizeof kModes / sizeof *kModes; ++i) {
    if (std::strcmp(text, kModes[i]) != 0) continue;
    mode = i;
    mgc_options options = {};
    return set_mode(options);
  }
  return false;
}
// Makes a fresh heap and prepares the workload named in bench_text. Returns false if there is no such workload, or no
// memory.
BENCH_EXPORT bool bench_begin(uint32_t a, uint32_t b) {
  const bench::Entry* const entry = bench::find_workload(text);
  if (entry == nullptr) return false;
  mgc_options options = {};
  options.max_bytes = uint64_t{entry->max_megabytes} << 20;
  if (!set_mode(options)) return false;
  heap = ::new (heap_storage) mallocgc::Heap(options);
  if (!*heap) return false;
  workload = entry->make(*heap, {a, b});
  workload->prepare();
  return true;
}
BENCH_EXPORT bool bench_step() { return workload->step(); }
BENCH_EXPORT double bench_checksum() { return workload->checksum(); }
BENCH_EXPORT double bench_operations() { return workload->operations(); }
BENCH_EXPORT double bench_collections() { return static_cast<double>(heap->stats().num_gc); }
BENCH_EXPORT double bench_heap_sys() { return static_cast<double>(heap->stats().sys); }
// Only a collected heap has these.
BENCH_EXPORT double bench_heap_live() { return static_cast<double>(heap->stats().heap_live); }
BENCH_EXPORT double bench_heap_goal() { return static_cast<double>(heap->stats().next_gc); }
BENCH_EXPORT double bench_growths() { return static_cast<double>(heap->stats().path_growths); }
BENCH_EXPORT void bench_end() {
  delete workload;
  heap->~Heap();
}
