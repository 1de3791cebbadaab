// bench_count WORKLOAD [A [B]]: runs one workload (bench/cpp/table.cc) and prints its checksum. No clock is read and
// nothing is sorted by times, so two runs take the same instructions.
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "../cpp/workload.h"

namespace {

uint32_t argument(int count, char** values, int index) {
  return index < count ? static_cast<uint32_t>(std::strtoul(values[index], nullptr, 10)) : 0;
}

}  // namespace

int main(int count, char** values) {
  const bench::Entry* const entry = count < 2 ? nullptr : bench::find_workload(values[1]);
  if (entry == nullptr) {
    std::fprintf(stderr, "usage: bench_count WORKLOAD [A [B]]\n");
    return 2;
  }
  mgc_options options = {};
  options.max_bytes = uint64_t{entry->max_megabytes} << 20;
  mallocgc::Heap heap(options);
  if (!heap) return 3;
  const std::unique_ptr<bench::Workload> workload(
      entry->make(heap, {argument(count, values, 2), argument(count, values, 3)}));
  workload->prepare();
  while (workload->step()) {}
  std::printf("%.0f\n", workload->checksum());
  return 0;
}
