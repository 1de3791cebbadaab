// The digital search tree of an object's weak records; see the header.
#include "specials/weak_tree.h"

namespace mallocgc::weak_tree {
namespace {

constexpr uint32_t kKeyBits = 8 * sizeof(size_t);
constexpr size_t kSpread = static_cast<size_t>(0x9e3779b97f4a7c15u);  // odd; 2^64 divided by the golden ratio
constexpr uint32_t kMaxPath = kKeyBits + 1;                           // records on the longest path

// The bits that lead to a record, highest first.
class Path {
 public:
  explicit Path(size_t offset) : rest_(offset * kSpread) {}
  uint32_t next() {
    const uint32_t bit = static_cast<uint32_t>(rest_ >> (kKeyBits - 1));
    rest_ <<= 1;
    return bit;
  }

 private:
  size_t rest_;
};

}  // namespace

WeakRecord* find(WeakRecord* root, size_t offset, DebugCount* steps) {
  Path path(offset);
  for (WeakRecord* record = root; record != nullptr; record = record->children[path.next()]) {
    *steps += 1;
    if (record->offset == offset) return record;
  }
  return nullptr;
}

void insert(WeakRecord** root, WeakRecord* record, DebugCount* steps) {
  Path path(record->offset);
  WeakRecord** link = root;
  for (; *link != nullptr; link = &(*link)->children[path.next()]) *steps += 1;
  record->children[0] = record->children[1] = nullptr;
  *link = record;
}

void remove(WeakRecord** root, WeakRecord* record, DebugCount* steps) {
  Path path(record->offset);
  WeakRecord** link = root;
  for (; *link != record; link = &(*link)->children[path.next()]) *steps += 1;
  // Any leaf below may take its place: their keys agree up to here.
  WeakRecord** leaf_link = link;
  for (;;) {
    WeakRecord* const below = *leaf_link;
    const uint32_t side = below->children[0] != nullptr ? 0 : 1;
    if (below->children[side] == nullptr) break;
    leaf_link = &below->children[side];
    *steps += 1;
  }
  WeakRecord* const leaf = *leaf_link;
  *leaf_link = nullptr;
  if (leaf != record) {
    leaf->children[0] = record->children[0];
    leaf->children[1] = record->children[1];
    *link = leaf;
  }
  record->children[0] = record->children[1] = nullptr;
}

WeakRecord* dismantle(WeakRecord** root) {
  WeakRecord* top = *root;
  if (top == nullptr) return nullptr;
  // Turn left children up until there is none: each turn puts one more record on the right-hand path, for good.
  while (WeakRecord* const left = top->children[0]) {
    top->children[0] = left->children[1];
    left->children[1] = top;
    top = left;
  }
  *root = top->children[1];
  top->children[1] = nullptr;
  return top;
}

bool verify(const WeakRecord* root, const ObjectNode* node, uint64_t* count) {
  struct Visit {
    const WeakRecord* record;
    size_t prefix;  // the bits that led here, right-aligned
    uint32_t depth;
  };
  Visit pending[kMaxPath + 1];  // depth first: at most one sibling waits for each level
  uint32_t waiting = 0;
  if (root != nullptr) pending[waiting++] = Visit{root, 0, 0};
  while (waiting != 0) {
    const Visit visit = pending[--waiting];
    const size_t key = visit.record->offset * kSpread;
    if (visit.depth > kKeyBits || visit.record->node != node) return false;
    if (visit.depth != 0 && (key >> (kKeyBits - visit.depth)) != visit.prefix) return false;
    *count += 1;
    for (uint32_t side = 0; side < 2; ++side) {
      const WeakRecord* const child = visit.record->children[side];
      if (child != nullptr) pending[waiting++] = Visit{child, (visit.prefix << 1) | side, visit.depth + 1};
    }
  }
  return true;
}

}  // namespace mallocgc::weak_tree
