// A shape is what the model test believes about a type, written as plainly as possible. It says for every word of an
// object whether it is a pointer or a host value, from bit vectors, with no code in common with src/types. Each also
// yields the mgc_type_info that describes the same layout to the heap, so that the two can be compared.
#pragma once

#include <mallocgc/abi.h>

#include <string>
#include <vector>

#include "model/random.h"

namespace mallocgc::model {

struct Shape {
  std::string name;  // empty: unnamed
  std::vector<bool> head;
  std::vector<bool> tail;       // MGC_TAIL_ELEMENTS only
  std::vector<bool> host_head;  // as long as head, or empty: no host values
  // These say which of the head's pointer words are tagged, and which are ambiguous. Each is as long as head, or empty.
  std::vector<bool> tagged_head;
  std::vector<bool> ambiguous_head;
  // These say which of the head's pointer words are weak, and which are keys of ephemerons: the word behind a key is
  // its value. Each is as long as head, or empty.
  std::vector<bool> weak_head;
  std::vector<bool> key_head;
  bool weak_tagged = false;    // weak words, keys and values are tagged, too
  uintptr_t weak_cleared = 0;  // what they become
  bool is_traced = false;      // a trace function of the client reports the head's pointer words: every other word
  uint32_t tail_kind = MGC_TAIL_REPEAT;
  uint32_t align = 0;
  std::vector<uint32_t> program;  // not empty: the head is described by this program instead of by a mask

  size_t bytes() const { return head.size() * sizeof(void*); }
  size_t tail_bytes() const { return tail.size() * sizeof(void*); }
  bool conservative() const { return tail_kind == MGC_TAIL_CONSERVATIVE; }
  bool pointer_at(size_t word) const;
  bool tagged_at(size_t word) const { return in_head(tagged_head, word) || (weak_tagged && !strong_at(word)); }
  bool weak_at(size_t word) const { return in_head(weak_head, word); }
  bool key_at(size_t word) const { return in_head(key_head, word); }
  bool value_at(size_t word) const { return word != 0 && key_at(word - 1); }
  // Returns whether this pointer word alone keeps what it points to.
  bool strong_at(size_t word) const { return pointer_at(word) && !weak_at(word) && !key_at(word) && !value_at(word); }
  bool has_weak() const { return !weak_head.empty() || !key_head.empty(); }
  // Returns whether the word may hold anything.
  bool ambiguous_at(size_t word) const { return conservative() || in_head(ambiguous_head, word); }
  // Returns where the word points to if it holds `value`, or 0. In a tagged word an odd value is an integer, and an
  // even one is an address with two bits of tag.
  uintptr_t pointer_in(size_t word, uintptr_t value) const;
  bool host_at(size_t word) const;
  bool has_pointers() const;
  bool has_host() const { return !host_head.empty(); }

 private:
  bool in_head(const std::vector<bool>& plane, size_t word) const;
};

// This is a shape's description for the heap. It points into itself and into the shape, so it neither moves nor
// outlives it.
class ShapeInfo {
 public:
  explicit ShapeInfo(const Shape& shape);
  ShapeInfo(const ShapeInfo&) = delete;
  ShapeInfo& operator=(const ShapeInfo&) = delete;
  const mgc_type_info& info() const { return info_; }

 private:
  std::vector<uint32_t> mask_, tail_mask_, host_mask_, tagged_mask_, ambiguous_mask_, weak_mask_, key_mask_;
  mgc_filter filter_ = {};
  mgc_field field_ = {};
  mgc_type_info info_ = {};
};

// Returns one shape of every layout kind, then `extra` small random ones, named and unnamed, for mixed spans and
// promotion.
std::vector<Shape> every_kind_of_shape(Random& random, unsigned extra);

}  // namespace mallocgc::model
