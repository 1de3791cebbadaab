/* The C face of the heap (C11 and C++): everything that a program, a language runtime or the wasm door can ask of it.
 *
 * A heap gives memory that needs no free: objects live as long as they can be reached from a *root* through typed
 * pointers. The machine stack is a root only where mgc_enable_c_stack says so. Roots are: slots of shadow stack frames
 * (mgc_frame_push), handles, registered ranges of memory and stacks, and what waits for its finalizer. A pointer that
 * is held elsewhere is good until the next call that may collect; each function here says whether it may. After storing
 * a pointer into a heap object, call mgc_write_barrier, or store with mgc_store (C7).
 *
 * Errors: what makes something returns it, and null (or 0) on failure; everything else returns a mgc_status. The last
 * failure's code is in mgc_last_status, its text in mgc_last_error, to be read before the next call. A failed call has
 * changed nothing, and the heap can be used as before. A null heap or mutator is not checked for.
 *
 * Threads: a heap and its mutators belong to one thread at a time. Doors: begin with mgc_heap_create; plain layouts and
 * constants are in abi.h, which docs/abi.md draws; names of things in names.h; roots and the write barrier in roots.h;
 * gc.h is the C++ face above this one.
 */
#ifndef MALLOCGC_MALLOCGC_H
#define MALLOCGC_MALLOCGC_H

#include <mallocgc/abi.h>
#include <mallocgc/damage.h>
#include <mallocgc/free.h>
#include <mallocgc/memory.h>
#include <mallocgc/names.h>
#include <mallocgc/roots.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Heaps ---- */

/* Makes a heap. `options` may be null, and a zero in it means the default. On failure *heap is null, and
 * mgc_last_error(NULL) has the text. MGC_BAD_ARGUMENT: an option is out of range, also where no heap could be made;
 * MGC_OUT_OF_MEMORY: the system refuses memory or addresses. A process may have thousands of heaps at a time. Touches
 * at most 256 KiB. */
mgc_status mgc_heap_create(const mgc_options* options, mgc_heap** heap);

/* The same in memory of the caller, for a heap with a fixed address: *heap is `storage` then. It has at least
 * mgc_heap_storage_bytes() bytes (never more than MGC_HEAP_STORAGE_BYTES, for static arrays), is aligned to 16, and
 * outlives the heap. MGC_BAD_ARGUMENT if it is too small or misaligned. */
#define MGC_HEAP_STORAGE_BYTES (5632 * sizeof(void*))
mgc_status mgc_heap_create_in(void* storage, size_t storage_bytes, const mgc_options* options, mgc_heap** heap);
size_t mgc_heap_storage_bytes(void);

/* A heap in static memory, for a program that has no other and wants its address to be a constant. To be made once;
 * errors as above. */
extern mgc_heap mgc_static_heap;
mgc_status mgc_static_heap_create(const mgc_options* options);

/* Gives all memory back. No finalizer and no cleanup runs (F6). Null is ignored. Mutators, types and handles of the
 * heap are gone. */
void mgc_heap_destroy(mgc_heap* heap);

/* What the last failed call on this heap or one of its mutators came to; MGC_OK if none has failed. Of a null heap: the
 * last failed creation in this process. */
mgc_status mgc_last_status(const mgc_heap* heap);
/* Its text: UTF-8, never null, empty if none has failed; valid until the next call. The texts begin as Go's do. */
const char* mgc_last_error(const mgc_heap* heap);

/* The same of one mutator: of the last failed call that was given it. */
mgc_status mgc_mutator_last_status(const mgc_mutator* mutator);
const char* mgc_mutator_last_error(const mgc_mutator* mutator);

/* Records a failure of a face built on this one, as if a call of the heap had failed; the text is copied, up to 255
 * bytes. Gives `status`. */
mgc_status mgc_fail(mgc_heap* heap, mgc_status status, const char* text);

/* A pointer of the client's, null at first; gc.h keeps its Heap there. */
void mgc_heap_set_data(mgc_heap* heap, void* data);
void* mgc_heap_data(const mgc_heap* heap);

/* For code that may be linked to another library than the one it was compiled against: MGC_OK if that has the ABI
 * `version`, which is MGC_ABI_VERSION of the caller's header; else MGC_BAD_ARGUMENT, and mgc_last_error(NULL) names
 * both numbers. gc.h asks before it makes a heap. */
mgc_status mgc_check_abi(uint32_t version);
/* MGC_ABI_VERSION of the library; and 1 if it is the debug flavour, else 0. */
uint32_t mgc_abi_version(void);
uint32_t mgc_flavour_debug(void);

/* ---- Mutators ---- */

/* A mutator is an allocation cache and a shadow stack: one for each thread of control, suspended activations
 * (coroutines, promises) included, so that their frames need not nest. Every heap has a main mutator. */
mgc_mutator* mgc_main_mutator(mgc_heap* heap);
mgc_heap* mgc_mutator_heap(mgc_mutator* mutator);

/* Another mutator, with a shadow stack as the heap's option `shadow_slots` says (65536 words where it is 0), or of
 * `shadow_slots` words, 0 meaning the same, at most 2^26 (a frame takes one more than its slots). Null, and
 * MGC_OUT_OF_MEMORY if memory is exhausted, MGC_BAD_ARGUMENT for too many. Never collects. */
mgc_mutator* mgc_mutator_attach(mgc_heap* heap);
mgc_mutator* mgc_mutator_attach_sized(mgc_heap* heap, uint32_t shadow_slots);

/* Ends a mutator: its frames are gone, its memory is used again. MGC_BAD_ARGUMENT for the main one. Never collects. */
mgc_status mgc_mutator_detach(mgc_mutator* mutator);

/* ---- Types ---- */

/* Describes objects: their size and which of their words are pointers (mgc_type_info in abi.h). All that `info` refers
 * to is copied. The same description again gives the same type; so cost is linear in its length. Named types have
 * layouts of their own, so the type of an object is known from its address. MGC_BAD_TYPE with the name and the byte
 * offset in the text (T6); MGC_OUT_OF_MEMORY. On failure *type is null. Never collects. */
mgc_status mgc_type_define(mgc_heap* heap, const mgc_type_info* info, mgc_type* type);

/* The filter of tagged words (mgc_type_info.tagged) in types that are defined from now on and name none of their own.
 * Types that exist keep theirs. MGC_BAD_ARGUMENT, with a text that says what contradicts what: more tag bits than
 * addresses leave free, bits to clear or to compare that addresses need, no tag that is a pointer's. Never collects. */
mgc_status mgc_set_filter(mgc_heap* heap, const mgc_filter* filter);

/* The number of a type, from 1, as used in mgc_field.target; 0 for null. And the type of a number; null for a wrong
 * one. */
uint32_t mgc_type_id(mgc_type type);
mgc_type mgc_type_by_id(const mgc_heap* heap, uint32_t id);
/* The name, null for an unnamed type; the size of one unit in bytes. Neither takes a null type. */
const char* mgc_type_name(mgc_type type);
size_t mgc_type_size(mgc_type type);

/* ---- Allocation ---- */

/* An object of `size` bytes, zeroed unless MGC_NOZERO. If `size` is a multiple of the type's, it is an array of them
 * (T2). Aligned to 16 where `size` is a multiple of 16, else to 8 (M8); but unnamed memory without pointers of less
 * than 16 bytes only to the largest power of two that divides its size, 12 bytes to 8: so 9, 11, 13 and 15 bytes lie
 * anywhere, 10 and 14 at even addresses (M4). Ask for an alignment, or MGC_OWN_BLOCK, for more. Size 0 gives the
 * address of one static word, the same always (M1). The type may be null only with MGC_NOSCAN: MGC_BAD_TYPE "malloc
 * missing type" (M2). MGC_BAD_SIZE above the largest object; MGC_BAD_ARGUMENT for flags that contradict each other;
 * MGC_OUT_OF_MEMORY after a full collection, exact growth and the pressure callback did not help (M12), or, where
 * nearly all memory is in use, when the last three full collections have each freed less than a fiftieth of it: the
 * text then says how much lives, and the next call collects again. MGC_TRY_AGAIN while collection is forbidden. May
 * collect, before the object is chosen: the result is good until the next call that may. */
void* mgc_malloc(mgc_mutator* mutator, size_t size, mgc_type type, uint32_t flags);
/* `align`: a power of two up to 8192, 0 for natural; else MGC_BAD_ARGUMENT. May collect. */
void* mgc_malloc_aligned(mgc_mutator* mutator, size_t size, mgc_type type, uint32_t flags, size_t align);

/* One object of a type. `n` of them: MGC_BAD_SIZE "allocation size out of range" if n < 0 or n * size overflows (M10).
 * MGC_BAD_TYPE for a null type. May collect. */
void* mgc_new(mgc_mutator* mutator, mgc_type type);
void* mgc_new_array(mgc_mutator* mutator, mgc_type type, intptr_t n);
/* Bytes without pointers, *not* zeroed, rounded up to what such a request takes anyway. May collect. */
void* mgc_raw(mgc_mutator* mutator, size_t size);

/* The bytes that a request of `size` really takes; idempotent, monotone; `size` where rounding would overflow. */
size_t mgc_roundup(size_t size);

/* Where objects of a type are bumped from, for code that allocates inline: take `slot bytes` (mgc_roundup of the type's
 * size) as abi.h says at mgc_alloc_slot, call mgc_new when they do not fit. It opens once the type has allocated 8 KiB,
 * and gets spans of its own then; before that, and after each collection, it is used up. The address stays valid as
 * long as the mutator. Types that cannot be bumped (large ones, and those aligned above 16, or above 8 where 16 does
 * not divide their size) have a slot that is always used up. Null and MGC_BAD_TYPE for a null type. Never collects. */
mgc_alloc_slot* mgc_alloc_slot_of(mgc_mutator* mutator, mgc_type type);

/* The same for objects of `size` bytes of a type, and of all sizes that round up to the same (mgc_roundup): arrays, and
 * objects with tails; 0 is the type's own size. mgc_malloc(mutator, size, type, 0) opens the slot, once the type has
 * allocated 8 KiB of such objects. <mallocgc/inline.h> keeps a table of them. Null and MGC_BAD_TYPE for a null type.
 * Never collects. */
mgc_alloc_slot* mgc_sized_slot_of(mgc_mutator* mutator, mgc_type type, size_t size);

/* The same for unnamed memory without pointers: where blocks of `size` bytes and of all sizes that round up to the same
 * (mgc_roundup) are bumped from. They are *not* zeroed: the code that takes them does that, where it is wanted. Sizes
 * below 16, which share blocks, and large ones have a slot that is always used up: call mgc_malloc. The result is never
 * null, and stays the same once it has not been used up. Never collects. */
mgc_alloc_slot* mgc_noscan_slot_of(mgc_mutator* mutator, size_t size);

/* ---- Collection ---- */

/* A complete cycle, also when automatic collection is off (C1, C2): afterwards all that was unreachable at the call,
 * and that no finalizer holds, is free. Finalizers are queued, not run. MGC_CORRUPT if checks in the debug flavour
 * found damage. Collects. */
mgc_status mgc_collect(mgc_heap* heap);

/* The heap's client marks no cards from now on: as mgc_options.no_barriers, for whoever comes to a heap that others
 * made with the default mode, as a module does that mallocgc-root has rewritten. The heap is in MGC_MODE_STOP
 * afterwards; a cycle in slices that is under way is finished first. MGC_BAD_ARGUMENT if the heap was made with a mode
 * that needs barriers, or if such a cycle is under way where collections are forbidden. Twice is harmless. Collects. */
mgc_status mgc_set_no_barriers(mgc_heap* heap);

/* Frees only what was allocated since the last cycle of either kind; what is older stays, and so do its finalizers. As
 * mgc_collect where the mode has no minor cycles, or one would not pay (docs/collector-modes.md). MGC_BAD_ARGUMENT in a
 * heap without barriers. Collects. */
mgc_status mgc_collect_minor(mgc_heap* heap);

/* A full cycle in slices: begin one (nothing if one is under way; MGC_BAD_ARGUMENT where collections are forbidden),
 * and work on it, for about `budget_ns` or so many units, which repeat exactly. The steps give 1 when nothing is left,
 * the sweep included, else 0. They collect. In the stop mode the first one is the whole cycle. In a heap without
 * barriers mgc_start_cycle is MGC_BAD_ARGUMENT, and the steps only sweep. */
mgc_status mgc_start_cycle(mgc_heap* heap);
int32_t mgc_step(mgc_heap* heap, uint64_t budget_ns);
int32_t mgc_step_work(mgc_heap* heap, uint64_t units);

/* Between the two no collection starts, whoever asks for it; allocations may fail instead. They nest. */
void mgc_forbid_collection(mgc_heap* heap);
void mgc_allow_collection(mgc_heap* heap);

/* A safepoint, for a client that is to be collected at its own safepoints only. Its code runs between
 * mgc_forbid_collection and mgc_allow_collection; allocation takes new memory then, and writes 1 to `poll` of every
 * mutator (abi.h) when a collection is due. Where the word is not 0, all that is alive is in roots and collection is
 * allowed, mgc_poll does what is due: a minor cycle, a slice, or a whole cycle. 1 if it did, else 0. Collects. */
int32_t mgc_poll(mgc_mutator* mutator);

/* 1 if the next slow path of an allocation would run a full cycle, 2 if it would begin one in slices, else 0. A host
 * that wants to time the phases of the first then runs them itself, the three in this order with no other call in
 * between. `forced`, 0 or 1: counted as asked for by the client. With mgc_sweep to its end they are one mgc_collect.
 * Where collection is forbidden the heap does nothing by itself, and 1 says that anything is due: for mgc_poll. */
int32_t mgc_collection_due(mgc_heap* heap);
mgc_status mgc_phase_start(mgc_heap* heap, int32_t forced);
mgc_status mgc_phase_mark(mgc_heap* heap);
mgc_status mgc_phase_finish(mgc_heap* heap);

/* Sweeps up to `spans` of the spans that the last cycle left to be swept. 1 when none is left, else 0. For a host's
 * idle time. Never collects. */
int32_t mgc_sweep(mgc_heap* heap, uint32_t spans);

/* Growth of the live heap between collections, in per cent, negative: never by itself. Gives the old value. */
int32_t mgc_set_gc_percent(mgc_heap* heap, int32_t percent);

/* Called at the start of each cycle, to drop caches of the client (C11), in the order in which they were added. It may
 * not call the heap but to release handles, to end root ranges and to remove hooks. At most 8 hooks, the same one as
 * often as it was added; MGC_BAD_ARGUMENT for more, and for null. Never collects. */
typedef void (*mgc_cycle_hook)(void* context);
mgc_status mgc_add_cycle_hook(mgc_heap* heap, mgc_cycle_hook hook, void* context);
/* Takes one back that was added with this function and this context, also from inside a hook. MGC_BAD_ARGUMENT "not a
 * registered cycle hook". Never collects. */
mgc_status mgc_remove_cycle_hook(mgc_heap* heap, mgc_cycle_hook hook, void* context);

/* ---- Finalizers, cleanups, weak handles ---- */

/* `object` is alive again while its finalizer runs; `context` is what was given: if it is an address in the heap, it
 * was a root in the meantime. Both are roots until it returns. Allocation, collection and arming are legal inside. */
typedef void (*mgc_finalizer)(mgc_mutator* mutator, void* object, void* context);

/* Arms `object`, the beginning of an allocation (in a shared tiny block: any address): once it is unreachable,
 * `finalizer` is queued, and runs from mgc_run_finalizers (F1-F6). A null function clears, and it is no error if there
 * is none. Errors, in this order, each with Go's text: MGC_BAD_POINTER "first argument is nil", "pointer not in
 * allocated block", "pointer not at beginning of allocated block"; MGC_FINALIZER "finalizer already set";
 * MGC_OUT_OF_MEMORY. Empty objects and static addresses: MGC_OK and nothing is armed. May sweep, never collects. */
mgc_status mgc_set_finalizer(mgc_heap* heap, void* object, mgc_finalizer finalizer, void* context);
/* The same without Go's order: it is queued in the full cycle that finds `object` unreachable but from objects with
 * unordered finalizers, so also where such objects point to each other in a circle. All of these are queued together
 * and live, with all that they point to, until their own have run; they run in the order of arming. */
mgc_status mgc_set_finalizer_unordered(mgc_heap* heap, void* object, mgc_finalizer finalizer, void* context);
/* The same for a host that pulls (mgc_ready_next): `token` comes back with the record. */
mgc_status mgc_set_finalizer_token(mgc_heap* heap, void* object, uint64_t token);
mgc_status mgc_clear_finalizer(mgc_heap* heap, void* object);

/* `cleanup(mutator, null, arg)` is queued in the cycle that finds the object unreachable, which is freed at once; many
 * per object, and cycles are no obstacle (F7). `arg` is a root until then, so it must not be the object:
 * MGC_BAD_ARGUMENT. `object` may be an inner address. A null function is MGC_BAD_ARGUMENT "second argument is nil, not
 * a function". 0 on failure, and without one for empty objects and static addresses. May sweep, never collects. */
mgc_cleanup mgc_add_cleanup(mgc_heap* heap, void* object, mgc_finalizer cleanup, void* arg);
mgc_cleanup mgc_add_cleanup_token(mgc_heap* heap, void* object, uint64_t token);
/* Takes a cleanup back. Twice, or after it has run, is harmless; MGC_BAD_ARGUMENT for what never was one. */
mgc_status mgc_stop_cleanup(mgc_heap* heap, mgc_cleanup cleanup);

/* Runs what is queued, in order, at most `max` of them (SIZE_MAX: until the queue is empty, counting what they queue
 * themselves). Gives how many ran. A record that was armed with a token ends the drain: the host pulls it with
 * mgc_ready_next, in its turn. Runs code of the client, which may collect. */
size_t mgc_run_finalizers(mgc_heap* heap, size_t max);

/* A queued record, for hosts that call their own functions. */
enum { MGC_READY_NONE = 0, MGC_READY_FINALIZER = 1, MGC_READY_CLEANUP = 2 };
typedef struct mgc_ready {
  uint32_t kind;          /* MGC_READY_* */
  void* object;           /* what is finalized; null for a cleanup */
  mgc_finalizer function; /* null: armed with a token */
  void* context;
  uint64_t token;
  mgc_handle handle; /* keeps `object` alive until the host frees it; 0 for a cleanup */
} mgc_ready;
/* Takes the next record and gives its kind; MGC_READY_NONE if none waits, or if no handle could be made
 * (mgc_last_status tells) and the record still waits. `context` is no longer a root then. Never collects. */
uint32_t mgc_ready_next(mgc_heap* heap, mgc_ready* ready);
size_t mgc_ready_count(const mgc_heap* heap);

/* A weak handle does not keep its object alive. The same for the same address, also later, as long as the object is not
 * found dead (F8): comparing numbers compares targets. 0 and MGC_BAD_POINTER for what is not in an allocated object.
 * mgc_weak_get: null once the object was found unreachable (which is no error), or null and MGC_STALE_HANDLE for a
 * freed one, MGC_BAD_ARGUMENT for what never was one. Each mgc_weak_new wants its mgc_weak_free. May sweep, never
 * collects. */
mgc_weak mgc_weak_new(mgc_heap* heap, void* object);
void* mgc_weak_get(mgc_heap* heap, mgc_weak weak);
mgc_status mgc_weak_free(mgc_heap* heap, mgc_weak weak);

/* ---- Values of the host ---- */

/* Numbers for values of the host's own (JS values), to be stored in words that the type declares as `host` (B2). When
 * an object that holds one dies, the number comes out of mgc_host_next_released (0: no more), which is the end of it:
 * the host drops its value. mgc_host_free gives up a number whose field has been overwritten; MGC_BAD_ARGUMENT if it is
 * not in use. Numbers begin at 1; 0 in a field is no value. mgc_host_new: 0 and MGC_OUT_OF_MEMORY. None collects. */
uint32_t mgc_host_new(mgc_heap* heap);
mgc_status mgc_host_free(mgc_heap* heap, uint32_t index);
uint32_t mgc_host_next_released(mgc_heap* heap);

/* ---- Observation ---- */

typedef struct mgc_found {
  void* base;    /* where the object begins */
  size_t size;   /* its bytes: the slot's, or as requested for large ones */
  mgc_type type; /* null where it is not known: untyped, or of an unnamed type */
} mgc_found;
/* The allocated object that contains `address` (M14): 1, or 0 and *found zeroed. `found` may be null. May sweep. */
int32_t mgc_find_object(mgc_heap* heap, const void* address, mgc_found* found);
mgc_type mgc_type_of(mgc_heap* heap, const void* address);

/* 1 if a collection that began now would read the word at `address` as a root: of a stack, a frame, a registered range,
 * or static data; else 0. For checks: cost is linear in all these. Never collects. */
int32_t mgc_is_root(mgc_heap* heap, const void* address);

/* The walk, for viewers: what lies where, by value. Neither call collects, sweeps or allocates, so what the last
 * collection found dead is still shown, as such, until it is swept.
 *
 * The spans in use from the one that `from` is in or below, in address order, at most `capacity`; gives how many. The
 * next call begins at the end of the last span. Cost: linear in the pages passed. */
uint32_t mgc_walk_spans(mgc_heap* heap, const void* from, mgc_span_info* spans, uint32_t capacity);

/* The slots of the span that begins at `base`, from number `first` on, at most `capacity`; gives how many: 0 past the
 * end, and if no span begins there. Cost: linear in the result. */
uint32_t mgc_walk_slots(mgc_heap* heap, const void* base, uint32_t first, uint32_t* slots, uint32_t capacity);

/* Why is the object that contains `address` alive? *length links, of which the first is a root and the others are the
 * objects from there on, each by the word that points to the next; the last one is the object itself. It is a shortest
 * such path. *length is 0 if nothing keeps the object alive: the next collection will free it. Of a path longer than
 * `capacity` the first half and the last half of `links` are given; `links` may be null if `capacity` is 0. The handle
 * `asking` (0: none) counts only if there is nothing else. MGC_BAD_POINTER: the address is in no allocated object;
 * MGC_OUT_OF_MEMORY: none for the search, which takes two words for each slot of the heap and gives them back. Finishes
 * the sweep, never collects. Cost: linear in the heap. */
mgc_status mgc_why_alive(mgc_heap* heap, const void* address, mgc_handle asking, mgc_link* links, size_t capacity,
                         size_t* length);

/* What points directly to the object that contains `address`: *count links, of which at most `capacity` are given,
 * roots first. Objects that are garbage count until a collection has found them dead. `asking` as above, but it never
 * counts. MGC_BAD_POINTER: the address is in no allocated object. Finishes the sweep, never collects or allocates.
 * Cost: linear in the heap. */
mgc_status mgc_referrers(mgc_heap* heap, const void* address, mgc_handle asking, mgc_link* links, size_t capacity,
                         size_t* count);

/* Counters, in Go's words (O1, O6). Never collects. Cost: a step for each type that was allocated since a collection,
 * and for each slot of the mutators' C++ Locals. */
void mgc_stats(mgc_heap* heap, mgc_stats_data* stats);

/* Hears events (abi.h) as they happen. It may not call the heap, but for mgc_stats. Null: nobody listens. */
typedef void (*mgc_listener)(const mgc_event* event, void* context);
void mgc_set_listener(mgc_heap* heap, mgc_listener listener, void* context);

/* Checks (MGC_DEBUG_*), and a collection at every `stress_every`-th allocation. MGC_BAD_ARGUMENT: unknown here. What
 * the checks find: damage.h. */
mgc_status mgc_set_debug(mgc_heap* heap, uint32_t flags, uint32_t stress_every);
/* What was recorded since recording was switched on, or since mgc_records_clear: *count records and how many there was
 * no room for; null where nothing is recorded. They are overwritten by what comes after the clearing. In the flavour
 * that records, others never do. */
const mgc_record* mgc_records(mgc_heap* heap, uint32_t* count, uint64_t* lost);
void mgc_records_clear(mgc_heap* heap);
/* Walks all structures and recomputes their counters. MGC_CORRUPT with the name of the invariant. */
mgc_status mgc_verify(mgc_heap* heap);

/* ---- The standalone module ---- */

/* What the host of heap.wasm reads and writes, as the module can call nobody. On other platforms the addresses are
 * null, and the number is 0. In this order: the clock, in nanoseconds, which the host writes before calls that are to
 * be timed; the end of the memory that is the heap's, which the host writes before the heap is made (0: only what the
 * module reserves); the cause that the module left before a trap; the first address that others may use. */
double* mgc_host_clock(void);
uint32_t* mgc_host_memory_end(void);
const char* mgc_last_words(void);
size_t mgc_reserved_end(void);

#ifdef __cplusplus
}
#endif

#include <mallocgc/stacks.h>
#include <mallocgc/visit.h>
#include <mallocgc/weak.h>

#endif
