// This evaluates without allocating (see quiet.h).
#include "quiet.h"

namespace lisp {

Slot& slot_of(Symbol* symbol, Scope* scope) {
  for (; scope != nullptr; scope = scope->outer.get()) {
    Slot* value = scope->values();
    Object* names = scope->names.get();
    for (; is_pair(names); names = pair(names)->cdr.get(), ++value) {
      if (pair(names)->car.get() == symbol) return *value;
    }
    if (names == symbol) return *value;
  }
  return symbol->value;
}

const BuiltinEntry* short_call(const Object* function, Object* arguments) {
  if (function == nullptr || kind_of(function) != kBuiltin || !is_pair(arguments)) return nullptr;
  Object* const more = cdr_of(arguments);
  if (is_pair(more) && is_pair(cdr_of(more))) return nullptr;
  const uint32_t count = is_pair(more) ? 2 : 1;
  const BuiltinEntry& entry = entry_of(*static_cast<const Builtin*>(function));
  return entry.takes == Takes::kList || count < entry.least || count > entry.most ? nullptr : &entry;
}

const BuiltinEntry* Quiet::builtin_of(Object* call) const {
  Object* const head = car_of(call);
  if (!is_symbol(head) || static_cast<const Symbol*>(head)->special != kCall) return nullptr;
  Object* const arguments = cdr_of(call);
  const BuiltinEntry* const entry = short_call(slot_of(static_cast<Symbol*>(head), scope_).get(), arguments);
  if (entry == nullptr || !entry->is_quiet() || is_pair(car_of(arguments))) return nullptr;
  Object* const more = cdr_of(arguments);
  return is_pair(more) && is_pair(car_of(more)) ? nullptr : entry;
}

Object* Quiet::value_of_call(Object* call, const BuiltinEntry& builtin) const {
  Object* const arguments = cdr_of(call);
  Object* const more = cdr_of(arguments);
  Object* const a = value_of_plain(car_of(arguments));
  if (a == nullptr) return nullptr;
  if (!is_pair(more)) return builtin.run({lisp_, frame_, a, nullptr, nullptr, 1});
  Object* const b = value_of_plain(car_of(more));
  return b != nullptr ? builtin.run({lisp_, frame_, a, b, nullptr, 2}) : nullptr;
}

Object* Quiet::unbound(Symbol* symbol) const {
  return lisp_.fail("unbound variable: " + std::string(view_of(symbol->name.get())));
}

}  // namespace lisp
