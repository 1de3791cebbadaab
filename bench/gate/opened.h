// The arguments of a program that counts choose a workload of bench/cpp: WORKLOAD [A [B]]. It has a heap of its own in
// the default mode. No clock is read and nothing is sorted by times, so two runs are the same.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "../cpp/workload.h"

namespace bench {

struct Opened {
  int failure = 0;  // main returns it
  std::optional<mallocgc::Heap> heap;
  std::unique_ptr<Workload> workload;  // it dies before its heap

  Opened(int count, char** values) {
    const auto argument = [&](int index) {
      return index < count ? static_cast<uint32_t>(std::strtoul(values[index], nullptr, 10)) : 0;
    };
    const Entry* const entry = count < 2 ? nullptr : find_workload(values[1]);
    if (entry == nullptr) {
      std::fprintf(stderr, "usage: %s WORKLOAD [A [B]]\n", values[0]);
      failure = 2;
      return;
    }
    mgc_options options = {};
    options.max_bytes = uint64_t{entry->max_megabytes} << 20;
    heap.emplace(options);
    if (!*heap) {
      failure = 3;
      return;
    }
    workload.reset(entry->make(*heap, {argument(2), argument(3)}));
  }
  void run() {
    workload->prepare();
    while (workload->step()) {}
  }
};

}  // namespace bench
