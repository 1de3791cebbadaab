// The self-description has every number that a client of the module must know, by name, so that none repeats it. Names
// and values are two lists in the same order, made from the same lines below by expanding them twice.
//
//   abi, flavour.debug       struct.field: offsets       sizeof.struct       prefix.NAME: constants
//   reserved.end             the first address above the module's own static region; known when it runs only
#include <stddef.h>

#include "cells.h"
#include "door.h"
#include "events.h"

// The lists are laid out by hand.
// clang-format off
#define CORE_OPTIONS(X) \
  X(uint64_t, initial_bytes) X(uint64_t, max_bytes) X(uint64_t, min_heap_bytes) X(uint64_t, memory_limit) \
  X(int32_t, gc_percent) X(uint32_t, shadow_slots)
#define MORE_OPTIONS(X) \
  X(uint32_t, debug_flags) X(uint32_t, stress_every) X(uint64_t, mem_profile_rate) X(uint32_t, shadow_slots_max) \
  X(uint32_t, mode) X(uint32_t, no_barriers)
#define CORE_TYPE_INFO_FIELDS(X) X(size) X(align) X(tail) X(pointers) X(tail_size) X(tail_pointers)
#define MORE_TYPE_INFO_FIELDS(X) \
  X(name) X(host) X(tail_host) X(fields) X(field_count) X(filter) X(tagged) X(ambiguous) X(tail_tagged) \
  X(tail_ambiguous) X(weak) X(keys) X(tail_weak) X(tail_keys) X(weak_cleared) X(weak_tagged)
#define FILTER_FIELDS(X) X(tag_bits) X(pointer_tags) X(box_mask) X(box_value) X(clear) X(flags)
#define CORE_STATS(X) X(sys) X(next_gc) X(num_gc) X(heap_live) X(heap_marked) X(live_handles)
#define MORE_STATS(X) \
  X(alloc) X(total_alloc) X(lookups) X(mallocs) X(frees) X(heap_alloc) X(heap_sys) X(heap_idle) X(heap_inuse) \
  X(heap_released) X(heap_objects) X(stack_inuse) X(stack_sys) X(mspan_inuse) X(mspan_sys) X(mcache_inuse) \
  X(mcache_sys) X(buck_hash_sys) X(gc_sys) X(other_sys) X(last_gc_ns) X(pause_total_ns) X(pause_max_ns) \
  X(pause_max_units) X(minor_gcs) X(num_forced_gc) \
  X(tiny_allocs) X(live_host_values) X(finalizers_registered) X(cleanups_registered) X(weak_live) X(ready_queued) \
  X(finalizers_run) X(cleanups_run) X(work_objects_marked) X(work_objects_scanned) X(work_slots_visited) \
  X(work_spans_scanned) X(work_spans_swept) X(work_roots_visited) X(work_cards_read) X(path_mixed_spans) \
  X(path_promotions) X(path_lazy_sweeps) X(path_growths) X(path_merges) X(path_holes) X(path_large_pieces) \
  X(path_retired_handles) X(path_refills) X(path_single_grey) X(path_resurrections) X(path_last_resort) \
  X(path_limit_passed) X(mode) X(marking) X(old_bytes) X(slices) X(pause_total_units)
#define CORE_STATUSES(X) \
  X(OK) X(OUT_OF_MEMORY) X(BAD_SIZE) X(BAD_TYPE) X(BAD_POINTER) X(BAD_ARGUMENT) X(STALE_HANDLE) X(SHADOW_STACK) \
  X(CORRUPT) X(TRY_AGAIN)
#define MORE_STATUSES(X) X(FINALIZER)
#define FLAGS(X) X(NOSCAN) X(NOZERO) X(OWN_BLOCK) X(END_POINTERS) X(ALIGN_SHIFT)
#define PROGRAM_WORDS(X) X(END) X(POINTERS) X(SKIP) X(BITS) X(REPEAT)
#define TAILS(X) X(REPEAT) X(OPAQUE) X(ELEMENTS) X(CONSERVATIVE)
#define FIELD_KINDS(X) \
  X(I8) X(U8) X(I16) X(U16) X(I32) X(U32) X(I64) X(U64) X(F32) X(F64) X(BOOL) X(REF) X(ANY) X(JS) X(STRING) \
  X(SLICE) X(ARRAY) X(BYTES) X(STRUCT)
#define DEBUG_FLAGS(X) \
  X(GCTRACE) X(CHECKMARK) X(POISON) X(VERIFY) X(FINALIZER_CHECKS) X(RECORD_CYCLES) X(RECORD_ALLOCATIONS)
#define EVENTS(X) \
  X(CYCLE_START) X(PHASE) X(CYCLE_END) X(SWEEP_DONE) X(GROWTH) X(READY) X(FINALIZER_RUN) X(TRACE) X(DIAGNOSIS) \
  X(MINOR_START) X(MINOR_END)
#define MODES(X) X(AUTO) X(STOP) X(INCREMENTAL) X(GENERATIONAL)
#define READY_KINDS(X) X(NONE) X(FINALIZER) X(CLEANUP)
// clang-format on

// Every option and every counter of abi.h has a line above, and none has two: their places add up to the same sums.
#define OPTION_PLACE(type, name) +(offsetof(mgc_options, name) + 1)
#define STATS_PLACE(name) +(offsetof(mgc_stats_data, name) + 1)
static_assert((0 CORE_OPTIONS(OPTION_PLACE) MORE_OPTIONS(OPTION_PLACE)) == (0 MGC_OPTIONS_FIELDS(OPTION_PLACE)));
static_assert((0 CORE_STATS(STATS_PLACE) MORE_STATS(STATS_PLACE)) == (0 MGC_STATS_FIELDS(STATS_PLACE)));

// A line is V(name, value).
#define OPTION_LINE(type, name) V("options." #name, offsetof(mgc_options, name))
#define TYPE_INFO_LINE(name) V("type_info." #name, offsetof(mgc_type_info, name))
#define FILTER_LINE(name) V("filter." #name, offsetof(mgc_filter, name))
#define STATS_LINE(name) V("stats." #name, offsetof(mgc_stats_data, name))
#define STATUS_LINE(name) V("status." #name, MGC_##name)
#define FLAG_LINE(name) V("flag." #name, MGC_##name)
#define PROGRAM_LINE(name) V("prog." #name, MGC_PROG_##name)
#define TAIL_LINE(name) V("tail." #name, MGC_TAIL_##name)
#define FIELD_LINE(name) V("field." #name, MGC_FIELD_##name)
#define DEBUG_LINE(name) V("debug." #name, MGC_DEBUG_##name)
#define EVENT_LINE(name) V("event." #name, MGC_EVENT_##name)
#define MODE_LINE(name) V("mode." #name, MGC_MODE_##name)
#define READY_LINE(name) V("ready." #name, MGC_READY_##name)

// Every flavour has these.
#define CORE_DESCRIPTION                                             \
  V("abi", MGC_ABI_VERSION)                                          \
  V("flavour.debug", MALLOCGC_FLAVOUR_DEBUG)                         \
  V("flavour.lean", MALLOCGC_FLAVOUR_LEAN)                           \
  V("sizeof.options", sizeof(mgc_options))                           \
  V("sizeof.type_info", sizeof(mgc_type_info))                       \
  V("words_info.mask", offsetof(mgc_words_info, mask))               \
  V("sizeof.words_info", sizeof(mgc_words_info))                     \
  V("alloc_slot.cursor", offsetof(mgc_alloc_slot, cursor))           \
  V("alloc_slot.limit", offsetof(mgc_alloc_slot, limit))             \
  V("sizeof.alloc_slot", sizeof(mgc_alloc_slot))                     \
  V("mutator.shadow_base", offsetof(mgc_mutator_abi, shadow_base))   \
  V("mutator.shadow_top", offsetof(mgc_mutator_abi, shadow_top))     \
  V("mutator.shadow_limit", offsetof(mgc_mutator_abi, shadow_limit)) \
  V("mutator.poll", offsetof(mgc_mutator_abi, poll))                 \
  V("sizeof.mutator", sizeof(mgc_mutator_abi))                       \
  V("cards.base", offsetof(mgc_card_table, base))                    \
  V("cards.mask", offsetof(mgc_card_table, mask))                    \
  V("card.shift", MGC_CARD_SHIFT)                                    \
  V("handle.index_bits", MGC_HANDLE_INDEX_BITS)                      \
  V("handle.generation_bits", MGC_HANDLE_GENERATION_BITS)            \
  V("word.bytes", sizeof(void*))                                     \
  CORE_OPTIONS(OPTION_LINE)                                          \
  CORE_TYPE_INFO_FIELDS(TYPE_INFO_LINE)                              \
  CORE_STATS(STATS_LINE)                                             \
  CORE_STATUSES(STATUS_LINE)                                         \
  FLAGS(FLAG_LINE)                                                   \
  TAILS(TAIL_LINE)

// The lean flavour leaves these out.
#define MORE_DESCRIPTION                                                 \
  MORE_OPTIONS(OPTION_LINE)                                              \
  MORE_TYPE_INFO_FIELDS(TYPE_INFO_LINE)                                  \
  FILTER_FIELDS(FILTER_LINE)                                             \
  V("filter.WIDE", MGC_FILTER_WIDE)                                      \
  V("sizeof.filter", sizeof(mgc_filter))                                 \
  V("type_info.trace", offsetof(mgc_type_info, trace))                   \
  V("weak_entry.key", offsetof(mgc_weak_entry, key))                     \
  V("weak_entry.value", offsetof(mgc_weak_entry, value))                 \
  V("weak_entry.slot", offsetof(mgc_weak_entry, slot))                   \
  V("sizeof.weak_entry", sizeof(mgc_weak_entry))                         \
  V("words_info.program", offsetof(mgc_words_info, program))             \
  V("words_info.program_words", offsetof(mgc_words_info, program_words)) \
  V("field.name", offsetof(mgc_field, name))                             \
  V("field.offset", offsetof(mgc_field, offset))                         \
  V("field.kind", offsetof(mgc_field, kind))                             \
  V("field.target", offsetof(mgc_field, target))                         \
  V("field.count", offsetof(mgc_field, count))                           \
  V("sizeof.field", sizeof(mgc_field))                                   \
  MORE_STATS(STATS_LINE)                                                 \
  V("sizeof.stats", sizeof(mgc_stats_data))                              \
  V("mutator.type_slots", offsetof(mgc_mutator_abi, type_slots))         \
  V("ready.kind", offsetof(door::ReadyCell, kind))                       \
  V("ready.address", offsetof(door::ReadyCell, address))                 \
  V("ready.token", offsetof(door::ReadyCell, token))                     \
  V("ready.handle", offsetof(door::ReadyCell, handle))                   \
  V("found.base", offsetof(door::FoundCell, base))                       \
  V("found.size", offsetof(door::FoundCell, size))                       \
  V("found.type_id", offsetof(door::FoundCell, type_id))                 \
  V("walk.spans", offsetof(door::WalkCells, spans))                      \
  V("walk.slots", offsetof(door::WalkCells, slots))                      \
  V("walk.slots_max", door::kWalkSlots)                                  \
  V("span.base", offsetof(mgc_span_info, base))                          \
  V("span.slot_bytes", offsetof(mgc_span_info, slot_bytes))              \
  V("span.slot_count", offsetof(mgc_span_info, slot_count))              \
  V("span.page_count", offsetof(mgc_span_info, page_count))              \
  V("span.size_class", offsetof(mgc_span_info, size_class))              \
  V("span.type_id", offsetof(mgc_span_info, type_id))                    \
  V("span.allocated", offsetof(mgc_span_info, allocated))                \
  V("span.flags", offsetof(mgc_span_info, flags))                        \
  V("span.dirty_cards", offsetof(mgc_span_info, dirty_cards))            \
  V("sizeof.span", sizeof(mgc_span_info))                                \
  V("span.LARGE", MGC_SPAN_LARGE)                                        \
  V("span.MIXED", MGC_SPAN_MIXED)                                        \
  V("span.UNSWEPT", MGC_SPAN_UNSWEPT)                                    \
  V("slot.FREE", MGC_SLOT_FREE)                                          \
  V("slot.NEW", MGC_SLOT_NEW)                                            \
  V("slot.SURVIVED", MGC_SLOT_SURVIVED)                                  \
  V("slot.DEAD", MGC_SLOT_DEAD)                                          \
  V("slot.REACHED", MGC_SLOT_REACHED)                                    \
  V("slot.TYPE_SHIFT", MGC_SLOT_TYPE_SHIFT)                              \
  V("walk.links", offsetof(door::WalkCells, links))                      \
  V("walk.links_max", door::kWalkLinks)                                  \
  V("link.at", offsetof(mgc_link, at))                                   \
  V("link.base", offsetof(mgc_link, base))                               \
  V("link.size", offsetof(mgc_link, size))                               \
  V("link.offset", offsetof(mgc_link, offset))                           \
  V("link.kind", offsetof(mgc_link, kind))                               \
  V("link.type_id", offsetof(mgc_link, type_id))                         \
  V("sizeof.link", sizeof(mgc_link))                                     \
  V("link.OBJECT", MGC_LINK_OBJECT)                                      \
  V("link.STACK", MGC_LINK_STACK)                                        \
  V("link.HANDLE", MGC_LINK_HANDLE)                                      \
  V("link.RANGE", MGC_LINK_RANGE)                                        \
  V("link.FINALIZER", MGC_LINK_FINALIZER)                                \
  V("link.CONTEXT", MGC_LINK_CONTEXT)                                    \
  V("link.QUEUED", MGC_LINK_QUEUED)                                      \
  V("link.RUNNING", MGC_LINK_RUNNING)                                    \
  V("link.CLIENT_STACK", MGC_LINK_CLIENT_STACK)                          \
  V("link.CHAIN", MGC_LINK_CHAIN)                                        \
  V("link.ENUMERATED", MGC_LINK_ENUMERATED)                              \
  V("visit.EXACT", MGC_EXACT)                                            \
  V("visit.AMBIGUOUS", MGC_AMBIGUOUS)                                    \
  V("page.bytes", MGC_PAGE_BYTES)                                        \
  V("events.written", offsetof(door::EventRing, written))                \
  V("events.capacity", offsetof(door::EventRing, capacity))              \
  V("events.lost", offsetof(door::EventRing, lost))                      \
  V("events.read", offsetof(door::EventRing, read))                      \
  V("events.records", offsetof(door::EventRing, records))                \
  V("event.kind", offsetof(mgc_event, kind))                             \
  V("event.cycle", offsetof(mgc_event, cycle))                           \
  V("event.time_ns", offsetof(mgc_event, time_ns))                       \
  V("event.values", offsetof(mgc_event, values))                         \
  V("event.text", offsetof(mgc_event, text))                             \
  V("sizeof.event", sizeof(mgc_event))                                   \
  MORE_STATUSES(STATUS_LINE)                                             \
  PROGRAM_WORDS(PROGRAM_LINE)                                            \
  FIELD_KINDS(FIELD_LINE)                                                \
  DEBUG_FLAGS(DEBUG_LINE)                                                \
  EVENTS(EVENT_LINE)                                                     \
  MODES(MODE_LINE)                                                       \
  READY_KINDS(READY_LINE)

// These are addresses, known when the module runs.
#define ADDRESS_DESCRIPTION V("cards.address", 0) V("reserved.end", 0)

#if MALLOCGC_FLAVOUR_LEAN
#define DESCRIPTION CORE_DESCRIPTION ADDRESS_DESCRIPTION
#else
#define DESCRIPTION CORE_DESCRIPTION MORE_DESCRIPTION ADDRESS_DESCRIPTION
#endif

namespace {

#define V(name, value) name "\0"
constexpr char kNames[] = DESCRIPTION;  // ended by an empty name: the literal's own NUL
#undef V

#define V(name, value) static_cast<uint32_t>(value),
uint32_t values[] = {DESCRIPTION};
#undef V

constexpr size_t kCount = sizeof values / sizeof values[0];
constexpr size_t kReservedEnd = kCount - 1;  // the last two lines are addresses
constexpr size_t kCards = kCount - 2;

}  // namespace

MGC_EXPORT(mgc_describe_names) uint32_t door_describe_names() { return door::address_of(kNames); }

MGC_EXPORT(mgc_describe_values) uint32_t door_describe_values() {
  values[kCards] = door::address_of(&mgc_cards);
  values[kReservedEnd] = static_cast<uint32_t>(mgc_reserved_end());
  return door::address_of(values);
}
