// One evaluation has an expression and the scope in which it is evaluated. The next ones replace them until a value is
// left. What is not in tail position is an evaluation of its own, one level deeper on the machine's stack.
#pragma once

#include "quiet.h"

namespace lisp {

class Evaluation {
 public:
  Evaluation(Interpreter& interpreter, gc::Frame& frame, const Object* expression, const Scope* scope)
      : lisp_(interpreter),
        frame_(frame),
        expression_(frame, const_cast<Object*>(expression)),
        scope_(frame, const_cast<Scope*>(scope)) {}

  // Returns the value of the expression, or null and an error. It is good until the next allocation. May collect.
  // `function` is the value of the first part of a call, where it is known already.
  Object* run(Object* function = nullptr);
  // Returns the value of a call with arguments that are evaluated already, as run() does.
  Object* run_call(const Value& function, const Value& arguments);

 private:
  // Does one step. Returns whether `expression_` is still to be evaluated; else it is the value (null: an error was
  // noted).
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
  // Evaluates all but the last expression of a body, which becomes the expression.
  bool run_body(Object* body);
  bool call();
  bool call_function(Object* function);
  bool call_builtin(const BuiltinEntry& entry);
  bool call_with_all(const BuiltinEntry& entry);
  bool expand(Object* macro);
  // Makes the scope of a call and begins with the body. The expression is the list of arguments. `callee` is the
  // closure or, for ((lambda (x …) …) …), the list (lambda (x …) …). With `evaluates` the arguments are expressions.
  bool enter(Object* callee, bool evaluates);
  // Does the same where all `count` arguments are found quietly: only the scope is allocated, before their values.
  bool enter_quietly(Object* callee, uint32_t count, const BuiltinEntry* const* builtins);
  bool fill(Object* parameters, const gc::Local<Scope>& inner, bool evaluates);

  // Returns the value of a part of the expression, or null. It is good until the next allocation. May collect.
  Object* value_of(Object* part);
  // Does the same for a call of a builtin whose one or two arguments are found quietly. Nothing is allocated before it
  // runs, so nothing is rooted. Returns false if it is another call, and does nothing then. May collect.
  bool run_leaf(Object* function, Object* arguments, Object** value);
  Quiet quiet() const { return {lisp_, frame_, scope_.get()}; }
  // Returns the values of the list that is the expression, which is nil then. May collect.
  gc::Fresh<Object> values();
  Object* filled_in(const Value& pattern);
  gc::Fresh<Object> make_closure(const Value& parameters, const Value& body, Kind kind);
  gc::Fresh<Scope> make_scope(uint32_t count);
  Interpreter& lisp_;
  gc::Frame& frame_;
  Value expression_;
  gc::Local<Scope> scope_;
};

}  // namespace lisp
