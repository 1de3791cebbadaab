/* The programs in C, of this folder and of tests/boehm, share these checks that count, and the closing line. */
#ifndef MALLOCGC_TESTS_C_CHECKS_H
#define MALLOCGC_TESTS_C_CHECKS_H

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

/* This stands at the head of main(). A program about what the lean flavour lacks says so, and CTest counts it as
 * skipped. */
#define NEEDS(what)                                       \
  do {                                                    \
    if (MALLOCGC_FLAVOUR_LEAN) {                          \
      puts("skipped in this flavour, which lacks " what); \
      return 0;                                           \
    }                                                     \
  } while (0)

static inline int closing_line(void) {
  printf("%d passed, %d failed\n", passed, failed);
  return failed != 0;
}

#endif
