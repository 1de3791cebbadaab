/* The C programs of this folder make these lists. */
#ifndef MALLOCGC_TESTS_BOEHM_CELLS_H
#define MALLOCGC_TESTS_BOEHM_CELLS_H

#include "checks.h"

#include <gc.h>
#include <stddef.h>

typedef struct cell {
  struct cell* next;
  struct cell* other;
  long value;
} cell;

static inline cell* cons(cell* next, long value) {
  cell* const made = GC_NEW(cell);
  made->next = next;
  made->value = value;
  return made;
}
static NOINLINE cell* list_of(long count) {
  cell* list = NULL;
  for (long i = 0; i < count; ++i) list = cons(list, i);
  return list;
}
static inline long length_of(const cell* list) {
  long count = 0;
  for (; list != NULL; list = list->next) ++count;
  return count;
}

#endif
