/* Types tell of values that live across calls. In each hole_… a pointer does, under whatever type: it is reported, with
 * DWARF and without. In each number_… there are only numbers, which DWARF tells. */
#include "heap.h"

typedef unsigned long uintptr_t;
typedef uintptr_t Word;
typedef union Either {
  u32 number;
  Node* node;
} Either;
typedef struct Holder {
  u32 count;
  Word word;
  Node* node;
  Either either;
  u32 (*function)(u32);
  struct {
    short small[2];
    enum { kBlack, kWhite } colour;
  } inner;
} Holder;

static volatile u32 rounds = 3;
NOINLINE static Node* fresh(void) { return mgc_new(node_type); }
NOINLINE static Word fresh_word(void) { return (Word)fresh() | 1; }
NOINLINE static u32 counted(void) {
  fresh();
  return rounds;
}
NOINLINE static u32 used(u32 a, u32 b) { return a * 3 + b; }
NOINLINE static u32 value_at(Word at) { return value_of((const Node*)at); }

/* An integer that is made of a pointer, of any type. */
EXPORT(hole_word) u32 hole_word(void) {
  const Word made = (Word)fresh();
  fresh();
  return value_at(made);
}
EXPORT(hole_unsigned) u32 hole_unsigned(void) {
  const u32 made = (u32)fresh();
  fresh();
  return value_at(made);
}
EXPORT(hole_int) u32 hole_int(void) {
  const int made = (int)fresh() + 8;
  fresh();
  return value_at((Word)(made - 8));
}
EXPORT(hole_copy) u32 hole_copy(Node* given) {
  u32 sum = 0;
  int copy = (int)given;
  while (rounds--) {
    fresh();
    sum += value_at((Word)copy);
  }
  return sum;
}
EXPORT(hole_given) u32 hole_given(Word given) {
  fresh();
  return value_at(given);
}
EXPORT(hole_call) u32 hole_call(void) {
  const u32 made = (u32)fresh_word();
  fresh();
  return value_at(made - 1);
}

/* Words that are loaded: of a type that may be either. */
EXPORT(hole_member) u32 hole_member(const Holder* holder) {
  const Word word = holder->word;
  fresh();
  return value_at(word);
}
EXPORT(hole_loaded) u32 hole_loaded(const Holder* holder) {
  const u32 node = (u32)holder->node;
  fresh();
  return value_at(node);
}
EXPORT(hole_union) u32 hole_union(const Holder* holder) {
  const Either either = holder->either;
  fresh();
  return value_of(either.node);
}
EXPORT(hole_array) u32 hole_array(Node* const* nodes) {
  Node* const third = nodes[3];
  fresh();
  return value_of(third);
}

/* A pointer in a local that has held a number before. */
EXPORT(hole_later) u32 hole_later(u32 n) {
  u32 sum = n * 3;
  Node* made;
  if (rounds == n) sum += counted();
  made = fresh();
  fresh();
  return value_of(made) + sum;
}

typedef enum Colour { kRed, kGreen } Colour;
EXPORT(number_parameters) u32 number_parameters(u32 a, int b, _Bool c, Colour d) {
  fresh();
  return used(a, (u32)b) + (c ? 1 : 2) + (d == kGreen);
}
EXPORT(number_results) u32 number_results(void) {
  const u32 first = counted();
  const u32 second = counted();
  fresh();
  return used(first, second);
}
EXPORT(number_members) u32 number_members(void) {
  Holder* const holder = (Holder*)fresh();
  const u32 count = holder->count;
  const u32 colour = (u32)holder->inner.colour;
  const u32 small = (u32)holder->inner.small[1];
  fresh();
  return used(count, colour) + small;
}
EXPORT(number_sums) u32 number_sums(u32 n) {
  u32 sum = n;
  for (u32 i = n; i > 0; --i) sum = sum + counted() + i;
  return sum;
}
EXPORT(number_function) u32 number_function(u32 (*function)(u32), u32 n) {
  const u32 first = counted();
  return function(n) + first;
}
