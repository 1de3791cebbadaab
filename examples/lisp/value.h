// A value of the Lisp is what a pointer to an Object may be. The objects in the heap are here, too.
//
//   fixnum     1nnn…nnn1   a whole number in the word itself
//   constant   1kkk…kkk0   the empty list, #f, #t, what has no value
//   object     0aaa…aaa0   an address in the heap
//
// The highest bit tells what is no address: linear memory stays below 2 GiB (page.cc limits the heap, the linker the
// memory), and no address of a native program has it. A pointer word may hold an address outside the heap, which the
// collector ignores (docs/abi.md), so such words lie in a Member or a Local like any other, cost no memory and keep
// nothing alive.
//
// inv.lisp.word: a word with the highest bit set is never dereferenced; every other one is null or an Object.
// Doors: lisp.h, the interpreter; reader.h and printer.cc, values as text.
#pragma once

#include <mallocgc/gc.h>

#include <cstdint>

namespace lisp {

namespace gc = mallocgc;

enum Kind : uint32_t {
  kPair,
  kSymbol,
  kString,
  kVector,
  kTable,
  kClosure,
  kMacro,
  kBuiltin,
  // These are of words that are no objects.
  kFixnum,
  kConstant,
};

struct Object {
  Kind kind;
};

using Value = gc::Local<Object>;
using Slot = gc::Member<Object>;

// ---- Words that are no addresses ----

inline constexpr uintptr_t kTop = ~(~uintptr_t{0} >> 1);
inline constexpr intptr_t kFixnumMax = static_cast<intptr_t>(kTop >> 2) - 1;
inline constexpr intptr_t kFixnumMin = -kFixnumMax - 1;

inline bool is_object(const Object* value) { return static_cast<intptr_t>(reinterpret_cast<uintptr_t>(value)) > 0; }
inline bool is_fixnum(const Object* value) {
  constexpr uintptr_t kBits = kTop | 1;
  return (reinterpret_cast<uintptr_t>(value) & kBits) == kBits;
}
// The number wraps around outside kFixnumMin … kFixnumMax.
inline Object* fixnum(intptr_t number) {
  return reinterpret_cast<Object*>((static_cast<uintptr_t>(number) << 1) | kTop | 1);
}
inline intptr_t number_of(const Object* value) {
  // The sign is the bit below the highest one.
  return static_cast<intptr_t>(reinterpret_cast<uintptr_t>(value) << 1) >> 2;
}
inline Object* constant(uintptr_t number) { return reinterpret_cast<Object*>((number << 1) | kTop); }
inline Object* nil() { return constant(0); }
inline Object* no() { return constant(1); }
inline Object* yes() { return constant(2); }
inline Object* nothing() { return constant(3); }
inline Object* truth(bool is_true) { return is_true ? yes() : no(); }

inline Kind kind_of(const Object* value) {
  if (is_object(value)) return value->kind;
  return is_fixnum(value) ? kFixnum : kConstant;
}

// ---- Objects ----

struct Pair : Object {
  Slot car, cdr;
};
MALLOCGC_TYPE(Pair, car, cdr);

struct String : Object {
  gc::Member<char> bytes;
  uint32_t length;
};
MALLOCGC_TYPE(String, bytes);

// The evaluator does this with a list that begins with this symbol.
enum Special : uint32_t { kCall, kQuote, kQuasiquote, kIf, kDefine, kSet, kLambda, kDefineMacro, kBegin };

struct Symbol : Object {
  gc::Member<String> name;
  Slot value;               // the global one; null: unbound
  gc::Member<Symbol> next;  // in the table of symbols
  Special special;
};
MALLOCGC_TYPE(Symbol, name, value, next);

struct Vector : Object {
  gc::Member<Slot> items;
  uint32_t count;
};
MALLOCGC_TYPE(Vector, items);

// This is a hash table with weak keys (tables.h).
using Entry = gc::Ephemeron<Object, Object>;
struct Table : Object {
  gc::Member<Entry> entries;
  gc::Member<char> used;  // 1: there is an entry, or was one
  uint32_t places;        // of both
  uint32_t taken;         // of them
};
MALLOCGC_TYPE(Table, entries, used);

// A scope has the variables of a call. `names` is the list of parameters, in the order of the values.
struct Scope {
  gc::Member<Scope> outer;
  Slot names;
  Slot* values() { return reinterpret_cast<Slot*>(this + 1); }
};
template <uint32_t kCount>
struct ScopeOf : Scope {
  Slot slots[kCount];
  MALLOCGC_TYPE(ScopeOf, outer, names, slots);
};

struct Closure : Object {
  Slot parameters, body;  // a list of symbols, which may end in one; a list of expressions
  gc::Member<Scope> scope;
};
MALLOCGC_TYPE(Closure, parameters, body, scope);

struct Builtin : Object {
  uint32_t index;  // in the table of builtins.h
};
MALLOCGC_TYPE(Builtin);

inline Pair* pair(Object* value) { return static_cast<Pair*>(value); }
inline bool is_pair(const Object* value) { return is_object(value) && value->kind == kPair; }
inline bool is_symbol(const Object* value) { return is_object(value) && value->kind == kSymbol; }
inline Object* car_of(Object* list) { return pair(list)->car.get(); }
inline Object* cdr_of(Object* list) { return pair(list)->cdr.get(); }
inline Object* car(const Value& list) { return car_of(list.get()); }
inline Object* cdr(const Value& list) { return cdr_of(list.get()); }

}  // namespace lisp
