// These are the special forms of the Lisp: quote, quasiquote, if, define, define-macro, set!, lambda, begin (see
// evaluation.h).
#include "evaluation.h"

namespace lisp {
namespace {

bool is_list_of(const Object* list, uint32_t least, uint32_t most) {
  uint32_t count = 0;
  for (; is_pair(list) && count <= most; list = static_cast<const Pair*>(list)->cdr.get()) ++count;
  return list == nil() && count >= least && count <= most;
}

bool are_parameters(const Object* list) {
  for (; is_pair(list); list = static_cast<const Pair*>(list)->cdr.get()) {
    if (!is_symbol(static_cast<const Pair*>(list)->car.get())) return false;
  }
  return list == nil() || is_symbol(list);
}

bool begins_with(Object* list, std::string_view name) {
  if (!is_pair(list) || !is_symbol(pair(list)->car.get()) || !is_pair(pair(list)->cdr.get())) return false;
  return view_of(static_cast<const Symbol*>(pair(list)->car.get())->name.get()) == name;
}

Object* second(Object* list) { return pair(pair(list)->cdr.get())->car.get(); }
Object* third(Object* list) { return second(pair(list)->cdr.get()); }

}  // namespace

bool Evaluation::run_special(Special special) {
  Object* const expression = expression_.get();
  switch (special) {
    case kQuote:
      return is_list_of(expression, 2, 2) ? done(second(expression)) : fail_form("quote");
    case kQuasiquote:
      return run_quasiquote();
    case kIf:
      return run_if();
    case kDefine:
      return run_define(false);
    case kDefineMacro:
      return run_define(true);
    case kSet:
      return run_set();
    case kLambda:
      return run_lambda();
    default:
      return run_body(pair(expression)->cdr.get());
  }
}

bool Evaluation::run_if() {
  if (!is_list_of(expression_.get(), 3, 4)) return fail_form("if");
  const Object* const condition = value_of(second(expression_.get()));
  if (condition == nullptr) return done(nullptr);
  Object* const branches = pair(cdr(expression_))->cdr.get();
  if (condition != no()) {
    expression_ = pair(branches)->car;
    return true;
  }
  Object* const others = pair(branches)->cdr.get();
  if (!is_pair(others)) return done(nothing());
  expression_ = pair(others)->car;
  return true;
}

gc::Fresh<Object> Evaluation::make_closure(const Value& parameters, const Value& body, Kind kind) {
  gc::Local<Closure> closure = frame_.make<Closure>();
  if (!closure) {
    const Value none(frame_, lisp_.fail("out of memory"));
    return none.fresh();
  }
  closure->kind = kind;
  closure->parameters.init(parameters);
  closure->body.init(body);
  closure->scope.init(scope_);
  return closure.fresh();
}

bool Evaluation::run_lambda() {
  if (!is_list_of(expression_.get(), 3, ~0u - 1) || !are_parameters(second(expression_.get())))
    return fail_form("lambda");
  const Value parameters(frame_, second(expression_.get()));
  const Value body(frame_, pair(cdr(expression_))->cdr);
  expression_ = make_closure(parameters, body, kClosure);
  return false;
}

// This is (define name value), or (define (name parameter …) expression …), which is also the form of a macro.
bool Evaluation::run_define(bool is_macro) {
  const char* const form = is_macro ? "define-macro" : "define";
  if (scope_) return fail(std::string(form) + " is for the top level; within a procedure there are let and letrec");
  if (!is_list_of(expression_.get(), 3, ~0u - 1)) return fail_form(form);
  Value name(frame_, second(expression_.get()));
  Value value(frame_);
  if (is_pair(name.get())) {
    const Value parameters(frame_, cdr(name));
    const Value body(frame_, pair(cdr(expression_))->cdr);
    name = car(name);
    if (!is_symbol(name.get()) || !are_parameters(parameters.get())) return fail_form(form);
    value = make_closure(parameters, body, is_macro ? kMacro : kClosure);
  } else {
    if (is_macro || !is_symbol(name.get()) || !is_list_of(expression_.get(), 3, 3)) return fail_form(form);
    value = value_of(third(expression_.get()));
  }
  if (!value) return done(nullptr);
  auto* const symbol = static_cast<Symbol*>(name.get());
  if (symbol->special != kCall) return fail(text_of(symbol) + " is a special form");
  symbol->value = value;
  return done(nothing());
}

bool Evaluation::run_set() {
  if (!is_list_of(expression_.get(), 3, 3) || !is_symbol(second(expression_.get()))) return fail_form("set!");
  Object* const value = value_of(third(expression_.get()));
  if (value == nullptr) return done(nullptr);
  auto* const symbol = static_cast<Symbol*>(second(expression_.get()));
  Slot& slot = slot_of(symbol, scope_.get());
  if (slot == nullptr) return fail("unbound variable: " + text_of(symbol));
  slot = value;
  return done(nothing());
}

bool Evaluation::run_quasiquote() {
  if (!is_list_of(expression_.get(), 2, 2)) return fail_form("quasiquote");
  const Value pattern(frame_, second(expression_.get()));
  expression_ = filled_in(pattern);
  return false;
}

Object* Evaluation::filled_in(const Value& pattern) {
  if (!is_pair(pattern.get())) return pattern.get();
  if (begins_with(pattern.get(), "unquote")) return value_of(second(pattern.get()));
  Value rest(frame_, cdr(pattern));
  rest = filled_in(rest);
  if (!rest) return nullptr;
  Value first(frame_, car(pattern));
  if (!begins_with(first.get(), "unquote-splicing")) {
    first = filled_in(first);
    if (first) first = lisp_.cons(frame_, first, rest);
    return first.get();
  }
  first = value_of(second(first.get()));
  if (!first) return nullptr;
  // The spliced list is copied in front of the rest, from its end.
  uint32_t count = 0;
  for (Object* each = first.get(); is_pair(each); each = pair(each)->cdr.get()) ++count;
  Value item(frame_);
  for (; count != 0 && rest; --count) {
    Object* each = first.get();
    for (uint32_t i = 1; i < count; ++i) each = pair(each)->cdr.get();
    item = pair(each)->car;
    rest = lisp_.cons(frame_, item, rest);
  }
  return rest.get();
}

}  // namespace lisp
