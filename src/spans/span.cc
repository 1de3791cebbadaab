// Bitmap work on one span: runs of free slots are found with count-trailing-zeros, 64 slots at a time.
#include "spans/span.h"

namespace mallocgc {

namespace {

// The first slot at or after `from` whose allocated bit equals `wanted`, or slot_count.
uint32_t next_slot_with(const Span& span, uint32_t from, bool wanted) {
  const uint32_t words = bitmap_words(span.slot_count);
  for (uint32_t word = from / kBitsPerWord; word < words; ++word) {
    uint64_t bits = wanted ? span.allocated[word] : ~span.allocated[word];
    if (word == from / kBitsPerWord) bits &= ~low_bits(from % kBitsPerWord);
    if (bits != 0) {
      const uint32_t slot = word * kBitsPerWord + lowest_bit(bits);
      return slot < span.slot_count ? slot : span.slot_count;
    }
  }
  return span.slot_count;
}

// The bits of `run` that fall into bitmap word `word`.
uint64_t run_bits_in_word(SlotRun run, uint32_t word) {
  const uint32_t start = word * kBitsPerWord;
  const uint32_t from = run.first > start ? run.first - start : 0;
  const uint32_t end = run.first + run.count - start;
  return low_bits(end < kBitsPerWord ? end : kBitsPerWord) & ~low_bits(from);
}

}  // namespace

SlotRun find_free_run(const Span& span, uint32_t from, uint32_t count_max) {
  const uint32_t first = next_slot_with(span, from, false);
  if (first == span.slot_count) return {};
  const uint32_t end = next_slot_with(span, first, true);
  const uint32_t count = end - first;
  return {first, count < count_max ? count : count_max};
}

void set_allocated(Span& span, SlotRun run) {
  if (run.count == 0) return;
  const uint32_t last = (run.first + run.count - 1) / kBitsPerWord;
  for (uint32_t word = run.first / kBitsPerWord; word <= last; ++word)
    span.allocated[word] |= run_bits_in_word(run, word);
}

void clear_allocated(Span& span, SlotRun run) {
  if (run.count == 0) return;
  const uint32_t last = (run.first + run.count - 1) / kBitsPerWord;
  for (uint32_t word = run.first / kBitsPerWord; word <= last; ++word)
    span.allocated[word] &= ~run_bits_in_word(run, word);
}

uint32_t count_allocated(const Span& span) {
  uint32_t count = 0;
  for (uint32_t word = 0; word < bitmap_words(span.slot_count); ++word) count += count_bits(span.allocated[word]);
  return count;
}

void forget_marks_of_free_slots(Span& span) {
  const uint32_t words = bitmap_words(span.slot_count);
  for (uint32_t word = 0; word < words; ++word) {
    span.marks[word].mark &= span.allocated[word];
    span.marks[word].grey &= span.allocated[word];
  }
}

// A call of its own: once a span and cycle, from every place that marks.
MGC_NOINLINE void start_mark_cycle(Span& span, uint32_t cycle) {
  __builtin_memset(span.marks, 0, bitmap_words(span.slot_count) * sizeof(MarkWord));
  span.mark_cycle = cycle;
}

}  // namespace mallocgc
