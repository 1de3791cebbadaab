// The normal form of layouts, their comparison, and masks of small objects.
#include "types/layout.h"

#include "types/cursor.h"

namespace mallocgc {

namespace {

MGC_NOINLINE uint64_t walk_mask(AnyCursor cursor) {
  uint64_t mask = 0;
  size_t first = 0;
  size_t count = 0;
  while (cursor.next(&first, &count)) mask |= low_bits(static_cast<uint32_t>(count)) << first;
  return mask;
}

size_t mask_words(size_t object_words) { return object_words < kMaskWordsMax ? object_words : kMaskWordsMax; }

// If the unit is one node that covers it, the unit becomes that node's first round.
void cut_to_round(Pattern* pattern, uint32_t* unit_words) {
  if (pattern->root_count != 1) return;
  const PatternNode& root = pattern->nodes[0];
  if (root.words != *unit_words || root.words % root.period != 0) return;
  *unit_words = root.period;
  *pattern =
      root.is_leaf()
          ? Pattern{.bits = root.bits()}
          : Pattern{.nodes = root.children(), .node_count = pattern->node_count - 1, .root_count = root.child_count};
}

bool is_set(const Layout& layout, uint32_t plane) {
  return !(layout.*kHeads[plane]).empty() || !(layout.*kTails[plane]).empty();
}

void shorten_tail(Layout* layout) {
  if (layout->tail_words > kMaskWordsMax) {
    if constexpr (!kHasPrograms) return;
    Pattern* only = nullptr;  // the tail that has words, if there is one such
    uint32_t used = 0;
    for (uint32_t plane = 0; plane < kPlaneCount; ++plane) {
      if ((layout->*kTails[plane]).empty()) continue;
      only = &(layout->*kTails[plane]);
      ++used;
    }
    if (used == 1) cut_to_round(only, &layout->tail_words);
    if (layout->tail_words > kMaskWordsMax) return;
  }
  const uint32_t words = layout->tail_words;
  for (uint32_t period = 1; period <= words; ++period) {
    bool is_period = words % period == 0;
    for (uint32_t plane = 0; plane < kPlaneCount && is_period; ++plane) {
      is_period = period % shortest_period((layout->*kTails[plane]).bits, words) == 0;
    }
    if (!is_period) continue;
    layout->tail_words = period;
    for (uint32_t plane = 0; plane < kPlaneCount; ++plane) (layout->*kTails[plane]).bits &= low_bits(period);
    return;
  }
}

uint64_t head_mask(const Layout& layout, uint32_t plane) {
  const Pattern nothing;
  return walk_mask(PlaneCursor(layout.*kHeads[plane], layout.head_words, nothing, 0, mask_words(layout.head_words)));
}

// Where only the head has set words, the head ends at the last of them.
void shorten_head(Layout* layout) {
  layout->head_words = 0;
  for (uint32_t plane = 0; plane < kPlaneCount; ++plane) {
    const uint32_t end = (layout->*kHeads[plane]).set_end();
    if (end > layout->head_words) layout->head_words = end;
  }
  if (layout->head_words > kMaskWordsMax) return;
  for (uint32_t plane = 0; plane < kPlaneCount; ++plane) {
    layout->*kHeads[plane] = Pattern{.bits = head_mask(*layout, plane)};
  }
}

}  // namespace

void normalize(Layout* layout) {
  bool is_opaque = true;
  for (uint32_t plane = 0; plane < kPlaneCount; ++plane) is_opaque = is_opaque && (layout->*kTails[plane]).empty();
  if (is_opaque) {
    layout->tail_words = 0;
    shorten_head(layout);
  } else {
    shorten_tail(layout);
  }
  layout->has_host = kHasLifecycles && is_set(*layout, kHost);
  layout->has_tagged = kHasTaggedWords && is_set(*layout, kTagged);
  layout->has_ambiguous = kHasTaggedWords && is_set(*layout, kAmbiguous);
  layout->has_keys = kHasWeakWords && is_set(*layout, kKeys);
  layout->has_weak = layout->has_keys || (kHasWeakWords && is_set(*layout, kWeak));
  layout->has_pointers = is_set(*layout, kPointers) || layout->has_special() || layout->has_weak;
  if (kHasWeakWords && !layout->has_weak) layout->weak_tagged = false, layout->weak_cleared = 0;
  if (kHasTaggedWords && !layout->has_tagged && !layout->weak_tagged) layout->filter = Filter{};
}

bool Layout::describes_same(const Layout& other) const {
  bool same = head_words == other.head_words && tail_words == other.tail_words && conservative == other.conservative;
  if constexpr (kHasTaggedWords) same = same && filter == other.filter;
  if constexpr (kHasVisitors) same = same && trace == other.trace;
  if constexpr (kHasWeakWords) same = same && weak_tagged == other.weak_tagged && weak_cleared == other.weak_cleared;
  for (uint32_t plane = 0; plane < kPlaneCount && same; ++plane) {
    same = this->*kHeads[plane] == other.*kHeads[plane] && this->*kTails[plane] == other.*kTails[plane];
  }
  return same;
}

uint32_t Layout::content_hash() const {
  uint64_t hash = hash_step(uint64_t{head_words} << 32 | tail_words, conservative ? 1 : 0);
  for (uint32_t plane = 0; plane < kPlaneCount; ++plane) {
    hash = (this->*kTails[plane]).hash((this->*kHeads[plane]).hash(hash));
  }
  if constexpr (kHasVisitors) hash = hash_step(hash, reinterpret_cast<uintptr_t>(trace));
  return static_cast<uint32_t>(hash ^ hash >> 32);
}

uint64_t mask64(const Layout& layout, size_t object_words) {
  return walk_mask(PointerCursor(layout, mask_words(object_words)));
}

uint64_t host_mask64(const Layout& layout, size_t object_words) {
  return walk_mask(HostCursor(layout, mask_words(object_words)));
}

uint64_t tagged_mask64(const Layout& layout, size_t object_words) {
  return walk_mask(TaggedCursor(layout, mask_words(object_words)));
}

}  // namespace mallocgc
