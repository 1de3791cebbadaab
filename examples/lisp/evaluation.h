// One evaluation: an expression and the scope in which it is evaluated, replaced by the next ones until a value is
// left. What is not in tail position is an evaluation of its own, one level deeper on the machine's stack.
#pragma once

#include "builtins.h"

namespace lisp {

class Evaluation {
 public:
  Evaluation(Interpreter& interpreter, gc::Frame& frame, const Object* expression, const Scope* scope)
      : lisp_(interpreter),
        frame_(frame),
        expression_(frame, const_cast<Object*>(expression)),
        scope_(frame, const_cast<Scope*>(scope)) {}

  // The value of the expression; null and an error; good until the next allocation. May collect.
  Object* run();
  // The value of a call with arguments that are evaluated already. As run().
  Object* run_call(const Value& function, const Value& arguments);

 private:
  // One step; whether `expression_` is still to be evaluated, or is the value already (null: an error was noted).
  bool step();
  bool done(Object* value);
  bool fail(const std::string& text) { return done(lisp_.fail(text)); }
  bool fail_form(const char* form) { return fail(std::string("malformed ") + form); }

  bool run_special(Special special);
  bool run_if();
  bool run_define(bool is_macro);
  bool run_set();
  bool run_lambda();
  bool run_quasiquote();
  // All but the last one, which becomes the expression.
  bool run_body(Object* body);
  bool call();
  bool call_builtin(const BuiltinEntry& entry);
  bool call_with_all(const BuiltinEntry& entry);
  bool expand(Object* macro);
  // Makes the scope of a call and begins with the body; the expression is the list of arguments. `callee`: the closure
  // or, for ((lambda (x …) …) …), the list (lambda (x …) …). `evaluates`: the arguments are expressions.
  bool enter(Object* callee, bool evaluates);
  bool fill(Object* parameters, const gc::Local<Scope>& inner, bool evaluates);

  // Of a part of the expression: the value, or null; good until the next allocation. May collect.
  Object* value_of(Object* part);
  // Of the list that is the expression, which is nil then. May collect.
  gc::Fresh<Object> values();
  Object* filled_in(const Value& pattern);
  gc::Fresh<Object> make_closure(const Value& parameters, const Value& body, Kind kind);
  gc::Fresh<Scope> make_scope(uint32_t count);
  // Where the variable is: in a scope, or of the symbol. Never collects.
  Slot& slot_of(Symbol* symbol) const;
  Object* look_up(Symbol* symbol);

  Interpreter& lisp_;
  gc::Frame& frame_;
  Value expression_;
  gc::Local<Scope> scope_;
};

}  // namespace lisp
