// This makes text of values (see lisp.h). Long lists and deep ones are cut off, so circles end too.
#include "lisp.h"

namespace lisp {
namespace {

constexpr uint32_t kDepthMax = 50;
constexpr uint32_t kLengthMax = 1000;

class Printer {
 public:
  explicit Printer(bool plainly) : plainly_(plainly) {}

  void print(const Object* value, uint32_t depth) {
    if (value == nullptr) {
      text_ += "#<unbound>";
    } else if (is_fixnum(value)) {
      text_ += std::to_string(number_of(value));
    } else if (!is_object(value)) {
      text_ += value == nil() ? "()" : value == no() ? "#f" : value == yes() ? "#t" : "";
    } else if (depth == kDepthMax) {
      text_ += "…";
    } else {
      print_object(value, depth + 1);
    }
  }
  std::string take() { return std::move(text_); }

 private:
  void print_object(const Object* value, uint32_t depth) {
    switch (value->kind) {
      case kPair:
        return print_list(static_cast<const Pair*>(value), depth);
      case kSymbol:
        text_ += view_of(static_cast<const Symbol*>(value)->name.get());
        return;
      case kString:
        return print_string(view_of(static_cast<const String*>(value)));
      case kVector:
        return print_vector(*static_cast<const Vector*>(value), depth);
      case kTable:
        text_ += "#<table>";
        return;
      case kMacro:
        text_ += "#<macro>";
        return;
      default:
        text_ += "#<procedure>";
    }
  }
  void print_list(const Pair* list, uint32_t depth) {
    text_ += "(";
    for (uint32_t n = 0;; ++n) {
      print(list->car.get(), depth);
      const Object* const rest = list->cdr.get();
      if (n == kLengthMax) {
        text_ += " …";
        break;
      }
      if (is_pair(rest)) {
        text_ += " ";
        list = static_cast<const Pair*>(rest);
        continue;
      }
      if (rest != nil()) {
        text_ += " . ";
        print(rest, depth);
      }
      break;
    }
    text_ += ")";
  }
  void print_string(std::string_view bytes) {
    if (plainly_) {
      text_ += bytes;
      return;
    }
    text_ += '"';
    for (const char c : bytes) {
      if (c == '"' || c == '\\') text_ += '\\';
      if (c == '\n') {
        text_ += "\\n";
      } else {
        text_ += c;
      }
    }
    text_ += '"';
  }
  void print_vector(const Vector& vector, uint32_t depth) {
    text_ += "#(";
    for (uint32_t i = 0; i < vector.count && i < kLengthMax; ++i) {
      if (i != 0) text_ += " ";
      print(vector.items[i].get(), depth);
    }
    text_ += vector.count > kLengthMax ? " …)" : ")";
  }

  std::string text_;
  const bool plainly_;
};

}  // namespace

std::string text_of(const Object* value, bool plainly) {
  Printer printer(plainly);
  printer.print(value, 0);
  return printer.take();
}

}  // namespace lisp
