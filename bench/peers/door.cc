// This is the door of a C++ peer (see cpp/exports.h).
#include "door.h"

#include "../cpp/exports.h"

namespace {

bench::Workload* workload = nullptr;
double collections_before = 0;
char text[64];

}  // namespace

BENCH_EXPORT char* bench_text() { return text; }
BENCH_EXPORT bool bench_mode() { return false; }
BENCH_EXPORT bool bench_begin(uint32_t a, uint32_t b) {
  collections_before = bench::collections();
  workload = bench::make_peer_workload(text, {a, b});
  if (workload != nullptr) workload->prepare();
  return workload != nullptr;
}
BENCH_EXPORT bool bench_step() { return workload->step(); }
BENCH_EXPORT double bench_checksum() { return workload->checksum(); }
BENCH_EXPORT double bench_operations() { return workload->operations(); }
BENCH_EXPORT double bench_collections() { return bench::collections() - collections_before; }
BENCH_EXPORT double bench_heap_sys() { return 0; }
BENCH_EXPORT void bench_end() { bench::end_peer_workload(workload); }
