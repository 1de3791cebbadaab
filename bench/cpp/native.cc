// PROGRAM WORKLOAD [WARM [SIZES [MODE]]] takes the sizes as numbers with commas. It runs a workload of exports.h on
// this machine, in a mode of the heap if one is named, and prints one line of JSON, in the form that bench/measure.mjs
// gives. memory_bytes is the largest resident size of the process.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "exports.h"
#include "stepped.h"

namespace {

using bench::Sizes;

double now_ms() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double, std::milli>(Clock::now().time_since_epoch()).count();
}

double cpu_ms() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](timeval time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

// The figure is from /proc, because rusage also counts what the process was before it became this program: a copy of
// the runner.
unsigned long long peak_resident_bytes() {
  unsigned long long kilobytes = 0;
  if (FILE* const file = std::fopen("/proc/self/status", "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, file) != nullptr && std::sscanf(line, "VmHWM: %llu", &kilobytes) != 1) {}
    std::fclose(file);
  }
  return kilobytes * 1024;
}

Sizes sizes_of(const char* text) {
  char* rest = nullptr;
  Sizes sizes;
  sizes.a = static_cast<uint32_t>(std::strtoul(text, &rest, 10));
  if (*rest == ',') sizes.b = static_cast<uint32_t>(std::strtoul(rest + 1, nullptr, 10));
  return sizes;
}

double quantile(const std::vector<double>& sorted, double q) {
  return sorted[std::min(sorted.size() - 1, static_cast<size_t>(q * static_cast<double>(sorted.size())))];
}

bool begin(const char* name, Sizes sizes) {
  std::strncpy(bench_text(), name, 63);
  return bench_begin(sizes.a, sizes.b);
}

bool choose_mode(const char* mode) {
  std::strncpy(bench_text(), mode, 63);
  return bench_mode();
}

bool warm_up(const char* name, Sizes sizes) {
  if (!begin(name, sizes)) return false;
  while (bench_step()) {}
  bench_end();
  return true;
}

void measure(const char* name) {
  std::vector<double> steps;
  const double cpu = cpu_ms();
  const double start = now_ms();
  double before = start;
  for (bool more = true; more;) {
    more = bench_step();
    const double after = now_ms();
    steps.push_back(after - before);
    before = after;
  }
  const double ms = before - start;
  const double cpu_all = cpu_ms() - cpu;
  std::sort(steps.begin(), steps.end());
  std::printf(
      "{\"workload\":\"%s\",\"ms\":%.3f,\"cpu_ms\":%.3f,\"ns_per_op\":%.3f,\"checksum\":%.0f,\"memory_bytes\":%llu,"
      "\"step_ms\":{\"p50\":%.4f,\"p90\":%.4f,\"p99\":%.4f,\"p999\":%.4f,\"max\":%.4f},\"collections\":%.0f,\"sys_"
      "bytes\":%.0f}\n",
      name, ms, cpu_all, ms * 1e6 / bench_operations(), bench_checksum(), peak_resident_bytes(), quantile(steps, 0.5),
      quantile(steps, 0.9), quantile(steps, 0.99), quantile(steps, 0.999), steps.back(), bench_collections(),
      bench_heap_sys());
}

}  // namespace

int main(int count, char** values) {
  const char* const name = count < 2 ? "" : values[1];
  if (count > 4 && values[4][0] != '\0' && !choose_mode(values[4])) {
    std::fprintf(stderr, "no such mode: %s\n", values[4]);
    return 2;
  }
  const bool is_warm = count < 3 || values[2][0] == '\0' || warm_up(name, sizes_of(values[2]));
  if (!is_warm || !begin(name, sizes_of(count < 4 ? "" : values[3]))) {
    std::fprintf(stderr,
                 "usage: %s WORKLOAD [WARM [SIZES [MODE]]], e.g. drop 16,1000000 16,20000000; or there is no memory\n",
                 values[0]);
    return 2;
  }
  measure(name);
  bench_end();
  return 0;
}
