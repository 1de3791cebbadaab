/* Boehm's interface tells here what keeps an object alive. None of it collects; each takes a walk of the heap.
 * Doors: GC_get_back_ptr_info; mgc_why_alive and mgc_referrers of the C face tell more. */
#ifndef MALLOCGC_BOEHM_GC_BACKPTR_H
#define MALLOCGC_BOEHM_GC_BACKPTR_H

#include "gc.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  GC_UNREFERENCED,   /* nothing points to it */
  GC_NO_SPACE,       /* it is no object, or there was no memory for the search */
  GC_REFD_FROM_ROOT, /* *base is the address of the root, *offset 0 */
  GC_REFD_FROM_REG,  /* never: registers lie on the stack when they are read */
  GC_REFD_FROM_HEAP, /* *base is the object, *offset that of the word */
  GC_FINALIZER_REFD  /* an object with a finalizer, or the data of one */
} GC_ref_kind;
GC_ref_kind GC_get_back_ptr_info(void* object, void** base, size_t* offset);
/* Returns a byte of an object, or one of an object that the last collection has reached; null if there is none. */
void* GC_generate_random_heap_address(void);
void* GC_generate_random_valid_address(void);
/* Collects, and prints a way from a root to such an address on the standard error output. */
void GC_generate_random_backtrace(void);
/* Does the same for one object, without a collection. */
void GC_print_backtrace(void* object);

#ifdef __cplusplus
}
#endif

#endif
