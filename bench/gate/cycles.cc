// bench_cycles WORKLOAD [A [B]]: runs one workload in the default mode, and prints how many full cycles it took, how
// many of these went in slices, and how many minor cycles. All of it is counted, so two runs print the same.
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "../cpp/workload.h"

namespace {

uint32_t argument(int count, char** values, int index) {
  return index < count ? static_cast<uint32_t>(std::strtoul(values[index], nullptr, 10)) : 0;
}

void count_sliced(const mgc_event* event, void* context) {
  if (event->kind == MGC_EVENT_CYCLE_START && event->values[2] == 1) ++*static_cast<unsigned long long*>(context);
}

}  // namespace

int main(int count, char** values) {
  const bench::Entry* const entry = count < 2 ? nullptr : bench::find_workload(values[1]);
  if (entry == nullptr) {
    std::fprintf(stderr, "usage: bench_cycles WORKLOAD [A [B]]\n");
    return 2;
  }
  mgc_options options = {};
  options.max_bytes = uint64_t{entry->max_megabytes} << 20;
  mallocgc::Heap heap(options);
  if (!heap) return 3;
  unsigned long long sliced = 0;
  mgc_set_listener(heap.c(), count_sliced, &sliced);
  const std::unique_ptr<bench::Workload> workload(
      entry->make(heap, {argument(count, values, 2), argument(count, values, 3)}));
  workload->prepare();
  while (workload->step()) {}
  const mgc_stats_data stats = heap.stats();
  std::printf("{\"full\":%u,\"sliced\":%llu,\"minor\":%llu}\n", static_cast<unsigned>(stats.num_gc), sliced,
              static_cast<unsigned long long>(stats.minor_gcs));
  return 0;
}
