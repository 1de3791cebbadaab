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

// If the unit is one node that covers it, the unit may as well be that node's first round.
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

void shorten_tail(Layout* layout) {
  Pattern& pointers = layout->tail;
  Pattern& host = layout->host_tail;
  if (layout->tail_words > kMaskWordsMax) {
    if constexpr (!kHasPrograms) return;
    if (host.empty()) cut_to_round(&pointers, &layout->tail_words);
    if (pointers.empty()) cut_to_round(&host, &layout->tail_words);
    if (layout->tail_words > kMaskWordsMax) return;
  }
  const uint32_t words = layout->tail_words;
  const uint32_t pointer_period = shortest_period(pointers.bits, words);
  const uint32_t host_period = kHasLifecycles ? shortest_period(host.bits, words) : 1;
  for (uint32_t period = 1; period <= words; ++period) {
    if (words % period != 0 || period % pointer_period != 0 || period % host_period != 0) continue;
    layout->tail_words = period;
    pointers.bits &= low_bits(period);
    host.bits &= low_bits(period);
    return;
  }
}

// Only the head has set words: it ends at the last of them.
void shorten_head(Layout* layout) {
  const uint32_t pointer_end = layout->head.set_end();
  const uint32_t host_end = kHasLifecycles ? layout->host_head.set_end() : 0;
  layout->head_words = pointer_end > host_end ? pointer_end : host_end;
  if (layout->head_words > kMaskWordsMax) return;
  const Pattern head{.bits = mask64(*layout, layout->head_words)};
  if constexpr (kHasLifecycles) layout->host_head = Pattern{.bits = host_mask64(*layout, layout->head_words)};
  layout->head = head;
}

}  // namespace

void normalize(Layout* layout) {
  if (layout->tail.empty() && (!kHasLifecycles || layout->host_tail.empty())) {
    layout->tail_words = 0;
    shorten_head(layout);
  } else {
    shorten_tail(layout);
  }
  layout->has_pointers = !layout->head.empty() || !layout->tail.empty();
  layout->has_host = kHasLifecycles && (!layout->host_head.empty() || !layout->host_tail.empty());
}

bool Layout::describes_same(const Layout& other) const {
  return head_words == other.head_words && tail_words == other.tail_words && conservative == other.conservative &&
         head == other.head && tail == other.tail &&
         (!kHasLifecycles || (host_head == other.host_head && host_tail == other.host_tail));
}

uint32_t Layout::content_hash() const {
  uint64_t hash = hash_step(uint64_t{head_words} << 32 | tail_words, conservative ? 1 : 0);
  hash = tail.hash(head.hash(hash));
  if constexpr (kHasLifecycles) hash = host_tail.hash(host_head.hash(hash));
  return static_cast<uint32_t>(hash ^ hash >> 32);
}

uint64_t mask64(const Layout& layout, size_t object_words) {
  return walk_mask(PointerCursor(layout, mask_words(object_words)));
}

uint64_t host_mask64(const Layout& layout, size_t object_words) {
  return walk_mask(HostCursor(layout, mask_words(object_words)));
}

}  // namespace mallocgc
