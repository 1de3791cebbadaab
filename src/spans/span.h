// Span: a run of pages that holds objects of one size, and everything known about them. Objects have no header; what is
// true of an object is in its span's record and bitmaps.
//
//   record (kSpanRecordBytes)                 bitmaps, in metadata memory
//   +--------------------------------+        +-------+-------+-------+-------+ -
//   | what the marker touches        |------->| mark0 | grey0 | mark1 | grey1 | …     one pair for 64 slots: shading
//   |--------------------------------|        +-------+-------+-------+-------+ -     touches one cache line
//   | what sweeper and allocator     |------->| allocated0 | allocated1 | …
//   | touch                          |        +------------+------------+ -
//   +--------------------------------+------->| type id of slot 0 | slot 1 | …          mixed spans only
//
// inv.run: a slot is allocated if its bit is set and it is not in the untaken rest of a run that a cache owns.
// inv.span.cycle: mark words are meaningful only if mark_cycle is the epoch of the marking; else every slot counts as
//   unmarked.
// inv.span.swept: allocated bits tell the truth about the last cycle only if sweep_cycle is the epoch of the sweep
//   (spans/epochs.h).
// inv.span.tail: bits of slots at and above slot_count are 0 in every bitmap.
// Doors: page map → span_at → slot_of; made and unmade by SpanHeap.
#pragma once

#include "base/address.h"
#include "base/bits.h"
#include "base/list.h"

namespace mallocgc {

struct CacheEntry;
struct SpanClass;
struct SpanSpecials;
struct Type;

// How the pointers of an object are found, from the cheapest way to the most general.
enum class ScanKind : uint8_t {
  kPointerFree,   // never scanned
  kPair,          // the first two words are pointers, and no other
  kMask,          // at most 64 words, one bit each in scan_mask
  kAll,           // every word is a pointer
  kTagged,        // at most 64 words; those that point are all tagged, and pass through the layout's filter
  kLayout,        // by a cursor over the type's layout
  kConservative,  // every word may be a pointer
  kMixed,         // by the type of the slot
  kWeak,          // by a cursor over the type's layout, which has weak words or keys
  kAwaited,       // for now: some of its objects are keys that ephemerons wait for (gc/scan_weak.cc)
};

enum class SpanState : uint8_t { kUnused, kInUse };

// How much of a span is grey, and so whether it waits in the marker's queue. A single grey object is remembered by
// number, so that scanning it needs no search of the bitmap. With kQueued none is grey: the span waits for those that
// will be until its turn comes.
enum class GreyState : uint8_t { kNone, kQueued, kOne, kMany };

struct MarkWord {
  uint64_t mark;
  uint64_t grey;
};

struct alignas(64) Span : ListLink {
  Address base;        // of slot 0
  size_t limit_bytes;  // slot_count * slot_bytes; of a large object: the bytes asked for
  size_t slot_bytes;
  uint32_t slot_reciprocal;  // 0 for large objects: every offset is in slot 0
  uint32_t mark_cycle;
  MarkWord* marks;
  Span* queue_next;  // the marker's queue of spans
  uint64_t scan_mask;
  uint32_t grey_slot;  // with GreyState::kOne
  ScanKind scan_kind;
  GreyState grey;
  SpanState state;
  bool has_weak;  // its type has weak words or keys: it is in the heap's list of such spans

  const Type* type;      // of every slot; null: unnamed pointer-free memory, or mixed
  uint32_t* slot_types;  // mixed spans: a type id a slot; else null
  uint64_t* allocated;
  SpanClass* span_class;   // null: a large object
  CacheEntry* owner;       // the cache that holds a run of this span, or null
  SpanSpecials* specials;  // records on objects of this span, or null
  uint64_t* inspection;    // what a look at the heap notes here: a Reach its mark bits, then its done bits; a path
                           // search its table; null while nobody looks
  size_t scan_position;    // words of a large object that are scanned already
  PageId first_page;
  uint32_t page_count;
  uint32_t slot_count;
  uint32_t sweep_cycle;
  uint32_t next_slot;  // no free slot below this one is left to take
  uint8_t size_class;  // 0: a large object
  bool needs_zero;     // free slots may hold old contents
  bool has_host;       // a slot may hold host values
  Span* weak_next;     // with has_weak: in the list
  Span* weak_previous;
  Span* awaited_next;  // with ScanKind::kAwaited: the marker's list of such spans

  bool is_large() const { return size_class == 0; }
  Address slot_address(uint32_t slot) const { return base + slot * slot_bytes; }
  MGC_ALWAYS_INLINE uint32_t slot_at(size_t offset) const {
    return divide_by_reciprocal(static_cast<uint32_t>(offset), slot_reciprocal);
  }
  bool allocated_bit(uint32_t slot) const { return (allocated[slot / kBitsPerWord] & bit_of(slot)) != 0; }
  bool mark_bit(uint32_t slot) const { return (marks[slot / kBitsPerWord].mark & bit_of(slot)) != 0; }
  bool is_marked(uint32_t slot, uint32_t cycle) const { return mark_cycle == cycle && mark_bit(slot); }
};

inline constexpr size_t kSpanRecordBytes = sizeof(Span);
static_assert(kSpanRecordBytes == (kIs64Bit ? 192 : 128));

// A run of free slots.
struct SlotRun {
  uint32_t first = 0;
  uint32_t count = 0;
};

// The first run of free slots at or after `from`, at most `count_max` long; count 0 if there is none.
SlotRun find_free_run(const Span& span, uint32_t from, uint32_t count_max);
void set_allocated(Span& span, SlotRun run);
void clear_allocated(Span& span, SlotRun run);
uint32_t count_allocated(const Span& span);

// Forgets marks of slots that are free. A pointer to freed memory, which is the client's error, leaves such marks, and
// what is allocated there is unmarked like any other (T5). It takes a step for each 64 slots.
void forget_marks_of_free_slots(Span& span);

// Forgets the marks of an older cycle: what every first touch of a span in a cycle does.
void start_mark_cycle(Span& span, uint32_t cycle);

}  // namespace mallocgc
