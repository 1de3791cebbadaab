// The walk for viewers: spans in address order through the page map, and the state of each slot from the bitmaps. It
// only reads, so looking changes nothing: an object that a question would sweep first (C10) is shown as dead here.
//
// Behind it come the questions that need a search. They do the rest of the sweep first, so that what the last
// collection found dead neither points nor is kept.
#include "gc/cards.h"
#include "heap/heap.h"
#include "inspect/path.h"
#include "inspect/referrers.h"

namespace mallocgc {

static_assert(MGC_PAGE_BYTES == kPageBytes);

namespace {

uint32_t state_of(const Span& span, uint32_t slot, const Epochs& epochs) {
  if (!is_allocated(span, slot)) return MGC_SLOT_FREE;
  if (epochs.is_marking() && span.is_marked(slot, epochs.mark)) return MGC_SLOT_REACHED;
  if (span.is_marked(slot, epochs.sweep)) return MGC_SLOT_SURVIVED;
  return needs_sweep(span, epochs) ? MGC_SLOT_DEAD : MGC_SLOT_NEW;
}

// Only named types are known to the client by number; unnamed layouts are shared.
uint32_t named_id(const Type* type) { return type != nullptr && type->is_named() ? type->id : 0; }

uint32_t count_dirty_cards(Address base, size_t page_count) {
  uint32_t dirty = 0;
  for (size_t page = 0; page < page_count; ++page) {
    const unsigned char* const cards = cards_of(base + page * kPageBytes);
    for (size_t i = 0; i < kCardsPerPage; ++i) dirty += cards[i] != 0;
  }
  return dirty;
}

mgc_span_info describe(const Span& span, const Epochs& epochs) {
  mgc_span_info info = {};
  info.base = span.base.pointer();
  info.slot_bytes = span.is_large() ? span.limit_bytes : span.slot_bytes;
  info.slot_count = span.slot_count;
  info.page_count = span.page_count;
  info.size_class = span.size_class;
  info.type_id = named_id(span.type);
  info.allocated = count_allocated(span) - (span.owner == nullptr ? 0 : untaken_slots(*span.owner));
  info.dirty_cards = count_dirty_cards(span.base, span.page_count);
  if (span.is_large()) info.flags |= MGC_SPAN_LARGE;
  if (span.slot_types != nullptr) info.flags |= MGC_SPAN_MIXED;
  if (needs_sweep(span, epochs)) info.flags |= MGC_SPAN_UNSWEPT;
  return info;
}

}  // namespace

uint32_t Heap::walk_spans(const void* from, mgc_span_info* spans, uint32_t capacity) {
  if (usable() != Status::kOk) return 0;
  const Address low = pages_.address_of(pages_.begin());
  const Address start = Address::of(from);
  size_t page = pages_.begin().index() + (start <= low ? 0 : (start - low) >> kPageShift);
  const size_t end = pages_.end().index();
  uint32_t count = 0;
  while (page < end && count < capacity) {
    const Span* const span = map_.span_of_page(PageId(static_cast<uint32_t>(page)));
    if (span == nullptr) {
      ++page;
      continue;
    }
    spans[count++] = describe(*span, sweep_.epochs);
    page = size_t{span->first_page.index()} + span->page_count;
  }
  return count;
}

uint32_t Heap::walk_slots(const void* base, uint32_t first, uint32_t* slots, uint32_t capacity) {
  if (usable() != Status::kOk) return 0;
  const Span* const span = map_.span_at(Address::of(base));
  if (span == nullptr || span->base.value() != Address::of(base).value()) return 0;
  uint32_t count = 0;
  for (uint32_t slot = first; slot < span->slot_count && count < capacity; ++slot) {
    const uint32_t state = state_of(*span, slot, sweep_.epochs);
    const Type* const type = span->slot_types == nullptr ? span->type : types_.by_id(span->slot_types[slot]);
    slots[count++] = state == MGC_SLOT_FREE ? state : named_id(type) << MGC_SLOT_TYPE_SHIFT | state;
  }
  return count;
}

namespace {

// Whether one word is among those that are read as roots.
struct RootAt {
  Address wanted;
  bool is_found = false;

  void about(RootKind, uint64_t at) { is_found |= at == wanted.value(); }
  void root(Address) {}
  void maybe_root(Address) {}
  void contents(Address) {}
  void range(Address base, size_t words, const Layout&) { is_found |= wanted - base < words * kWordBytes; }
};

}  // namespace

bool Heap::is_root(const void* address) {
  if (begin("search") != Status::kOk) return false;
  RootAt visitor{Address::of(address).aligned_down(kWordBytes)};
  roots().visit_unwatched(visitor);
  end();
  return visitor.is_found;
}

Status Heap::begin_question(const void* address, ObjectRef* out) {
  if (begin("search") != Status::kOk) return last_status_;
  if (collector_.resolving()) complete_cycle();
  sweeper_.sweep_rest();
  if (object_at(Address::of(address), out)) return Status::kOk;
  end();
  return fail(Status::kBadPointer, "pointer not in allocated block");
}

Status Heap::why_alive(const void* address, uint64_t asking, LinkBuffer& out) {
  ObjectRef object;
  if (begin_question(address, &object) != Status::kOk) return last_status_;
  const RootSet from = roots();
  const size_t offset_bytes = Address::of(address) - object.base;
  const bool done =
      PathSearch(spans_, types_, metadata_, from).run(ObjectSlot{object.span, object.slot}, offset_bytes, asking, out);
  end();
  note_complaint();
  return done ? client_status_ : out_of_memory();
}

Status Heap::referrers(const void* address, uint64_t asking, LinkBuffer& out) {
  ObjectRef object;
  if (begin_question(address, &object) != Status::kOk) return last_status_;
  const RootSet from = roots();
  find_referrers(ReferrerQuestion{spans_, types_, from, asking}, ObjectSlot{object.span, object.slot}, out);
  end();
  note_complaint();
  return client_status_;
}

}  // namespace mallocgc
