/* The debugging names of Boehm's interface, and the macros that choose them where GC_DEBUG is defined, are here: gc.h
 * includes this. An object that they make has a guard behind its last word, and knows the line of its making. What is
 * written past its end is told on the standard error output, once, at the next collection or when it is freed. With
 * GC_find_leak at 1 an object that dies without being freed is told, too. Such objects and others may be mixed: each
 * function of gc.h takes both. Door: gc.h.
 */
#ifndef MALLOCGC_BOEHM_GC_DEBUG_H
#define MALLOCGC_BOEHM_GC_DEBUG_H

#ifdef __cplusplus
extern "C" {
#endif

/* The client's code is here: a text that stays, and a line. */
#define GC_EXTRA_PARAMS const char *file, int line
#define GC_EXTRAS __FILE__, __LINE__
#define GC_RETURN_ADDR 0

/* These do as those without `debug` do. They may collect; GC_debug_free does not. */
void* GC_debug_malloc(size_t bytes, GC_EXTRA_PARAMS);
void* GC_debug_malloc_atomic(size_t bytes, GC_EXTRA_PARAMS);
void* GC_debug_malloc_uncollectable(size_t bytes, GC_EXTRA_PARAMS);
void* GC_debug_malloc_atomic_uncollectable(size_t bytes, GC_EXTRA_PARAMS);
void* GC_debug_malloc_stubborn(size_t bytes, GC_EXTRA_PARAMS);
void* GC_debug_malloc_ignore_off_page(size_t bytes, GC_EXTRA_PARAMS);
void* GC_debug_malloc_atomic_ignore_off_page(size_t bytes, GC_EXTRA_PARAMS);
void* GC_debug_malloc_replacement(size_t bytes);
void* GC_debug_realloc(void* object, size_t bytes, GC_EXTRA_PARAMS);
void* GC_debug_realloc_replacement(void* object, size_t bytes);
char* GC_debug_strdup(const char* text, GC_EXTRA_PARAMS);
char* GC_debug_strndup(const char* text, size_t bytes, GC_EXTRA_PARAMS);
void GC_debug_free(void* object);
#ifdef GC_REQUIRE_WCSDUP
wchar_t* GC_wcsdup(const wchar_t* text);
wchar_t* GC_debug_wcsdup(const wchar_t* text, GC_EXTRA_PARAMS);
#endif
void GC_debug_register_finalizer(void* object, GC_finalization_proc function, void* data,
                                 GC_finalization_proc* old_function, void** old_data);
void GC_debug_register_finalizer_ignore_self(void* object, GC_finalization_proc function, void* data,
                                             GC_finalization_proc* old_function, void** old_data);
void GC_debug_register_finalizer_no_order(void* object, GC_finalization_proc function, void* data,
                                          GC_finalization_proc* old_function, void** old_data);
void GC_debug_register_finalizer_unreachable(void* object, GC_finalization_proc function, void* data,
                                             GC_finalization_proc* old_function, void** old_data);
void GC_debug_register_displacement(size_t offset);
void GC_debug_change_stubborn(const void* object);
void GC_debug_end_stubborn_change(const void* object);
void GC_debug_ptr_store_and_dirty(void* slot, const void* value);

/* Prints a few lines on the heap, on the standard error output. */
void GC_dump(void);
void GC_dump_named(const char* name);
void GC_dump_regions(void);
void GC_dump_finalization(void);

#ifdef GC_DEBUG
#define GC_MALLOC_ATOMIC(n) GC_debug_malloc_atomic(n, GC_EXTRAS)
#define GC_MALLOC_STUBBORN(n) GC_debug_malloc_stubborn(n, GC_EXTRAS)
#define GC_MALLOC_UNCOLLECTABLE(n) GC_debug_malloc_uncollectable(n, GC_EXTRAS)
#define GC_MALLOC_ATOMIC_UNCOLLECTABLE(n) GC_debug_malloc_atomic_uncollectable(n, GC_EXTRAS)
#define GC_MALLOC_IGNORE_OFF_PAGE(n) GC_debug_malloc_ignore_off_page(n, GC_EXTRAS)
#define GC_MALLOC_ATOMIC_IGNORE_OFF_PAGE(n) GC_debug_malloc_atomic_ignore_off_page(n, GC_EXTRAS)
#define GC_STRDUP(s) GC_debug_strdup(s, GC_EXTRAS)
#define GC_STRNDUP(s, n) GC_debug_strndup(s, n, GC_EXTRAS)
#define GC_WCSDUP(s) GC_debug_wcsdup(s, GC_EXTRAS)
#define GC_FREE(p) GC_debug_free(p)
#define GC_REGISTER_FINALIZER(p, f, d, of, od) GC_debug_register_finalizer(p, f, d, of, od)
#define GC_REGISTER_FINALIZER_IGNORE_SELF(p, f, d, of, od) GC_debug_register_finalizer_ignore_self(p, f, d, of, od)
#define GC_REGISTER_FINALIZER_NO_ORDER(p, f, d, of, od) GC_debug_register_finalizer_no_order(p, f, d, of, od)
#define GC_REGISTER_FINALIZER_UNREACHABLE(p, f, d, of, od) GC_debug_register_finalizer_unreachable(p, f, d, of, od)
#define GC_REGISTER_DISPLACEMENT(n) GC_debug_register_displacement(n)
#define GC_CHANGE_STUBBORN(p) GC_debug_change_stubborn(p)
#define GC_END_STUBBORN_CHANGE(p) GC_debug_end_stubborn_change(p)
#define GC_PTR_STORE_AND_DIRTY(p, q) GC_debug_ptr_store_and_dirty(p, q)
#else
#define GC_MALLOC_ATOMIC(n) GC_malloc_atomic(n)
#define GC_MALLOC_STUBBORN(n) GC_malloc_stubborn(n)
#define GC_MALLOC_UNCOLLECTABLE(n) GC_malloc_uncollectable(n)
#define GC_MALLOC_ATOMIC_UNCOLLECTABLE(n) GC_malloc_atomic_uncollectable(n)
#define GC_MALLOC_IGNORE_OFF_PAGE(n) GC_malloc_ignore_off_page(n)
#define GC_MALLOC_ATOMIC_IGNORE_OFF_PAGE(n) GC_malloc_atomic_ignore_off_page(n)
#define GC_STRDUP(s) GC_strdup(s)
#define GC_STRNDUP(s, n) GC_strndup(s, n)
#define GC_WCSDUP(s) GC_wcsdup(s)
#define GC_FREE(p) GC_free(p)
#define GC_REGISTER_FINALIZER(p, f, d, of, od) GC_register_finalizer(p, f, d, of, od)
#define GC_REGISTER_FINALIZER_IGNORE_SELF(p, f, d, of, od) GC_register_finalizer_ignore_self(p, f, d, of, od)
#define GC_REGISTER_FINALIZER_NO_ORDER(p, f, d, of, od) GC_register_finalizer_no_order(p, f, d, of, od)
#define GC_REGISTER_FINALIZER_UNREACHABLE(p, f, d, of, od) GC_register_finalizer_unreachable(p, f, d, of, od)
#define GC_REGISTER_DISPLACEMENT(n) GC_register_displacement(n)
#define GC_CHANGE_STUBBORN(p) GC_change_stubborn(p)
#define GC_END_STUBBORN_CHANGE(p) GC_end_stubborn_change(p)
#define GC_PTR_STORE_AND_DIRTY(p, q) GC_ptr_store_and_dirty(p, q)
#endif

#if defined(GC_DEBUG_REPLACEMENT)
#define GC_MALLOC(n) GC_debug_malloc_replacement(n)
#define GC_REALLOC(p, n) GC_debug_realloc_replacement(p, n)
#elif defined(GC_DEBUG)
#define GC_MALLOC(n) GC_debug_malloc(n, GC_EXTRAS)
#define GC_REALLOC(p, n) GC_debug_realloc(p, n, GC_EXTRAS)
#else
#define GC_MALLOC(n) GC_malloc(n)
#define GC_REALLOC(p, n) GC_realloc(p, n)
#endif
#define GC_GENERAL_REGISTER_DISAPPEARING_LINK(link, p) GC_general_register_disappearing_link(link, p)
#define GC_REGISTER_LONG_LINK(link, p) GC_register_long_link(link, p)
#define GC_NEW(type) ((type*)GC_MALLOC(sizeof(type)))
#define GC_NEW_ATOMIC(type) ((type*)GC_MALLOC_ATOMIC(sizeof(type)))
#define GC_NEW_STUBBORN(type) ((type*)GC_MALLOC_STUBBORN(sizeof(type)))
#define GC_NEW_UNCOLLECTABLE(type) ((type*)GC_MALLOC_UNCOLLECTABLE(sizeof(type)))

#ifdef __cplusplus
}
#endif

#endif
