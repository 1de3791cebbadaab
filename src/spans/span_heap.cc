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

Span* SpanHeap::try_take_record() {
  if (free_records_ == nullptr) {
    void* const memory = metadata_->persistentalloc(sizeof(Chunk), alignof(Chunk), MetaCategory::kSpans);
    if (memory == nullptr) return nullptr;
    auto* const chunk = static_cast<Chunk*>(memory);
    chunk->next = nullptr;
    (last_chunk_ == nullptr ? chunks_ : last_chunk_->next) = chunk;
    last_chunk_ = chunk;
    ++chunk_count_;
    for (uint32_t i = kSpansPerChunk; i-- != 0;) {
      Span* const span = new (&chunk->spans[i]) Span{};
      span->queue_next = free_records_;
      free_records_ = span;
    }
  }
  Span* const span = free_records_;
  free_records_ = span->queue_next;
  new (span) Span{};
  return span;
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
              "bitmaps that were pages of their own would compete with the span for the same free run");

// Where so many pages as the class should get do not lie together, half of them do, and so on.
bool SpanHeap::try_give_pages(Span& span, const SpanClass& span_class, PageRun* run) {
  const uint32_t least = span_pages(span_class.size_class);
  uint32_t pages = span_class.mixed ? least : next_span_pages(span_class.size_class, span_class.pages);
  for (; pages >= least; pages /= 2) {
    span.slot_count = span_slots(span_class.size_class, pages);
    if (!try_give_bitmaps(span, span_class.mixed)) return false;
    if (pages_->try_allocate(pages, 1, run)) return true;
    free_bitmaps(span);
  }
  return false;
}

Span* SpanHeap::try_make_small(SpanClass& span_class, uint32_t cycle) {
  Span* const span = try_take_record();
  if (span == nullptr) return nullptr;
  PageRun run;
  if (!try_give_pages(*span, span_class, &run)) {
    span->queue_next = free_records_;
    free_records_ = span;
    return nullptr;
  }
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
  map_->set(run.first, run.count, span);
  span_class.done.push_back(span);
  span_class.pages += run.count;
  ++live_spans_;
  pages_in_use_ += run.count;
  mixed_spans_made_ += span_class.mixed;
  return span;
}

Span* SpanHeap::try_make_large(const LargeRequest& request, uint32_t cycle) {
  Span* const span = try_take_record();
  if (span == nullptr) return nullptr;
  span->slot_count = 1;
  PageRun run;
  if (!try_give_bitmaps(*span, false) || !pages_->try_allocate(request.pages, request.align_pages, &run)) {
    if (span->marks != nullptr) free_bitmaps(*span);
    span->queue_next = free_records_;
    free_records_ = span;
    return nullptr;
  }
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
  map_->set(run.first, run.count, span);
  ++live_spans_;
  pages_in_use_ += run.count;
  return span;
}

void SpanHeap::destroy(Span& span) {
  MGC_CHECK(span.owner == nullptr && span.specials == nullptr && span.grey == GreyState::kNone,
            "span freed while something holds it");
  if (span.is_linked()) span.unlink();
  map_->set(span.first_page, span.page_count, nullptr);
  pages_->free(PageRun{span.first_page, span.page_count, false});
  --live_spans_;
  pages_in_use_ -= span.page_count;
  if (span.span_class != nullptr) span.span_class->pages -= span.page_count;
  free_bitmaps(span);
  span.state = SpanState::kUnused;
  span.queue_next = free_records_;
  free_records_ = &span;
}

Span* SpanHeap::first_in_use(const Chunk* chunk, uint32_t from) const {
  for (; chunk != nullptr; chunk = chunk->next, from = 0) {
    for (uint32_t i = from; i < kSpansPerChunk; ++i) {
      if (chunk->spans[i].state == SpanState::kInUse) return const_cast<Span*>(&chunk->spans[i]);
    }
  }
  return nullptr;
}

Span* SpanHeap::first() const { return first_in_use(chunks_, 0); }

Span* SpanHeap::after(const Span& span) const {
  const auto* const chunk = Address::of(&span).aligned_down(sizeof(Chunk)).pointer<const Chunk>();
  return first_in_use(chunk, static_cast<uint32_t>(&span - chunk->spans) + 1);
}

}  // namespace mallocgc
