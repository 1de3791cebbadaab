/* The programs of this folder share this. They see only <gc.h>, as programs of Boehm's collector do. Conservative roots
 * may keep an object that is dead, so these programs drop many objects, of which nearly all must die. */
#ifndef MALLOCGC_TESTS_BOEHM_CHECKS_H
#define MALLOCGC_TESTS_BOEHM_CHECKS_H

#include "../c/checks.h"

#define NOINLINE __attribute__((noinline))

/* Writes over what earlier calls left on the stack. */
static NOINLINE void clear_stack(void) {
  volatile char room[4096];
  for (unsigned i = 0; i < sizeof room; ++i) room[i] = 0;
}

#endif
