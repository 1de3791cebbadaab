// Filter: which values of a *tagged* word are pointers, and where they point to. Languages keep small integers,
// characters and pointers in one word, and tell them apart by low bits (fixnums) or by high ones (NaN boxes).
//
//   63 ........ 48 47 ......................... 3 2..0
//   | box_mask    | address                      | tag |      is a pointer: the tag is in pointer_tags, and the bits of
//                                                             box_mask are box_value; its address: without `clear`
//
// A filter is checked once (fault_of), and then asked for every tagged word that is scanned: that is a shift, a mask
// and a branch that follows the program's data.
// Doors: definition.cc; gc/marker.cc, inspect/ by types/pointers.h.
// Source of the idea: the tagged slots of Lisp and Smalltalk systems; NaN boxes after Gudeman, "Representing Type
// Information in Dynamically Typed Languages" (1993).
#pragma once

#include <mallocgc/abi.h>

#include "base/address.h"
#include "base/config.h"
#include "platform/sanitizer.h"

namespace mallocgc {

struct Filter {
  uint64_t box_mask = 0;
  uint64_t box_value = 0;
  uintptr_t clear = 0;
  uint8_t tag_mask = 0;
  uint8_t pointer_tags = 1;  // bit t: a value with the low bits t is a pointer
  bool is_wide = false;      // the word is the low half of a value of 64 bits

  // The address that the word at `place` points to; null if it holds no pointer.
  MGC_ALWAYS_INLINE Address pointer_in(Address place) const {
    const uintptr_t word = platform::load_word(place).value();
    if ((pointer_tags >> (word & tag_mask) & 1) == 0) return Address();
    uint64_t value = word;
    if (!kIs64Bit && is_wide)
      value |= uint64_t{platform::load_word(place + kWordBytes).value()} << (kWordBytes * 8 % 64);
    return (value & box_mask) == box_value ? Address(word & ~clear) : Address();
  }

  bool operator==(const Filter&) const = default;
};

// Null, or what is wrong with the description.
const char* fault_of(const mgc_filter& description);
// The filter of a description without fault.
Filter make_filter(const mgc_filter& description);

}  // namespace mallocgc
