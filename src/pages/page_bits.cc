// Page bits: searching and summarising. A search walks the summaries from the hint, carrying the free run that ends at
// the current chunk's beginning; only a chunk whose own longest run suffices is looked into, and then the search ends
// there (but for alignment). See page_bits.h for the encoding.
#include "pages/page_bits.h"

#include "base/check.h"

namespace mallocgc {

namespace {

// Calls f(word index, mask) for every word that the run touches.
template <class F>
MGC_ALWAYS_INLINE void for_each_mask(uint32_t first, uint32_t count, F f) {
  while (count != 0) {
    const uint32_t shift = first % kBitsPerWord;
    const uint32_t room = kBitsPerWord - shift;
    const uint32_t here = count < room ? count : room;
    f(first / kBitsPerWord, low_bits(here) << shift);
    first += here;
    count -= here;
  }
}

// The first page in [page, end) whose bit is `wanted`, or end.
uint32_t next_page(const uint64_t* bits, uint32_t page, uint32_t end, bool wanted) {
  const uint64_t flip = wanted ? 0 : ~uint64_t{0};
  while (page < end) {
    const uint64_t word = (bits[page / kBitsPerWord] ^ flip) >> (page % kBitsPerWord);
    if (word != 0) {
      const uint32_t found = page + lowest_bit(word);
      return found < end ? found : end;
    }
    page = (page / kBitsPerWord + 1) * kBitsPerWord;
  }
  return end;
}

// The lowest page not below `page` whose number plus `origin` is a multiple of `align`.
MGC_ALWAYS_INLINE uint32_t align_page(uint32_t page, uint32_t align, uint32_t origin) {
  return ((page + origin + align - 1) & ~(align - 1)) - origin;
}

// The longest run of ones in `word`, if it is longer than `floor`; otherwise `floor`. Runs not longer than the floor
// are shaved off by doubling steps, so that a word without news costs a few instructions.
uint32_t longest_run(uint64_t word, uint32_t floor) {
  if (floor >= kBitsPerWord) return floor;
  for (uint32_t length = 1; length <= floor && word != 0;) {
    const uint32_t step = length < floor + 1 - length ? length : floor + 1 - length;
    word &= word >> step;
    length += step;
  }
  for (; word != 0; word &= word >> 1) ++floor;
  return floor;
}

}  // namespace

size_t PageBits::bytes_for(uint32_t pages) {
  const size_t chunks = (size_t{pages} + kChunkPages - 1) / kChunkPages;
  return chunks * (kChunkWords * sizeof(uint64_t) + (kHasSummaries ? sizeof(uint32_t) : 0));
}

void PageBits::attach(void* zeroed, uint32_t pages) {
  chunk_count_ = (pages + kChunkPages - 1) / kChunkPages;
  bits_ = static_cast<uint64_t*>(zeroed);
  summaries_ = reinterpret_cast<uint32_t*>(bits_ + size_t{chunk_count_} * kChunkWords);
}

// ---- Searching ----

uint32_t PageBits::find_one() {
  if constexpr (!kHasSummaries) {
    hint_ = next_page(bits_, hint_, used_end(), true);
    return hint_ == used_end() ? kNone : hint_;
  }
  // Most often the next free page is in the same word as the last one.
  for (uint32_t page = hint_, chunk = page / kChunkPages; chunk < chunk_end_; page = ++chunk * kChunkPages) {
    if (summaries_[chunk] == 0) continue;
    const uint32_t end = (chunk + 1) * kChunkPages;
    hint_ = next_page(bits_, page, end, true);
    if (hint_ != end) return hint_;
    summaries_[chunk] = 0;  // it was stale, and by inv.pages.hint nothing is free before `page` either
  }
  hint_ = used_end();
  return kNone;
}

uint32_t PageBits::find(uint32_t count, uint32_t align, uint32_t origin) const {
  if constexpr (!kHasSummaries) return find_between(hint_, used_end(), count, align, origin);
  uint32_t run_start = 0;  // a free run [run_start, run_start + run) ends where the chunk begins
  uint32_t run = 0;
  for (uint32_t chunk = hint_ / kChunkPages; chunk < chunk_end_; ++chunk) {
    const uint32_t summary = summary_of(chunk);
    if (summary == 0) {
      run = 0;
      continue;
    }
    if (run == 0) run_start = chunk * kChunkPages;
    const uint32_t joined = run + start_of(summary);
    if (joined >= count) {
      const uint32_t page = align_page(run_start, align, origin);
      if (page - run_start + count <= joined) return page;
    }
    if (max_of(summary) >= count) {
      const uint32_t page = find_between(chunk * kChunkPages, (chunk + 1) * kChunkPages, count, align, origin);
      if (page != kNone) return page;
    }
    if (start_of(summary) == kChunkPages) {
      run = joined;
    } else {
      run = end_of(summary);
      run_start = (chunk + 1) * kChunkPages - run;
    }
  }
  return kNone;
}

uint32_t PageBits::find_between(uint32_t first, uint32_t end, uint32_t count, uint32_t align, uint32_t origin) const {
  for (uint32_t page = first; page < end;) {
    const uint32_t start = next_page(bits_, page, end, true);
    const uint32_t stop = next_page(bits_, start, end, false);
    const uint32_t aligned = align_page(start, align, origin);
    if (aligned < stop && stop - aligned >= count) return aligned;
    page = stop;
  }
  return kNone;
}

uint32_t PageBits::largest_run() const {
  uint32_t largest = 0;
  if constexpr (!kHasSummaries) {
    for (uint32_t page = hint_, stop; page < used_end(); page = stop) {
      const uint32_t start = next_page(bits_, page, used_end(), true);
      stop = next_page(bits_, start, used_end(), false);
      if (stop - start > largest) largest = stop - start;
    }
    return largest;
  }
  uint32_t run = 0;
  for (uint32_t chunk = hint_ / kChunkPages; chunk < chunk_end_; ++chunk) {
    const uint32_t summary = summary_of(chunk);
    const uint32_t joined = run + start_of(summary);
    if (joined > largest) largest = joined;
    if (max_of(summary) > largest) largest = max_of(summary);
    run = start_of(summary) == kChunkPages ? joined : end_of(summary);
  }
  return largest;
}

uint32_t PageBits::run_below(uint32_t end, uint32_t most) const {
  uint32_t run = 0;
  while (run < most && end != 0) {
    const uint32_t page = end - 1;
    const uint32_t below = page % kBitsPerWord + 1;  // pages of this word up to and including `page`
    const uint64_t word = bits_[page / kBitsPerWord] << (kBitsPerWord - below);
    const uint32_t ones = static_cast<uint32_t>(std::countl_one(word));
    const uint32_t free = ones < below ? ones : below;
    run += free;
    if (free < below) break;
    end -= below;
  }
  return run < most ? run : most;
}

// ---- Changing ----

void PageBits::set(uint32_t first, uint32_t count) {
  if (count == 0) return;
  set_page_bits(bits_, first, count);
  if (chunk_end_ == 0) {
    hint_ = first;
    chunk_begin_ = first / kChunkPages;
  }
  if (first < hint_) hint_ = first;
  if (first / kChunkPages < chunk_begin_) chunk_begin_ = first / kChunkPages;
  const uint32_t end = (first + count - 1) / kChunkPages + 1;
  if (end > chunk_end_) chunk_end_ = end;
  note_change(first, count, kAllFree);
}

void PageBits::clear(uint32_t first, uint32_t count) {
  if (count == 0) return;
  take_page_bits(bits_, first, count);
  if (first == hint_) hint_ = first + count;
  note_change(first, count, 0);
}

// After all pages of the run became the same: `whole_chunk` is the summary of a chunk that lies in it entirely.
void PageBits::note_change(uint32_t first, uint32_t count, uint32_t whole_chunk) {
  if constexpr (!kHasSummaries) return;
  const uint32_t last = first + count - 1;
  for (uint32_t chunk = first / kChunkPages; chunk <= last / kChunkPages; ++chunk) {
    const bool whole = first <= chunk * kChunkPages && last >= (chunk + 1) * kChunkPages - 1;
    summaries_[chunk] = whole ? whole_chunk : summaries_[chunk] | kStale;
  }
}

uint32_t PageBits::summarize(uint32_t chunk) const {
  const uint64_t* const words = bits_ + size_t{chunk} * kChunkWords;
  uint32_t start = kNone;  // not known yet
  uint32_t max = 0;
  uint32_t run = 0;  // of the pages before the current word
  for (uint32_t i = 0; i < kChunkWords; ++i) {
    const uint64_t word = words[i];
    if (word == ~uint64_t{0}) {
      run += kBitsPerWord;
      continue;
    }
    run += static_cast<uint32_t>(std::countr_one(word));
    if (start == kNone) start = run;
    if (run > max) max = run;
    max = longest_run(word, max);
    run = static_cast<uint32_t>(std::countl_one(word));
  }
  if (start == kNone) return kAllFree;
  if (run > max) max = run;
  return start | max << kFieldBits | run << (2 * kFieldBits);
}

bool PageBits::verify(uint32_t* set_pages) const {
  *set_pages = 0;
  bool ok = true;
  for (uint32_t chunk = chunk_begin_; chunk < chunk_end_; ++chunk) {
    if (kHasSummaries && (summaries_[chunk] & kStale) == 0) ok = ok && summaries_[chunk] == summarize(chunk);
    *set_pages += count_page_bits(bits_, chunk * kChunkPages, kChunkPages);
  }
  const uint32_t below = hint_ < used_end() ? hint_ : used_end();
  const uint32_t begin = chunk_begin_ * kChunkPages;
  return ok && (below <= begin || count_page_bits(bits_, begin, below - begin) == 0);
}

// ---- Plain bitmaps ----

void set_page_bits(uint64_t* words, uint32_t first, uint32_t count) {
  for_each_mask(first, count, [words](uint32_t word, uint64_t mask) { words[word] |= mask; });
}

uint32_t take_page_bits(uint64_t* words, uint32_t first, uint32_t count) {
  uint32_t taken = 0;
  for_each_mask(first, count, [words, &taken](uint32_t word, uint64_t mask) {
    const uint64_t set = words[word] & mask;
    if (set == 0) return;  // does not touch what was never written
    taken += count_bits(set);
    words[word] &= ~mask;
  });
  return taken;
}

uint32_t count_page_bits(const uint64_t* words, uint32_t first, uint32_t count) {
  uint32_t set = 0;
  for_each_mask(first, count, [words, &set](uint32_t word, uint64_t mask) { set += count_bits(words[word] & mask); });
  return set;
}

}  // namespace mallocgc
