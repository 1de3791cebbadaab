// Making and unmaking spans. What is taken is given back in full when a later part is refused.
#include "spans/span_heap.h"

#include <new>

#include "base/check.h"
#include "types/layout.h"

namespace mallocgc {

namespace {

constexpr size_t bitmap_bytes(uint32_t slots, bool mixed) {
  const size_t words = bitmap_words(slots);
  return words * (sizeof(MarkWord) + sizeof(uint64_t)) + (mixed ? slots * sizeof(uint32_t) : 0);
}

}  // namespace

SpanHeap::Chunk* SpanHeap::try_add_chunk() {
  void* const memory = metadata_->try_pages(1, 1, MetaCategory::kSpans);
  if (memory == nullptr) return nullptr;
  auto* const chunk = static_cast<Chunk*>(memory);
  chunk->used = 0;
  chunk->next = nullptr;
  chunk->previous = last_chunk_;
  (last_chunk_ == nullptr ? chunks_ : last_chunk_->next) = chunk;
  last_chunk_ = chunk;
  ++chunk_count_;
  link_roomy(*chunk);
  return chunk;
}

void SpanHeap::link_roomy(Chunk& chunk) {
  chunk.previous_roomy = nullptr;
  chunk.next_roomy = roomy_;
  if (roomy_ != nullptr) roomy_->previous_roomy = &chunk;
  roomy_ = &chunk;
}

void SpanHeap::unlink_roomy(Chunk& chunk) {
  (chunk.previous_roomy == nullptr ? roomy_ : chunk.previous_roomy->next_roomy) = chunk.next_roomy;
  if (chunk.next_roomy != nullptr) chunk.next_roomy->previous_roomy = chunk.previous_roomy;
}

Span* SpanHeap::try_take_record() {
  if (roomy_ == nullptr && try_add_chunk() == nullptr) return nullptr;
  Chunk& chunk = *roomy_;
  const uint32_t index = lowest_bit(~chunk.used);
  chunk.used |= bit_of(index);
  if (chunk.used == low_bits(kSpansPerChunk)) unlink_roomy(chunk);
  return new (chunk.span(index)) Span{};
}

void SpanHeap::give_record_back(Span& span) {
  Chunk& chunk = *chunk_of(span);
  if (chunk.used == low_bits(kSpansPerChunk)) link_roomy(chunk);
  span.state = SpanState::kUnused;
  chunk.used &= ~bit_of(static_cast<uint32_t>(&span - chunk.span(0)));
  if (chunk.used != 0) return;
  unlink_roomy(chunk);
  (chunk.previous == nullptr ? chunks_ : chunk.previous->next) = chunk.next;
  (chunk.next == nullptr ? last_chunk_ : chunk.next->previous) = chunk.previous;
  --chunk_count_;
  metadata_->free_pages(&chunk, 1, MetaCategory::kSpans);
}

bool SpanHeap::try_give_bitmaps(Span& span, bool mixed) {
  const uint32_t words = bitmap_words(span.slot_count);
  void* const block = metadata_->try_block(bitmap_bytes(span.slot_count, mixed), MetaCategory::kBitmaps);
  if (block == nullptr) return false;
  span.marks = static_cast<MarkWord*>(block);
  span.allocated = reinterpret_cast<uint64_t*>(span.marks + words);
  span.slot_types = mixed ? reinterpret_cast<uint32_t*>(span.allocated + words) : nullptr;
  return true;
}

void SpanHeap::free_bitmaps(Span& span) {
  metadata_->free_block(span.marks, bitmap_bytes(span.slot_count, span.slot_types != nullptr), MetaCategory::kBitmaps);
}

static_assert(bitmap_bytes(span_slots(1, kMaxSpanPages), false) <= Metadata::kMaxBlockBytes,
              "bitmaps that were pages of their own would waste a good part of them");

// Where so many pages as the class should get do not lie together, half of them do, and so on.
bool SpanHeap::try_take_pages(const SpanClass& span_class, PageRun* run) {
  const uint32_t least = span_pages(span_class.size_class);
  uint32_t pages = span_class.mixed ? least : next_span_pages(span_class.size_class, span_class.pages);
  for (; pages >= least; pages /= 2) {
    if (pages_->try_allocate(pages, 1, run)) return true;
  }
  return false;
}

// A record with bitmaps for so many slots on the pages; null, and the pages are free again, where memory for them is
// short. Pages come first: metadata can grow the heap by itself, and must not take the very pages that were made free
// for the span.
Span* SpanHeap::try_make_record(PageRun run, uint32_t slots, bool mixed) {
  Span* const span = try_take_record();
  if (span != nullptr) {
    span->slot_count = slots;
    if (try_give_bitmaps(*span, mixed)) return span;
    give_record_back(*span);
  }
  pages_->free(run);
  return nullptr;
}

Span* SpanHeap::try_make_small(SpanClass& span_class, uint32_t cycle) {
  PageRun run;
  if (!try_take_pages(span_class, &run)) return nullptr;
  Span* const span = try_make_record(run, span_slots(span_class.size_class, run.count), span_class.mixed);
  if (span == nullptr) return nullptr;
  span->base = pages_->address_of(run.first);
  span->slot_bytes = span_class.slot_bytes;
  span->limit_bytes = size_t{span->slot_count} * span_class.slot_bytes;
  span->slot_reciprocal = reciprocal(span_class.slot_bytes);
  span->scan_kind = span_class.scan_kind;
  span->scan_mask = span_class.scan_mask;
  span->type = span_class.type;
  span->span_class = &span_class;
  span->first_page = run.first;
  span->page_count = run.count;
  span->mark_cycle = span->sweep_cycle = cycle;
  span->size_class = static_cast<uint8_t>(span_class.size_class);
  span->needs_zero = !run.zeroed;
  span->has_host = span_class.has_host;
  span->state = SpanState::kInUse;
  if (span->scan_kind == ScanKind::kWeak) link_weak(*span);
  map_->set(run.first, run.count, span);
  span_class.done.push_back(span);
  span_class.pages += run.count;
  ++live_spans_;
  pages_in_use_ += run.count;
  mixed_spans_made_ += span_class.mixed;
  return span;
}

Span* SpanHeap::try_make_large(const LargeRequest& request, uint32_t cycle) {
  PageRun run;
  if (!pages_->try_allocate(request.pages, request.align_pages, &run)) return nullptr;
  Span* const span = try_make_record(run, 1, false);
  if (span == nullptr) return nullptr;
  span->base = pages_->address_of(run.first);
  span->slot_bytes = bytes_of_pages(run.count);
  span->limit_bytes = request.bytes;
  const ScanPlan plan = plan_scan(request.type, span->slot_bytes / kWordBytes);
  span->scan_kind = plan.kind;
  span->type = request.type;
  span->first_page = run.first;
  span->page_count = run.count;
  span->mark_cycle = span->sweep_cycle = cycle;
  span->needs_zero = !run.zeroed;
  span->has_host = request.type != nullptr && request.type->layout->has_host;
  span->state = SpanState::kInUse;
  span->allocated[0] = 1;
  if (span->scan_kind == ScanKind::kWeak) link_weak(*span);
  map_->set(run.first, run.count, span);
  ++live_spans_;
  pages_in_use_ += run.count;
  return span;
}

void SpanHeap::destroy(Span& span) {
  MGC_CHECK(span.owner == nullptr && span.specials == nullptr && span.grey == GreyState::kNone,
            "span freed while something holds it");
  if (span.is_linked()) span.unlink();
  if (span.has_weak) unlink_weak(span);
  map_->set(span.first_page, span.page_count, nullptr);
  pages_->free(PageRun{span.first_page, span.page_count, false});
  --live_spans_;
  pages_in_use_ -= span.page_count;
  if (span.span_class != nullptr) span.span_class->pages -= span.page_count;
  free_bitmaps(span);
  give_record_back(span);
}

void SpanHeap::link_weak(Span& span) {
  if constexpr (!kHasWeakWords) return;
  span.has_weak = true;
  span.weak_previous = weak_last_;
  (weak_last_ == nullptr ? weak_first_ : weak_last_->weak_next) = &span;
  weak_last_ = &span;
}

void SpanHeap::unlink_weak(Span& span) {
  if constexpr (!kHasWeakWords) return;
  (span.weak_previous == nullptr ? weak_first_ : span.weak_previous->weak_next) = span.weak_next;
  (span.weak_next == nullptr ? weak_last_ : span.weak_next->weak_previous) = span.weak_previous;
}

Span* SpanHeap::first_in_use(Chunk* chunk, uint32_t from) {
  for (; chunk != nullptr; chunk = chunk->next, from = 0) {
    for (uint64_t used = from < kBitsPerWord ? chunk->used & ~low_bits(from) : 0; used != 0; used &= used - 1) {
      Span* const span = chunk->span(lowest_bit(used));
      if (span->state == SpanState::kInUse) return span;
    }
  }
  return nullptr;
}

Span* SpanHeap::first() const { return first_in_use(chunks_, 0); }

Span* SpanHeap::after(const Span& span) const {
  Chunk* const chunk = chunk_of(span);
  return first_in_use(chunk, static_cast<uint32_t>(&span - chunk->span(0)) + 1);
}

}  // namespace mallocgc
