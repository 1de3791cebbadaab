// The interpreter has its objects, its table of symbols, and texts in and out (see lisp.h).
#include "lisp.h"

#include <cstring>

#include "builtins.h"
#include "evaluation.h"
#include "prelude.h"
#include "reader.h"

namespace lisp {
namespace {

constexpr struct {
  const char* name;
  Special special;
} kSpecials[] = {
    {"quote", kQuote},   {"quasiquote", kQuasiquote},    {"if", kIf},       {"define", kDefine}, {"set!", kSet},
    {"lambda", kLambda}, {"define-macro", kDefineMacro}, {"begin", kBegin},
};

// This is FNV-1a.
uint32_t hash_of(std::string_view text) {
  uint32_t hash = 2166136261u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

}  // namespace

Interpreter::Interpreter(gc::Heap& heap, uint32_t depth_max) : heap_(heap), depth_max_(depth_max) {
  {
    gc::Frame frame(heap_);
    symbols_ = frame.make_array<gc::Member<Symbol>>(kSymbolLists);
    if (symbols_ == nullptr) {
      fail("out of memory");
      return;
    }
    define_builtins(frame);
  }
  answer(kPrelude);
}

void Interpreter::define_builtins(gc::Frame& frame) {
  for (const auto& [name, special] : kSpecials) {
    const Value symbol = intern(frame, name);
    if (symbol) static_cast<Symbol*>(symbol.get())->special = special;
  }
  for (uint32_t i = 0; i < builtin_count(); ++i) {
    gc::Local<Builtin> object = frame.make<Builtin>();
    const Value symbol = intern(frame, builtin(i).name);
    if (!object || !symbol) return;
    object->kind = kBuiltin;
    object->index = i;
    static_cast<Symbol*>(symbol.get())->value = object;
  }
}

Object* Interpreter::fail(std::string text) {
  if (error_.empty()) error_ = std::move(text);
  return nullptr;
}

gc::Fresh<Object> Interpreter::cons(gc::Frame& frame, const Value& car, const Value& cdr) {
  gc::Local<Pair> made = frame.make<Pair>();
  if (!made) {
    fail("out of memory");
    return made.fresh();
  }
  made->kind = kPair;
  made->car.init(car);
  made->cdr.init(cdr);
  return made.fresh();
}

gc::Fresh<Object> Interpreter::make_string(gc::Frame& frame, std::string_view text) {
  gc::Local<String> string = frame.make<String>();
  gc::Local<char> bytes = frame.make_array<char>(static_cast<std::ptrdiff_t>(text.size() + 1));
  if (!string || !bytes) {
    fail("out of memory");
    string = nullptr;
    return string.fresh();
  }
  string->kind = kString;
  std::memcpy(bytes.get(), text.data(), text.size());
  string->bytes = bytes;
  string->length = static_cast<uint32_t>(text.size());
  return string.fresh();
}

gc::Fresh<Symbol> Interpreter::make_symbol(gc::Frame& frame, std::string_view name) {
  const Value text = make_string(frame, name);
  gc::Local<Symbol> symbol(frame);
  if (text) symbol = frame.make<Symbol>();
  if (!symbol) {
    fail("out of memory");
    return symbol.fresh();
  }
  symbol->kind = kSymbol;
  symbol->name = static_cast<String*>(text.get());
  return symbol.fresh();
}

gc::Fresh<Object> Interpreter::intern(gc::Frame& frame, std::string_view name) {
  const uint32_t list = hash_of(name) % kSymbolLists;
  for (Symbol* symbol = symbols_[list].get(); symbol != nullptr; symbol = symbol->next.get()) {
    if (view_of(symbol->name.get()) == name) return gc::Local<Symbol>(frame, symbol).fresh();
  }
  gc::Local<Symbol> symbol = make_symbol(frame, name);
  if (!symbol) return symbol.fresh();
  symbol->next = symbols_[list];
  symbols_[list] = symbol;
  return symbol.fresh();
}

Object* Interpreter::evaluate(gc::Frame& frame, Object* expression, Scope* scope, Object* function) {
  if (depth_ == depth_max_) return fail("calls are nested too deep");
  ++depth_;
  Evaluation evaluation(*this, frame, expression, scope);
  Object* const value = evaluation.run(function);
  --depth_;
  return value;
}

gc::Fresh<Object> Interpreter::apply(gc::Frame& frame, const Value& function, const Value& arguments) {
  Value value(frame);
  if (depth_ == depth_max_) {
    fail("calls are nested too deep");
    return value.fresh();
  }
  ++depth_;
  Evaluation evaluation(*this, frame, nullptr, nullptr);
  value = evaluation.run_call(function, arguments);
  --depth_;
  return value.fresh();
}

std::string Interpreter::answer(std::string_view text) {
  gc::Frame frame(heap_);
  printed_.clear();
  error_.clear();
  Reader reader(*this, text);
  Value value(frame, nothing());
  while (!failed() && !reader.at_end()) {
    value = reader.read(frame);
    if (value) value = evaluate(frame, value.get(), nullptr);
  }
  std::string all = std::move(printed_);
  printed_.clear();
  if (failed()) return all + "error: " + std::exchange(error_, {});
  return all + text_of(value.get());
}

}  // namespace lisp
