// This makes the memory for the table, and its chains.
#include "gc/awaited.h"

namespace mallocgc {

void Awaited::prepare(Metadata& metadata, uint64_t most) {
  drop(metadata);
  if (!kHasWeakWords || most == 0 || most >= UINT32_MAX / 2) return;
  capacity_ = static_cast<size_t>(most);
  buckets_ = std::bit_ceil(capacity_ + 1);
  hash_shift_ = 1 + std::countl_zero(uint64_t{buckets_});
  void* const block = metadata.try_block(bytes(), MetaCategory::kPageTables);
  if (block == nullptr) {
    capacity_ = buckets_ = 0;
    return;
  }
  nodes_ = static_cast<Node*>(block);
  heads_ = reinterpret_cast<uint32_t*>(nodes_ + capacity_);
}

void Awaited::drop(Metadata& metadata) {
  metadata.free_block(nodes_, bytes(), MetaCategory::kPageTables);
  nodes_ = nullptr;
  heads_ = nullptr;
  capacity_ = buckets_ = used_ = waiting_ = 0;
}

// A card that is read again has the same ephemerons. As far as a short look tells, each is noted once.
bool Awaited::add(Address object, Address place) {
  if (capacity_ == 0) return false;
  uint32_t& head = heads_[bucket(object)];
  uint32_t looks = 0;
  for (uint32_t link = head; link != 0 && looks < kLooks; link = nodes_[link - 1].next, ++looks) {
    if (nodes_[link - 1].place == place) return true;
  }
  if (used_ == capacity_) return false;
  nodes_[used_++] = Node{place, head};
  head = static_cast<uint32_t>(used_);
  ++waiting_;
  return true;
}

}  // namespace mallocgc
