// bench_cycles WORKLOAD [A [B]] runs one workload in the default mode, and prints how many full cycles it took, how
// many of these went in slices, and how many minor cycles. All of it is counted, so two runs print the same.
#include "opened.h"

namespace {

void count_sliced(const mgc_event* event, void* context) {
  if (event->kind == MGC_EVENT_CYCLE_START && event->values[2] == 1) ++*static_cast<unsigned long long*>(context);
}

}  // namespace

int main(int count, char** values) {
  bench::Opened opened(count, values);
  if (opened.failure != 0) return opened.failure;
  unsigned long long sliced = 0;
  mgc_set_listener(opened.heap->c(), count_sliced, &sliced);
  opened.run();
  const mgc_stats_data stats = opened.heap->stats();
  std::printf("{\"full\":%u,\"sliced\":%llu,\"minor\":%llu}\n", static_cast<unsigned>(stats.num_gc), sliced,
              static_cast<unsigned long long>(stats.minor_gcs));
  return 0;
}
