// This is the baseline of the Lisp: the same interpreter runs over a semispace collector of 4 MiB (faces/semispace).
#include <cstring>

#include "../programs/cpp/programs.h"
#include "door.h"

namespace bench {
namespace {

gc::Heap heap;

}  // namespace

Workload* make_peer_workload(const char* name, Sizes sizes) {
  if (std::strcmp(name, "lisp") == 0) return make_lisp(heap, sizes);
  return std::strcmp(name, "nqueens") == 0 ? make_nqueens(heap, sizes) : nullptr;
}

void end_peer_workload(Workload* workload) { delete workload; }
double collections() { return gc::space.collections; }

}  // namespace bench
