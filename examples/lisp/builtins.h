// These procedures of the language are written in C++. Each gets its arguments as plain pointers, which are good until
// its first allocation, and gives a value of the same kind, or null and an error. Most allocate nothing, so nothing is
// rooted for them.
#pragma once

#include "lisp.h"

namespace lisp {

inline constexpr uint32_t kParametersMax = 16;

inline constexpr uint32_t kArgumentsMax = 3;

struct Call {
  Interpreter& lisp;
  gc::Frame& frame;
  Object *a, *b, *c;
  uint32_t count;  // of arguments
};

enum class Takes : uint8_t {
  kEach,   // up to three arguments
  kQuiet,  // the same; allocates nothing, so that nothing needs a root while it runs
  kFold,   // two; more are folded from the left; allocates nothing
  kList,   // any number, as a list in `a`
};

struct BuiltinEntry {
  const char* name;
  uint32_t least, most;
  Takes takes;
  Object* (*run)(const Call& call);

  bool is_quiet() const { return takes == Takes::kQuiet || takes == Takes::kFold; }
};

uint32_t builtin_count();
const BuiltinEntry& builtin(uint32_t index);
inline const BuiltinEntry& entry_of(const Builtin& object) { return builtin(object.index); }

// Calls a builtin with the arguments in a list. May collect.
Object* call_with_list(Interpreter& lisp, gc::Frame& frame, const Builtin& object, const Value& arguments);

}  // namespace lisp
