// The types' tests and the fuzzer compare layouts with this naive reading: everything is unrolled into one bool for
// each word of the object, by a plain recursive reading of abi.h. Helpers of these tests are here, too.
#pragma once

#include <string>
#include <vector>

#include "types/cursor.h"
#include "types/type_table.h"

namespace mallocgc::types_test {

using Words = std::vector<bool>;
using Program = std::vector<uint32_t>;

// Reads a program up to its end. Inside a repeat of no rounds only lengths are kept.
class NaiveProgram {
 public:
  NaiveProgram(const Program& program, size_t unit) : program_(program), unit_(unit) {}

  // Returns false if the program is not legal for a unit of so many words.
  bool unroll(Words* out) {
    Round all;
    bool ended = false;
    if (!read(Place{0, 0, unit_, true}, &all, &ended) || at_ != program_.size()) return false;
    length_ = all.words.size();
    *out = all.words;
    out->resize(unit_);
    return true;
  }
  size_t length() const { return length_; }  // this is how many words the program reaches

 private:
  struct Place {
    uint64_t start;
    uint32_t depth;
    uint64_t limit;
    bool live;
  };
  struct Round {
    uint64_t length = 0;
    Words words;
  };

  static bool fits(const Place& place, const Round& out, uint64_t more) {
    return place.start + out.length + more <= place.limit;
  }

  bool read(const Place& place, Round* out, bool* ended) {
    while (at_ < program_.size() && !*ended) {
      const uint32_t opcode = program_[at_++];
      *ended = opcode == MGC_PROG_END;
      if (*ended) break;
      if (opcode > MGC_PROG_REPEAT || at_ == program_.size()) return false;
      const uint32_t n = program_[at_++];
      if (!(opcode == MGC_PROG_REPEAT ? repeat(place, n, out) : simple(place, opcode, n, out))) return false;
    }
    return true;
  }

  bool repeat(const Place& place, uint32_t count, Round* out) {
    Round round;
    bool ended = false;
    const Place inside{place.start + out->length, place.depth + 1, count == 0 ? kUnitWordsMax : place.limit,
                       place.live && count != 0};
    if (place.depth == kProgramDepthMax || !read(inside, &round, &ended) || !ended) return false;
    if (round.length == 0 || count == 0) return true;
    if (count > place.limit / round.length || !fits(place, *out, count * round.length)) return false;
    out->length += count * round.length;
    for (uint32_t i = 0; i < count && place.live; ++i)
      out->words.insert(out->words.end(), round.words.begin(), round.words.end());
    return true;
  }

  bool simple(const Place& place, uint32_t opcode, uint32_t n, Round* out) {
    if (opcode == MGC_PROG_BITS && (uint64_t{n} + 31) / 32 > program_.size() - at_) return false;
    if (!fits(place, *out, n)) return false;
    out->length += n;
    if (opcode != MGC_PROG_BITS) {
      if (place.live) out->words.insert(out->words.end(), n, opcode == MGC_PROG_POINTERS);
      return true;
    }
    for (uint32_t i = 0; i < n && place.live; ++i) out->words.push_back((program_[at_ + i / 32] >> (i % 32) & 1) != 0);
    const bool clean = n % 32 == 0 || program_[at_ + n / 32] >> (n % 32) == 0;
    at_ += (n + size_t{31}) / 32;
    return clean;
  }

  const Program& program_;
  size_t unit_;
  size_t at_ = 0;
  size_t length_ = 0;
};

// Returns the words of an object with a head and a tail. An empty tail is opaque.
inline Words object_words(const Words& head, const Words& tail, size_t words) {
  Words object(words);
  for (size_t i = 0; i < words; ++i)
    object[i] = i < head.size() ? head[i] : !tail.empty() && tail[(i - head.size()) % tail.size()];
  return object;
}

// Returns what a cursor gives from a word on, as bools, and checks the promises of cursor.h on the way. If one is
// broken, the result is empty and *why says which.
template <class Cursor>
Words walk(const Layout& layout, size_t words, size_t from, std::string* why) {
  Words object(words);
  Cursor cursor(layout, words, from);
  size_t end = from;
  size_t first = 0;
  size_t count = 0;
  while (cursor.next_run(&first, &count)) {
    if (first < end || count == 0 || first > words || count > words - first) {
      *why = "run " + std::to_string(first) + "+" + std::to_string(count) + " after " + std::to_string(end);
      return {};
    }
    for (size_t i = first; i < first + count; ++i) object[i] = true;
    end = first + count;
  }
  if (cursor.next_run(&first, &count)) *why = "a run after the end";
  return object;
}

// Returns an empty text if the cursor gives exactly `expected` from `from` on.
template <class Cursor>
std::string difference(const Layout& layout, const Words& expected, size_t from) {
  std::string why;
  const Words got = walk<Cursor>(layout, expected.size(), from, &why);
  if (!why.empty()) return why;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (got[i] != (i >= from && expected[i]))
      return "word " + std::to_string(i) + " from " + std::to_string(from) + " of " + std::to_string(expected.size());
  }
  return {};
}

inline mgc_type_info plain_type(const char* name, size_t words) {
  mgc_type_info info{};
  info.name = name;
  info.size = words * kWordBytes;
  return info;
}

inline mgc_words_info mask_words(const uint32_t* mask) {
  return mgc_words_info{.mask = mask, .program = nullptr, .program_words = 0};
}
inline mgc_words_info program_words(const Program& program) {
  return mgc_words_info{
      .mask = nullptr, .program = program.data(), .program_words = static_cast<uint32_t>(program.size())};
}

}  // namespace mallocgc::types_test
