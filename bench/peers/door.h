// A C++ peer defines this for door.cc, which makes cpp/exports.h of it.
#pragma once

#include "../cpp/stepped.h"

namespace bench {

// Returns null if there is no such workload.
Workload* make_peer_workload(const char* name, Sizes sizes);
void end_peer_workload(Workload* workload);

// Returns how many collections there have been in the process, or 0 where nothing is collected.
double collections();

}  // namespace bench
