// Pattern: which words of a unit (an object's head, or one element of an array) are set. A layout has a pattern for
// each plane (layout.h): set means "holds a pointer" in the first one, and "holds a host value", "holds a tagged value"
// or "may hold a pointer" in the others.
//
// How it works. A unit of up to 64 words is one 64-bit mask. A longer one is a short tree of nodes, compiled from a
// program or a long mask (program.h). A leaf is a mask that repeats with a period of 1 to 64 words over its stretch; an
// inner node repeats its children with a period above 64 words. What no node covers is not set. A repeat is stored
// once, however often it repeats, and siblings are sorted, so a word is found by binary search at each level: seeking
// costs the nesting depth, never the length.
//
//   unit of 400 words:   nodes[0] leaf    first 0,   words 100, period 1,  bits 1          a run of 100
//                        nodes[1] repeat  first 110, words 280, period 70, child_count 2   4 times, from its start on:
//                        nodes[2]   leaf  first 0,   words 3,   period 3,  bits 0b101
//                        nodes[3]   leaf  first 66,  words 1,   period 1,  bits 1
//
// inv.pattern.sorted: siblings ascend and do not overlap.
// inv.pattern.full: every leaf has a set bit, every repeat a leaf, so whatever is found ends the search.
// inv.pattern.period: a repeat's words are a multiple of its period.
//
// Doors: made in program.h, put together in layout.h, walked in cursor.h.
#pragma once

#include "base/bits.h"

namespace mallocgc {

// The most words that a mask holds, the deepest nesting of a program's repeats, and the longest unit.
inline constexpr uint32_t kMaskWordsMax = kBitsPerWord;
inline constexpr uint32_t kProgramDepthMax = 8;
inline constexpr uint64_t kUnitWordsMax = kHasPrograms ? ~uint32_t{0} - kMaskWordsMax : kMaskWordsMax;

struct PatternNode {
  uint32_t first;        // relative to the unit, or to one round of the repeat that this is a child of
  uint32_t words;        // the length of the stretch
  uint32_t period;       // a leaf's mask, or a repeat's children, come again after so many words
  uint32_t child_count;  // 0: a leaf
  // A leaf's mask, bit i for word i of the period; or how many nodes further on a repeat's children begin.
  uint64_t payload;

  bool is_leaf() const { return child_count == 0; }
  uint64_t bits() const { return payload; }
  const PatternNode* children() const { return this + static_cast<size_t>(payload); }
  bool operator==(const PatternNode&) const = default;
};
static_assert(sizeof(PatternNode) == 24, "no padding: nodes are compared and hashed as they lie");

// Where a search ended: a leaf, and the unit's word that its stretch starts at.
struct LeafPlace {
  const PatternNode* leaf;
  uint32_t base;
};

struct Pattern {
  uint64_t bits = 0;  // the whole unit, if it has no nodes
  // nodes[0, root_count) are the top level, and their children follow; no index in them is absolute.
  const PatternNode* nodes = nullptr;
  uint32_t node_count = 0;
  uint32_t root_count = 0;

  bool is_mask() const { return !kHasPrograms || node_count == 0; }
  bool empty() const { return is_mask() && bits == 0; }

  // Finds the leaf that covers `word` or, if none does, the next one after it; false if there is none. Precondition:
  // there are nodes. It takes two descents at most; each costs the nesting depth times the logarithm of the siblings.
  bool find_leaf(uint32_t word, LeafPlace* place) const;

  // One past the last set word; 0 if none is set.
  uint32_t set_end() const;

  bool operator==(const Pattern& other) const;
  uint64_t hash(uint64_t seed) const;
};

// The shortest period that divides `words` and that a mask of so many words (1 to 64) has.
uint32_t shortest_period(uint64_t bits, uint32_t words);

// One step of the hash that interning uses. It does not withstand adversaries.
constexpr uint64_t hash_step(uint64_t hash, uint64_t value) {
  const uint64_t mixed = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return mixed ^ (mixed >> 29);
}

}  // namespace mallocgc
