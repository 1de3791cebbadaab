/* Disclaim procedures of Boehm's interface: what is asked for each dead object of a kind, and may keep it. They run as
 * finalizers do, in an allocation after the collection, and may allocate. GC_free does not ask.
 * Doors: GC_finalized_malloc, the simple form; GC_register_disclaim_proc for a kind of gc_mark.h. */
#ifndef MALLOCGC_BOEHM_GC_DISCLAIM_H
#define MALLOCGC_BOEHM_GC_DISCLAIM_H

#include "gc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* 0: the object ends, with the next collection. Else it lives on, and is asked about when it is found dead again. */
typedef int (*GC_disclaim_proc)(void* object);
/* For objects that are made from now on. `in_order`: not while another object of such a kind, or with a finalizer,
 * points to it, so that what it points to is whole still; in a circle never then. */
void GC_register_disclaim_proc(int kind, GC_disclaim_proc procedure, int in_order);

struct GC_finalizer_closure {
  GC_finalization_proc proc;
  void* cd;
};
void GC_init_finalized_malloc(void);
/* A zeroed object, every word of which may be a pointer. When it is dead, closure->proc(object, closure->cd) runs, in
 * order. The closure may be an object: it is kept. Null where memory is exhausted. May collect. */
void* GC_finalized_malloc(size_t bytes, const struct GC_finalizer_closure* closure);

#ifdef __cplusplus
}
#endif

#endif
