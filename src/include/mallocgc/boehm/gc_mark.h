/* Boehm's interface has kinds of objects, and code of the client that runs while the heap marks. A *kind* says by a
 * descriptor where pointers are in its objects; the descriptor may be a *mark procedure*. What the heap calls while it
 * marks may not call the heap, except for the functions of this header that say so.
 * Doors: GC_new_kind and GC_generic_malloc; GC_set_push_other_roots for roots of the client's own. */
#ifndef MALLOCGC_BOEHM_GC_MARK_H
#define MALLOCGC_BOEHM_GC_MARK_H

#include "gc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Descriptors ----
 *
 * The two low bits say what the others are:
 *   GC_DS_LENGTH      so many bytes from the object's beginning may be pointers
 *   GC_DS_BITMAP      the highest bit is that of the first word, and so on: 1 means that the word may be a pointer
 *   GC_DS_PROC        GC_MAKE_PROC(index, env): a mark procedure
 *   GC_DS_PER_OBJECT  the descriptor is in the object, at this byte offset; of a negative one it is where the first
 *                     word of the object points, at the offset -(descriptor + GC_INDIR_PER_OBJ_BIAS - GC_DS_PER_OBJECT)
 *                     before it; an object whose first word or descriptor is 0 has no pointers
 */
#define GC_DS_TAG_BITS 2
#define GC_DS_TAGS ((1 << GC_DS_TAG_BITS) - 1)
#define GC_DS_LENGTH 0
#define GC_DS_BITMAP 1
#define GC_DS_PROC 2
#define GC_DS_PER_OBJECT 3
#define GC_INDIR_PER_OBJ_BIAS 0x10
#define GC_LOG_MAX_MARK_PROCS 6
#define GC_MAX_MARK_PROCS (1 << GC_LOG_MAX_MARK_PROCS)
#define GC_RESERVED_MARK_PROCS 8
#define GC_GCJ_RESERVED_MARK_PROC_INDEX 0
#define GC_MAKE_PROC(index, env) \
  ((((((GC_word)(env)) << GC_LOG_MAX_MARK_PROCS) | (index)) << GC_DS_TAG_BITS) | GC_DS_PROC)

/* ---- Mark procedures ---- */

struct GC_ms_entry {
  void* opaque;
};
#define GC_PROC_BYTES 100
/* Reports the pointers of the object at `address` by GC_mark_and_push, handing on what that gives, which is its own
 * result. It may see an object that is zero still. */
typedef struct GC_ms_entry* (*GC_mark_proc)(GC_word* address, struct GC_ms_entry* mark_stack_top,
                                            struct GC_ms_entry* mark_stack_limit, GC_word env);
/* Only a mark procedure calls it. `object` may be anything: it counts if it lies in an object. `source` is where it was
 * read, or null if nowhere. */
struct GC_ms_entry* GC_mark_and_push(void* object, struct GC_ms_entry* mark_stack_top,
                                     struct GC_ms_entry* mark_stack_limit, void** source);
extern void* GC_least_plausible_heap_addr;
extern void* GC_greatest_plausible_heap_addr;
#define GC_MARK_AND_PUSH(object, top, limit, source)                     \
  ((GC_word)(object) >= (GC_word)GC_least_plausible_heap_addr &&         \
           (GC_word)(object) <= (GC_word)GC_greatest_plausible_heap_addr \
       ? GC_mark_and_push(object, top, limit, source)                    \
       : (top))
/* Returns the index of a new procedure. More than GC_MAX_MARK_PROCS end the program. */
unsigned GC_new_proc(GC_mark_proc procedure);
unsigned GC_new_proc_inner(GC_mark_proc procedure);

/* ---- Kinds ---- */

void** GC_new_free_list(void);
void** GC_new_free_list_inner(void);
/* Returns the number of a new kind. With `adjust` a descriptor of GC_DS_LENGTH counts from the object's end, so that 0
 * means that every word may be a pointer; with another one than 0 all words are looked at. With `clear` its objects are
 * zero; those with pointers are in any case. More than 32 kinds, or than 32 with descriptors of GC_DS_PROC or
 * GC_DS_PER_OBJECT of different values, end the program. Never collects. */
unsigned GC_new_kind(void** free_list, GC_word descriptor, int adjust, int clear);
unsigned GC_new_kind_inner(void** free_list, GC_word descriptor, int adjust, int clear);

/* Make objects of a kind. Null where memory is exhausted; a kind that does not exist ends the program. May collect. */
void* GC_generic_malloc(size_t bytes, int kind);
void* GC_generic_malloc_ignore_off_page(size_t bytes, int kind);
/* The object is alive until GC_free. */
void* GC_generic_malloc_uncollectable(size_t bytes, int kind);
/* This makes objects of the kinds 2 and 3, too, which are GC_I_NORMAL and GC_I_PTRFREE of this sort. */
void* GC_generic_or_special_malloc(size_t bytes, int kind);
void* GC_debug_generic_or_special_malloc(size_t bytes, int kind, GC_EXTRA_PARAMS);
#ifdef GC_DEBUG
#define GC_GENERIC_OR_SPECIAL_MALLOC(n, kind) GC_debug_generic_or_special_malloc(n, kind, GC_EXTRAS)
#else
#define GC_GENERIC_OR_SPECIAL_MALLOC(n, kind) GC_generic_or_special_malloc(n, kind)
#endif
/* Returns the kind of the object at `object`, for those without pointers GC_I_PTRFREE, and its bytes, if the place is
 * not null. */
int GC_get_kind_and_size(const void* object, size_t* bytes);
/* Objects of the debugging names have nothing before them. */
size_t GC_get_debug_header_size(void);
extern size_t GC_debug_header_size;
#define GC_USR_PTR_FROM_BASE(p) ((void*)((char*)(p) + GC_get_debug_header_size()))
/* Writes what an object is into `text`, of GC_TYPE_DESCR_LEN characters and a zero: for GC_print_backtrace. */
#define GC_TYPE_DESCR_LEN 40
typedef void (*GC_describe_type_fn)(void* object, char* text);
void GC_register_describe_type_fn(int kind, GC_describe_type_fn function);

/* ---- Roots ---- */

/* The heap calls it whenever it reads its roots. It reports further ones by these functions, which do nothing
 * elsewhere: every aligned word of [bottom, top) may be a pointer. It is not null: call the one before, too. */
typedef void (*GC_push_other_roots_proc)(void);
void GC_set_push_other_roots(GC_push_other_roots_proc function);
GC_push_other_roots_proc GC_get_push_other_roots(void);
void GC_push_all(void* bottom, void* top);
void GC_push_all_eager(void* bottom, void* top);
void GC_push_conditional(void* bottom, void* top, int all);
void GC_push_finalizer_structures(void);
/* 0 says that what was registered stays. */
int GC_is_tmp_root(void* address);

/* The heap calls it when a collection starts, after the roots that toggle have been asked. */
typedef void (*GC_start_callback_proc)(void);
void GC_set_start_callback(GC_start_callback_proc function);
GC_start_callback_proc GC_get_start_callback(void);

/* ---- Marks ----
 *
 * What is dead is told before the program goes on after a collection, so a mark says what the last one has found. In a
 * disclaim procedure (gc_disclaim.h) its own object is not marked, and GC_set_mark_bit keeps it; elsewhere setting and
 * clearing have nothing to change. */
int GC_is_marked(const void* object);
void GC_set_mark_bit(const void* object);
void GC_clear_mark_bit(const void* object);

/* Returns its argument: what earlier calls left on the stack is the program's own to clear. */
void* GC_clear_stack(void* value);

#ifdef __cplusplus
}
#endif

#endif
