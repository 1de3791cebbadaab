/* Boehm's interface on this heap: a drop-in for programs that include <gc.h>. Compile with -I…/include/mallocgc/boehm
 * and link the library mallocgc_boehm (CMake: mallocgc::boehm). The program has one heap, made by GC_INIT or by the
 * first call, with mgc_options.no_barriers. Locals, registers, static data and words of objects are found without being
 * registered, as maybe-pointers. Objects do not move; inner pointers keep them, and so does one just past their end.
 *
 * What is missing: threads, gcj, incremental mode (GC_enable_incremental does nothing). On WebAssembly the program is
 * rewritten by mallocgc-root. docs/boehm.md tells more.
 *
 * What allocates may collect, and then run finalizers; so do GC_gcollect and its like. Nothing else does. Null where
 * memory is exhausted, after the function of GC_set_oom_fn was asked. Doors: gc_debug.h has the debugging names and the
 * macros that choose them, gc_more.h settings and counters; gc_mark.h, gc_disclaim.h, gc_inline.h, gc_typed.h and
 * gc_backptr.h are included by those who want them.
 */
#ifndef MALLOCGC_BOEHM_GC_H
#define MALLOCGC_BOEHM_GC_H
#ifndef GC_H
#define GC_H
#endif

#include <stddef.h>
#include <stdint.h>
#ifdef GC_REQUIRE_WCSDUP
#include <wchar.h>
#endif

#include "gc_version.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GC_API extern
#define GC_CALL
#define GC_CALLBACK
#if defined(__GNUC__)
#define GC_GNUC_PREREQ(major, minor) ((__GNUC__ << 8) + __GNUC_MINOR__ >= ((major) << 8) + (minor))
#define GC_ATTR_UNUSED __attribute__((__unused__))
#define GC_ATTR_DEPRECATED __attribute__((__deprecated__))
#else
#define GC_GNUC_PREREQ(major, minor) 0
#define GC_ATTR_UNUSED
#define GC_ATTR_DEPRECATED
#endif
#define GC_ATTR_MALLOC
#define GC_ATTR_ALLOC_SIZE(argument)
#define GC_ATTR_CALLOC_SIZE(count, size)
#define GC_ATTR_CONST
#define GC_ATTR_NONNULL(argument)

typedef uintptr_t GC_word;
typedef intptr_t GC_signed_word;
typedef uintptr_t GC_uintptr_t;
typedef void* GC_PTR;

/* ---- Memory ---- */

void GC_init(void);
int GC_is_init_called(void);
void GC_deinit(void);
unsigned GC_get_version(void);
/* GC_INIT: gc_more.h. */

/* Objects of which every aligned word may be a pointer, zeroed; and of which none is, not zeroed. Aligned to two words.
 * They take a byte more than is asked for, so that a pointer to their end stays inside. */
void* GC_malloc(size_t bytes);
void* GC_malloc_atomic(size_t bytes);
/* Alive until GC_free, and so is what they point to. */
void* GC_malloc_uncollectable(size_t bytes);
void* GC_malloc_atomic_uncollectable(size_t bytes);
void* GC_malloc_stubborn(size_t bytes);
/* Inner pointers keep these, too. */
void* GC_malloc_ignore_off_page(size_t bytes);
void* GC_malloc_atomic_ignore_off_page(size_t bytes);
/* A list of objects of that size, linked by their first words; at least one, null if memory is exhausted. */
void* GC_malloc_many(size_t bytes);
#define GC_NEXT(p) (*(void**)(p))
/* `align`: a power of two up to 8192, else null (EINVAL). */
void* GC_memalign(size_t align, size_t bytes);
int GC_posix_memalign(void** memory, size_t align, size_t bytes);
void* GC_valloc(size_t bytes);
void* GC_pvalloc(size_t bytes);
/* The result is of the same kind as the old object, which is freed where another one is made. */
void* GC_realloc(void* object, size_t bytes);
char* GC_strdup(const char* text);
char* GC_strndup(const char* text, size_t bytes);
/* The object is free at once; null is ignored. */
void GC_free(void* object);

/* The object around an address, null if there is none; its bytes, 0 if there is none. */
void* GC_base(void* address);
size_t GC_size(const void* object);
int GC_is_heap_ptr(const void* address);

/* ---- Collection ---- */

void GC_gcollect(void);
void GC_gcollect_and_unmap(void);
/* Runs a whole collection, since there is no smaller one: always 0, nothing is left to be done. */
int GC_collect_a_little(void);
/* Asks `stop` once, and collects unless that says to stop or collections are disabled: then the result is 0, else 1. */
typedef int (*GC_stop_func)(void);
int GC_try_to_collect(GC_stop_func stop);
void GC_enable(void);
void GC_disable(void);
int GC_is_disabled(void);

typedef void* (*GC_oom_func)(size_t bytes);
void GC_set_oom_fn(GC_oom_func function);
GC_oom_func GC_get_oom_fn(void);
typedef void (*GC_warn_proc)(char* format, GC_word argument);
void GC_set_warn_proc(GC_warn_proc function);
GC_warn_proc GC_get_warn_proc(void);
void GC_ignore_warn_proc(char* format, GC_word argument);

/* ---- Roots ---- */

/* [low, high) beside static data, which is registered already; ranges may overlap. GC_remove_roots ends those that lie
 * within its range, GC_clear_roots all, static data included. GC_exclude_static_roots has no effect. */
void GC_add_roots(void* low, void* high_plus_1);
void GC_remove_roots(void* low, void* high_plus_1);
void GC_clear_roots(void);
void GC_exclude_static_roots(void* low, void* high_plus_1);
void GC_clear_exclusion_table(void);
/* Inner pointers are always recognised, so these have nothing to do. */
void GC_register_displacement(size_t offset);
void GC_set_all_interior_pointers(int on);
int GC_get_all_interior_pointers(void);

/* ---- Finalizers ---- */

typedef void (*GC_finalization_proc)(void* object, void* client_data);
/* `object`: the beginning of one; others are ignored. The old function and data are given back where the places for
 * them are not null; a null function takes the finalizer away. It runs in an allocation after the collection that found
 * the object dead, or from GC_invoke_finalizers. `client_data` is a root until then. Ordered (the first, second and
 * fourth): not while another object with a finalizer points to it; a pointer of the object to itself does not count.
 * _no_order: as soon as only objects with such finalizers reach it, so in circles, too. */
void GC_register_finalizer(void* object, GC_finalization_proc function, void* data, GC_finalization_proc* old_function,
                           void** old_data);
void GC_register_finalizer_ignore_self(void* object, GC_finalization_proc function, void* data,
                                       GC_finalization_proc* old_function, void** old_data);
void GC_register_finalizer_no_order(void* object, GC_finalization_proc function, void* data,
                                    GC_finalization_proc* old_function, void** old_data);
void GC_register_finalizer_unreachable(void* object, GC_finalization_proc function, void* data,
                                       GC_finalization_proc* old_function, void** old_data);
/* Runs finalizers, and gives how many; says whether any waits. */
int GC_invoke_finalizers(void);
int GC_should_invoke_finalizers(void);

/* *link is set to null in the collection that finds `object` dead (of one with a finalizer: before it runs); a long
 * link's once it is gone, after its finalizer. The link lies in an object, where it is hidden (GC_HIDE_POINTER) or
 * pointer-free, or outside of the heap; its registration ends with its object. The first form takes for `object` what
 * *link points to. GC_DUPLICATE: it is registered, for `object` from now on. */
#define GC_SUCCESS 0
#define GC_DUPLICATE 1
#define GC_NO_MEMORY 2
#define GC_UNIMPLEMENTED 3
#define GC_NOT_FOUND 4
int GC_register_disappearing_link(void** link);
int GC_general_register_disappearing_link(void** link, const void* object);
/* 1 if it was registered, else 0. */
int GC_unregister_disappearing_link(void** link);
/* GC_SUCCESS, GC_NOT_FOUND, or GC_DUPLICATE if the new one is registered. */
int GC_move_disappearing_link(void** link, void** new_link);
int GC_register_long_link(void** link, const void* object);
int GC_unregister_long_link(void** link);
int GC_move_long_link(void** link, void** new_link);
typedef GC_word GC_hidden_pointer;
#define GC_HIDE_POINTER(p) (~(GC_hidden_pointer)(p))
#define GC_REVEAL_POINTER(p) ((void*)GC_HIDE_POINTER(p))
#ifdef GC_I_HIDE_POINTERS
#define HIDE_POINTER(p) GC_HIDE_POINTER(p)
#define REVEAL_POINTER(p) GC_REVEAL_POINTER(p)
#endif

/* ---- Pointers ---- */

/* Aborts if q lies in another object than p, and gives p. */
void* GC_same_obj(void* p, void* q);
/* These three are called where a check of the functions around here fails; by default the program ends. */
extern void (*GC_same_obj_print_proc)(void* p, void* q);
extern void (*GC_is_valid_displacement_print_proc)(void* p);
extern void (*GC_is_visible_print_proc)(void* p);
void* GC_is_visible(void* p);
void* GC_is_valid_displacement(void* p);
void* GC_pre_incr(void** p, ptrdiff_t bytes);
void* GC_post_incr(void** p, ptrdiff_t bytes);
void GC_noop1(GC_word value);
void GC_ptr_store_and_dirty(void* slot, const void* value);
void GC_change_stubborn(const void* object);
void GC_end_stubborn_change(const void* object);
#define GC_PTR_STORE(p, q) (*(void**)(p) = (void*)(q))
/* With GC_DEBUG arithmetic is checked: it ends the program where it leaves its object. */
#define GC_PTR_ADD3(p, n, type) ((type)GC_same_obj((p) + (n), (p)))
#define GC_PRE_INCR3(p, n, type) ((type)GC_pre_incr((void**)&(p), (ptrdiff_t)((n) * (ptrdiff_t)sizeof *(p))))
#define GC_POST_INCR3(p, n, type) ((type)GC_post_incr((void**)&(p), (ptrdiff_t)((n) * (ptrdiff_t)sizeof *(p))))
#if defined(GC_DEBUG) && defined(__GNUC__)
#define GC_PTR_ADD(p, n) GC_PTR_ADD3(p, n, __typeof__(p))
#define GC_PRE_INCR(p, n) GC_PRE_INCR3(p, n, __typeof__(p))
#define GC_POST_INCR(p) GC_POST_INCR3(p, 1, __typeof__(p))
#define GC_POST_DECR(p) GC_POST_INCR3(p, -1, __typeof__(p))
#else
#define GC_PTR_ADD(p, n) ((p) + (n))
#define GC_PRE_INCR(p, n) ((p) += (n))
#define GC_POST_INCR(p) ((p)++)
#define GC_POST_DECR(p) ((p)--)
#endif
#define GC_reachable_here(p) GC_noop1((GC_word)(p))

#ifdef __cplusplus
}
#endif

#include "gc_debug.h"
#include "gc_more.h"

#endif
