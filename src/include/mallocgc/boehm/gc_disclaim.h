/* A disclaim procedure of Boehm's interface is asked for each dead object of a kind, and may keep it. It runs as
 * finalizers do, in an allocation after the collection, and may allocate. GC_free does not ask.
 * Doors: GC_finalized_malloc, the simple form; GC_register_disclaim_proc for a kind of gc_mark.h. */
#ifndef MALLOCGC_BOEHM_GC_DISCLAIM_H
#define MALLOCGC_BOEHM_GC_DISCLAIM_H

#include "gc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* If it returns 0, the object ends with the next collection. Else it lives on, and is asked about when it is found dead
 * again. */
typedef int (*GC_disclaim_proc)(void* object);
/* This is for objects that are made from now on. With `in_order` the procedure is not asked while another object of
 * such a kind, or with a finalizer, points to the object, so that what the object points to is whole still. In a circle
 * it is never asked then. */
void GC_register_disclaim_proc(int kind, GC_disclaim_proc procedure, int in_order);

struct GC_finalizer_closure {
  GC_finalization_proc proc;
  void* cd;
};
void GC_init_finalized_malloc(void);
/* Returns a zeroed object, every word of which may be a pointer. When it is dead, closure->proc(object, closure->cd)
 * runs, in order. The closure may be an object: it is kept. Null where memory is exhausted. May collect. */
void* GC_finalized_malloc(size_t bytes, const struct GC_finalizer_closure* closure);

#ifdef __cplusplus
}
#endif

#endif
