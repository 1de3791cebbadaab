// This table has all workloads by name (see workload.h).
#include <cstring>

#include "../programs/cpp/programs.h"
#include "workload.h"

namespace bench {

namespace {

constexpr uint32_t kUsualMegabytes = 1024;
constexpr uint32_t kMostMegabytes = 3900;

constexpr Entry kWorkloads[] = {
    {"trees", make_trees, kUsualMegabytes},      {"gcbench", make_gcbench, kUsualMegabytes},
    {"churn", make_churn, kUsualMegabytes},      {"strings", make_strings, kUsualMegabytes},
    {"drop", make_drop, kUsualMegabytes},        {"mark", make_mark, kUsualMegabytes},
    {"list", make_list, kUsualMegabytes},        {"pause", make_pause, kUsualMegabytes},
    {"steady", make_steady, kUsualMegabytes},    {"scale", make_scale, kMostMegabytes},
    {"allocate", make_allocate, kMostMegabytes}, {"fragmentation", make_fragmentation, kUsualMegabytes},
    {"handles", make_handles, kUsualMegabytes},  {"finalizers", make_finalizers, kUsualMegabytes},
    {"fifo", make_fifo, kUsualMegabytes},
};

}  // namespace

const Entry* find_workload(const char* name) {
  for (const Entry& entry : kWorkloads) {
    if (std::strcmp(entry.name, name) == 0) return &entry;
  }
  return find_program(name);
}

}  // namespace bench
