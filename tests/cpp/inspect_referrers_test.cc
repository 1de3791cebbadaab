// The referrers of an object are each root and each word that points to it, once. Dead objects are none.
#include "inspect/referrers.h"

#include <gtest/gtest.h>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

struct ReferrersTest : testing::Test, HeapFixture {
  std::vector<mgc_link> links_to(const void* target, uint64_t asking = 0, size_t capacity = 64) {
    std::vector<mgc_link> links(capacity);
    LinkBuffer out{.links = links.data(), .capacity = capacity};
    EXPECT_EQ(heap.referrers(target, asking, out), Status::kOk) << heap.last_error();
    count = out.count;
    links.resize(std::min(capacity, out.count));
    return links;
  }
  size_t count = 0;
};

TEST_F(ReferrersTest, FindsEachRootAndEachWordOnce) {
  Frame frame(*this, 2);
  uint64_t handle = 0;
  Node* const target = make();
  ASSERT_EQ(heap.handle_new(target, &handle), Status::kOk);
  Node* const both = make(target, target);
  target->right = target;
  frame[0] = target;
  frame[1] = both;
  const std::vector<mgc_link> links = links_to(target);
  ASSERT_EQ(links.size(), 5u);
  EXPECT_EQ(links[0].kind, uint32_t{MGC_LINK_STACK});
  EXPECT_EQ(links[1].kind, uint32_t{MGC_LINK_HANDLE});
  EXPECT_EQ(links[2].base, target);
  EXPECT_EQ(links[2].offset, kWordBytes);
  EXPECT_EQ(links[3].base, both);
  EXPECT_EQ(links[4].base, both);
  EXPECT_EQ(links[4].offset, kWordBytes);
  EXPECT_EQ(links_to(target, handle).size(), 4u);
  EXPECT_EQ(links_to(target, 0, 2).size(), 2u);
  EXPECT_EQ(count, 5u);
}

TEST_F(ReferrersTest, AnObjectWithAFinalizerCountsOnce) {
  MGC_NEEDS(kLifecycles);
  Node* const target = make();
  Node* const watched = make(target, nullptr);
  ASSERT_EQ(heap.set_finalizer(
                watched, [](mgc_mutator*, void*, void*) {}, nullptr, 0),
            Status::kOk);
  const std::vector<mgc_link> links = links_to(target);
  ASSERT_EQ(links.size(), 1u);
  EXPECT_EQ(links[0].kind, uint32_t{MGC_LINK_OBJECT});
  EXPECT_EQ(links[0].base, watched);
}

TEST_F(ReferrersTest, GarbageCountsUntilACollectionHasFoundItDead) {
  Frame frame(*this, 1);
  Node* const target = make();
  frame[0] = target;
  make(target, nullptr);
  EXPECT_EQ(links_to(target).size(), 2u);
  ASSERT_EQ(heap.phase_start(), Status::kOk);
  ASSERT_EQ(heap.phase_mark(), Status::kOk);
  ASSERT_EQ(heap.phase_finish(), Status::kOk);
  EXPECT_EQ(links_to(target).size(), 1u) << "the question finishes the sweep";
}

TEST_F(ReferrersTest, SeesThroughMixedSpansAndPointersToTheInside) {
  Type* const odd = define("Odd", 5, 0b10010);
  void** const holder = static_cast<void**>(malloc(odd->size_bytes, odd));
  char* const target = static_cast<char*>(bytes(40));
  holder[1] = target + 39;
  holder[2] = target;  // not a pointer by the layout
  holder[4] = target + 48;
  const std::vector<mgc_link> links = links_to(target + 3);
  ASSERT_EQ(links.size(), 1u);
  EXPECT_EQ(links[0].offset, kWordBytes);
  EXPECT_EQ(links[0].type_id, odd->id);
}

TEST_F(ReferrersTest, RefusesWhatIsInNoObject) {
  LinkBuffer out;
  EXPECT_EQ(heap.referrers(nullptr, 0, out), Status::kBadPointer);
}

}  // namespace
}  // namespace mallocgc
