// Searching, comparing and hashing of patterns. Nothing here makes a node: see program.cc.
#include "types/pattern.h"

namespace mallocgc {

namespace {

// The first sibling that ends above `word`, counted from the siblings' own start; `count` if there is none.
uint32_t first_ending_above(const PatternNode* siblings, uint32_t count, uint32_t word) {
  uint32_t low = 0;
  uint32_t high = count;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (siblings[middle].first + siblings[middle].words > word) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace

bool Pattern::find_leaf(uint32_t word, LeafPlace* place) const {
  // A descent fails where the round of a repeat has nothing set any more. What comes next is known from the levels
  // above: the next round, or a next sibling. It is the start of something that has set words, so the second descent
  // cannot fail.
  for (;;) {
    const PatternNode* siblings = nodes;
    uint32_t count = root_count;
    uint32_t base = 0;
    bool can_resume = false;
    uint32_t resume = 0;
    for (;;) {
      const uint32_t index = first_ending_above(siblings, count, word - base);
      if (index == count) break;
      const PatternNode& node = siblings[index];
      const uint32_t start = base + node.first;
      if (word < start) word = start;
      if (node.is_leaf()) {
        *place = LeafPlace{.leaf = &node, .base = start};
        return true;
      }
      const uint32_t round = start + (word - start) / node.period * node.period;
      if (round + node.period < start + node.words) {
        can_resume = true;
        resume = round + node.period;
      } else if (index + 1 < count) {
        can_resume = true;
        resume = base + siblings[index + 1].first;
      }
      base = round;
      siblings = node.children();
      count = node.child_count;
    }
    if (!can_resume) return false;
    word = resume;
  }
}

uint32_t Pattern::set_end() const {
  if (is_mask()) return static_cast<uint32_t>(std::bit_width(bits));
  uint32_t base = 0;
  const PatternNode* last = &nodes[root_count - 1];
  for (;;) {
    base += last->first + last->words;
    if (last->is_leaf()) {
      // The last round of the mask may be partial; only a mask that is its own period is, and that one ends with a set
      // bit.
      return base - last->period + static_cast<uint32_t>(std::bit_width(last->bits()));
    }
    base -= last->period;
    last = last->children() + (last->child_count - 1);
  }
}

bool Pattern::operator==(const Pattern& other) const {
  if constexpr (!kHasPrograms) return bits == other.bits;
  if (bits != other.bits || node_count != other.node_count || root_count != other.root_count) return false;
  for (uint32_t i = 0; i < node_count; ++i) {
    if (!(nodes[i] == other.nodes[i])) return false;
  }
  return true;
}

uint64_t Pattern::hash(uint64_t seed) const {
  uint64_t hash = hash_step(seed, bits);
  if constexpr (!kHasPrograms) return hash;
  hash = hash_step(hash, uint64_t{node_count} << 32 | root_count);
  for (uint32_t i = 0; i < node_count; ++i) {
    const PatternNode& node = nodes[i];
    hash = hash_step(hash, uint64_t{node.first} << 32 | node.words);
    hash = hash_step(hash, uint64_t{node.period} << 32 | node.child_count);
    hash = hash_step(hash, node.payload);
  }
  return hash;
}

uint32_t shortest_period(uint64_t bits, uint32_t words) {
  for (uint32_t period = 1; period <= words / 2; ++period) {
    if (words % period == 0 && bits >> period == (bits & low_bits(words - period))) return period;
  }
  return words;
}

}  // namespace mallocgc
