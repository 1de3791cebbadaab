// Awaited holds the ephemerons whose keys no marking has reached yet. Each is the place of a key's word, found again by
// the object that the key points to. So a chain of ephemerons of any order is marked in linear time: an object that is
// awaited asks for its ephemerons when it is scanned, and no round looks at all of them again.
//
//   heads_[hash of the object] ─► node ─► node ─► …      nodes_: next, place; taken one after the other
//
// The memory for a cycle is reserved when its marking starts (M12). Where that was refused, or is not enough because
// the program has made more, add() says so, and the marker goes over all ephemerons instead, as often as that finds
// something (Marker::rescan_ephemerons).
// Doors: gc/scan_weak.cc.
#pragma once

#include "base/bits.h"
#include "pages/metadata.h"

namespace mallocgc {

class Awaited {
 public:
  // Makes room for so many, if there is memory. Whatever was here is gone.
  void prepare(Metadata& metadata, uint64_t most);
  void drop(Metadata& metadata);
  bool empty() const { return waiting_ == 0; }

  // Notes that the ephemeron whose key is at `place` waits for `object`. Returns false if there is no room.
  bool add(Address object, Address place);
  // Calls is_done(place) for each ephemeron that may wait for the object; true takes it out. Returns how many were
  // asked.
  template <class F>
  uint64_t take(Address object, F&& is_done) {
    uint64_t asked = 0;
    for (uint32_t* link = &heads_[bucket(object)]; *link != 0;) {
      Node& node = nodes_[*link - 1];
      ++asked;
      if (is_done(node.place)) {
        *link = node.next;
        --waiting_;
      } else {
        link = &node.next;
      }
    }
    return asked;
  }

 private:
  struct Node {
    Address place;
    uint32_t next;  // number + 1; 0: none
  };
  static constexpr uint32_t kLooks = 8;  // looks for the same place, before it is noted once more
  uint32_t bucket(Address object) const {
    return static_cast<uint32_t>((uint64_t{object.value()} * 0x9E3779B97F4A7C15u) >> hash_shift_);
  }
  size_t bytes() const { return capacity_ * sizeof(Node) + buckets_ * sizeof(uint32_t); }

  Node* nodes_ = nullptr;
  uint32_t* heads_ = nullptr;
  size_t capacity_ = 0;
  size_t buckets_ = 0;  // a power of two, or none
  int hash_shift_ = 0;  // 64 less its logarithm
  size_t used_ = 0;     // of the nodes, so many are used
  size_t waiting_ = 0;
};

}  // namespace mallocgc
