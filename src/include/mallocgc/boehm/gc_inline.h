/* Boehm's interface allocates here by granules and by kind. The heap has fast paths of its own, so the client's free
 * lists, arrays of GC_TINY_FREELISTS null pointers, stay empty. All of it may collect. Doors: GC_MALLOC_WORDS,
 * GC_malloc_kind; gc_mark.h has more kinds. */
#ifndef MALLOCGC_BOEHM_GC_INLINE_H
#define MALLOCGC_BOEHM_GC_INLINE_H

#include "gc.h"
#include "gc_tiny_fl.h"

#ifdef __cplusplus
extern "C" {
#endif

/* These kinds are there from the beginning; two more are the same, uncollectable (GC_generic_or_special_malloc). */
#define GC_I_PTRFREE 0
#define GC_I_NORMAL 1

/* Returns null where memory is exhausted. A kind that does not exist ends the program. */
void* GC_malloc_kind(size_t bytes, int kind);
#define GC_malloc_kind_global GC_malloc_kind
/* Makes *result a list of objects, linked by their first words, or null where memory is exhausted. */
void GC_generic_malloc_many(size_t bytes, int kind, void** result);

/* Makes `result` an object of that many granules, or words, rounded up to granules, or null where memory is exhausted.
 * `init` is a statement that is run if there is an object. */
#define GC_FAST_MALLOC_GRANS(result, granules, tiny_fl, num_direct, kind, default_expr, init)                    \
  do {                                                                                                           \
    (void)(tiny_fl);                                                                                             \
    (result) = GC_malloc_kind((granules) == 0 ? GC_GRANULE_BYTES : GC_RAW_BYTES_FROM_INDEX((granules)), (kind)); \
    if ((result) != 0) {                                                                                         \
      init;                                                                                                      \
    }                                                                                                            \
  } while (0)
#define GC_WORDS_TO_WHOLE_GRANULES(n) GC_WORDS_TO_GRANULES((n) + GC_GRANULE_WORDS - 1)
#define GC_MALLOC_WORDS_KIND(result, n, tiny_fl, kind, init) \
  GC_FAST_MALLOC_GRANS(result, GC_WORDS_TO_WHOLE_GRANULES(n), tiny_fl, 0, kind, 0, init)
#define GC_MALLOC_WORDS(result, n, tiny_fl) GC_MALLOC_WORDS_KIND(result, n, tiny_fl, GC_I_NORMAL, (void)0)
#define GC_MALLOC_ATOMIC_WORDS(result, n, tiny_fl) GC_MALLOC_WORDS_KIND(result, n, tiny_fl, GC_I_PTRFREE, (void)0)
/* Makes `result` an object of two words, which hold `first` and `second`. */
#define GC_CONS(result, first, second, tiny_fl)                     \
  do {                                                              \
    void* const gc_cons_first = (void*)(first);                     \
    void* const gc_cons_second = (void*)(second);                   \
    GC_MALLOC_WORDS_KIND(result, 2, tiny_fl, GC_I_NORMAL, (void)0); \
    if ((result) != 0) {                                            \
      ((void**)(result))[0] = gc_cons_first;                        \
      GC_PTR_STORE_AND_DIRTY((void**)(result) + 1, gc_cons_second); \
      GC_reachable_here(gc_cons_first);                             \
    }                                                               \
  } while (0)

#ifndef GC_EXPECT
#if defined(__GNUC__)
#define GC_EXPECT(expression, outcome) __builtin_expect(expression, outcome)
#else
#define GC_EXPECT(expression, outcome) (expression)
#endif
#endif
#ifndef GC_ASSERT
#ifdef NDEBUG
#define GC_ASSERT(expression) /* nothing */
#else
#include <assert.h>
#define GC_ASSERT(expression) assert(expression)
#endif
#endif
#ifndef GC_PREFETCH_FOR_WRITE
#if defined(__GNUC__) && !defined(GC_NO_PREFETCH_FOR_WRITE)
#define GC_PREFETCH_FOR_WRITE(p) __builtin_prefetch((p), 1)
#else
#define GC_PREFETCH_FOR_WRITE(p) (void)0
#endif
#endif

#ifdef __cplusplus
}
#endif

#endif
