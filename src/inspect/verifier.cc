// The walk over all spans, then the sums.
#include "inspect/verifier.h"

#include "gc/weak_pass.h"
#include "types/weak_words.h"

namespace mallocgc {

namespace {

Status broken(ErrorText& error, const char* invariant, Address place = Address()) {
  error.add(invariant);
  if (!place.is_null()) error.add(", span at ").add_hex(place.value());
  return Status::kCorrupt;
}

}  // namespace

Status Verifier::run(ErrorText& error) {
  Status status = check_parts(error);
  for (const Span* span = parts_.spans.first(); span != nullptr && status == Status::kOk;
       span = parts_.spans.after(*span)) {
    status = check_span(*span, error);
  }
  if (status == Status::kOk) status = check_lists(error);
  return status == Status::kOk ? check_totals(error) : status;
}

Status Verifier::check_parts(ErrorText& error) const {
  if (const char* const text = parts_.pages.verify()) return broken(error, text);
  if (const char* const text = parts_.metadata.verify()) return broken(error, text);
  if (!parts_.types.verify(error)) return Status::kCorrupt;
  const char* const found[] = {parts_.specials.verify(), parts_.host_values.verify(), parts_.handles.verify(),
                               parts_.globals.verify()};
  for (const char* const text : found) {
    if (text != nullptr) return broken(error, text);
  }
  for (const Mutator* m = parts_.mutators.first(); m != nullptr; m = parts_.mutators.after(m)) {
    if (const char* const text = m->stack.verify()) return broken(error, text);
    if (const char* const text = m->locals.verify()) return broken(error, text);
  }
  return Status::kOk;
}

Status Verifier::check_span(const Span& span, ErrorText& error) {
  ++spans_;
  pages_in_spans_ += span.page_count;
  for (uint32_t page = 0; page < span.page_count; ++page) {
    if (parts_.spans.map().span_of_page(span.first_page + page) != &span)
      return broken(error, "inv.span.map", span.base);
  }
  if (span.is_large()) {
    large_bytes_ += span.allocated_bit(0) ? span.slot_bytes : 0;
    allocated_[kLargeSizeClass] += span.allocated_bit(0);
    if (span.owner != nullptr || span.slot_count != 1) return broken(error, "inv.class.lists (large)", span.base);
  } else {
    ++small_spans_;
    allocated_[span.size_class] += count_allocated(span);
    if (!span.is_linked()) return broken(error, "inv.class.lists", span.base);
    if (span.slot_bytes != size_class_bytes(span.size_class) ||
        span.slot_count != span_slots(span.size_class, span.page_count)) {
      return broken(error, "inv.span.shape", span.base);
    }
  }
  if (span.owner != nullptr) {
    const CacheEntry& owner = *span.owner;
    const bool inside = owner.window.cursor <= owner.window.limit && owner.window.limit <= owner.run_end;
    if (owner.span != &span || owner.span_class != span.span_class || !inside)
      return broken(error, "inv.cache.owner", span.base);
    for (uintptr_t at = owner.window.cursor; at < owner.run_end; at += span.slot_bytes) {
      if (!span.allocated_bit(span.slot_at(at - span.base.value()))) return broken(error, "inv.run", span.base);
    }
  }
  if (span.has_weak && check_weak_words(span, error) != Status::kOk) return Status::kCorrupt;
  if (has_unresolved(span)) return broken(error, "inv.resolved: a record of a dead object", span.base);
  return check_bitmaps(span, error);
}

// Whether a record hangs at a dead object. While a full cycle marks, allocated bits say what the last cycle found.
bool Verifier::has_unresolved(const Span& span) const {
  if (span.specials == nullptr || parts_.sweep.is_resolving) return false;
  const bool unswept = needs_sweep(span, parts_.sweep.epochs);
  for (uint32_t word = 0; word < span.specials->bucket_count; ++word) {
    uint64_t living = span.allocated[word];
    if (unswept) living &= span.mark_cycle == parts_.sweep.epochs.sweep ? span.marks[word].mark : 0;
    if ((span.specials->present(word) & ~living) != 0) return true;
  }
  return false;
}

// What waits for its sweep lives if it is marked.
bool Verifier::is_living(const Span& span, uint32_t slot) const {
  const Epochs& epochs = parts_.sweep.epochs;
  return is_allocated(span, slot) && (!needs_sweep(span, epochs) || span.is_marked(slot, epochs.sweep));
}

Status Verifier::check_weak_words(const Span& span, ErrorText& error) const {
  if (parts_.sweep.is_resolving) return Status::kOk;
  const Layout& layout = *span.type->layout;
  const size_t words = object_words(span);
  Address found;
  const auto look = [&](Address place) {
    const Address target = weak_target(layout, place);
    const Span* const of_target = parts_.spans.span_at(target);
    if (of_target == nullptr || target - of_target->base >= of_target->limit_bytes) return;
    if (!is_living(*of_target, of_target->slot_at(target - of_target->base))) found = place;
  };
  for (uint32_t slot = 0; slot < span.slot_count && found.is_null(); ++slot) {
    if (!is_living(span, slot)) continue;
    for_each_weak_word(layout, span.slot_address(slot), words, 0, words, look);
    for_each_ephemeron(layout, span.slot_address(slot), words, 0, words, [&](Address key, Address) { look(key); });
  }
  if (found.is_null()) return Status::kOk;
  error.add("inv.weak: a weak word points to a dead object, at ").add_hex(found.value());
  if (span.type->name != nullptr) error.add(", in an object of type ").add(span.type->name);
  return Status::kCorrupt;
}

Status Verifier::check_bitmaps(const Span& span, ErrorText& error) const {
  const bool marking = parts_.sweep.epochs.is_marking();
  if (span.grey != GreyState::kNone && !marking)
    return broken(error, "inv.colour: a grey span outside a marking", span.base);
  const uint32_t words = bitmap_words(span.slot_count);
  for (uint32_t word = 0; word < words; ++word) {
    const uint64_t outside = word + 1 == words ? ~low_bits((span.slot_count - 1) % kBitsPerWord + 1) : 0;
    if (((span.allocated[word] | span.marks[word].mark | span.marks[word].grey) & outside) != 0) {
      return broken(error, "inv.span.tail", span.base);
    }
    if (span.marks[word].grey != 0 && !marking) return broken(error, "inv.colour", span.base);
  }
  if (span.slot_types == nullptr) return Status::kOk;
  for (uint32_t slot = 0; slot < span.slot_count; ++slot) {
    if (is_allocated(span, slot) && parts_.types.by_id(span.slot_types[slot]) == nullptr) {
      return broken(error, "inv.span.types: an object of no type in a mixed span", span.base);
    }
  }
  return Status::kOk;
}

// Whether a span of the list has an object that the last cycle has not seen.
bool Verifier::hides_young(const List<Span>& list) const {
  const Epochs& epochs = parts_.sweep.epochs;
  if (epochs.is_marking()) return false;
  for (const Span* span = list.first(); span != nullptr; span = list.after(span)) {
    if (needs_sweep(*span, epochs)) continue;
    for (uint32_t word = 0; word < bitmap_words(span->slot_count); ++word) {
      if ((span->allocated[word] & ~span->marks[word].mark) != 0) return true;
    }
  }
  return false;
}

Status Verifier::check_lists(ErrorText& error) {
  uint32_t listed = 0;
  bool strange = false;
  bool hidden = false;
  bool miscounted = false;
  const auto walk = [&](const SpanClass& span_class, const List<Span>& list) {
    uint32_t pages = 0;
    for (const Span* span = list.first(); span != nullptr; span = list.after(span)) {
      ++listed;
      pages += span->page_count;
      strange = strange || span->span_class != &span_class || span->state != SpanState::kInUse;
    }
    return pages;
  };
  parts_.classes.for_each([&](SpanClass& span_class) {
    const uint32_t pages =
        walk(span_class, span_class.todo) + walk(span_class, span_class.young) + walk(span_class, span_class.done);
    miscounted = miscounted || pages != span_class.pages;
    if (!span_class.has_young && !span_class.young.empty()) strange = true;  // the last one may be freed by hand
    if (hides_young(span_class.todo) || hides_young(span_class.done)) hidden = true;
  });
  if (strange || listed != small_spans_) return broken(error, "inv.class.lists: spans in lists");
  if (hidden) return broken(error, "inv.young: an unmarked object in a span that is not young");
  if (miscounted) return broken(error, "inv.class.pages");
  uint32_t mapped = 0;
  const PageMap& map = parts_.spans.map();
  const uint32_t end = parts_.pages.end().index();
  for (uint32_t page = parts_.pages.begin().index(); page < end; ++page)
    mapped += map.span_of_page(PageId(page)) != nullptr;
  return mapped == pages_in_spans_ ? Status::kOk : broken(error, "inv.span.map: pages that map to no span in use");
}

Status Verifier::check_totals(ErrorText& error) {
  const AllocCounters& counters = parts_.counters;
  for (uint32_t i = 0; i < kSizeClassCount; ++i) {
    if (allocated_[i] != counters.mallocs[i] - counters.frees[i]) {
      error.add("inv.count: size class ")
          .add_number(i)
          .add(" has ")
          .add_number(allocated_[i])
          .add(" objects, counted ");
      error.add_number(counters.mallocs[i] - counters.frees[i]);
      return Status::kCorrupt;
    }
  }
  if (large_bytes_ != counters.large_bytes_allocated - counters.large_bytes_freed)
    return broken(error, "inv.count: large bytes");
  if (spans_ != parts_.spans.live_spans()) return broken(error, "inv.count: spans");
  if (pages_in_spans_ != parts_.spans.pages_in_use()) return broken(error, "inv.count: pages in spans");
  if (parts_.pages.pages_in_use() != pages_in_spans_ + (parts_.metadata.sys_bytes() >> kPageShift)) {
    return broken(error, "inv.count: pages in use = pages of spans + pages of metadata");
  }
  return Status::kOk;
}

}  // namespace mallocgc
