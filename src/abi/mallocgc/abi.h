/* The plain layouts and constants that the heap shares with code that is compiled against it: C programs, the inline
 * fast paths of gc.h, the wasm module's self-description, other compilers. Compiles as C11 and as C++20. Nothing here
 * runs. Doors: docs/abi.md explains; mallocgc.h and gc.h go on.
 */
#ifndef MALLOCGC_ABI_H
#define MALLOCGC_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised by every change that code compiled against an older one would misread. */
#define MGC_ABI_VERSION 2

/* What a call came to. The text is in mgc_last_error(). */
enum {
  MGC_OK = 0,
  MGC_OUT_OF_MEMORY = 1,
  MGC_BAD_SIZE = 2,
  MGC_BAD_TYPE = 3,
  MGC_BAD_POINTER = 4,
  MGC_BAD_ARGUMENT = 5,
  MGC_STALE_HANDLE = 6,
  MGC_FINALIZER = 7,
  MGC_SHADOW_STACK = 8,
  MGC_CORRUPT = 9,
  /* A call that never collects (handles, root ranges, finalizers, cleanups, weak handles, host values, types, mutators)
   * has found no memory for its records, but a collection may make room: call mgc_collect, and the same once more. If
   * that fails too, it says MGC_OUT_OF_MEMORY. Also what an allocation says that would have to collect while collection
   * is forbidden. The C++ and JS faces collect and try again by themselves. */
  MGC_TRY_AGAIN = 10
};

/* Allocation flags. */
enum {
  MGC_NOSCAN = 1 << 0,       /* no pointers inside */
  MGC_NOZERO = 1 << 1,       /* contents undefined; only with MGC_NOSCAN */
  MGC_OWN_BLOCK = 1 << 2,    /* never in a shared tiny block */
  MGC_END_POINTERS = 1 << 3, /* one byte of padding, so that a pointer to the end stays inside */
  MGC_ALIGN_SHIFT = 8        /* bits 8..15: log2 of the alignment asked for, 0 = natural */
};

/* Words of a layout program (types/program.h). */
enum {
  MGC_PROG_END = 0,      /* ends a repeat, or the program */
  MGC_PROG_POINTERS = 1, /* n: n pointer words */
  MGC_PROG_SKIP = 2,     /* n: n words without pointers */
  MGC_PROG_BITS = 3,     /* n, then ceil(n/32) words of bits, lowest first */
  MGC_PROG_REPEAT = 4    /* count: repeats what follows, up to its MGC_PROG_END */
};

/* What the tail of an object is, after the words that the layout covers. */
enum {
  MGC_TAIL_REPEAT = 0,      /* the layout repeats: an array */
  MGC_TAIL_OPAQUE = 1,      /* the layout covers the head once, the rest holds no pointers */
  MGC_TAIL_ELEMENTS = 2,    /* the layout covers the head once, `tail` repeats to the end */
  MGC_TAIL_CONSERVATIVE = 3 /* every aligned word may be a pointer */
};

/* Kinds of fields, for tools and for typed views. */
enum {
  MGC_FIELD_I8 = 1,
  MGC_FIELD_U8,
  MGC_FIELD_I16,
  MGC_FIELD_U16,
  MGC_FIELD_I32,
  MGC_FIELD_U32,
  MGC_FIELD_I64,
  MGC_FIELD_U64,
  MGC_FIELD_F32,
  MGC_FIELD_F64,
  MGC_FIELD_BOOL,
  MGC_FIELD_REF,
  MGC_FIELD_ANY,
  MGC_FIELD_JS,
  MGC_FIELD_STRING,
  MGC_FIELD_SLICE,
  MGC_FIELD_ARRAY,
  MGC_FIELD_BYTES,
  MGC_FIELD_STRUCT
};

/* Where objects are taken by bumping, by the mutator that the slot was asked for:
 *
 *   p = cursor; if (p + size <= limit) cursor = p + size; else call the allocator
 *
 * `size` is the size of the objects' slots, which is constant. Memory for objects with pointers is zero already.
 * cursor == limit == 0: always call. */
typedef struct mgc_alloc_slot {
  uintptr_t cursor;
  uintptr_t limit;
} mgc_alloc_slot;

/* gc.h: the root of a Local. Free: `born` is 0, and `object` the next free one. In use: `born` is the epoch in which
 * it was taken. */
typedef struct mgc_local_slot {
  void* object;
  uint64_t born;
} mgc_local_slot;

/* The head of every mutator: what compiled code touches without a call. */
typedef struct mgc_mutator_abi {
  void** shadow_top;           /* the next free slot of the shadow stack; slots below are roots */
  void** shadow_limit;         /* the end of the shadow stack */
  mgc_alloc_slot** type_slots; /* gc.h: indexed by the number of a C++ type in this program; MGC_TYPE_SLOTS entries,
                                  never null */
  void** shadow_base;          /* where the shadow stack begins; constant */
  mgc_local_slot* free_local;  /* gc.h: the first free slot for a Local; null: call */
  uint64_t epoch;              /* gc.h: grows by one with each Frame, from 1 */
  uint32_t poll;               /* not 0: a collection is due, and has not begun because it is forbidden (mgc_poll) */
  uint32_t last_status;        /* of the last call with this mutator that failed; the text: mgc_mutator_last_error */
} mgc_mutator_abi;

/* A frame of the shadow stack begins with a header, its number of slots. The frame of gc.h's Frame has this bit in it
 * besides; its words are no roots: the top to return to, and the epoch (in one word or two). */
#define MGC_FRAME_SCOPE ((uintptr_t)1 << 30)
#define MGC_FRAME_SCOPE_SLOTS (1 + sizeof(uint64_t) / sizeof(void*))

/* C++ types with a number from 0 to this - 1 allocate inline; others through a call. */
#define MGC_TYPE_SLOTS 256

/* The card table: after a pointer is stored at address a, store 1 to base[(a >> MGC_CARD_SHIFT) & mask]. Before the
 * first heap exists the mask is 0 and base a byte of its own, so a barrier is always legal. One table serves all heaps
 * of a process. A card is 128 bytes; where addresses have 32 bits, 256, since the table takes a share of them. */
#if UINTPTR_MAX > 0xffffffff
#define MGC_CARD_SHIFT 7
#else
#define MGC_CARD_SHIFT 8
#endif
typedef struct mgc_card_table {
  unsigned char* base;
  uintptr_t mask;
} mgc_card_table;
extern mgc_card_table mgc_cards;

/* Handles, cleanups and weak handles: generation * 2^MGC_HANDLE_INDEX_BITS + index; below 2^53, never 0. */
#define MGC_HANDLE_INDEX_BITS 24
#define MGC_HANDLE_GENERATION_BITS 29

/* Which words of a unit are pointers: by a bit mask, or by a program, or (both null) none. */
typedef struct mgc_words_info {
  const uint32_t* mask;    /* bit i of word i / 32: word i is a pointer; covers the unit; null: see program */
  const uint32_t* program; /* MGC_PROG_* words; null: see mask */
  uint32_t program_words;  /* length of the program */
} mgc_words_info;

/* Which values of a *tagged* word are pointers. With v the value of the word, or with MGC_FILTER_WIDE on a machine of
 * 32 bits the 64-bit value of which the word is the low half: v is a pointer if bit (v & (2^tag_bits - 1)) of
 * `pointer_tags` is set and (v & box_mask) == box_value; its address is v without the bits of `clear`. An address that
 * lies in an object keeps it alive, wherever it lies, so low tag bits need not be cleared. */
enum { MGC_FILTER_WIDE = 1 << 0 };
typedef struct mgc_filter {
  uint32_t tag_bits;     /* 0 to 3: objects are aligned to 8 bytes */
  uint32_t pointer_tags; /* bit t: values with the tag t are pointers; not 0. Without tag bits: 1 */
  uint64_t box_mask;     /* bits that no address has: of 64-bit values those from 2^47 on, with MGC_FILTER_WIDE 2^32 */
  uint64_t box_value;
  uint64_t clear; /* bits that are no part of the address: of box_mask's kind, or the lowest 3 */
  uint32_t flags; /* MGC_FILTER_* */
} mgc_filter;

/* A field's name and place, for tools and typed views. The collector does not read it. */
typedef struct mgc_field {
  const char* name;
  uint32_t offset; /* bytes from the start of the object */
  uint32_t kind;   /* MGC_FIELD_* */
  uint32_t target; /* id of the type referred to or embedded, 0: none or any */
  uint32_t count;  /* elements of an array, bytes of MGC_FIELD_BYTES; else 1 */
} mgc_field;

/* How sure a report is (visit.h): a pointer, or a word that may be one; the latter counts if it lies in an object. */
enum { MGC_EXACT = 0, MGC_AMBIGUOUS = 1 };

/* Says which words in the bytes [from, to) of an object hold pointers, where no description can: visit.h. */
struct mgc_visitor;
typedef void (*mgc_trace)(struct mgc_visitor* visitor, void* object, size_t from, size_t to);

typedef struct mgc_type_info {
  const char* name;        /* null: unnamed; copied */
  size_t size;             /* bytes of the unit that `pointers` covers */
  uint32_t align;          /* power of two, 0: natural */
  uint32_t tail;           /* MGC_TAIL_* */
  mgc_words_info pointers; /* the unit's (or the head's) pointer words */
  mgc_words_info host;     /* words that hold host values (js fields) */
  size_t tail_size;        /* MGC_TAIL_ELEMENTS: bytes of one element */
  mgc_words_info tail_pointers;
  mgc_words_info tail_host;
  const mgc_field* fields; /* copied */
  uint32_t field_count;
  const mgc_filter* filter; /* of the tagged words; copied. Null: the heap's (mgc_set_filter) */
  mgc_words_info tagged;    /* words that hold a pointer or another value, as the filter says */
  mgc_words_info ambiguous; /* words that may be pointers: only what hits an allocated object counts (T4) */
  mgc_words_info tail_tagged;
  mgc_words_info tail_ambiguous;
  mgc_trace trace; /* null: the words above are all there are */
  /* weak.h: words that do not keep what they point to, and are cleared when it dies. */
  mgc_words_info weak;
  /* Each is the key of an ephemeron, whose value is the word behind it (of a wide filter on 32 bits: the second one
   * behind it). The value is kept as long as the key lives; both are cleared when that dies. A value is in no plane. */
  mgc_words_info keys;
  mgc_words_info tail_weak;
  mgc_words_info tail_keys;
  uint64_t weak_cleared; /* what a weak word, a key, and a value that is not null are when cleared; of 32 bits the low
                            half counts */
  uint32_t weak_tagged;  /* 1: weak words, keys and values pass through the filter, as tagged words do */
} mgc_type_info;

/* What mgc_weak_table_next finds (weak.h). */
typedef struct mgc_weak_entry {
  void* key;   /* of an ephemeron, or a weak word */
  void* value; /* of an ephemeron; null of a weak word */
  void** slot; /* where the key is */
} mgc_weak_entry;

/* How a heap is made. Zero means the default everywhere but where a comment says otherwise. X(type, name). */
#define MGC_OPTIONS_FIELDS(X)                                                                                  \
  X(uint64_t, initial_bytes)    /* memory to ask for at once; default 0 */                                     \
  X(uint64_t, max_bytes)        /* the most that objects and metadata may take; default 2 GiB */               \
  X(uint64_t, min_heap_bytes)   /* no automatic collection below so many live bytes; default 4 MiB */          \
  X(uint64_t, memory_limit)     /* soft limit in bytes; 0: none */                                             \
  X(int32_t, gc_percent)        /* 0: the default of 100; negative: automatic collection off */                \
  X(uint32_t, shadow_slots)     /* words of a shadow stack; 0: shadow_slots_max, attached ones 65536 */        \
  X(uint32_t, debug_flags)      /* MGC_DEBUG_* */                                                              \
  X(uint32_t, stress_every)     /* a collection at every n-th allocation; 0: off */                            \
  X(uint64_t, mem_profile_rate) /* bytes between samples; 0: off */                                            \
  X(uint32_t, shadow_slots_max) /* words that the main mutator's shadow stack may grow to, at least 65536 and  \
                                   touched on use; 2^24; on 32 bits 2^20, and at most max_bytes / 64 bytes */  \
  X(uint32_t, mode)             /* MGC_MODE_*; 0: MGC_MODE_AUTO */                                             \
  X(uint32_t, no_barriers)      /* 1: the client marks no cards. Gives MGC_MODE_STOP, whatever the default is; \
                                   MGC_BAD_ARGUMENT with any other mode, and for what only others can do */

typedef struct mgc_options {
#define MGC_OPTION_MEMBER(type, name) type name;
  MGC_OPTIONS_FIELDS(MGC_OPTION_MEMBER)
#undef MGC_OPTION_MEMBER
} mgc_options;

/* How the heap collects (docs/collector-modes.md). MGC_MODE_STOP never depends on write barriers: for clients without
 * them. All others do. */
enum {
  MGC_MODE_AUTO = 0,        /* minor cycles, and full ones in slices; lean: as MGC_MODE_STOP */
  MGC_MODE_STOP = 1,        /* full cycles, each in one piece */
  MGC_MODE_INCREMENTAL = 2, /* full cycles in slices */
  MGC_MODE_GENERATIONAL = 3 /* minor cycles, and full ones in one piece */
};

enum {
  MGC_DEBUG_GCTRACE = 1 << 0,          /* a line a cycle, as MGC_EVENT_TRACE */
  MGC_DEBUG_CHECKMARK = 1 << 1,        /* a second marking must agree after each cycle */
  MGC_DEBUG_POISON = 1 << 2,           /* free slots are filled with 0xdb */
  MGC_DEBUG_VERIFY = 1 << 3,           /* walk all structures after each cycle */
  MGC_DEBUG_FINALIZER_CHECKS = 1 << 4, /* F10 */
  MGC_DEBUG_RECORD_CYCLES = 1 << 5,    /* what each collection does: see mgc_record */
  /* Each allocation, the way it took, and each free. Every allocation takes the slow path. */
  MGC_DEBUG_RECORD_ALLOCATIONS = 1 << 6
};

/* Counters, all uint64_t, in Go's words (runtime.MemStats) where Go has one. Then work (O6), then paths taken. */
/* clang-format off */
#define MGC_STATS_FIELDS(X) \
  X(alloc) X(total_alloc) X(sys) X(lookups) X(mallocs) X(frees) X(heap_alloc) X(heap_sys) X(heap_idle) \
  X(heap_inuse) X(heap_released) X(heap_objects) X(stack_inuse) X(stack_sys) X(mspan_inuse) \
  X(mspan_sys) X(mcache_inuse) X(mcache_sys) X(buck_hash_sys) X(gc_sys) X(other_sys) X(next_gc) \
  X(last_gc_ns) X(pause_total_ns) X(pause_max_ns) X(pause_max_units) X(num_gc) X(minor_gcs) X(num_forced_gc) \
  X(tiny_allocs) X(heap_live) X(heap_marked) X(live_handles) X(live_host_values) X(finalizers_registered) \
  X(cleanups_registered) X(weak_live) X(ready_queued) X(finalizers_run) X(cleanups_run) \
  X(work_objects_marked) X(work_objects_scanned) X(work_slots_visited) X(work_spans_scanned) \
  X(work_spans_swept) X(work_roots_visited) X(work_cards_read) \
  X(path_mixed_spans) X(path_promotions) X(path_lazy_sweeps) X(path_growths) X(path_merges) \
  X(path_holes) X(path_large_pieces) X(path_retired_handles) X(path_refills) X(path_single_grey) \
  X(path_resurrections) X(path_last_resort) X(path_limit_passed) \
  X(mode) X(marking) X(old_bytes) X(slices) X(pause_total_units)
/* clang-format on */

typedef struct mgc_stats_data {
#define MGC_STATS_MEMBER(name) uint64_t name;
  MGC_STATS_FIELDS(MGC_STATS_MEMBER)
#undef MGC_STATS_MEMBER
} mgc_stats_data;

/* What a listener hears. `values` depend on the kind. */
enum {
  MGC_EVENT_CYCLE_START = 1,   /* live bytes, goal, 1 if it goes in slices */
  MGC_EVENT_PHASE = 2,         /* 1 marking, 2 marked, 4 resolving; work units; of a minor cycle: 2 only */
  MGC_EVENT_CYCLE_END = 3,     /* live before, live after (marked), next goal, pause ns */
  MGC_EVENT_SWEEP_DONE = 4,    /* objects freed, spans given back */
  MGC_EVENT_GROWTH = 5,        /* bytes grown, bytes in all, 1 if a hole was met */
  MGC_EVENT_READY = 6,         /* finalizers and cleanups waiting, when a cycle has ended */
  MGC_EVENT_FINALIZER_RUN = 7, /* how many ran in this drain */
  MGC_EVENT_TRACE = 8,         /* text: a gctrace line */
  MGC_EVENT_DIAGNOSIS = 9,     /* text: F10 and verification reports */
  MGC_EVENT_MINOR_START = 10,  /* live bytes, bytes taken by young objects */
  MGC_EVENT_MINOR_END = 11     /* bytes that survived, bytes under dirty cards, work units, 1 if minor cycles rest */
};

typedef struct mgc_event {
  uint32_t kind;    /* MGC_EVENT_* */
  uint32_t cycle;   /* number of the collection, from 1 */
  uint64_t time_ns; /* the platform's monotonic clock */
  uint64_t values[4];
  const char* text; /* valid during the call; null where there is none */
} mgc_event;

/* What was recorded (MGC_DEBUG_RECORD_*), in order: number; a, b. Objects and spans by their addresses, types by their
 * ids. */
enum {
  MGC_RECORD_CYCLE_START = 1, /* number of the collection; live bytes, goal */
  MGC_RECORD_ROOT,            /* MGC_LINK_*; the object, what mgc_link.at says */
  MGC_RECORD_SCAN_SPAN,       /* 0; the span whose grey objects are scanned now, its slot bytes */
  MGC_RECORD_SHADE,           /* type; an object that turns grey */
  MGC_RECORD_SCAN,            /* type; the object, which turns black */
  MGC_RECORD_MARK,            /* type; an object without pointers, which turns black at once */
  MGC_RECORD_MARK_END,        /* 0; objects and bytes that are marked */
  MGC_RECORD_FREE,            /* type; the object, its bytes */
  MGC_RECORD_QUEUED,          /* 0; a dead object whose finalizers are queued, so that it lives once more */
  MGC_RECORD_SWEEP_SPAN,      /* objects freed; the span, objects that live: after the records of what was freed */
  MGC_RECORD_SPAN_FREED,      /* 0; an empty span, the bytes of its pages */
  MGC_RECORD_CYCLE_END,       /* number of the collection; marked bytes, next goal: before the sweep */
  MGC_RECORD_ALLOCATION,      /* type; the object, the bytes asked for: after the records of what it took */
  MGC_RECORD_TINY,            /* 0; a place in the shared tiny block */
  MGC_RECORD_RUN,             /* slots of a fresh run; its first one, their bytes */
  MGC_RECORD_SPAN,            /* 0; a span of the class that has room, swept for that if need be, its bytes */
  MGC_RECORD_NEW_SPAN,        /* 0; a span from the page heap, its bytes */
  MGC_RECORD_GROWTH           /* 0; bytes of memory grown, bytes in all */
};
typedef struct mgc_record {
  uint32_t kind; /* MGC_RECORD_* */
  uint32_t number;
  uint64_t a;
  uint64_t b;
} mgc_record;

/* What the walk for viewers gives: a span, by value. */
#define MGC_PAGE_BYTES 8192
enum {
  MGC_SPAN_LARGE = 1 << 0,  /* one object with pages of its own */
  MGC_SPAN_MIXED = 1 << 1,  /* objects of several types */
  MGC_SPAN_UNSWEPT = 1 << 2 /* dead objects are not free yet */
};
typedef struct mgc_span_info {
  void* base;        /* of slot 0 */
  size_t slot_bytes; /* from one object to the next; of a large one: as asked for */
  uint32_t slot_count;
  uint32_t page_count;  /* of MGC_PAGE_BYTES */
  uint32_t size_class;  /* 0: a large object */
  uint32_t type_id;     /* of every object; 0: untyped, or mixed */
  uint32_t allocated;   /* objects */
  uint32_t flags;       /* MGC_SPAN_* */
  uint32_t dirty_cards; /* of 2^MGC_CARD_SHIFT bytes each: stored into since they were cleaned. Stop mode cleans none */
} mgc_span_info;

/* One slot: type_id << MGC_SLOT_TYPE_SHIFT | state. A free slot has the type id 0. */
enum {
  MGC_SLOT_FREE = 0,
  MGC_SLOT_NEW = 1,      /* allocated since the last collection; or old, and the one under way may yet reach it */
  MGC_SLOT_SURVIVED = 2, /* the last collection reached it: it is old */
  MGC_SLOT_DEAD = 3,     /* the last collection did not; it waits for the sweep */
  MGC_SLOT_REACHED = 4,  /* the full collection that is under way, in slices, has reached it */
  MGC_SLOT_TYPE_SHIFT = 3
};

/* What points to an object, by value: another object, or a root. */
enum {
  MGC_LINK_OBJECT = 0,
  MGC_LINK_STACK = 1, /* a slot of a shadow stack */
  MGC_LINK_HANDLE = 2,
  MGC_LINK_RANGE = 3,        /* a word of a range of mgc_add_roots, or of static data */
  MGC_LINK_FINALIZER = 4,    /* an object with a finalizer: what it points to lives, whether it does itself or not */
  MGC_LINK_CONTEXT = 5,      /* the context of a finalizer, or the argument of a cleanup */
  MGC_LINK_QUEUED = 6,       /* a finalizer or cleanup that waits to be run */
  MGC_LINK_RUNNING = 7,      /* one that is running */
  MGC_LINK_CLIENT_STACK = 8, /* a word of a stack of mgc_add_stack or mgc_enable_c_stack */
  MGC_LINK_CHAIN = 9,        /* a slot of a frame of mgc_add_shadow_chain */
  MGC_LINK_ENUMERATED = 10   /* what an enumerator has reported: `at` is the slot, 0 of a single value */
};
typedef struct mgc_link {
  uint64_t at;      /* the handle; of a queued, running or context root: the object's address, 0 of a cleanup; else the
                       pointing word's */
  void* base;       /* MGC_LINK_OBJECT, MGC_LINK_FINALIZER: where the object begins; else null */
  size_t size;      /* its bytes; of a large object those that were asked for */
  size_t offset;    /* of the pointing word in the object; in the last link of a path: of the address asked about */
  uint32_t kind;    /* MGC_LINK_* */
  uint32_t type_id; /* of the object, unnamed types included; 0: not known */
} mgc_link;

/* What a collection of the debug flavour has found that a client did to the heap (damage.h). */
typedef struct mgc_damage {
  const char* text;       /* all of it in words, as mgc_last_error has them; valid during the call */
  const void* target;     /* the freed address, or the object that is not marked; null: a structure of the heap's own */
  const mgc_link* holder; /* the word that points there, and what it is in; null: not known. Valid during the call */
  const char* field;      /* the name of that field; null: a root, or the type has no names */
} mgc_damage;

#ifdef __cplusplus
}
#endif

#endif
