// The marker: from roots to the marks of everything reachable, span by span.
//
// Shading an object sets its mark bit. If the object can hold pointers, shading sets its grey bit too, and puts its
// span into a first-in-first-out queue unless the span waits there already. Whoever takes a span from the queue scans
// all its grey objects in address order. While the span waited, more of its objects turned grey, so these share cache
// lines and page translations.
//
// There is no mark stack. The queue runs through the span records (queue_next), and each span is in it at most once. So
// marking allocates nothing, and the depth of a structure does not matter.
//
// Where the bitmaps have outgrown the caches, a pointer that leaves the region being scanned is not shaded at once. It
// waits in a buffer until many pointers to the same region are shaded together (gc/pointer_buffers.h).
//
// Source of the idea: "Green Tea", the span-based marker of Go 1.26 (golang/go issue 73581, 2025).
//
// Colours: white = not marked; grey = marked and grey; black = marked and not grey.
//
// inv.mark.grey: grey objects are marked; a span is in the queue if and only if its grey state is not kNone; kQueued:
// none of its objects is grey; kOne: its only grey object is grey_slot. Doors: gc/collector.cc, gc/slices.cc and
// gc/minor.cc shade the roots and drain; heap/ shades what weak handles read.
#pragma once

#include <mallocgc/abi.h>

#include "base/recorder.h"
#include "gc/awaited.h"
#include "gc/pointer_buffers.h"
#include "pages/page_map.h"
#include "spans/epochs.h"
#include "spans/span_heap.h"
#include "spans/young_spans.h"
#include "types/pointers.h"
#include "types/type_table.h"

namespace mallocgc {

inline constexpr size_t kCardBytes = size_t{1} << MGC_CARD_SHIFT;

// The work of a marking (O6). For the same program these numbers are the same in each run.
struct MarkWork {
  uint64_t objects_marked = 0;
  uint64_t bytes_marked = 0;
  uint64_t objects_scanned = 0;
  uint64_t slots_visited = 0;  // pointer slots read, roots included
  uint64_t spans_scanned = 0;
  uint64_t roots_visited = 0;
  uint64_t large_pieces = 0;
  uint64_t single_grey = 0;
  uint64_t cards_read = 0;

  // The units of budgets: a word read, an object marked, a root, a card, a span.
  uint64_t units() const { return slots_visited + objects_marked + spans_scanned + cards_read + roots_visited; }
};

class Marker {
 public:
  static constexpr size_t kPieceWords = 16 * 1024;       // of a large object, between two looks at the budget
  static constexpr size_t kSlicedPieceWords = 2 * 1024;  // the same in slices
  static constexpr uint32_t kSlicedBitmapWords = 8;      // with grey objects, of one span, in slices

  void init(const SpanHeap& spans, TypeTable& types) {
    spans_ = &spans;
    map_ = &spans.map();
    types_ = &types;
  }

  // Begins the marking of an epoch, and counts work from 0. The marks of older epochs are void from now on, by their
  // number. A minor cycle begins a marking in the epoch of the last full cycle, whose marks stay: they are the old
  // generation.
  void start_cycle(const Epochs& epochs);
  // From here on the marking goes in slices: the pieces between two looks at the budget are small, and objects with a
  // finalizer count as marked on dirty cards.
  void slow_down() { sliced_ = true; }
  void forget_work() { work_ = MarkWork{}; }
  // In this cycle pointers to other regions wait in buffers. Makes the buffers, which may take memory. Where it gets
  // none, marking is slower and no less right.
  void use_buffers(Metadata& metadata, PageId heap_begin, PageId heap_end);
  void drop_buffers(Metadata& metadata) { buffers_.drop(metadata); }
  // The values of ephemerons are marked when their keys are (gc/scan_weak.cc). Between the two calls the marking of a
  // cycle goes on. `young` is for a minor one, which meets only the ephemerons of young spans and those on dirty cards.
  void begin_ephemerons(Metadata& metadata, const YoungSpans* young);
  void end_ephemerons(Metadata& metadata);
  uint32_t cycle() const { return cycle_; }

  // Shades the object around an address. A value that is in no object is ignored (T5).
  void shade(Address address);
  // The same for a word that may be a pointer or not: only an allocated object counts (T4).
  void shade_conservatively(Address address);
  // Whether the object around an address is marked. Precondition: there is one.
  bool is_marked(Address address) const {
    const Span& span = *map_->span_at(address);
    return span.is_marked(span.slot_at(address - span.base), cycle_);
  }
  void count_root() {
    if constexpr (kHasWorkCounters) ++work_.roots_visited;
  }
  void shade_root(Address address) {
    if constexpr (kHasWorkCounters) ++work_.roots_visited;
    shade(address);
  }
  // Shades what an object points to, without marking the object itself; its pointers to itself do not count (R1, F3).
  // Reads its words [from, from + count). The result is the word to go on at, or 0 after the last one.
  size_t shade_contents(Address object, size_t from = 0, size_t count = kAllWords);
  static constexpr size_t kAllWords = ~size_t{0} / kWordBytes / 2;
  // For an object that the client ends: it is white afterwards, and nothing waits to make it grey.
  void forget(Span& span, uint32_t slot);
  // Shades what the words on the card at `card` point to, for objects that are marked and not grey: those were scanned
  // before somebody stored there. The span covers the card. Objects with a finalizer count as marked while a full
  // cycle marks (C9). True if there are any.
  bool scan_card(Span& span, Address card);
  // Whether scan_card may also find what is not marked in the span: objects with a finalizer, in a cycle in slices.
  bool sees_armed(const Span& span) const { return kHasLifecycles && sliced_ && span.specials != nullptr; }
  // Shades what a range outside the heap points to, by its layout: all of it, or its words [from, to).
  void shade_range(Address base, size_t words, const Layout& layout) { shade_range(base, words, layout, 0, words); }
  void shade_range(Address base, size_t words, const Layout& layout, size_t from, size_t to);

  // Scans grey spans until none is left, or until about so many units are spent. Returns true when none is left.
  static constexpr uint64_t kEverything = UINT64_MAX;
  bool drain(uint64_t budget_units);
  bool idle() const { return queue_head_ == nullptr && late_ == nullptr && buffers_.fullest().count == 0; }

  const MarkWork& work() const { return work_; }

  Recorder* recorder = nullptr;

 private:
  // An object counts once: without pointers when it is shaded, with pointers when it is scanned, many at a time.
  void count_marked(const Span& span, uint32_t objects) {
    if constexpr (kHasWorkCounters) work_.objects_marked += objects;
    work_.bytes_marked += objects * span.slot_bytes;
  }
  // Counts the scan of a span with one grey object. Nothing is grey there if the last scan of the span has met it.
  void count_single(const MarkWord& word) {
    if constexpr (kHasWorkCounters) work_.single_grey += word.grey != 0;
  }
  void shade_inline(Address address);
  void shade_from(Span& near, Address base, size_t limit_bytes, Address address);
  void shade_if_allocated(Span& near, Address base, size_t limit_bytes, Address address);
  void mark_slot(Span& span, uint32_t slot);
  template <bool kIsNear>
  void make_grey(Span& span, uint32_t slot, Address address = Address());
  void note_grey(Span& span, uint32_t slot);
  void put_in_queue(Span& span, uint32_t slot);
  void put_back_in_queue(Span& large);
  void scan_span(Span& span);
  template <class Scan>
  void scan_grey(Span& span, Scan scan);
  void scan_large(Span& span);
  void forget_free_slots(Span& span, uint32_t word);
  void scan_buffered(Span& span);
  size_t scan_tagged(Span& span, size_t words);
  void shade_or_wait(size_t near, Address value);
  bool shade_waiting();
  void empty_buffer(uint32_t region);
  void scan_compact(Span& span);
  void scan_by_type(Span& span);
  void shade_armed(Span& span, uint32_t word, size_t begin, size_t end);
  bool scan_large_card(Span& span, size_t begin, size_t end);
  template <class Each>
  void shade_again(Each each);
  void scan_part(const Span& span, uint32_t slot, size_t from, size_t to);
  void scan_words(Address base, const Layout& layout, size_t words, size_t from, size_t to);
  void scan_conservative(Address base, size_t words);
  void scan_run(Address base, size_t words);
  void put_off(Span& span);
  bool scan_late();
  ScanKind own_kind(const Span& span) const;
  void scan_ephemerons(Address base, const Layout& layout, size_t words, size_t from, size_t to);
  void wait_for(Span& span, uint32_t slot, Address place);
  void keep_value(Address base, const Layout& layout, Address value);
  void wake(Address object);
  bool wake_one(Address object, Address place);
  bool rescan_ephemerons();
  Span* object_around(Address address, uint32_t* slot) const;
  void record(uint32_t kind, const Span& span, uint32_t slot) const {
    if constexpr (kDebugFlavour) record_object(kind, span, slot);
  }
  void record_object(uint32_t kind, const Span& span, uint32_t slot) const;

  const SpanHeap* spans_ = nullptr;
  const PageMap* map_ = nullptr;
  TypeTable* types_ = nullptr;
  Span* queue_head_ = nullptr;
  Span* queue_tail_ = nullptr;
  PointerBuffers buffers_;
  bool buffered_ = false;  // in this cycle
  bool sliced_ = false;    // in this cycle
  bool is_late_ = false;   // a span that was put off is being scanned
  bool rescans_ = false;   // in this cycle: an ephemeron waits for a key, and could not be noted
  bool kept_ = false;      // the value of an ephemeron was white, and is shaded
  Span* late_ = nullptr;   // grey spans with weak words or keys, which wait until nothing else is grey
  Span* awaited_spans_ = nullptr;
  Awaited awaited_;
  uint32_t cycle_ = 0;
  uint32_t sweep_cycle_ = 0;
  MarkWork work_;
};

}  // namespace mallocgc
