// What a C++ peer defines for door.cc, which makes cpp/exports.h of it.
#pragma once

#include "../cpp/stepped.h"

namespace bench {

// Null: no such workload.
Workload* make_peer_workload(const char* name, Sizes sizes);
void end_peer_workload(Workload* workload);

// How many collections there have been in the process; 0 where nothing is collected.
double collections();

}  // namespace bench
