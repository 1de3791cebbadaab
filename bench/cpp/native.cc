// bench_native WORKLOAD [A [B]]: runs one workload on this machine and prints one line of JSON, in the form that bench/run.mjs reads
// from every peer. memory_bytes is the largest resident size of the process.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "workload.h"

namespace {

double now_ms() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double, std::milli>(Clock::now().time_since_epoch()).count();
}

uint32_t argument(int count, char** values, int index) {
  return index < count ? static_cast<uint32_t>(std::strtoul(values[index], nullptr, 10)) : 0;
}

double quantile(const std::vector<double>& sorted, double q) {
  return sorted[std::min(sorted.size() - 1, static_cast<size_t>(q * static_cast<double>(sorted.size())))];
}

}  // namespace

int main(int count, char** values) {
  const bench::Entry* const entry = count < 2 ? nullptr : bench::find_workload(values[1]);
  if (entry == nullptr) {
    std::fprintf(stderr, "usage: bench_native WORKLOAD [A [B]]\n");
    return 2;
  }
  mgc_options options = {};
  options.max_bytes = uint64_t{entry->max_megabytes} << 20;
  mallocgc::Heap heap(options);
  if (!heap) return 3;
  const std::unique_ptr<bench::Workload> workload(entry->make(heap, {argument(count, values, 2), argument(count, values, 3)}));
  workload->prepare();
  std::vector<double> steps;
  double before = now_ms();
  const double start = before;
  for (bool more = true; more;) {
    more = workload->step();
    const double after = now_ms();
    steps.push_back(after - before);
    before = after;
  }
  const double ms = before - start;
  const double operations = workload->operations();
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  std::sort(steps.begin(), steps.end());
  const mgc_stats_data stats = heap.stats();
  std::printf("{\"workload\":\"%s\",\"peer\":\"mallocgc-native\",\"ms\":%.3f,\"ns_per_op\":%.3f,\"checksum\":%.0f,\"memory_bytes\":%llu,"
              "\"step_ms\":{\"p50\":%.4f,\"p99\":%.4f,\"p999\":%.4f,\"max\":%.4f},\"collections\":%llu}\n",
              entry->name, ms, ms * 1e6 / operations, workload->checksum(), static_cast<unsigned long long>(usage.ru_maxrss) * 1024,
              quantile(steps, 0.5), quantile(steps, 0.99), quantile(steps, 0.999), steps.back(),
              static_cast<unsigned long long>(stats.num_gc));
  return 0;
}
