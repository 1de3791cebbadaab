// Layout: which words of an object are pointers, for objects of any length. Interned and immutable: equal layouts are
// one (T6).
//
// An object is a head and a tail. The head is described once. The pattern of the tail repeats to the end of the object,
// and its last element may be partial (T2). So there are three kinds of layouts (T3):
//
//   plain             head_words == 0   tail = the unit, repeated: an object, or an array of them
//   head + opaque     tail_words == 0   what follows the head holds no pointers
//   head + elements   both              `struct { u32 n; Node* item[]; }`
//
// Layouts have a normal form, so that equal ones meet however they were described. A plain unit is cut to its shortest
// period: {Node*, Node*} is an array of Node*, of one word. An opaque layout ends at its last set word. A tail without
// set words is opaque. Hence `tail_words` is not the size of the type, which is in Type. A repeat of more than 64 words
// can be written in several ways, and two such layouts may stay two. That costs memory, and nothing else.
//
// A slot may be larger than its object. Its rest is zero where the class has pointers, so a cursor may get the words of
// the slot as well as those of the object.
//
// A word is in one plane at most: exact pointer, host value, tagged (filter.h), ambiguous (T4, word by word), weak, or
// key (weak_words.h). What no plane describes, a trace function of the client may report (T10).
//
// inv.layout.flags: has_pointers if and only if some exact, tagged, ambiguous or weak word or some key is set, or there
// is a trace function; has_host, has_tagged and has_ambiguous likewise, has_weak for weak words and keys. In a
// conservative layout every word is an exact pointer word, as far as its pattern says.
// inv.layout.noscan: without set words both lengths are 0, which is layout kNoScanLayoutId and no other.
//
// Doors: made by TypeTable::define (type_table.h), walked by the cursors (cursor.h).
#pragma once

#include "types/filter.h"
#include "types/pattern.h"

namespace mallocgc {

inline constexpr uint32_t kNoScanLayoutId = 0;        // no pointers, no host values: every table has it
inline constexpr uint32_t kConservativeLayoutId = 1;  // every aligned word may be a pointer: every table has it

class Visitor;

struct Layout {
  uint32_t id = 0;  // counts up from 0 in its table
  uint32_t head_words = 0;
  uint32_t tail_words = 0;    // 0: opaque tail
  bool conservative = false;  // a set word may be any value; it counts where it hits an allocated object (T4)
  bool has_pointers = false;  // of any kind
  bool has_host = false;
  bool has_tagged = false;
  bool has_ambiguous = false;
  bool has_weak = false;     // weak words or keys
  bool has_keys = false;     // the latter
  bool weak_tagged = false;  // they, and the values of the keys, pass through the filter
  Pattern head = {};
  Pattern tail = {};
  Pattern host_head = {};  // over the same head_words and tail_words
  Pattern host_tail = {};
  Pattern tagged_head = {};
  Pattern tagged_tail = {};
  Pattern ambiguous_head = {};
  Pattern ambiguous_tail = {};
  Pattern weak_head = {};
  Pattern weak_tail = {};
  Pattern key_head = {};
  Pattern key_tail = {};
  Filter filter = {};          // of the tagged words
  uint64_t weak_cleared = 0;   // what a weak word, a key and its value are when cleared
  mgc_trace trace = nullptr;   // of the client; null: the words above are all there are
  Visitor* visitor = nullptr;  // what it reports to: the heap's; null without one

  // Owned by the table's index.
  uint32_t hash = 0;
  uint32_t next_in_bucket = 0;

  // Whether there are words that are no exact pointers, and may point nevertheless, or a trace function.
  bool has_special() const {
    return (kHasTaggedWords && (has_tagged || has_ambiguous)) || (kHasVisitors && trace != nullptr);
  }
  bool describes_same(const Layout& other) const;
  uint32_t content_hash() const;
};

// The planes, and their patterns. A flavour has the first kPlaneCount of them.
enum PlaneIndex : uint32_t { kPointers, kHost, kTagged, kAmbiguous, kWeak, kKeys };
inline constexpr uint32_t kPlaneCount = kHasWeakWords     ? kKeys + 1
                                        : kHasTaggedWords ? kAmbiguous + 1
                                        : kHasLifecycles  ? kHost + 1
                                                          : kPointers + 1;
static_assert(!kHasTaggedWords || kHasLifecycles);
static_assert(!kHasWeakWords || kHasTaggedWords);
inline constexpr Pattern Layout::*kHeads[] = {&Layout::head,           &Layout::host_head, &Layout::tagged_head,
                                              &Layout::ambiguous_head, &Layout::weak_head, &Layout::key_head};
inline constexpr Pattern Layout::*kTails[] = {&Layout::tail,           &Layout::host_tail, &Layout::tagged_tail,
                                              &Layout::ambiguous_tail, &Layout::weak_tail, &Layout::key_tail};

// f(Pattern&) for each pattern of a layout.
template <class F>
void for_each_pattern(Layout& layout, F&& f) {
  for (uint32_t i = 0; i < 2 * kPlaneCount; ++i) f(layout.*(i % 2 == 0 ? kHeads : kTails)[i / 2]);
}

// Brings a layout whose patterns, lengths and `conservative` are set into the normal form, and sets the other flags.
void normalize(Layout* layout);

// The pointer words of an object of at most 64 words, bit i for word i. Conservative layouts: all of them.
uint64_t mask64(const Layout& layout, size_t object_words);
// The host words, and the tagged words, likewise.
uint64_t host_mask64(const Layout& layout, size_t object_words);
uint64_t tagged_mask64(const Layout& layout, size_t object_words);

// Returns the words from a key to its value.
inline uint32_t value_distance(const Layout& layout) {
  return !kIs64Bit && layout.weak_tagged && layout.filter.is_wide ? 2 : 1;
}

// Whether every word of every object is a pointer word. That is so in plain conservative layouts too, so ask
// `conservative` first.
inline bool all_pointers(const Layout& layout) {
  return !layout.has_special() && !layout.has_weak && layout.head_words == 0 && layout.tail_words != 0 &&
         layout.tail.is_mask() && layout.tail.bits == low_bits(layout.tail_words);
}

}  // namespace mallocgc
