// Every way to store into a Member of gc.h dirties its card (C7). To store null is to store no pointer.
#include <gtest/gtest.h>
#include <mallocgc/gc.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "platform/sanitizer.h"
#include "support/flavour.h"

#if defined(__GLIBC__)
#include <ucontext.h>
#endif

namespace {

namespace gc = mallocgc;

struct Node {
  gc::Member<Node> left, right;
};
MALLOCGC_TYPE(Node, left, right);
struct Leaf : Node {};
MALLOCGC_TYPE(Leaf, left, right);

class Pointers : public ::testing::Test {
 protected:
  // Returns whether `store` dirties the card of the place that it stores to.
  template <class Store>
  bool dirties(const void* place, Store store) {
    unsigned char& card = mgc_cards.base[(reinterpret_cast<uintptr_t>(place) >> MGC_CARD_SHIFT) & mgc_cards.mask];
    card = 0;
    store();
    return card != 0;
  }
  gc::Heap heap_;
  gc::Frame frame_{heap_};
};

TEST_F(Pointers, C7_EveryAssignmentOfAMemberDirtiesItsCard) {
  gc::Local<Node> node = frame_.make<Node>();
  gc::Local<Node> other = frame_.make<Node>();
  EXPECT_TRUE(dirties(&node->left, [&] { node->left = other; }));
  EXPECT_TRUE(dirties(&node->left, [&] { node->left = other.get(); }));
  EXPECT_TRUE(dirties(&node->right, [&] { node->right = node->left; }));
  EXPECT_TRUE(dirties(&node->left, [&] { node->left = frame_.make<Node>(); }));
  EXPECT_EQ(node->right, other);
}

// The Member is constructed in an object that is already old, or behind a call that collects. That is no first store
// (C9).
TEST_F(Pointers, C7_EveryConstructionOfAMemberDirtiesItsCard) {
  gc::Local<Node> node = frame_.make<Node>();
  gc::Local<Leaf> leaf = frame_.make<Leaf>();
  leaf->left = leaf;
  const gc::Local<gc::Member<Leaf>> leaves = frame_.make_array<gc::Member<Leaf>>(1);
  leaves[0] = leaf;
  const auto constructs = [&](auto&& value) {
    return dirties(&node->left, [&] { std::construct_at(&node->left, std::forward<decltype(value)>(value)); });
  };
  EXPECT_TRUE(constructs(static_cast<Node*>(leaf.get())));
  EXPECT_EQ(node->left.get(), leaf.get());
  EXPECT_TRUE(constructs(leaf->left));
  EXPECT_TRUE(constructs(leaf));
  EXPECT_TRUE(constructs(leaves[0]));
  EXPECT_TRUE(constructs(frame_.make<Leaf>()));
  EXPECT_NE(node->left.get(), leaf.get());
}

TEST_F(Pointers, C7_AssignmentFromAnotherTypeDirtiesTheCard) {
  gc::Local<Node> node = frame_.make<Node>();
  gc::Local<Leaf> leaf = frame_.make<Leaf>();
  const gc::Local<gc::Member<Leaf>> leaves = frame_.make_array<gc::Member<Leaf>>(1);
  leaves[0] = leaf;
  EXPECT_TRUE(dirties(&node->left, [&] { node->left = leaves[0]; }));
  EXPECT_TRUE(dirties(&node->right, [&] { node->right = leaf; }));
  EXPECT_TRUE(dirties(&node->right, [&] { node->right = frame_.make<Leaf>(); }));
}

TEST_F(Pointers, C7_AssignmentOfAWholeObjectDirtiesItsCards) {
  gc::Local<Node> node = frame_.make<Node>();
  gc::Local<Node> other = frame_.make<Node>();
  other->left = node;
  EXPECT_TRUE(dirties(&node->left, [&] { *node = *other; }));
  EXPECT_EQ(node->left, node);
}

// An initialising store has no barrier, and what it stored is found by cycles of every kind (C9).
TEST_F(Pointers, C9_AnInitialisingStoreLeavesItsCard) {
  gc::Local<Node> old = frame_.make<Node>();
  gc::Local<Leaf> leaf = frame_.make<Leaf>();
  EXPECT_EQ(heap_.collect(), MGC_OK);
  leaf = frame_.make<Leaf>();
  gc::Local<Node> node = frame_.make<Node>();
  EXPECT_FALSE(dirties(&node->left, [&] { node->left.init(leaf); }));
  EXPECT_FALSE(dirties(&node->right, [&] { node->right.init(node->left); }));
  EXPECT_EQ(node->right, leaf);
  EXPECT_FALSE(dirties(&node->right, [&] { node->right.init(nullptr); }));
  EXPECT_EQ(node->right, nullptr);
  EXPECT_FALSE(dirties(&node->right, [&] { node->right.init(leaf.get()); }));
  leaf->left = leaf;
  leaf = nullptr;
  old->left = node;
  node = nullptr;
  (void)mgc_collect_minor(heap_.c());
  EXPECT_EQ(old->left->right->left, old->left->left);
  EXPECT_EQ(heap_.collect(), MGC_OK);
  EXPECT_EQ(old->left->right->left, old->left->left);
}

// In an old object it is a forgotten barrier, which the debug flavour finds and names (C7).
TEST_F(Pointers, C7_AnInitialisingStoreIntoAnOldObjectIsFound) {
  MGC_NEEDS(kDeepChecks);
  ASSERT_EQ(mgc_set_debug(heap_.c(), MGC_DEBUG_CHECKMARK, 0), MGC_OK);
  gc::Local<Node> node = frame_.make<Node>();
  ASSERT_EQ(heap_.collect(), MGC_OK);
  gc::Local<Node> young = frame_.make<Node>();
  node->right.init(young);
  young = nullptr;
  EXPECT_EQ(mgc_collect_minor(heap_.c()), MGC_CORRUPT);
  const std::string text = heap_.last_error();
  EXPECT_NE(text.find("stored without a write barrier in "), std::string::npos) << text;
  EXPECT_NE(text.find("Node.right at 0x"), std::string::npos) << text;
  node->right = nullptr;
}

TEST_F(Pointers, AMemberInAnArrayHasItsBarrierToo) {
  gc::Local<gc::Member<Node>> array = frame_.make_array<gc::Member<Node>>(1000);
  gc::Local<Node> node = frame_.make<Node>();
  EXPECT_TRUE(dirties(&array[999], [&] { array[999] = node; }));
  EXPECT_EQ(array[999], node);
}

struct Holder {
  std::vector<gc::Member<Node>> list;
  gc::Member<Node> one;
};
gc::Member<Node> global;

TEST_F(Pointers, R1_MembersOnTheStackAreLetBe) {
  gc::Local<gc::Member<Node>> array = frame_.make_array<gc::Member<Node>>(50);
  for (size_t i = 0; i < 50; ++i) array[i] = frame_.make<Node>();
  std::sort(array.get(), array.get() + 50, [](const auto& a, const auto& b) { return a.get() > b.get(); });
  std::swap(array[0], array[1]);
  gc::Member<Node> temporary = array[3];
  EXPECT_EQ(temporary, array[3]);
  Holder holder;
  holder.one = temporary;
  Node elsewhere;  // an object of the type, in no heap, that points to itself
  global = &elsewhere;
  global = nullptr;
  EXPECT_EQ(heap_.collect(), MGC_OK);
}

#if GTEST_HAS_DEATH_TEST
TEST_F(Pointers, R1_AMemberOutsideOfTheHeapIsFoundAtItsFirstStore) {
  MGC_NEEDS(kProbe);
  gc::Local<Node> node = frame_.make<Node>();
  EXPECT_DEATH(global = node, "the Member at 0x[0-9a-f]* is in no heap object, so it is no root");
  EXPECT_DEATH(global.init(node), "the Member at 0x[0-9a-f]* is in no heap object, so it is no root");
  EXPECT_DEATH(Holder().list.emplace_back(node), "use a Root, a Handle or a Local");
  EXPECT_DEATH((new Holder)->one = frame_.make<Node>(), "is in no heap object");
  const auto other = std::make_unique<gc::Heap>();
  EXPECT_DEATH(global = node, "is in no heap object");
  node->left = node;
}
#endif

TEST_F(Pointers, R1_StrayMembersAreFoundWhereTheFlavourSaysSo) {
  if (gc::flavour::kProbe.present) return;  // the death tests above cover that flavour
  global = frame_.make<Node>();
  EXPECT_TRUE(global);
  global = nullptr;
}

#if defined(__GLIBC__)
ucontext_t fibre, outside;
gc::Local<Node>* kept;
bool finished;

void stores_to_its_own_stack() {
  gc::Member<Node> temporary = *kept;
  finished = temporary == *kept;
}

TEST_F(Pointers, R1_MembersOnTheStackOfAFibreAreLetBe) {
  if (mallocgc::platform::kAsan) GTEST_SKIP() << "ASan has to be told of fibres";
  gc::Local<Node> node = frame_.make<Node>();
  kept = &node;
  std::vector<char> stack(size_t{256} << 10);
  ASSERT_EQ(getcontext(&fibre), 0);
  fibre.uc_stack.ss_sp = stack.data();
  fibre.uc_stack.ss_size = stack.size();
  fibre.uc_link = &outside;
  makecontext(&fibre, stores_to_its_own_stack, 0);
  ASSERT_EQ(swapcontext(&outside, &fibre), 0);
  EXPECT_TRUE(finished);
}
#endif

}  // namespace
