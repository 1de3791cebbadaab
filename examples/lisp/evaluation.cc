// This evaluates (see evaluation.h). Special forms are in special_forms.cc.
#include "evaluation.h"

#include <utility>

namespace lisp {

Object* Evaluation::run(Object* function) {
  if (function == nullptr || call_function(function)) {
    while (step()) {}
  }
  return expression_.get();
}

Object* Evaluation::run_call(const Value& function, const Value& arguments) {
  const Kind kind = kind_of(function.get());
  if (kind == kBuiltin) return call_with_list(lisp_, frame_, *static_cast<const Builtin*>(function.get()), arguments);
  if (kind != kClosure && kind != kMacro) return lisp_.fail("not a procedure: " + text_of(function.get()));
  expression_ = arguments;
  return enter(function.get(), false) ? run() : expression_.get();
}

bool Evaluation::done(Object* value) {
  expression_ = value;
  return false;
}

bool Evaluation::step() {
  Object* const expression = expression_.get();
  if (!is_object(expression)) return false;
  if (expression->kind == kSymbol) return done(quiet().value_of(expression, nullptr));
  if (expression->kind != kPair) return false;
  const Object* const head = pair(expression)->car.get();
  if (is_symbol(head)) {
    const Special special = static_cast<const Symbol*>(head)->special;
    if (special != kCall) return run_special(special);
  }
  return call();
}

Object* Evaluation::value_of(Object* part) {
  if (!is_pair(part)) return quiet().value_of(part, nullptr);
  Object* const head = car_of(part);
  if (!is_symbol(head) || static_cast<const Symbol*>(head)->special != kCall)
    return lisp_.evaluate(frame_, part, scope_.get());
  Object* const function = quiet().look_up(static_cast<Symbol*>(head));
  if (function == nullptr) return nullptr;
  Object* value = nullptr;
  if (run_leaf(function, cdr_of(part), &value)) return value;
  return lisp_.evaluate(frame_, part, scope_.get(), function);
}

bool Evaluation::run_leaf(Object* function, Object* arguments, Object** value) {
  const BuiltinEntry* const entry = short_call(function, arguments);
  if (entry == nullptr) return false;
  const Quiet parts = quiet();
  const BuiltinEntry *first = nullptr, *second = nullptr;
  Object* const more = cdr_of(arguments);
  const uint32_t count = is_pair(more) ? 2 : 1;
  if (!parts.finds(car_of(arguments), &first) || (count == 2 && !parts.finds(car_of(more), &second))) return false;
  Object* const a = parts.value_of(car_of(arguments), first);
  Object* const b = count == 2 && a != nullptr ? parts.value_of(car_of(more), second) : nullptr;
  if (a != nullptr && (count == 1 || b != nullptr)) *value = entry->run({lisp_, frame_, a, b, nullptr, count});
  return true;
}

gc::Fresh<Object> Evaluation::values() {
  Value first(frame_, nil());
  Value last(frame_);
  Value value(frame_);
  const Value empty(frame_, nil());
  for (; is_pair(expression_.get()); expression_ = cdr(expression_)) {
    value = value_of(car(expression_));
    if (value) value = lisp_.cons(frame_, value, empty);
    if (!value) return value.fresh();
    if (last) {
      pair(last.get())->cdr = value;
    } else {
      first = value;
    }
    last = value;
  }
  return first.fresh();
}

bool Evaluation::call() {
  Object* const head = car(expression_);
  // ((lambda (x …) …) …) needs no closure.
  if (is_pair(head) && is_symbol(pair(head)->car.get()) && is_pair(pair(head)->cdr.get()) &&
      static_cast<const Symbol*>(pair(head)->car.get())->special == kLambda) {
    expression_ = cdr(expression_);
    return enter(head, true);
  }
  Object* const function = value_of(head);
  return function != nullptr ? call_function(function) : done(nullptr);
}

bool Evaluation::call_function(Object* function) {
  const Kind kind = kind_of(function);
  if (kind == kMacro) return expand(function);
  expression_ = cdr(expression_);
  if (kind == kBuiltin) return call_builtin(entry_of(*static_cast<const Builtin*>(function)));
  return kind == kClosure ? enter(function, true) : fail("not a procedure: " + text_of(function));
}

gc::Fresh<Scope> Evaluation::make_scope(uint32_t count) {
  switch (count) {
    case 1:
      return frame_.make<ScopeOf<1>>();
    case 2:
      return frame_.make<ScopeOf<2>>();
    case 3:
      return frame_.make<ScopeOf<3>>();
    case 4:
      return frame_.make<ScopeOf<4>>();
    default:
      return count <= 8 ? gc::Fresh<Scope>(frame_.make<ScopeOf<8>>())
                        : gc::Fresh<Scope>(frame_.make<ScopeOf<kParametersMax>>());
  }
}

namespace {

bool is_closure(const Object* callee) { return callee->kind != kPair; }
Object* parameters_of(Object* callee) {
  return is_closure(callee) ? static_cast<Closure*>(callee)->parameters.get() : car_of(cdr_of(callee));
}
Object* body_of(Object* callee) {
  return is_closure(callee) ? static_cast<Closure*>(callee)->body.get() : cdr_of(cdr_of(callee));
}

}  // namespace

bool Evaluation::enter(Object* callee_now, bool evaluates) {
  uint32_t count = 0;
  const BuiltinEntry* builtins[kParametersMax];
  const Quiet parts = quiet();
  Object* names = parameters_of(callee_now);
  Object* arguments = expression_.get();
  bool is_quiet = evaluates;
  for (; is_pair(names); names = cdr_of(names), ++count) {
    is_quiet =
        is_quiet && count < kParametersMax && is_pair(arguments) && parts.finds(car_of(arguments), &builtins[count]);
    if (is_quiet) arguments = cdr_of(arguments);
  }
  is_quiet = is_quiet && names == nil() && !is_pair(arguments);
  if (is_symbol(names)) ++count;
  if (count == 0) {
    if (is_pair(expression_.get())) return fail("too many arguments");
    if (is_closure(callee_now)) scope_ = static_cast<Closure*>(callee_now)->scope;
    return run_body(body_of(callee_now));
  }
  if (is_quiet) return enter_quietly(callee_now, count, builtins);
  if (count > kParametersMax) return fail("more parameters than a procedure may have");
  const Value callee(frame_, callee_now);
  const gc::Local<Scope> inner = make_scope(count);
  if (!inner) return fail("out of memory");
  inner->outer.init(is_closure(callee.get()) ? static_cast<Closure*>(callee.get())->scope.get() : scope_.get());
  inner->names.init(parameters_of(callee.get()));
  if (!fill(parameters_of(callee.get()), inner, evaluates)) return false;
  scope_ = inner;
  return run_body(body_of(callee.get()));
}

bool Evaluation::enter_quietly(Object* callee_now, uint32_t count, const BuiltinEntry* const* builtins) {
  const Value kept(frame_, callee_now);
  gc::Fresh<Scope> made = make_scope(count);
  // Nothing is allocated from here on.
  const Quiet parts = quiet();
  Object* const callee = kept.get();
  Scope* const outer = is_closure(callee) ? static_cast<Closure*>(callee)->scope.get() : scope_.get();
  scope_ = std::move(made);
  if (!scope_) return fail("out of memory");
  Scope* const inner = scope_.get();
  inner->outer.init(outer);
  inner->names.init(parameters_of(callee));
  Object* arguments = expression_.get();
  for (uint32_t i = 0; i < count; ++i, arguments = cdr_of(arguments)) {
    Object* const value = parts.value_of(car_of(arguments), builtins[i]);
    if (value == nullptr) return done(nullptr);
    inner->values()[i].init(value);
  }
  return run_body(body_of(callee));
}

bool Evaluation::fill(Object* parameters, const gc::Local<Scope>& inner, bool evaluates) {
  uint32_t count = 0;
  for (; is_pair(parameters); parameters = cdr_of(parameters)) ++count;
  const bool has_rest = parameters != nil();
  for (uint32_t i = 0; i < count; ++i, expression_ = cdr(expression_)) {
    if (!is_pair(expression_.get())) return fail("too few arguments");
    Object* const value = evaluates ? value_of(car(expression_)) : car(expression_);
    if (value == nullptr) return done(nullptr);
    inner->values()[i] = value;
  }
  if (!has_rest) return is_pair(expression_.get()) ? fail("too many arguments") : true;
  Value rest(frame_, expression_.get());
  if (evaluates) rest = values();
  if (!rest) return done(nullptr);
  inner->values()[count] = rest;
  return true;
}

bool Evaluation::run_body(Object* body) {
  if (!is_pair(body)) return done(nothing());
  expression_ = body;
  for (; is_pair(cdr(expression_)); expression_ = cdr(expression_)) {
    if (value_of(car(expression_)) == nullptr) return done(nullptr);
  }
  expression_ = car(expression_);
  return true;
}

bool Evaluation::expand(Object* macro_now) {
  const Value macro(frame_, macro_now);
  const Value arguments(frame_, cdr(expression_));
  Value expansion = lisp_.apply(frame_, macro, arguments);
  if (!expansion) return done(nullptr);
  // This happens in place, so that it is done once: (x …) becomes its expansion, or (begin expansion).
  if (is_pair(expansion.get())) {
    pair(expression_.get())->car = car(expansion);
    pair(expression_.get())->cdr = cdr(expansion);
    return true;
  }
  Value list(frame_, nil());
  list = lisp_.cons(frame_, expansion, list);
  if (!list) return done(nullptr);
  pair(expression_.get())->cdr = list;
  list = lisp_.intern(frame_, "begin");
  pair(expression_.get())->car = list;
  return true;
}

bool Evaluation::call_builtin(const BuiltinEntry& entry) {
  if (entry.takes == Takes::kList) {
    const Value list = values();
    return done(list ? entry.run({lisp_, frame_, list.get(), nullptr, nullptr, 1}) : nullptr);
  }
  // One or two arguments are most usual. A value needs a root only while the one after it is computed.
  if (!is_pair(expression_.get()) || entry.most == kArgumentsMax) return call_with_all(entry);
  Object* const second = cdr(expression_);
  if (is_pair(second) && (is_pair(cdr_of(second)) || entry.most < 2)) return call_with_all(entry);
  Object* a = value_of(car(expression_));
  if (a == nullptr) return done(nullptr);
  if (!is_pair(cdr(expression_))) {
    if (entry.least > 1) return fail(std::string("too few arguments: ") + entry.name);
    return done(entry.run({lisp_, frame_, a, nullptr, nullptr, 1}));
  }
  Object* const part = car_of(cdr(expression_));
  Object* b = nullptr;
  if (is_pair(part)) {
    const Value kept(frame_, a);
    b = value_of(part);
    a = kept.get();
  } else {
    b = value_of(part);
  }
  return done(b != nullptr ? entry.run({lisp_, frame_, a, b, nullptr, 2}) : nullptr);
}

bool Evaluation::call_with_all(const BuiltinEntry& entry) {
  Value a(frame_);
  Value b(frame_);
  Value c(frame_);
  Value* const places[] = {&a, &b, &c};
  uint32_t count = 0;
  for (; is_pair(expression_.get()); expression_ = cdr(expression_)) {
    // (+ a b c) is (+ (+ a b) c).
    if (count == entry.most) {
      if (entry.takes != Takes::kFold) return fail(std::string("too many arguments: ") + entry.name);
      a = entry.run({lisp_, frame_, a.get(), b.get(), c.get(), count});
      if (!a) return done(nullptr);
      --count;
    }
    *places[count] = value_of(car(expression_));
    if (!*places[count]) return done(nullptr);
    ++count;
  }
  if (count < entry.least) return fail(std::string("too few arguments: ") + entry.name);
  return done(entry.run({lisp_, frame_, a.get(), b.get(), c.get(), count}));
}

}  // namespace lisp
