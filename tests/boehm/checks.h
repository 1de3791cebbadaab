/* What the programs of this folder share: counting checks, and the closing line. They see only <gc.h>, as programs of
 * Boehm's collector do. Conservative roots may keep an object that is dead, so what must die is counted in large
 * numbers, of which nearly all must. */
#ifndef MALLOCGC_TESTS_BOEHM_CHECKS_H
#define MALLOCGC_TESTS_BOEHM_CHECKS_H

#include <stdio.h>

static int passed;
static int failed;

static inline void check(int condition, const char* what, int line) {
  if (condition) {
    ++passed;
    return;
  }
  ++failed;
  printf("line %d: failed: %s\n", line, what);
}
#define CHECK(condition) check((condition) != 0, #condition, __LINE__)

static inline int closing_line(void) {
  printf("%d passed, %d failed\n", passed, failed);
  return failed != 0;
}

#define NOINLINE __attribute__((noinline))

/* Writes over what earlier calls left on the stack. */
static NOINLINE void clear_stack(void) {
  volatile char room[4096];
  for (unsigned i = 0; i < sizeof room; ++i) room[i] = 0;
}

#endif
