/* Objects that the client ends by hand: for shims of malloc and of other collectors, and for code that knows when an
 * object is not needed any more. A heap needs none of this, and an object that is freed costs more than one that is
 * found dead. The lean flavour has none of it: each call is MGC_BAD_ARGUMENT there.
 * Door: mallocgc.h, which includes this and says what holds for all functions.
 */
#ifndef MALLOCGC_FREE_H
#define MALLOCGC_FREE_H

#include <mallocgc/names.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Ends an object now. `object` is its first byte. No pointer to it may be used any more, and none may stay in a typed
 * pointer word or a root: at the next collection that is an error of the client (T5), which the debug flavour finds.
 * Words that only may be pointers may keep it. Its weak handles are cleared; its finalizer and its cleanups are taken
 * back and do not run, even if they are queued; host values in it are released; a handle or a root that names it does
 * not keep it. Its memory is used again at once, but while a cycle goes on in slices only when that has ended. Null and
 * the empty object: MGC_OK. An object that shares a tiny block (mgc_malloc) ends with what is tied to its address; its
 * bytes, and cleanups, which are the block's, end with the block. MGC_BAD_POINTER, and nothing is changed: "pointer not
 * in allocated block", also for what was freed already and is not used again; "pointer not at beginning of allocated
 * block". Never collects. Cost: as an allocation; a step for each queued finalizer, if there are any. */
mgc_status mgc_free(mgc_heap* heap, void* object);

/* The object at `object`, its first byte, with `size` bytes: the same one where they take as many as before
 * (mgc_roundup), else a new one of the same type, with the natural alignment of `size`, and the old one is freed as by
 * mgc_free; a finalizer, weak handles and cleanups do not move. The bytes that both have are copied; what is new is
 * zero in an object with pointers, and undefined in another. An uncollectable object stays one. Size 0 frees, and gives
 * the empty object. The object need not be rooted during the call. Null on failure, and nothing is changed:
 * MGC_BAD_POINTER as above, and for null ("first argument is nil"), whose type nobody knows; MGC_BAD_TYPE for an object
 * with host values; what mgc_malloc says; MGC_SHADOW_STACK if no slot is left for the call itself. May collect. */
void* mgc_realloc(mgc_mutator* mutator, void* object, size_t size);

/* As mgc_malloc, but the object is alive until mgc_free, and so is what it points to. It counts as a live handle.
 * Errors as of mgc_malloc. May collect. */
void* mgc_malloc_uncollectable(mgc_mutator* mutator, size_t size, mgc_type type, uint32_t flags);

#ifdef __cplusplus
}
#endif

#endif
