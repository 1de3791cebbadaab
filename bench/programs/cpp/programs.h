// The group *programs* has whole programs, each written from its published description. Their sources are compiled for
// our heap, and unchanged for other collectors behind a header of the same face (bench/faces/). So they use only what
// such a face has: Heap, Frame, Local, Member, Root, Fresh, and MALLOCGC_TYPE.
#pragma once

#include "../../cpp/workload.h"

namespace bench {

// Returns null if there is no such program.
const Entry* find_program(const char* name);

Workload* make_splay(gc::Heap& heap, Sizes sizes);      // a: nodes, b: operations
Workload* make_richards(gc::Heap& heap, Sizes sizes);   // a: rounds
Workload* make_deltablue(gc::Heap& heap, Sizes sizes);  // a: constraints of a problem, b: rounds
Workload* make_havlak(gc::Heap& heap, Sizes sizes);     // a: groups of loops, b: rounds
Workload* make_raytrace(gc::Heap& heap, Sizes sizes);   // a: pixels of a side, b: pictures
Workload* make_lisp(gc::Heap& heap, Sizes sizes);       // a: queens, b: rounds of three tasks
Workload* make_nqueens(gc::Heap& heap, Sizes sizes);    // a: queens, b: rounds

}  // namespace bench
