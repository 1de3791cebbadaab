/* A granule of Boehm's interface is the unit of sizes: two words. Door: gc_inline.h, which includes this. */
#ifndef MALLOCGC_BOEHM_GC_TINY_FL_H
#define MALLOCGC_BOEHM_GC_TINY_FL_H

#include <stdint.h>

#define GC_GRANULE_WORDS 2
#if UINTPTR_MAX > 0xffffffff
#define GC_GRANULE_BYTES 16
#define GC_TINY_FREELISTS 25
#else
#define GC_GRANULE_BYTES 8
#define GC_TINY_FREELISTS 33
#endif
#define GC_WORDS_TO_GRANULES(n) ((n) / GC_GRANULE_WORDS)
#define GC_RAW_BYTES_FROM_INDEX(i) ((i)*GC_GRANULE_BYTES)

#endif
