/* Roots and stores of the C face: frames of the shadow stack, ranges, handles, the write barrier.
 * Door: mallocgc.h, which includes this and says what holds for all functions.
 */
#ifndef MALLOCGC_ROOTS_H
#define MALLOCGC_ROOTS_H

#include <mallocgc/abi.h>
#include <mallocgc/names.h>
#include <stddef.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Roots ---- */

/* A frame of `n` slots on the shadow stack, all null; whatever address lies in a slot is alive. It takes n + 1 words. A
 * frame of no slots is one of one slot. Null and MGC_SHADOW_STACK if it does not fit; nothing is changed then. Frames
 * end in the opposite order: mgc_frame_pop gives MGC_SHADOW_STACK and does nothing for any but the last, for null and
 * for what is no frame, and MGC_OK for the last. Neither collects; cost is n stores. */
void** mgc_frame_push(mgc_mutator* mutator, size_t n);
mgc_status mgc_frame_pop(mgc_mutator* mutator, void** slots);
/* For an entry from outside that may end by an exception: save the top, and restore it however the entry ends (R2).
 * MGC_SHADOW_STACK for a value that is no place below the present top. */
static inline void** mgc_frame_save(const mgc_mutator* mutator) {
  return ((const mgc_mutator_abi*)(const void*)mutator)->shadow_top;
}
mgc_status mgc_frame_restore(mgc_mutator* mutator, void** top);

/* For continuations: copies what lies on the shadow stack above `from`, which is its base (mgc_mutator_abi) or a value
 * of mgc_frame_save, and leaves it there. The result is how many words the copy has; it is written, from `to` on, if
 * `capacity` words are enough. The copy is no root where it lies, so keep it in an object whose words may be pointers.
 * 0 and MGC_SHADOW_STACK if a frame does not end at `from`, or if a Frame of gc.h lies above it.
 * mgc_stack_put_back puts a copy where it was, in place of what lies there and above now. MGC_SHADOW_STACK if it was
 * another stack's, if no frame ends there any more, or if the copy is damaged; nothing is changed then. Neither
 * collects; cost is linear in the words of the stack. */
size_t mgc_stack_copy(mgc_mutator* mutator, void** from, void** to, size_t capacity);
mgc_status mgc_stack_put_back(mgc_mutator* mutator, const void* copy);

/* Makes memory outside the heap a root: `bytes` from `base`, which is aligned to a word. The type's layout repeats over
 * it (R5); a null type means that every word may be a pointer, and is one if it lies in an allocated object (T4): what
 * was freed is not found there. MGC_BAD_POINTER: null or misaligned; MGC_BAD_SIZE: empty; MGC_BAD_ARGUMENT: overlapping
 * another range. Cost: that of two binary searches among the ranges. Never collects. */
mgc_status mgc_add_roots(mgc_heap* heap, void* base, size_t bytes, mgc_type type);
/* The same for a range whose stores of pointers are followed by write barriers, as those into objects are. Then cards
 * decide: minor cycles, and what cycles in slices read again, look at the words on dirty cards only, and at what lies
 * before the first whole card and behind the last one. For large tables of which little changes at a time. The cards
 * must be the range's own: MGC_BAD_ARGUMENT "root range shares its cards with other memory" where they are a heap's as
 * well; that happens natively, if seldom, and on wasm to what lies beyond the heap's maximum. Such a range can be
 * registered by mgc_add_roots. MGC_BAD_ARGUMENT too for what lies in the heap (take mgc_malloc_uncollectable for that),
 * and in a heap that was made with no_barriers. Be the range of one heap only: two clean each other's cards. In the
 * debug flavour MGC_DEBUG_CHECKMARK finds a store whose barrier was forgotten, into words that are declared as
 * pointers. Cost: as above, and a byte written for each card. Never collects. */
mgc_status mgc_add_barriered_roots(mgc_heap* heap, void* base, size_t bytes, mgc_type type);
/* Ends a range by its base. MGC_BAD_ARGUMENT "not a registered root range". Never collects. */
mgc_status mgc_remove_roots(mgc_heap* heap, void* base);

/* A handle keeps the object around `object` (an inner address is fine) alive until it is freed. 0 and MGC_BAD_POINTER
 * if the address is null, MGC_OUT_OF_MEMORY. mgc_handle_get gives the address, null and MGC_STALE_HANDLE for a handle
 * that was freed (R4), null and MGC_BAD_ARGUMENT for what never was one; mgc_handle_set and mgc_handle_free fail alike.
 * mgc_handle_set moves it to another object. In the debug flavour both refuse what was freed: MGC_BAD_POINTER "handle
 * of a freed object"; they may sweep there. None collects; constant time. */
mgc_handle mgc_handle_new(mgc_heap* heap, void* object);
void* mgc_handle_get(mgc_heap* heap, mgc_handle handle);
mgc_status mgc_handle_set(mgc_heap* heap, mgc_handle handle, void* object);
mgc_status mgc_handle_free(mgc_heap* heap, mgc_handle handle);

/* ---- Storing pointers ---- */

/* After a pointer has been stored at `address`, inside a heap object or not. Two instructions and a store; no branch;
 * never collects. An initialising store needs none before the next call that may collect (C9). */
static inline void mgc_write_barrier(const void* address) {
  mgc_cards.base[((uintptr_t)address >> MGC_CARD_SHIFT) & mgc_cards.mask] = 1;
}

/* *slot = value, with the barrier. `slot` is the address of a pointer of any type. */
static inline void mgc_store(void* slot, const void* value) {
  memcpy(slot, &value, sizeof value);
  mgc_write_barrier(slot);
}

/* After pointers have been stored anywhere in `bytes` from `address`. Cost: a byte for each 2^MGC_CARD_SHIFT bytes. */
void mgc_write_barrier_range(const void* address, size_t bytes);
/* memmove, with the barrier. */
void mgc_move(void* to, const void* from, size_t bytes);

/* x is reachable up to this point, if it was rooted: the compiler may not move its last use before the call (F9). */
static inline void mgc_keep_alive(const void* x) {
#if defined(__GNUC__)
  __asm__ volatile("" : : "r"(x) : "memory");
#else
  (void)x;
#endif
}

#ifdef __cplusplus
}
#endif

#endif
