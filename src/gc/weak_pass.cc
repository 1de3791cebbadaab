// These are the walks of the weak pass, over whole spans and over dirty cards.
#include "gc/weak_pass.h"

#include "gc/cards.h"
#include "types/weak_words.h"

namespace mallocgc {

namespace {

void forget_cards_of(const Span& span) {
  for (uint32_t page = 0; page < span.page_count; ++page)
    __builtin_memset(cards_of(span.base + page * kPageBytes), 0, kCardsPerPage);
}

}  // namespace

uint64_t armed_slots(const Span& span, uint32_t word) {
  if (!kHasLifecycles || span.specials == nullptr) return 0;
  uint64_t armed = 0;
  for (const ObjectNode* node = span.specials->buckets()[word].first; node != nullptr; node = node->next) {
    if (node->finalizers.first != nullptr && !node->finalizers.first->is_unordered) armed |= bit_of(node->slot);
  }
  return armed;
}

void WeakPass::begin() {
  span_ = spans_->first_weak();
  slot_ = 0;
  word_ = 0;
}

// While a full cycle resolves, what was made since its marking lies in spans that want no sweep.
bool WeakPass::is_dead(Address target) const {
  const Span* const span = spans_->span_at(target);
  if (span == nullptr || target - span->base >= span->limit_bytes) return false;
  if (context_->is_resolving && !needs_sweep(*span, context_->epochs)) return false;
  return !span->is_marked(span->slot_at(target - span->base), context_->epochs.mark);
}

// Returns whether a value has died with a key that the client has replaced since, without a look at it. The object
// around the ephemeron lives, or will once more for its finalizer.
bool WeakPass::is_stale(Address target, Address base, size_t own_bytes) const {
  return target - base >= own_bytes && is_dead(target);
}

uint64_t WeakPass::clear(const Span& span, uint32_t slot, size_t from, size_t to) const {
  const Layout& layout = *span.type->layout;
  const Address base = span.slot_address(slot);
  const size_t words = object_words(span);
  uint64_t count = 0;
  for_each_weak_word(layout, base, words, from, to, [&](Address place) {
    ++count;
    if (is_dead(weak_target(layout, place))) clear_weak(layout, place);
  });
  for_each_ephemeron(layout, base, words, from, to, [&](Address key, Address value) {
    ++count;
    const bool key_died = is_dead(weak_target(layout, key));
    if (key_died) clear_weak(layout, key);
    // Behind a short object there is nothing, and that stays so.
    if (value.is_null() || platform::load_word(value).is_null()) return;
    if (key_died || is_stale(weak_target(layout, value), base, object_bytes(span))) clear_weak(layout, value);
  });
  return count;
}

// Goes on from slot_ and word_. Returns true when the span is done.
bool WeakPass::clear_span(const Span& span, Budget& budget) {
  const size_t words = object_words(span);
  for (; slot_ < span.slot_count; ++slot_, word_ = 0) {
    const uint64_t left = weak_holders(span, slot_ / kBitsPerWord, context_->epochs.mark) >> slot_ % kBitsPerWord;
    if (left == 0) {
      slot_ |= kBitsPerWord - 1;
      continue;
    }
    if (lowest_bit(left) != 0) word_ = 0;  // the object in hand has been freed
    slot_ += lowest_bit(left);
    while (word_ < words) {
      const size_t to = words - word_ > kPieceWords ? word_ + kPieceWords : words;
      budget.spend(clear(span, slot_, word_, to) + 1);
      word_ = to;
      if (budget.is_spent()) return false;
    }
  }
  return true;
}

bool WeakPass::some(Budget& budget) {
  while (span_ != nullptr) {
    budget.spend(1);
    if (!clear_span(*span_, budget)) return false;
    span_ = span_->weak_next;
    slot_ = 0;
    word_ = 0;
  }
  return true;
}

// What is young lies in young spans; whatever else may have changed lies on a dirty card.
void WeakPass::run_minor(const YoungSpans& young, Budget& budget) {
  if (!kHasWeakWords || spans_->first_weak() == nullptr) return;
  young.for_each([&](Span& span) {
    if (!span.has_weak) return;
    forget_cards_of(span);
    slot_ = 0;
    word_ = 0;
    while (!clear_span(span, budget)) {}
  });
  for (Span* span = spans_->first_weak(); span != nullptr; span = span->weak_next) {
    budget.spend(1);
    for (uint32_t page = 0; page < span->page_count; ++page) {
      const Address address = span->base + page * kPageBytes;
      clear_page(*span, address, cards_of(address), budget);
    }
  }
}

void WeakPass::clear_page(const Span& span, Address page, unsigned char* cards, Budget& budget) {
  for (size_t i = 0; i < kCardsPerPage; ++i) {
    if (cards[i] == 0) continue;
    cards[i] = 0;
    const size_t begin = page + i * kCardBytes - span.base;
    if (begin < span.limit_bytes) clear_card(span, begin, budget);
  }
}

void WeakPass::clear_card(const Span& span, size_t begin, Budget& budget) const {
  const size_t end = span.limit_bytes - begin < kCardBytes ? span.limit_bytes : begin + kCardBytes;
  const uint32_t last = span.slot_at(end - 1);
  for (uint32_t slot = span.slot_at(begin); slot <= last; ++slot) {
    if ((weak_holders(span, slot / kBitsPerWord, context_->epochs.mark) & bit_of(slot)) == 0) continue;
    const size_t object = slot * span.slot_bytes;
    const size_t from = begin > object ? (begin - object) / kWordBytes : 0;
    const size_t to = (end - object + kWordBytes - 1) / kWordBytes;
    budget.spend(clear(span, slot, from, to < object_words(span) ? to : object_words(span)) + 1);
  }
}

}  // namespace mallocgc
