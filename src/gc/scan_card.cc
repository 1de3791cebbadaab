// The marker where it reads a part of an object: the slots on one card of objects that are black, found by bitmap and
// layout (gc/cards.h), and the contents of an object with a finalizer, in pieces.
#include "gc/marker.h"
#include "platform/sanitizer.h"
#include "specials/records.h"
#include "types/layout.h"
#include "types/pointers.h"

namespace mallocgc {

using platform::load_word;

size_t Marker::shade_contents(Address object, size_t from, size_t count_max) {
  Span* const span = map_->span_at(object);
  if (span == nullptr || span->scan_kind == ScanKind::kPointerFree) return 0;
  const uint32_t self = span->slot_at(object - span->base);
  const Type* const type = span->slot_types == nullptr ? span->type : types_->by_id(span->slot_types[self]);
  if (type == nullptr || !type->layout->has_pointers) return 0;
  const size_t own_bytes = span->is_large() ? span->limit_bytes : span->slot_bytes;
  const size_t words = own_bytes / kWordBytes;
  const size_t to = words - from > count_max ? from + count_max : words;
  const Layout& layout = *type->layout;
  const Address base = span->slot_address(self);
  for_each_pointer(layout, base, words, from, to, [&](Address value, Certainty certainty) {
    ++work_.slots_visited;
    if (value - base < own_bytes) return;
    certainty == Certainty::kExact ? shade(value) : shade_conservatively(value);
  });
  if (kHasWeakWords && layout.has_weak) scan_ephemerons(base, layout, words, from, to);
  return to == words ? 0 : to;
}

bool Marker::scan_card(Span& span, Address card) {
  if (span.scan_kind == ScanKind::kPointerFree || card - span.base >= span.limit_bytes) return false;
  ++work_.cards_read;
  const size_t begin = card - span.base;
  const size_t end = span.limit_bytes - begin < kCardBytes ? span.limit_bytes : begin + kCardBytes;
  if (span.is_large()) return scan_large_card(span, begin, end);
  const uint32_t first = span.slot_at(begin);
  const uint32_t last = span.slot_at(end - 1);
  bool any = false;
  for (uint32_t word = first / kBitsPerWord; word <= last / kBitsPerWord; ++word) {
    uint64_t black = span.mark_cycle == cycle_ ? span.marks[word].mark & ~span.marks[word].grey : 0;
    if (word == first / kBitsPerWord) black &= ~low_bits(first % kBitsPerWord);
    if (word == last / kBitsPerWord) black &= low_bits(last % kBitsPerWord + 1);
    if (sees_armed(span)) shade_armed(span, word, begin, end);
    any = any || black != 0;
    for (; black != 0; black &= black - 1) {
      const uint32_t slot = word * kBitsPerWord + lowest_bit(black);
      const size_t object = slot * span.slot_bytes;
      const size_t to = end - object < span.slot_bytes ? end - object : span.slot_bytes;
      scan_part(span, slot, begin > object ? (begin - object) / kWordBytes : 0, to / kWordBytes);
    }
  }
  return any;
}

// The same for a large object. Most dirty cards are of such objects, which are tables.
bool Marker::scan_large_card(Span& span, size_t begin, size_t end) {
  if (sees_armed(span)) shade_armed(span, 0, begin, end);
  if (span.mark_cycle != cycle_ || (span.marks[0].mark & ~span.marks[0].grey) == 0) return false;
  scan_part(span, 0, begin / kWordBytes, end / kWordBytes);
  return true;
}

// Shades what words on the card point to, of objects that are not marked and have a finalizer: their contents are
// roots, and were read before somebody stored there (C9).
void Marker::shade_armed(Span& span, uint32_t word, size_t begin, size_t end) {
  const uint64_t marked = span.mark_cycle == cycle_ ? span.marks[word].mark : 0;
  const SpecialsBucket& bucket = span.specials->buckets()[word];
  if ((bucket.present & ~marked) == 0) return;
  for (const ObjectNode* node = bucket.first; node != nullptr; node = node->next) {
    ++work_.roots_visited;
    if (node->finalizers.first == nullptr || (marked & bit_of(node->slot)) != 0) continue;
    const size_t object = node->slot * span.slot_bytes;
    if (object >= end || object + span.slot_bytes <= begin) continue;
    const size_t from = begin > object ? (begin - object) / kWordBytes : 0;
    shade_contents(span.slot_address(node->slot), from, (end - object) / kWordBytes - from);
  }
}

// Shades what words hold that were read before: most of it is marked, so that is asked first, unlike in greying.h.
template <class Each>
MGC_ALWAYS_INLINE void Marker::shade_again(Each each) {
  each([this, map = *map_, cycle = cycle_](Address value) {
    const Span* const span = map.span_at(value);
    if (span == nullptr) return;
    const size_t offset = value - span->base;
    if (offset >= span->limit_bytes || span->is_marked(span->slot_at(offset), cycle)) return;
    shade(value);
  });
}

// Scans the words [from, to) of an object.
void Marker::scan_part(const Span& span, uint32_t slot, size_t from, size_t to) {
  const Address object = span.slot_address(slot);
  if (span.scan_kind == ScanKind::kAll) {
    work_.slots_visited += to - from;
    return shade_again([=](auto shade_one) {
      for (size_t word = from; word < to; ++word) shade_one(load_word(object + word * kWordBytes));
    });
  }
  if (span.scan_mask != 0) {
    uint64_t mask = span.scan_mask & ~low_bits(static_cast<uint32_t>(from));
    if (to < kBitsPerWord) mask &= low_bits(static_cast<uint32_t>(to));
    work_.slots_visited += count_bits(mask);
    return shade_again([=](auto shade_one) {
      for (uint64_t rest = mask; rest != 0; rest &= rest - 1)
        shade_one(load_word(object + lowest_bit(rest) * kWordBytes));
    });
  }
  const Type* const type = span.slot_types == nullptr ? span.type : types_->by_id(span.slot_types[slot]);
  if (type == nullptr || !type->layout->has_pointers) return;
  if (type->layout->conservative) {
    work_.slots_visited += to - from;
    return scan_conservative(object + from * kWordBytes, to - from);
  }
  const size_t words = (span.is_large() ? span.limit_bytes : span.slot_bytes) / kWordBytes;
  scan_words(object, *type->layout, words, from, to < words ? to : words);
  if (kHasWeakWords && type->layout->has_weak)
    scan_ephemerons(object, *type->layout, words, from, to < words ? to : words);
}

}  // namespace mallocgc
