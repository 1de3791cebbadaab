/* The memory of a heap as a whole: its soft limit, what is asked of the client when it runs out, giving it back.
 * Door: mallocgc.h, which includes this and says what holds for all functions.
 */
#ifndef MALLOCGC_MEMORY_H
#define MALLOCGC_MEMORY_H

#include <mallocgc/names.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The soft limit of all memory that the heap takes, in bytes (C6), 0: none. Where the heap would pass it, a collection
 * comes first, as long as at most half of the time goes into collections; else the limit is passed, which
 * path_limit_passed counts. Gives the old one. Never collects. */
uint64_t mgc_set_memory_limit(mgc_heap* heap, uint64_t bytes);

/* Called when `need_bytes` cannot be had even after a full collection: the client may drop roots, and the allocation is
 * tried once more after another collection. It may not allocate. Null: none. */
typedef void (*mgc_pressure_callback)(uint64_t need_bytes, void* context);
void mgc_set_pressure(mgc_heap* heap, mgc_pressure_callback callback, void* context);

/* A full collection, unless collection is forbidden; then everything that the heap does not need is given back: its
 * records and tables become free pages, and free pages go to the system where that takes them (heap_released). Gives
 * the bytes that came free: those that the system has now, and on wasm, where memory cannot shrink, those that objects
 * and records no longer take. 0 also if the heap is busy or damaged (mgc_last_status tells). Cost: that of a
 * collection, and linear in the pages of the heap. */
uint64_t mgc_trim(mgc_heap* heap);

#ifdef __cplusplus
}
#endif

#endif
