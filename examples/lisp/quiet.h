// Some parts of an expression are found *quietly*, which is to say without an allocation: constants, variables, and
// calls of quiet builtins whose one or two arguments are constants or variables. While they are evaluated nothing is
// collected, so plain pointers will do, and no Local is made. That is most of what programs compute.
#pragma once

#include "builtins.h"

namespace lisp {

// Returns where the variable is: in a scope, or at the symbol. Never collects.
Slot& slot_of(Symbol* symbol, Scope* scope);

// Returns the builtin that `function` is, if it takes as many arguments as there are, and these are one or two; else
// null.
const BuiltinEntry* short_call(const Object* function, Object* arguments);

// These are the parts of expressions in a scope. It is good until the next allocation.
class Quiet {
 public:
  Quiet(Interpreter& lisp, gc::Frame& frame, Scope* scope) : lisp_(lisp), frame_(frame), scope_(scope) {}

  // Tells whether a part is found quietly. Of a call `*builtin` is what is called; else it is null.
  bool finds(Object* part, const BuiltinEntry** builtin) const {
    *builtin = is_pair(part) ? builtin_of(part) : nullptr;
    return *builtin != nullptr || !is_pair(part);
  }
  // Returns the value of such a part, or null when an error was noted.
  Object* value_of(Object* part, const BuiltinEntry* builtin) const {
    return builtin != nullptr ? value_of_call(part, *builtin) : value_of_plain(part);
  }
  Object* look_up(Symbol* symbol) const {
    Object* const value = slot_of(symbol, scope_).get();
    return value != nullptr ? value : unbound(symbol);
  }

 private:
  const BuiltinEntry* builtin_of(Object* call) const;
  Object* value_of_call(Object* call, const BuiltinEntry& builtin) const;
  Object* value_of_plain(Object* part) const { return is_symbol(part) ? look_up(static_cast<Symbol*>(part)) : part; }
  Object* unbound(Symbol* symbol) const;

  Interpreter& lisp_;
  gc::Frame& frame_;
  Scope* const scope_;
};

}  // namespace lisp
