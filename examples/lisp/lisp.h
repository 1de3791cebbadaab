// This is the interpreter of a small Lisp. Expressions are lists, which are evaluated as they are; a call in tail
// position takes no stack; a macro is expanded once, in place.
//
//   lisp::Interpreter interpreter(heap);
//   const std::string answer = interpreter.answer("(+ 1 2)");     // "3", or "error: …"
//
// Every object that a function holds while it may allocate is in a Local, so that a collection may happen at any
// allocation, and even one that moves objects would find them all (the bench has such a heap as a peer).
// examples/lisp/README.md has the words of the language.
//
// Errors are no C++ exceptions: what fails notes the first text with fail() and gives null, and null goes up.
// inv.lisp.null: a null value means that failed() is true.
// Doors: value.h, builtins.h, reader.h.
#pragma once

#include <string>
#include <string_view>

#include "tables.h"
#include "value.h"

namespace lisp {

class Interpreter {
 public:
  // `depth_max` calls that are not in tail position may be one in the other. Each takes some 300 bytes of the stack.
  explicit Interpreter(gc::Heap& heap, uint32_t depth_max = 5000);
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  // Evaluates all expressions of a text. Returns what they printed, then the value of the last one, or an error. May
  // collect.
  std::string answer(std::string_view text);

  // ---- For builtins, the reader and the printer ----

  gc::Heap& heap() const { return heap_; }
  const WeakTables& tables() const { return tables_; }
  bool failed() const { return !error_.empty(); }
  // Notes the error, unless there is one already. Returns null.
  Object* fail(std::string text);
  void print(std::string_view text) { printed_ += text; }

  // Each may collect, and returns null when an error was noted. The value of an evaluation is good until the next
  // allocation. `function` is the value of a call's first part, where it is known already.
  Object* evaluate(gc::Frame& frame, Object* expression, Scope* scope, Object* function = nullptr);
  gc::Fresh<Object> apply(gc::Frame& frame, const Value& function, const Value& arguments);
  gc::Fresh<Object> cons(gc::Frame& frame, const Value& car, const Value& cdr);
  gc::Fresh<Object> make_string(gc::Frame& frame, std::string_view text);
  gc::Fresh<Object> intern(gc::Frame& frame, std::string_view name);
  // Makes a symbol that is not in the table.
  gc::Fresh<Symbol> make_symbol(gc::Frame& frame, std::string_view name);

 private:
  friend class Evaluation;

  static constexpr uint32_t kSymbolLists = 512;

  void define_builtins(gc::Frame& frame);

  gc::Heap& heap_;
  const WeakTables tables_{heap_};
  gc::Root<gc::Member<Symbol>> symbols_;  // lists by hash
  std::string error_, printed_;
  const uint32_t depth_max_;
  uint32_t depth_ = 0;
};

// Returns text that the reader reads again, where that can be. With `plainly`, strings have no quotes.
std::string text_of(const Object* value, bool plainly = false);

inline std::string_view view_of(const String* string) { return {string->bytes.get(), string->length}; }

}  // namespace lisp
