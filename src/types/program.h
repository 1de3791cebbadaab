// Compiles the description of a unit's words, a mask or a program, into a Pattern.
//
// A program is a string of 32-bit words (abi.h):
//
//   MGC_PROG_POINTERS n                     n words that are set
//   MGC_PROG_SKIP n                         n words that are not
//   MGC_PROG_BITS n, w0, w1, …              n words, set where the bit is: ceil(n / 32) words of bits, lowest bit first
//   MGC_PROG_REPEAT count … MGC_PROG_END    what stands between, count times (0: not at all), nested at most
//                                           kProgramDepthMax deep
//   MGC_PROG_END                            may stand at the end of the program
//
// Words of the unit that the program does not reach are not set. The idea is Go's GC programs (runtime/mbitmap.go,
// runGCProg).
//
// How it works. It takes one pass, with an explicit stack of levels, one for each open repeat. Runs of set words are
// gathered into masks of at most 64 words; a repeat whose round has at most 64 words becomes a leaf with a period, or
// is written out if it is short, or grows a run; only larger ones become inner nodes. Since the result depends on the
// runs and not on the way they were written, equal descriptions give equal patterns, except where large repeats are cut
// differently.
//
// Memory: the nodes of open levels stand at the low end of the scratch, complete groups of siblings at its high end.
// Each program word makes one node at most, so node_bound() suffices.
//
// Doors: from definition.cc; on to pattern.h.
#pragma once

#include <mallocgc/abi.h>

#include "types/pattern.h"

namespace mallocgc {

// What is wrong with a mask or a program, and where.
struct WordsFault {
  const char* cause = nullptr;
  uint64_t unit_word = 0;  // which word of the unit
  bool in_program = false;
  uint32_t program_word = 0;  // which word of the program
};

// The scratch nodes that compile() needs, for a unit of `unit_words` words. A partial last word does not count.
uint64_t node_bound(const mgc_words_info& words, uint32_t unit_words);

struct CompileJob {
  const mgc_words_info& words;  // not both a mask and a program
  uint32_t unit_words;          // whole words
  uint32_t mask_words;          // how many bits of the mask are read: unit_words, or 1 more if the last word is partial
  PatternNode* scratch;         // node_bound() of them; the pattern's nodes stay in there
};

// True: *out is the pattern. False: *fault says why not. Cost: linear in the description, whatever the repeats' counts.
bool compile(const CompileJob& job, Pattern* out, WordsFault* fault);

}  // namespace mallocgc
