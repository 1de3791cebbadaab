// The tree of an object's weak records has bounded paths, whatever the order, and is compared with a map at random.
#include "specials/weak_tree.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <vector>

#include "support/flavour.h"

namespace mallocgc {
namespace {

constexpr uint64_t kMaxPath = 8 * sizeof(size_t) + 1;

struct Tree {
  WeakRecord* insert(size_t offset) {
    records.push_back(std::make_unique<WeakRecord>());
    WeakRecord* const record = records.back().get();
    record->offset = offset;
    record->node = &node;
    weak_tree::insert(&node.weak, record, &steps);
    return record;
  }
  uint64_t verified_count() const {
    uint64_t count = 0;
    EXPECT_TRUE(weak_tree::verify(node.weak, &node, &count));
    return count;
  }
  ObjectNode node{};
  std::vector<std::unique_ptr<WeakRecord>> records;
  DebugCount steps;
};

TEST(WeakTree, F8_AnInsertionCountsTheRecordsThatItPasses) {
  Tree tree;
  tree.insert(0);
  EXPECT_COUNT(tree.steps, 0);
  tree.insert(8);
  EXPECT_COUNT(tree.steps, 1);
  tree.insert(16);
  EXPECT_GE(tree.steps.for_checks(), kDebugFlavour ? 2u : 0u);
}

TEST(WeakTree, F8_RemovalCountsTheStepsThatItGoes) {
  Tree tree;
  tree.insert(0);
  tree.insert(8);
  tree.insert(16);
  DebugCount steps;
  weak_tree::remove(&tree.node.weak, tree.node.weak, &steps);
  EXPECT_GE(steps.for_checks(), kDebugFlavour ? 1u : 0u);
  EXPECT_EQ(tree.verified_count(), 2u);
  DebugCount more;
  weak_tree::remove(&tree.node.weak, tree.node.weak, &more);
  EXPECT_COUNT(more, 1);
  DebugCount none;
  weak_tree::remove(&tree.node.weak, tree.node.weak, &none);
  EXPECT_COUNT(none, 0);
}

TEST(WeakTree, F8_NoPathIsLongerThanTheKeyHasBits) {
  for (const size_t stride : {size_t{1}, size_t{4}, size_t{8}, size_t{4096}, size_t{1} << 15}) {
    Tree tree;
    for (size_t i = 0; i < 20000; ++i) {
      const uint64_t before = tree.steps.for_checks();
      tree.insert(i * stride);
      ASSERT_LT(tree.steps.for_checks() - before, kMaxPath);
    }
    for (size_t i = 0; i < 20000; ++i) {
      DebugCount steps;
      ASSERT_NE(weak_tree::find(tree.node.weak, i * stride, &steps), nullptr);
      ASSERT_LE(steps.for_checks(), kMaxPath);
    }
    EXPECT_EQ(tree.verified_count(), 20000u);
    EXPECT_LT(tree.steps.for_checks(), 20000u * 24) << "neighbouring offsets are not spread";
  }
}

TEST(WeakTree, DismantlingGivesEachRecordOnce) {
  for (size_t size = 0; size < 200; ++size) {
    Tree tree;
    for (size_t i = 0; i < size; ++i) tree.insert(i * 4);
    std::vector<bool> seen(size);
    while (WeakRecord* const record = weak_tree::dismantle(&tree.node.weak)) {
      EXPECT_EQ(record->children[0], nullptr);
      EXPECT_EQ(record->children[1], nullptr);
      ASSERT_FALSE(seen[record->offset / 4]);
      seen[record->offset / 4] = true;
    }
    for (const bool was_seen : seen) EXPECT_TRUE(was_seen);
    EXPECT_EQ(tree.node.weak, nullptr);
  }
}

TEST(WeakTree, ARandomHistoryAgreesWithAMap) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    Tree tree;
    std::map<size_t, WeakRecord*> model;
    for (uint32_t step = 0; step < 2000; ++step) {
      const size_t offset = random() % (seed * 20) * 4;
      WeakRecord* const found = weak_tree::find(tree.node.weak, offset, &tree.steps);
      ASSERT_EQ(found, model.count(offset) != 0 ? model[offset] : nullptr);
      if (found == nullptr) {
        model[offset] = tree.insert(offset);
      } else {
        weak_tree::remove(&tree.node.weak, found, &tree.steps);
        model.erase(offset);
      }
      if (step % 32 != 0) continue;
      ASSERT_EQ(tree.verified_count(), model.size());
    }
  }
}

TEST(WeakTree, TheCheckFindsARecordInTheWrongPlace) {
  Tree tree;
  for (size_t i = 0; i < 50; ++i) tree.insert(i * 8);
  uint64_t count = 0;
  std::swap(tree.node.weak->children[0], tree.node.weak->children[1]);
  EXPECT_FALSE(weak_tree::verify(tree.node.weak, &tree.node, &count));
  std::swap(tree.node.weak->children[0], tree.node.weak->children[1]);
  count = 0;
  EXPECT_TRUE(weak_tree::verify(tree.node.weak, &tree.node, &count));
  tree.records[7]->node = nullptr;
  EXPECT_FALSE(weak_tree::verify(tree.node.weak, &tree.node, &count));
}

}  // namespace
}  // namespace mallocgc
