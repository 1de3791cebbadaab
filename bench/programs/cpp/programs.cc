// This table has all programs by name (see programs.h).
#include "programs.h"

#include <cstring>

namespace bench {
namespace {

constexpr uint32_t kMegabytes = 1024;

constexpr Entry kPrograms[] = {
    {"splay", make_splay, kMegabytes},         {"richards", make_richards, kMegabytes},
    {"deltablue", make_deltablue, kMegabytes}, {"havlak", make_havlak, kMegabytes},
    {"raytrace", make_raytrace, kMegabytes},   {"lisp", make_lisp, kMegabytes},
    {"nqueens", make_nqueens, kMegabytes},
};

}  // namespace

const Entry* find_program(const char* name) {
  for (const Entry& entry : kPrograms) {
    if (std::strcmp(entry.name, name) == 0) return &entry;
  }
  return nullptr;
}

}  // namespace bench
