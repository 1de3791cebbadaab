// The reader makes values of text: lists, dotted pairs, whole numbers, symbols, strings, #t and #f, and quotes as ' ` ,
// ,@.
#pragma once

#include "lisp.h"

namespace lisp {

class Reader {
 public:
  Reader(Interpreter& interpreter, std::string_view text) : interpreter_(interpreter), text_(text) {}

  // Returns whether nothing is left but space and comments.
  bool at_end();
  // Returns the next expression, or null and an error. May collect.
  gc::Fresh<Object> read(gc::Frame& frame);

 private:
  gc::Fresh<Object> fail(gc::Frame& frame, const char* text);
  gc::Fresh<Object> read_list(gc::Frame& frame);
  gc::Fresh<Object> read_string(gc::Frame& frame);
  gc::Fresh<Object> read_atom(gc::Frame& frame);
  gc::Fresh<Object> read_quoted(gc::Frame& frame, const char* symbol, size_t length);

  static constexpr uint32_t kDepthMax = 1000;

  Interpreter& interpreter_;
  std::string_view text_;
  uint32_t depth_ = 0;
};

// Returns whether the text ends inside a list or a string, so that a person wants to go on typing.
bool is_unfinished(std::string_view text);

}  // namespace lisp
