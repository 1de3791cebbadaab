// The compiler of masks and programs; program.h tells how it works.
#include "types/program.h"

#include "base/check.h"

namespace mallocgc {

namespace {

constexpr uint32_t kProgramBits = 32;  // bits in a word of a mask or program

// An open repeat, or the unit itself. Word numbers are relative to the start of its first round.
struct Level {
  uint32_t nodes_begin = 0;   // its complete nodes: [nodes_begin, top of the stack)
  uint32_t count = 1;         // rounds
  uint64_t start = 0;         // the unit's word that the first round starts at
  uint64_t limit = 0;         // the unit's words; more inside a repeat of no rounds, which takes no room
  uint64_t position = 0;      // words described so far
  uint32_t run_first = 0;     // the run that may still grow
  uint32_t run_words = 0;     // 0: none
  uint32_t window_first = 0;  // the mask that may still take runs
  uint64_t window_bits = 0;   // 0: none
};

class Compiler {
 public:
  Compiler(const CompileJob& job, WordsFault* fault)
      : unit_words_(job.unit_words),
        nodes_(job.scratch),
        capacity_(static_cast<size_t>(node_bound(job.words, job.unit_words))),
        groups_(capacity_),
        fault_(fault) {
    level().limit = unit_words_;
  }

  bool run_mask(const uint32_t* mask, uint32_t mask_words);
  bool run_program(const uint32_t* program, uint32_t length);
  void write_pattern(Pattern* out);

 private:
  Level& level() { return *level_; }
  bool fail(const char* cause, uint64_t unit_word);
  bool fail_here(const char* cause) { return fail(cause, level().start + level().position); }

  // Words of the program.
  bool take(uint32_t* word);
  bool step(uint32_t opcode);
  bool add_bits(uint32_t words);
  bool open_repeat(uint32_t count);
  bool close_repeat();
  bool has_room(uint64_t words);

  // Words of the unit.
  void add_run(uint64_t first, uint64_t words);
  void add_mask_word(uint64_t first, uint64_t bits);
  void close_run();
  void close_window();
  void flush();
  uint64_t window_mask() { return level().window_bits << level().window_first; }
  void add_short_rounds(uint64_t bits, uint32_t round, uint64_t words);
  void add_long_rounds(const Level& rounds, uint64_t words);

  void push(const PatternNode& node);
  void push_leaf(uint64_t first, uint64_t words, uint32_t period, uint64_t bits);
  uint32_t move_group(uint32_t begin);

  const uint32_t unit_words_;
  PatternNode* const nodes_;
  const size_t capacity_;
  size_t top_ = 0;  // nodes_[0, top_): of open levels; nodes_[groups_, capacity_): complete groups of siblings
  size_t groups_;
  Level levels_[kProgramDepthMax + 1];
  Level* level_ = levels_;
  uint32_t repeats_ = 0;  // open repeats: a repeat of one round has no level of its own
  bool transparent_[kProgramDepthMax] = {};
  const uint32_t* program_ = nullptr;
  uint32_t length_ = 0;
  uint32_t at_ = 0;  // the next word of the program
  uint32_t opcode_at_ = 0;
  WordsFault* fault_;
};

bool Compiler::fail(const char* cause, uint64_t unit_word) {
  *fault_ =
      WordsFault{.cause = cause, .unit_word = unit_word, .in_program = program_ != nullptr, .program_word = opcode_at_};
  return false;
}

// ---- Words of the program ----

bool Compiler::run_mask(const uint32_t* mask, uint32_t mask_words) {
  for (uint32_t i = 0; i < mask_words; i += kProgramBits) {
    const uint32_t bits = mask[i / kProgramBits];
    const uint64_t inside = low_bits(unit_words_ - i < kProgramBits ? unit_words_ - i : kProgramBits);
    if ((bits & ~inside) != 0) return fail("the mask is longer than the size", i + lowest_bit(bits & ~inside));
    add_mask_word(i, bits);
  }
  return true;
}

bool Compiler::run_program(const uint32_t* program, uint32_t length) {
  program_ = program;
  length_ = length;
  bool ended = false;
  while (at_ < length_) {
    opcode_at_ = at_;
    if (ended) return fail_here("an end without a repeat");
    const uint32_t opcode = program_[at_++];
    if (opcode == MGC_PROG_END && repeats_ == 0) {
      ended = true;
    } else if (!step(opcode)) {
      return false;
    }
  }
  opcode_at_ = length_;
  return repeats_ == 0 || fail_here("a repeat has no end");
}

bool Compiler::take(uint32_t* word) {
  if (at_ == length_) return fail_here("the program ends inside an instruction");
  *word = program_[at_++];
  return true;
}

bool Compiler::step(uint32_t opcode) {
  uint32_t operand = 0;
  if (opcode == MGC_PROG_END) return close_repeat();
  if (opcode > MGC_PROG_REPEAT) return fail_here("an unknown instruction");
  if (!take(&operand)) return false;
  if (opcode == MGC_PROG_REPEAT) return open_repeat(operand);
  if (opcode == MGC_PROG_BITS && (operand + uint64_t{kProgramBits} - 1) / kProgramBits > length_ - at_) {
    return fail_here("the program ends inside an instruction");
  }
  if (!has_room(operand)) return false;
  if (opcode == MGC_PROG_BITS) return add_bits(operand);
  if (opcode == MGC_PROG_POINTERS && operand != 0) add_run(level().position, operand);
  level().position += operand;
  return true;
}

bool Compiler::add_bits(uint32_t words) {
  for (uint32_t i = 0; i < words; i += kProgramBits) {
    const uint32_t bits = program_[at_++];
    const uint64_t beyond = words - i < kProgramBits ? bits & ~low_bits(words - i) : 0;
    if (beyond != 0)
      return fail("bits are set beyond their number", level().start + level().position + i + lowest_bit(beyond));
    add_mask_word(level().position + i, bits);
  }
  level().position += words;
  return true;
}

bool Compiler::has_room(uint64_t words) {
  // Starts, positions and counts are below 2^32, so nothing here overflows.
  if (level().start + level().position + words <= level().limit) return true;
  return fail_here(unit_words_ == 0 ? "size 0 with a program" : "the program is longer than the size");
}

bool Compiler::open_repeat(uint32_t count) {
  if (repeats_ == kProgramDepthMax) return fail_here("repeats are nested too deep");
  transparent_[repeats_++] = count == 1;
  if (count == 1) return true;
  const uint64_t start = level().start + level().position;
  const uint64_t limit = count == 0 ? kUnitWordsMax : level().limit;
  *++level_ = Level{.nodes_begin = static_cast<uint32_t>(top_), .count = count, .start = start, .limit = limit};
  return true;
}

bool Compiler::close_repeat() {
  if (transparent_[--repeats_]) return true;
  close_run();
  const uint64_t round = level().position;
  const uint64_t words = round * level().count;
  const uint64_t bits = round <= kMaskWordsMax ? window_mask() : 0;
  if (round > kMaskWordsMax) flush();
  const Level& rounds = *level_--;
  if (!has_room(words)) return false;
  if (words == 0) {
    top_ = rounds.nodes_begin;
  } else if (bits != 0) {
    add_short_rounds(bits, static_cast<uint32_t>(round), words);
  } else if (top_ != rounds.nodes_begin) {
    add_long_rounds(rounds, words);
  }
  level().position += words;
  return true;
}

// ---- Words of the unit ----

void Compiler::add_run(uint64_t first, uint64_t words) {
  Level& here = level();
  if (here.run_words != 0 && here.run_first + here.run_words == first) {
    here.run_words += static_cast<uint32_t>(words);
    return;
  }
  close_run();
  here.run_first = static_cast<uint32_t>(first);
  here.run_words = static_cast<uint32_t>(words);
}

void Compiler::add_mask_word(uint64_t first, uint64_t bits) {
  while (bits != 0) {
    const uint32_t shift = lowest_bit(bits);
    add_run(first + shift, lowest_bit(~(bits >> shift)));
    bits &= bits + bit_of(shift);
  }
}

// Ends a run that will not grow any more: it joins the window if it fits, starts a new one, or is a leaf of its own.
void Compiler::close_run() {
  Level& here = level();
  if (here.run_words == 0) return;
  const uint32_t first = here.run_first;
  const uint32_t words = here.run_words;
  here.run_words = 0;
  if (words > kMaskWordsMax) {
    close_window();
    push_leaf(first, words, 1, 1);
    return;
  }
  if (here.window_bits != 0 && first + words > here.window_first + kMaskWordsMax) close_window();
  if (here.window_bits == 0) here.window_first = first;
  here.window_bits |= low_bits(words) << (first - here.window_first);
}

// Puts all nodes of the level on the stack.
void Compiler::flush() {
  close_run();
  close_window();
}

void Compiler::close_window() {
  Level& here = level();
  const uint64_t bits = here.window_bits;
  if (bits == 0) return;
  here.window_bits = 0;
  const auto words = static_cast<uint32_t>(std::bit_width(bits));
  push_leaf(here.window_first, words, words, bits);
}

void Compiler::add_short_rounds(uint64_t bits, uint32_t round, uint64_t words) {
  const uint64_t first = level().position;
  const uint32_t period = shortest_period(bits, round);
  bits &= low_bits(period);
  if (bits == low_bits(period)) {
    add_run(first, words);
  } else if (words <= kMaskWordsMax) {
    for (uint64_t at = 0; at < words; at += period) add_mask_word(first + at, bits);
  } else {
    flush();
    push_leaf(first, words, period, bits);
  }
}

void Compiler::add_long_rounds(const Level& rounds, uint64_t words) {
  PatternNode node = nodes_[rounds.nodes_begin];
  const bool repeats_itself =
      top_ - rounds.nodes_begin == 1 && node.words == rounds.position && node.words % node.period == 0;
  if (repeats_itself) {
    top_ = rounds.nodes_begin;
  } else {
    node.period = static_cast<uint32_t>(rounds.position);
    node.child_count = static_cast<uint32_t>(top_ - rounds.nodes_begin);
    node.payload = move_group(rounds.nodes_begin);
  }
  if (node.is_leaf() && node.period == 1) {
    add_run(level().position, words);
    return;
  }
  flush();
  node.first = static_cast<uint32_t>(level().position);
  node.words = static_cast<uint32_t>(words);
  push(node);
}

// ---- Nodes ----

void Compiler::push(const PatternNode& node) {
  MGC_CHECK(top_ < groups_, "types: a layout program made more nodes than it has words");
  nodes_[top_++] = node;
}

void Compiler::push_leaf(uint64_t first, uint64_t words, uint32_t period, uint64_t bits) {
  push(PatternNode{.first = static_cast<uint32_t>(first),
                   .words = static_cast<uint32_t>(words),
                   .period = period,
                   .child_count = 0,
                   .payload = bits});
}

// Moves the nodes from `begin` to the top of the stack to the complete groups; they keep their order. The result says
// where they begin, counted from the end of the scratch, since more groups will come before them. The two ends may
// touch but never cross.
uint32_t Compiler::move_group(uint32_t begin) {
  while (top_ > begin) nodes_[--groups_] = nodes_[--top_];
  return static_cast<uint32_t>(capacity_ - groups_);
}

void Compiler::write_pattern(Pattern* out) {
  *out = Pattern{};
  close_run();
  if (unit_words_ <= kMaskWordsMax) {
    out->bits = window_mask();
    return;
  }
  flush();
  out->root_count = static_cast<uint32_t>(top_);
  move_group(0);
  out->node_count = static_cast<uint32_t>(capacity_ - groups_);
  out->nodes = nodes_ + groups_;
  for (size_t i = groups_; i < capacity_; ++i) {
    if (!nodes_[i].is_leaf()) nodes_[i].payload = capacity_ - nodes_[i].payload - i;
  }
}

}  // namespace

uint64_t node_bound(const mgc_words_info& words, uint32_t unit_words) {
  if (words.mask != nullptr) return unit_words <= kMaskWordsMax ? 0 : 2 * (unit_words / kMaskWordsMax) + 2;
  return words.program != nullptr ? words.program_words : 0;
}

bool compile(const CompileJob& job, Pattern* out, WordsFault* fault) {
  Compiler compiler(job, fault);
  if (job.words.mask != nullptr && !compiler.run_mask(job.words.mask, job.mask_words)) return false;
  if (job.words.program != nullptr && !compiler.run_program(job.words.program, job.words.program_words)) return false;
  compiler.write_pattern(out);
  return true;
}

}  // namespace mallocgc
