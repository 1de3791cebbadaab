// The pointers of gc.h: every way to store into a Member dirties its card (C7), and storing null is no store of a
// pointer.
#include <gtest/gtest.h>
#include <mallocgc/gc.h>

namespace {

namespace gc = mallocgc;

struct Node {
  gc::Member<Node> left, right;
};
MALLOCGC_TYPE(Node, left, right);

class Pointers : public ::testing::Test {
 protected:
  // Whether `store` dirties the card of what it stores to.
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

TEST_F(Pointers, C7_AssignmentOfAWholeObjectDirtiesItsCards) {
  gc::Local<Node> node = frame_.make<Node>();
  gc::Local<Node> other = frame_.make<Node>();
  other->left = node;
  EXPECT_TRUE(dirties(&node->left, [&] { *node = *other; }));
  EXPECT_EQ(node->left, node);
}

TEST_F(Pointers, AMemberInAnArrayHasItsBarrierToo) {
  gc::Local<gc::Member<Node>> array = frame_.make_array<gc::Member<Node>>(1000);
  gc::Local<Node> node = frame_.make<Node>();
  EXPECT_TRUE(dirties(&array[999], [&] { array[999] = node; }));
  EXPECT_EQ(array[999], node);
}

}  // namespace
