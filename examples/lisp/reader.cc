// This makes values of text (see reader.h).
#include "reader.h"

#include <charconv>

namespace lisp {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool ends_atom(char c) { return is_space(c) || c == '(' || c == ')' || c == '"' || c == ';' || c == '\''; }

}  // namespace

bool Reader::at_end() {
  while (!text_.empty()) {
    if (text_[0] == ';') {
      while (!text_.empty() && text_[0] != '\n') text_.remove_prefix(1);
    } else if (is_space(text_[0])) {
      text_.remove_prefix(1);
    } else {
      return false;
    }
  }
  return true;
}

gc::Fresh<Object> Reader::fail(gc::Frame& frame, const char* text) {
  return Value(frame, interpreter_.fail(text)).fresh();
}

gc::Fresh<Object> Reader::read(gc::Frame& frame) {
  if (at_end()) return fail(frame, "the text ends in the middle of an expression");
  if (text_[0] == '(') {
    if (depth_ == kDepthMax) return fail(frame, "lists are nested too deep to be read");
    text_.remove_prefix(1);
    ++depth_;
    Value list = read_list(frame);
    --depth_;
    return list.fresh();
  }
  if (text_[0] == ')') return fail(frame, "a ) without a (");
  if (text_[0] == '"') return read_string(frame);
  if (text_[0] == '\'') return read_quoted(frame, "quote", 1);
  if (text_[0] == '`') return read_quoted(frame, "quasiquote", 1);
  if (text_.substr(0, 2) == ",@") return read_quoted(frame, "unquote-splicing", 2);
  if (text_[0] == ',') return read_quoted(frame, "unquote", 1);
  return read_atom(frame);
}

gc::Fresh<Object> Reader::read_quoted(gc::Frame& frame, const char* symbol, size_t length) {
  if (depth_ == kDepthMax) return fail(frame, "quotes are nested too deep to be read");
  text_.remove_prefix(length);
  ++depth_;
  Value item = read(frame);
  --depth_;
  if (!item) return item.fresh();
  Value list(frame, nil());
  list = interpreter_.cons(frame, item, list);
  item = interpreter_.intern(frame, symbol);
  return interpreter_.cons(frame, item, list);
}

gc::Fresh<Object> Reader::read_list(gc::Frame& frame) {
  Value first(frame, nil());
  Value last(frame);
  Value item(frame);
  Value link(frame);
  const Value empty(frame, nil());
  for (;;) {
    if (at_end()) return fail(frame, "a list without its )");
    if (text_[0] == ')') {
      text_.remove_prefix(1);
      return first.fresh();
    }
    const bool is_dot = last && text_.size() > 1 && text_[0] == '.' && ends_atom(text_[1]);
    if (is_dot) text_.remove_prefix(1);
    item = read(frame);
    if (!item) return item.fresh();
    if (is_dot) {
      pair(last.get())->cdr = item;
      if (at_end() || text_[0] != ')') return fail(frame, "more than one expression after a dot");
      continue;
    }
    link = interpreter_.cons(frame, item, empty);
    if (!link) return link.fresh();
    if (last) {
      pair(last.get())->cdr = link;
    } else {
      first = link;
    }
    last = link;
  }
}

gc::Fresh<Object> Reader::read_string(gc::Frame& frame) {
  std::string bytes;
  for (size_t i = 1; i < text_.size(); ++i) {
    char c = text_[i];
    if (c == '"') {
      text_.remove_prefix(i + 1);
      return interpreter_.make_string(frame, bytes);
    }
    if (c == '\\' && ++i < text_.size()) c = text_[i] == 'n' ? '\n' : text_[i] == 't' ? '\t' : text_[i];
    bytes += c;
  }
  return fail(frame, "a string without its end");
}

gc::Fresh<Object> Reader::read_atom(gc::Frame& frame) {
  size_t length = 1;
  while (length < text_.size() && !ends_atom(text_[length])) ++length;
  const std::string_view atom = text_.substr(0, length);
  text_.remove_prefix(length);
  if (atom == "#t") return Value(frame, yes()).fresh();
  if (atom == "#f") return Value(frame, no()).fresh();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(atom.data(), atom.data() + atom.size(), number);
  if (end != atom.data() + atom.size()) return interpreter_.intern(frame, atom);
  if (error != std::errc() || number < kFixnumMin || number > kFixnumMax)
    return fail(frame, "a number that is too large");
  return Value(frame, fixnum(static_cast<intptr_t>(number))).fresh();
}

bool is_unfinished(std::string_view text) {
  int depth = 0;
  bool in_string = false, in_comment = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_comment) {
      in_comment = c != '\n';
    } else if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else {
      in_string = c == '"';
      in_comment = c == ';';
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    }
  }
  return in_string || depth > 0;
}

}  // namespace lisp
