/* Typed allocation of Boehm's interface: which words of an object may be pointers, by a bitmap. Others are not looked
 * at. Doors: GC_make_descriptor, then GC_malloc_explicitly_typed; gc.h below. */
#ifndef MALLOCGC_BOEHM_GC_TYPED_H
#define MALLOCGC_BOEHM_GC_TYPED_H

#include <limits.h>

#include "gc.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef GC_word* GC_bitmap;
typedef GC_word GC_descr;
#define GC_WORDSZ (CHAR_BIT * sizeof(GC_word))
#define GC_WORD_LEN(type) (sizeof(type) / sizeof(GC_word))
#define GC_BITMAP_SIZE(type) ((GC_WORD_LEN(type) + GC_WORDSZ - 1) / GC_WORDSZ)
#define GC_WORD_OFFSET(type, field) (offsetof(type, field) / sizeof(GC_word))
#define GC_get_bit(map, i) (((map)[(i) / GC_WORDSZ] >> ((i) % GC_WORDSZ)) & 1)
#define GC_set_bit(map, i) ((map)[(i) / GC_WORDSZ] |= (GC_word)1 << ((i) % GC_WORDSZ))

/* `words`: bits of the map that count; words beyond are no pointers. 0, which stands for "every word may be one", if
 * memory is exhausted. The same map gives the same descriptor. */
GC_descr GC_make_descriptor(const GC_word* map, size_t words);
void* GC_malloc_explicitly_typed(size_t bytes, GC_descr descriptor);
void* GC_malloc_explicitly_typed_ignore_off_page(size_t bytes, GC_descr descriptor);
/* `count` elements of `bytes` each; null if the product overflows. */
void* GC_calloc_explicitly_typed(size_t count, size_t bytes, GC_descr descriptor);
#define GC_MALLOC_EXPLICITLY_TYPED(n, d) GC_malloc_explicitly_typed(n, d)
#define GC_CALLOC_EXPLICITLY_TYPED(n, s, d) GC_calloc_explicitly_typed(n, s, d)

#ifdef __cplusplus
}
#endif

#endif
