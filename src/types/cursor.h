// Cursors: walk the pointer words (or the host words) of one object, as runs of consecutive words, from any word on.
//
// How it works. The cursor stands in one leaf of a pattern: a mask that repeats over a stretch. Inside it the next run
// comes from count-trailing-zeros; a mask of ones is handed out as one run to the leaf's end, so an array of pointers
// of any length is a single run. When the leaf is used up, the next one is sought from the root of the pattern: the
// cursor has no stack, allocates nothing and can be copied or thrown away at any point. Seeking costs the nesting depth
// (T3); the length of the object costs nothing.
//
// Promise: runs ascend, do not overlap, lie in [from_word, object_words) and cover every set word of it, and no other.
// A run may be split anywhere. `object_words` is below 2^60 on 64-bit targets, 2^30 on 32-bit ones.
//
// Doors: the marker's general path, checkmark, sweeping of host values, root ranges.
#pragma once

#include <type_traits>

#include "types/layout.h"

namespace mallocgc {

// The walk over a pair of patterns. Use PointerCursor or HostCursor.
class WordCursor {
 public:
  // The next run: *count >= 1 words from *first_word on. False: there are no more, and *first_word and *count are not
  // changed.
  MGC_ALWAYS_INLINE bool next_run(size_t* first_word, size_t* count) {
    while (remaining_ == 0) {
      element_ += stride_;
      if (element_ >= leaf_end_) {
        const Step step = next_leaf(first_word, count);
        if (step == Step::kInside) continue;
        return step == Step::kRun;
      }
      remaining_ = leaf_bits_;
      if (leaf_end_ - element_ < stride_) [[unlikely]]
        remaining_ &= low_bits(static_cast<uint32_t>(leaf_end_ - element_));
    }
    const uint32_t shift = lowest_bit(remaining_);
    const uint32_t length = lowest_bit(~(remaining_ >> shift));
    *first_word = element_ + shift;
    *count = length;
    remaining_ &= remaining_ + bit_of(shift);  // carries through the run and clears it
    return true;
  }
  // The same by a call, for callers that are in no hurry.
  bool next(size_t* first_word, size_t* count);

 protected:
  WordCursor(const Pattern& head, uint32_t head_words, const Pattern& tail, uint32_t tail_words, size_t object_words,
             size_t from_word)
      : head_(&head),
        tail_(&tail),
        head_words_(head_words),
        tail_words_(tail_words),
        object_words_(object_words),
        position_(from_word) {}

 private:
  enum class Step { kEnd, kRun, kInside };
  // A mask that repeats with a period of at most 64 words over [base, end).
  struct Stretch {
    size_t base;
    size_t end;
    uint32_t period;
    uint64_t bits;
  };

  // The leaf at position_ or after it: hands out a run at once (kRun), or leaves the cursor inside it (kInside).
  Step next_leaf(size_t* first_word, size_t* count);
  bool find_stretch(Stretch* stretch);
  bool find_stretch_in(const Pattern& pattern, size_t unit_base, size_t unit_words, Stretch* stretch) const;
  void enter(const Stretch& stretch, size_t from);

  // Inside the leaf: the words not yet handed out of the element at element_.
  uint64_t remaining_ = 0;
  uint64_t leaf_bits_ = 0;
  size_t element_ = 0;
  size_t stride_ = 0;
  size_t leaf_end_ = 0;
  // Between leaves.
  const Pattern* head_;
  const Pattern* tail_;
  size_t head_words_;
  size_t tail_words_;
  size_t object_words_;
  size_t position_;  // everything set below it is in the leaf or handed out
};

// The same walk over units of at most 64 words, word by word: where size counts more than time.
class CompactCursor {
 public:
  bool next_run(size_t* first_word, size_t* count);
  bool next(size_t* first_word, size_t* count) { return next_run(first_word, count); }

 protected:
  CompactCursor(const Pattern& head, uint32_t head_words, const Pattern& tail, uint32_t tail_words, size_t object_words,
                size_t from_word)
      : head_(head.bits),
        tail_(tail.bits),
        head_words_(head_words),
        tail_words_(tail_words),
        object_words_(object_words),
        position_(from_word) {}

 private:
  uint64_t head_;
  uint64_t tail_;
  size_t head_words_;
  size_t tail_words_;
  size_t object_words_;
  size_t position_;
};

using AnyCursor = std::conditional_t<kPrefersSize, CompactCursor, WordCursor>;

// Over any pair of patterns.
class PlaneCursor : public AnyCursor {
 public:
  PlaneCursor(const Pattern& head, uint32_t head_words, const Pattern& tail, uint32_t tail_words, size_t object_words,
              size_t from_word = 0)
      : AnyCursor(head, head_words, tail, tail_words, object_words, from_word) {}
  // The same walk as any other cursor's.
  explicit PlaneCursor(const AnyCursor& cursor) : AnyCursor(cursor) {}
};

// Runs of pointer words of an object of `object_words` words, from `from_word` on. The layout must outlive the cursor.
class PointerCursor : public AnyCursor {
 public:
  PointerCursor(const Layout& layout, size_t object_words, size_t from_word = 0)
      : AnyCursor(layout.head, layout.head_words, layout.tail, layout.tail_words, object_words, from_word) {}
};

// The same for tagged words, and for ambiguous ones.
class TaggedCursor : public AnyCursor {
 public:
  TaggedCursor(const Layout& layout, size_t object_words, size_t from_word = 0)
      : AnyCursor(layout.tagged_head, layout.head_words, layout.tagged_tail, layout.tail_words, object_words,
                  from_word) {}
};
class AmbiguousCursor : public AnyCursor {
 public:
  AmbiguousCursor(const Layout& layout, size_t object_words, size_t from_word = 0)
      : AnyCursor(layout.ambiguous_head, layout.head_words, layout.ambiguous_tail, layout.tail_words, object_words,
                  from_word) {}
};

// This does the same for weak words, and for keys.
class WeakCursor : public AnyCursor {
 public:
  WeakCursor(const Layout& layout, size_t object_words, size_t from_word = 0)
      : AnyCursor(layout.weak_head, layout.head_words, layout.weak_tail, layout.tail_words, object_words, from_word) {}
};
class KeyCursor : public AnyCursor {
 public:
  KeyCursor(const Layout& layout, size_t object_words, size_t from_word = 0)
      : AnyCursor(layout.key_head, layout.head_words, layout.key_tail, layout.tail_words, object_words, from_word) {}
};

// The same for words that hold host values.
class HostCursor : public AnyCursor {
 public:
  HostCursor(const Layout& layout, size_t object_words, size_t from_word = 0)
      : AnyCursor(layout.host_head, layout.head_words, layout.host_tail, layout.tail_words, object_words, from_word) {}
};

}  // namespace mallocgc
