// These are the procedures that are written in C++ (see builtins.h).
#include "builtins.h"

#include <iterator>

namespace lisp {
namespace {

// ---- Checks ----

Object* wrong(const Call& call, const char* what, const Object* value) {
  return call.lisp.fail(std::string("not ") + what + ": " + text_of(value));
}
bool are_numbers(const Call& call) { return is_fixnum(call.a) && is_fixnum(call.b); }
Object* not_numbers(const Call& call) { return wrong(call, "a number", is_fixnum(call.a) ? call.b : call.a); }
Object* number(const Call& call, int64_t value) {
  if (value < kFixnumMin || value > kFixnumMax) return call.lisp.fail("the number is too large");
  return fixnum(static_cast<intptr_t>(value));
}
template <class T>
T* as(Object* value, Kind kind) {
  return kind_of(value) == kind ? static_cast<T*>(value) : nullptr;
}
// Checks the items. Returns null where the index is none.
Slot* item_of(const Call& call) {
  Vector* const vector = as<Vector>(call.a, kVector);
  if (vector == nullptr) return static_cast<Slot*>(nullptr);
  const intptr_t index = is_fixnum(call.b) ? number_of(call.b) : -1;
  return index < 0 || index >= static_cast<intptr_t>(vector->count) ? nullptr
                                                                    : &vector->items[static_cast<size_t>(index)];
}
Object* not_an_item(const Call& call) {
  if (as<Vector>(call.a, kVector) == nullptr) return wrong(call, "a vector", call.a);
  return wrong(call, "an index of the vector", call.b);
}

// ---- Numbers ----

template <class Operation>
Object* arithmetic(const Call& call, Operation operation) {
  if (!are_numbers(call)) return not_numbers(call);
  return number(call, operation(int64_t{number_of(call.a)}, int64_t{number_of(call.b)}));
}
Object* add(const Call& call) {
  if (call.count == 0) return fixnum(0);
  if (call.count == 1) return is_fixnum(call.a) ? call.a : wrong(call, "a number", call.a);
  return arithmetic(call, [](int64_t a, int64_t b) { return a + b; });
}
Object* subtract(const Call& call) {
  if (call.count == 1)
    return is_fixnum(call.a) ? number(call, -int64_t{number_of(call.a)}) : wrong(call, "a number", call.a);
  return arithmetic(call, [](int64_t a, int64_t b) { return a - b; });
}
Object* multiply(const Call& call) {
  if (call.count == 0) return fixnum(1);
  if (call.count == 1) return is_fixnum(call.a) ? call.a : wrong(call, "a number", call.a);
  if (!are_numbers(call)) return not_numbers(call);
  int64_t product = 0;
  if (__builtin_mul_overflow(int64_t{number_of(call.a)}, int64_t{number_of(call.b)}, &product))
    return call.lisp.fail("the number is too large");
  return number(call, product);
}
template <class Operation>
Object* divide(const Call& call, Operation operation) {
  if (are_numbers(call) && number_of(call.b) == 0) return call.lisp.fail("division by zero");
  return arithmetic(call, operation);
}
Object* quotient(const Call& call) {
  return divide(call, [](int64_t a, int64_t b) { return a / b; });
}
Object* remainder(const Call& call) {
  return divide(call, [](int64_t a, int64_t b) { return a % b; });
}
template <class Relation>
Object* compare(const Call& call, Relation relation) {
  if (!are_numbers(call)) return not_numbers(call);
  return truth(relation(number_of(call.a), number_of(call.b)));
}
Object* is_less(const Call& call) {
  return compare(call, [](intptr_t a, intptr_t b) { return a < b; });
}
Object* is_greater(const Call& call) {
  return compare(call, [](intptr_t a, intptr_t b) { return a > b; });
}
Object* is_equal_number(const Call& call) {
  return compare(call, [](intptr_t a, intptr_t b) { return a == b; });
}

// ---- Lists ----

Object* cons(const Call& call) {
  const Value a(call.frame, call.a);
  const Value b(call.frame, call.b);
  return Value(call.lisp.cons(call.frame, a, b)).get();
}
Object* first(const Call& call) { return is_pair(call.a) ? car_of(call.a) : wrong(call, "a pair", call.a); }
Object* rest(const Call& call) { return is_pair(call.a) ? cdr_of(call.a) : wrong(call, "a pair", call.a); }
Object* set_first(const Call& call) {
  if (!is_pair(call.a)) return wrong(call, "a pair", call.a);
  pair(call.a)->car = call.b;
  return nothing();
}
Object* set_rest(const Call& call) {
  if (!is_pair(call.a)) return wrong(call, "a pair", call.a);
  pair(call.a)->cdr = call.b;
  return nothing();
}
Object* list(const Call& call) { return call.a; }

// ---- Questions ----

template <Kind kKind>
Object* is_of_kind(const Call& call) {
  return truth(kind_of(call.a) == kKind);
}
Object* is_procedure(const Call& call) {
  const Kind kind = kind_of(call.a);
  return truth(kind == kClosure || kind == kBuiltin);
}
Object* is_null(const Call& call) { return truth(call.a == nil()); }
Object* is_not(const Call& call) { return truth(call.a == no()); }
Object* is_same(const Call& call) { return truth(call.a == call.b); }

// Strings and lists of equal things are equal. A list may be long, but not deep.
constexpr uint32_t kEqualDepthMax = 500;
bool are_equal(const Object* a, const Object* b, uint32_t depth) {
  while (a != b) {
    if (kind_of(a) != kind_of(b) || depth == kEqualDepthMax) return false;
    if (kind_of(a) == kString) return view_of(static_cast<const String*>(a)) == view_of(static_cast<const String*>(b));
    if (kind_of(a) != kPair) return false;
    const auto *const p = static_cast<const Pair*>(a), *const q = static_cast<const Pair*>(b);
    if (!are_equal(p->car.get(), q->car.get(), depth + 1)) return false;
    a = p->cdr.get();
    b = q->cdr.get();
  }
  return true;
}
Object* is_equal(const Call& call) { return truth(are_equal(call.a, call.b, 0)); }

// ---- Vectors ----

Object* make_vector(const Call& call) {
  constexpr intptr_t kItemsMax = 1 << 24;
  const intptr_t count = is_fixnum(call.a) ? number_of(call.a) : -1;
  if (count < 0 || count > kItemsMax) return wrong(call, "a length", call.a);
  const Value fill(call.frame, call.count > 1 ? call.b : fixnum(0));
  gc::Local<Vector> vector = call.frame.make<Vector>();
  if (!vector) return call.lisp.fail("out of memory");
  vector->kind = kVector;
  gc::Local<Slot> items = call.frame.make_array<Slot>(count);
  if (!items && count != 0) return call.lisp.fail("out of memory");
  vector->items = items;
  vector->count = static_cast<uint32_t>(count);
  for (intptr_t i = 0; i < count; ++i) items[static_cast<size_t>(i)] = fill;
  return vector.get();
}
Object* vector_length(const Call& call) {
  const Vector* const vector = as<Vector>(call.a, kVector);
  return vector != nullptr ? fixnum(static_cast<intptr_t>(vector->count)) : wrong(call, "a vector", call.a);
}
Object* vector_item(const Call& call) {
  const Slot* const item = item_of(call);
  return item != nullptr ? item->get() : not_an_item(call);
}
Object* set_vector_item(const Call& call) {
  Slot* const item = item_of(call);
  if (item == nullptr) return not_an_item(call);
  *item = call.c;
  return nothing();
}

// ---- Strings and symbols ----

Object* append_strings(const Call& call) {
  std::string all;
  for (const Object* each = call.a; is_pair(each); each = static_cast<const Pair*>(each)->cdr.get()) {
    const Object* const item = static_cast<const Pair*>(each)->car.get();
    if (kind_of(item) != kString) return call.lisp.fail("not a string: " + text_of(item));
    all += view_of(static_cast<const String*>(item));
  }
  return Value(call.lisp.make_string(call.frame, all)).get();
}
Object* string_length(const Call& call) {
  const String* const string = as<String>(call.a, kString);
  return string != nullptr ? fixnum(static_cast<intptr_t>(string->length)) : wrong(call, "a string", call.a);
}
Object* to_string(const Call& call) { return Value(call.lisp.make_string(call.frame, text_of(call.a, true))).get(); }
Object* to_symbol(const Call& call) {
  const String* const string = as<String>(call.a, kString);
  if (string == nullptr) return wrong(call, "a string", call.a);
  const std::string name(view_of(string));
  return Value(call.lisp.intern(call.frame, name)).get();
}
Object* make_new_symbol(const Call& call) {
  static uint32_t number = 0;
  return gc::Local<Symbol>(call.lisp.make_symbol(call.frame, "g" + std::to_string(++number))).get();
}

// ---- Tables with weak keys ----

Object* make_table(const Call& call) {
  const gc::Local<Table> table = call.lisp.tables().make(call.frame);
  return table ? table.get() : call.lisp.fail("out of memory");
}
Object* table_get(const Call& call) {
  const Table* const table = as<Table>(call.a, kTable);
  if (table == nullptr) return wrong(call, "a table", call.a);
  Object* const value = call.lisp.tables().get(*table, call.b);
  return value != nullptr ? value : call.count > 2 ? call.c : no();
}
Object* table_set(const Call& call) {
  if (as<Table>(call.a, kTable) == nullptr) return wrong(call, "a table", call.a);
  const gc::Local<Table> table(call.frame, static_cast<Table*>(call.a));
  const Value key(call.frame, call.b);
  const Value value(call.frame, call.c);
  return call.lisp.tables().put(call.frame, table, key, value) ? nothing() : call.lisp.fail("out of memory");
}
Object* table_count(const Call& call) {
  const Table* const table = as<Table>(call.a, kTable);
  if (table == nullptr) return wrong(call, "a table", call.a);
  return fixnum(static_cast<intptr_t>(call.lisp.tables().count(*table)));
}

// ---- The world ----

Object* display(const Call& call) {
  call.lisp.print(text_of(call.a, true));
  return nothing();
}
Object* write(const Call& call) {
  call.lisp.print(text_of(call.a));
  return nothing();
}
Object* newline(const Call& call) {
  call.lisp.print("\n");
  return nothing();
}
Object* error(const Call& call) {
  std::string text;
  for (const Object* each = call.a; is_pair(each); each = static_cast<const Pair*>(each)->cdr.get())
    text += (text.empty() ? "" : " ") + text_of(static_cast<const Pair*>(each)->car.get(), true);
  return call.lisp.fail(text.empty() ? "error" : text);
}
Object* evaluate(const Call& call) { return call.lisp.evaluate(call.frame, call.a, nullptr); }
Object* apply(const Call& call) {
  const Value function(call.frame, call.a);
  const Value arguments(call.frame, call.b);
  return Value(call.lisp.apply(call.frame, function, arguments)).get();
}
Object* collect(const Call& call) {
  call.lisp.heap().collect();
  return nothing();
}

constexpr BuiltinEntry kBuiltins[] = {
    {"+", 0, 2, Takes::kFold, add},
    {"-", 1, 2, Takes::kFold, subtract},
    {"*", 0, 2, Takes::kFold, multiply},
    {"quotient", 2, 2, Takes::kQuiet, quotient},
    {"remainder", 2, 2, Takes::kQuiet, remainder},
    {"<", 2, 2, Takes::kQuiet, is_less},
    {">", 2, 2, Takes::kQuiet, is_greater},
    {"=", 2, 2, Takes::kQuiet, is_equal_number},
    {"cons", 2, 2, Takes::kEach, cons},
    {"car", 1, 1, Takes::kQuiet, first},
    {"cdr", 1, 1, Takes::kQuiet, rest},
    {"set-car!", 2, 2, Takes::kQuiet, set_first},
    {"set-cdr!", 2, 2, Takes::kQuiet, set_rest},
    {"list", 0, 0, Takes::kList, list},
    {"null?", 1, 1, Takes::kQuiet, is_null},
    {"not", 1, 1, Takes::kQuiet, is_not},
    {"pair?", 1, 1, Takes::kQuiet, is_of_kind<kPair>},
    {"symbol?", 1, 1, Takes::kQuiet, is_of_kind<kSymbol>},
    {"string?", 1, 1, Takes::kQuiet, is_of_kind<kString>},
    {"number?", 1, 1, Takes::kQuiet, is_of_kind<kFixnum>},
    {"vector?", 1, 1, Takes::kQuiet, is_of_kind<kVector>},
    {"procedure?", 1, 1, Takes::kQuiet, is_procedure},
    {"eq?", 2, 2, Takes::kQuiet, is_same},
    {"equal?", 2, 2, Takes::kQuiet, is_equal},
    {"make-vector", 1, 2, Takes::kEach, make_vector},
    {"vector-length", 1, 1, Takes::kQuiet, vector_length},
    {"vector-ref", 2, 2, Takes::kQuiet, vector_item},
    {"vector-set!", 3, 3, Takes::kQuiet, set_vector_item},
    {"string-append", 0, 0, Takes::kList, append_strings},
    {"string-length", 1, 1, Takes::kQuiet, string_length},
    {"to-string", 1, 1, Takes::kEach, to_string},
    {"string->symbol", 1, 1, Takes::kEach, to_symbol},
    {"gensym", 0, 0, Takes::kEach, make_new_symbol},
    {"make-weak-table", 0, 0, Takes::kEach, make_table},
    {"table-get", 2, 3, Takes::kQuiet, table_get},
    {"table-set!", 3, 3, Takes::kEach, table_set},
    {"table-count", 1, 1, Takes::kQuiet, table_count},
    {"display", 1, 1, Takes::kQuiet, display},
    {"write", 1, 1, Takes::kQuiet, write},
    {"newline", 0, 0, Takes::kQuiet, newline},
    {"error", 0, 0, Takes::kList, error},
    {"eval", 1, 1, Takes::kEach, evaluate},
    {"apply", 2, 2, Takes::kEach, apply},
    {"collect", 0, 0, Takes::kEach, collect},
};

}  // namespace

uint32_t builtin_count() { return static_cast<uint32_t>(std::size(kBuiltins)); }
const BuiltinEntry& builtin(uint32_t index) { return kBuiltins[index]; }

Object* call_with_list(Interpreter& lisp, gc::Frame& frame, const Builtin& object, const Value& arguments) {
  const BuiltinEntry& entry = entry_of(object);
  if (entry.takes == Takes::kList) return entry.run({lisp, frame, arguments.get(), nullptr, nullptr, 1});
  Object* values[kArgumentsMax] = {};
  uint32_t count = 0;
  Value rest(frame, arguments.get());
  for (; is_pair(rest.get()); rest = cdr(rest)) {
    if (count == entry.most) {
      // Those that are folded allocate nothing.
      if (entry.takes != Takes::kFold) return lisp.fail(std::string("too many arguments: ") + entry.name);
      values[0] = entry.run({lisp, frame, values[0], values[1], values[2], count});
      if (values[0] == nullptr) return nullptr;
      --count;
    }
    values[count++] = car(rest);
  }
  if (count < entry.least) return lisp.fail(std::string("too few arguments: ") + entry.name);
  return entry.run({lisp, frame, values[0], values[1], values[2], count});
}

}  // namespace lisp
