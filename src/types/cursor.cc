// The slow path of the cursors: from leaf to leaf. cursor.h tells how it works.
#include "types/cursor.h"

namespace mallocgc {

WordCursor::Step WordCursor::next_leaf(size_t* first_word, size_t* count) {
  Stretch stretch;
  if (!find_stretch(&stretch)) return Step::kEnd;
  const size_t from = position_ < stretch.base ? stretch.base : position_;
  position_ = stretch.end;
  if (stretch.bits != low_bits(stretch.period)) {
    enter(stretch, from);
    return Step::kInside;
  }
  leaf_end_ = element_ = stride_ = 0;  // not inside any leaf
  *first_word = from;
  *count = stretch.end - from;
  return Step::kRun;
}

// Postcondition: base < end <= object_words_, position_ < end; nothing is set in [position_, base).
bool WordCursor::find_stretch(Stretch* stretch) {
  for (;;) {
    if (position_ >= object_words_) return false;
    if (position_ < head_words_) {
      if (find_stretch_in(*head_, 0, head_words_, stretch)) break;
      position_ = head_words_;
      continue;
    }
    if (tail_words_ == 0 || tail_->empty()) return false;
    if (tail_->is_mask()) {
      *stretch = Stretch{
          .base = head_words_, .end = object_words_, .period = static_cast<uint32_t>(tail_words_), .bits = tail_->bits};
      return true;
    }
    const size_t unit_base = head_words_ + (position_ - head_words_) / tail_words_ * tail_words_;
    if (find_stretch_in(*tail_, unit_base, tail_words_, stretch)) break;
    position_ = unit_base + tail_words_;
  }
  if (stretch->end > object_words_) stretch->end = object_words_;
  return stretch->base < object_words_;
}

bool WordCursor::find_stretch_in(const Pattern& pattern, size_t unit_base, size_t unit_words, Stretch* stretch) const {
  if (pattern.is_mask()) {
    *stretch = Stretch{.base = unit_base,
                       .end = unit_base + unit_words,
                       .period = static_cast<uint32_t>(unit_words),
                       .bits = pattern.bits};
    return pattern.bits != 0;
  }
  LeafPlace place;
  if (!pattern.find_leaf(static_cast<uint32_t>(position_ - unit_base), &place)) return false;
  const size_t base = unit_base + place.base;
  *stretch =
      Stretch{.base = base, .end = base + place.leaf->words, .period = place.leaf->period, .bits = place.leaf->bits()};
  return true;
}

bool WordCursor::next(size_t* first_word, size_t* count) { return next_run(first_word, count); }

bool CompactCursor::next_run(size_t* first_word, size_t* count) {
  for (; position_ < object_words_; ++position_) {
    const bool in_head = position_ < head_words_;
    if (!in_head && tail_words_ == 0) return false;
    const size_t word = in_head ? position_ : (position_ - head_words_) % tail_words_;
    const uint64_t bits = in_head ? head_ : tail_;
    if (word >= kMaskWordsMax || (bits & bit_of(static_cast<uint32_t>(word))) == 0) continue;
    *first_word = position_++;
    *count = 1;
    return true;
  }
  return false;
}

void WordCursor::enter(const Stretch& stretch, size_t from) {
  size_t period = stretch.period;
  uint64_t bits = stretch.bits;
  element_ = from - (from - stretch.base) % period;
  // A short mask over a long stretch is doubled, so that elements are changed once for many runs.
  if (stretch.end - element_ > kMaskWordsMax) {
    for (; period * 2 <= kMaskWordsMax; period *= 2) bits |= bits << period;
  }
  leaf_bits_ = bits;
  leaf_end_ = stretch.end;
  stride_ = period;
  remaining_ = bits & ~low_bits(static_cast<uint32_t>(from - element_));
  if (stretch.end - element_ < period) remaining_ &= low_bits(static_cast<uint32_t>(stretch.end - element_));
}

}  // namespace mallocgc
