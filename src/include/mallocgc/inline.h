/* This is the C face without calls: what docs/abi.md offers compilers, for C and C++ code that is compiled against the
 * heap.
 *
 * Frames are pushed and popped, and objects are bumped, by a few instructions each; the heap is called where a stack is
 * full or a window used up. Every function here does what the function of mallocgc.h does that its name begins with,
 * and may be mixed with it. A program includes this header beside mallocgc.h. It must be compiled for the flavour of
 * the library that it is linked to, as CMake's targets see to: in the debug flavour (MALLOCGC_FLAVOUR_DEBUG=1) the
 * calls are made, with their checks. Doors: mgc_frame_push_inline, mgc_site, mgc_sized_sites.
 */
#ifndef MALLOCGC_INLINE_H
#define MALLOCGC_INLINE_H

#include <mallocgc/mallocgc.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(MALLOCGC_FLAVOUR_DEBUG) && MALLOCGC_FLAVOUR_DEBUG
#define MGC_INLINE_CHECKS 1
#else
#define MGC_INLINE_CHECKS 0
#endif

/* ---- Frames ---- */

/* mgc_frame_push: a frame of `n` slots, all null. A constant `n` unrolls. Null and MGC_SHADOW_STACK if it does not fit.
 * Never collects. */
static inline void** mgc_frame_push_inline(mgc_mutator* mutator, size_t n) {
  mgc_mutator_abi* const abi = (mgc_mutator_abi*)(void*)mutator;
  void** const top = abi->shadow_top;
  size_t i;
  if (n == 0 || n >= (size_t)(abi->shadow_limit - top)) return mgc_frame_push(mutator, n);
  top[0] = (void*)(uintptr_t)n;
  for (i = 1; i <= n; ++i) top[i] = 0;
  abi->shadow_top = top + 1 + n;
  return top + 1;
}

/* mgc_frame_pop: of the last frame, whose slots are at `slots`. The order is checked in the debug flavour only, and the
 * result is always MGC_OK in the others. */
static inline mgc_status mgc_frame_pop_inline(mgc_mutator* mutator, void** slots) {
  if (MGC_INLINE_CHECKS) return mgc_frame_pop(mutator, slots);
  ((mgc_mutator_abi*)(void*)mutator)->shadow_top = slots - 1;
  return MGC_OK;
}

/* ---- Objects ---- */

/* The next `bytes` of a slot (mgc_alloc_slot_of and its kin), which are the bytes of the slot (mgc_roundup); null if
 * its window is used up. Never collects. */
static inline void* mgc_bump(mgc_alloc_slot* slot, size_t bytes) {
  const uintptr_t taken = slot->cursor;
  if (slot->limit - taken < bytes) return 0;
  slot->cursor = taken + bytes;
  return (void*)taken;
}

/* Objects of one type are made here: it is a variable of the program, for one mutator. */
typedef struct mgc_site {
  mgc_alloc_slot* slot;
  mgc_type type;
  size_t bytes; /* of a slot */
} mgc_site;

/* Fills `site`. MGC_BAD_TYPE for a null type. Never collects. */
static inline mgc_status mgc_site_of(mgc_mutator* mutator, mgc_type type, mgc_site* site) {
  site->slot = mgc_alloc_slot_of(mutator, type);
  if (site->slot == 0) return mgc_mutator_last_status(mutator);
  site->type = type;
  site->bytes = mgc_roundup(mgc_type_size(type));
  return MGC_OK;
}

/* mgc_new of the site's type, but contents of a type without pointers and host values are undefined. May collect. */
static inline void* mgc_new_inline(mgc_mutator* mutator, const mgc_site* site) {
  void* const object = mgc_bump(site->slot, site->bytes);
  return object != 0 ? object : mgc_new(mutator, site->type);
}

/* Objects of one type and any size are made here, arrays and objects with tails, for one mutator. It is a table with an
 * entry for each size up to a limit, in steps of 8 bytes. The entries are the caller's, and live as long as it uses
 * them; they find their slots by themselves. */
typedef struct mgc_sized_site {
  mgc_alloc_slot* slot;
  size_t bytes; /* of a slot */
} mgc_sized_site;

typedef struct mgc_sized_sites {
  mgc_type type; /* null: unnamed memory without pointers */
  size_t count;
  mgc_sized_site* entries;
  mgc_alloc_slot none; /* what an entry has until its own slot is known */
} mgc_sized_sites;

/* Says how many entries there are for objects of up to `bytes` bytes, for static arrays. */
#define MGC_SIZED_SITES(bytes) (((bytes) + 7) / 8 + 1)

/* Fills `sites` with `count` entries at `entries`; larger objects are made by a call. `sites` does not move afterwards.
 * Constant time for each entry; never fails, never collects. */
static inline void mgc_sized_sites_init(mgc_sized_sites* sites, mgc_type type, mgc_sized_site* entries, size_t count) {
  size_t i;
  sites->type = type;
  sites->count = count;
  sites->entries = entries;
  sites->none.cursor = sites->none.limit = 0;
  for (i = 0; i < count; ++i) {
    entries[i].slot = &sites->none;
    entries[i].bytes = i == 0 ? 8 : mgc_roundup(8 * i);
  }
}

/* This is the way around the window. It asks for the slot of a size once an object of that size was made. */
static inline void* mgc_malloc_beside(mgc_mutator* mutator, mgc_sized_sites* sites, size_t size) {
  const size_t index = (size + 7) / 8;
  void* const object =
      mgc_malloc(mutator, size, sites->type, sites->type != 0 ? 0u : (uint32_t)MGC_NOSCAN | (uint32_t)MGC_NOZERO);
  if (object != 0 && size - 1 < 8 * sites->count && index < sites->count &&
      sites->entries[index].slot == &sites->none) {
    sites->entries[index].slot =
        sites->type != 0 ? mgc_sized_slot_of(mutator, sites->type, size) : mgc_noscan_slot_of(mutator, size);
  }
  return object;
}

/* mgc_malloc(mutator, size, type, 0), but contents of objects without pointers and host values are undefined. May
 * collect. */
static inline void* mgc_malloc_inline(mgc_mutator* mutator, mgc_sized_sites* sites, size_t size) {
  const size_t index = size / 8 + (size % 8 != 0);
  if (size != 0 && index < sites->count) {
    void* const object = mgc_bump(sites->entries[index].slot, sites->entries[index].bytes);
    if (object != 0) return object;
  }
  return mgc_malloc_beside(mutator, sites, size);
}

#ifdef __cplusplus
}
#endif

#endif
