// The client's stacks are roots: a linear stack by its cell, and frames of LLVM's shadow stack (R1). The tests say what
// they hold alive, what they do not, and what is refused. api_machine_stack_test.cc has the machine's own stack.
#include "cpp/api_fixture.h"

namespace api_test {
namespace {

MGC_ALL_NEED(kClientStacks);

using ClientStacksTest = ApiTest;

struct Linear {
  void* words[16] = {};
  void** low = words + 16;
  void push(void* value) { *--low = value; }
  const void* base() const { return words + 16; }
};

TEST_F(ClientStacksTest, R1_WordsFromTheCellToTheBaseKeepTheirObjects) {
  Linear stack;
  ASSERT_EQ(mgc_add_stack(mutator, &stack.low, stack.base()), MGC_OK);
  for (int i = 0; i < 3; ++i) stack.push(new_node());
  new_node();
  EXPECT_EQ(objects_after_collection(), 3u);
  stack.push(static_cast<char*>(static_cast<void*>(new_node())) + 1);  // an inner address
  stack.push(reinterpret_cast<void*>(uintptr_t{12345}));               // a number
  EXPECT_EQ(objects_after_collection(), 4u);
  stack.low += 2;
  EXPECT_EQ(objects_after_collection(), 3u) << "what is below the stack pointer is no root, though it is still there";
  ASSERT_EQ(mgc_remove_stack(mutator), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 0u);
}

TEST_F(ClientStacksTest, R1_AStaleWordIsHarmless) {
  Linear stack;
  ASSERT_EQ(mgc_add_stack(mutator, &stack.low, stack.base()), MGC_OK);
  void* const dead = new_node();
  EXPECT_EQ(objects_after_collection(), 0u);
  stack.push(dead);
  EXPECT_EQ(objects_after_collection(), 0u);
  EXPECT_EQ(mallocgc::verified(heap), mallocgc::Status::kOk);
}

TEST_F(ClientStacksTest, R1_ACellOfZeroOrAboveTheBaseSaysThatNothingIsUsed) {
  Linear stack;
  ASSERT_EQ(mgc_add_stack(mutator, &stack.low, stack.base()), MGC_OK);
  stack.push(new_node());
  void** const low = stack.low;
  stack.low = reinterpret_cast<void**>(reinterpret_cast<uintptr_t>(low) + 1);  // the heap rounds it down
  EXPECT_EQ(objects_after_collection(), 1u);
  stack.low = reinterpret_cast<void**>(reinterpret_cast<uintptr_t>(stack.words) + 17 * sizeof(void*));
  EXPECT_EQ(objects_after_collection(), 0u);
  stack.low = low;
  stack.words[15] = new_node();
  stack.low = nullptr;
  EXPECT_EQ(objects_after_collection(), 0u);
}

TEST_F(ClientStacksTest, R1_EachMutatorHasAStackOfItsOwnAndOnlyOne) {
  Linear first, second, third;
  mgc_mutator* const other = mgc_mutator_attach(heap);
  ASSERT_EQ(mgc_add_stack(mutator, &first.low, first.base()), MGC_OK);
  ASSERT_EQ(mgc_add_stack(other, &second.low, second.base()), MGC_OK);
  for (Linear* stack : {&first, &second, &third}) stack->push(new_node());
  EXPECT_EQ(objects_after_collection(), 2u);
  expect_refusal(MGC_BAD_ARGUMENT, "the mutator has a stack already",
                 [&] { return mgc_add_stack(mutator, &third.low, third.base()) == MGC_BAD_ARGUMENT; });
  ASSERT_EQ(mgc_add_stack(mutator, &first.low, first.base()), MGC_OK) << "the same again is harmless";
  ASSERT_EQ(mgc_remove_stack(mutator), MGC_OK);
  ASSERT_EQ(mgc_add_stack(mutator, &third.low, third.base()), MGC_OK);
  third.low[0] = new_node();
  EXPECT_EQ(objects_after_collection(), 2u);
  ASSERT_EQ(mgc_mutator_detach(other), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 1u);
  EXPECT_EQ(mgc_remove_stack(mutator), MGC_OK);
}

TEST_F(ClientStacksTest, WhatIsNoStackIsRefused) {
  Linear stack;
  char* const odd = reinterpret_cast<char*>(stack.words) + 1;
  const auto refused = [&](const void* cell, const void* base, const char* text) {
    expect_refusal(MGC_BAD_POINTER, text, [&] { return mgc_add_stack(mutator, cell, base) == MGC_BAD_POINTER; });
  };
  refused(nullptr, stack.base(), "the cell of a stack is null or not word aligned");
  refused(odd, stack.base(), "the cell of a stack is null or not word aligned");
  refused(&stack.low, nullptr, "the base of a stack is null or not word aligned");
  refused(&stack.low, odd, "the base of a stack is null or not word aligned");
  expect_refusal(MGC_BAD_ARGUMENT, "the mutator has no stack to remove",
                 [&] { return mgc_remove_stack(mutator) == MGC_BAD_ARGUMENT; });
  expect_refusal(MGC_BAD_POINTER, "the head of a shadow chain is not word aligned",
                 [&] { return mgc_add_shadow_chain(mutator, odd) == MGC_BAD_POINTER; });
}

// LLVM lays its frames out like this.
struct FrameMap {
  int32_t root_count, meta_count;
};
template <int kRoots>
struct Entry {
  const void* next;
  const FrameMap* map;
  void* roots[kRoots];
};

TEST_F(ClientStacksTest, R1_SlotsOfAShadowChainAreRoots) {
  const FrameMap two{2, 0}, three{3, 1}, none{0, 0};
  Entry<2> outer{nullptr, &two, {new_node(), nullptr}};
  Entry<1> middle{&outer, &none, {nullptr}};
  Entry<3> inner{&middle, &three, {new_node(), nullptr, new_node()}};
  middle.roots[0] = new_node();  // this slot is beyond what the map says
  const void* head = &inner;
  ASSERT_EQ(mgc_add_shadow_chain(mutator, &head), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 3u);
  head = &middle;
  EXPECT_EQ(objects_after_collection(), 1u);
  head = nullptr;
  EXPECT_EQ(objects_after_collection(), 0u);
  outer.roots[0] = new_node();
  head = &outer;
  EXPECT_EQ(objects_after_collection(), 1u);
  ASSERT_EQ(mgc_add_shadow_chain(mutator, nullptr), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 0u);
}

TEST_F(ClientStacksTest, OneIsToldWhichStackKeepsAnObject) {
  Linear stack;
  ASSERT_EQ(mgc_add_stack(mutator, &stack.low, stack.base()), MGC_OK);
  const FrameMap one{1, 0};
  Entry<1> entry{nullptr, &one, {new_node()}};
  const void* head = &entry;
  ASSERT_EQ(mgc_add_shadow_chain(mutator, &head), MGC_OK);
  stack.push(new_node());
  const auto root_of = [&](void* object) {
    mgc_link links[4] = {};
    size_t length = 0;
    EXPECT_EQ(mgc_why_alive(heap, object, 0, links, 4, &length), MGC_OK);
    return links[0];
  };
  EXPECT_EQ(root_of(stack.low[0]).kind, uint32_t{MGC_LINK_CLIENT_STACK});
  EXPECT_EQ(root_of(stack.low[0]).at, reinterpret_cast<uintptr_t>(stack.low));
  EXPECT_EQ(root_of(entry.roots[0]).kind, uint32_t{MGC_LINK_CHAIN});
  EXPECT_EQ(root_of(entry.roots[0]).at, reinterpret_cast<uintptr_t>(&entry.roots[0]));
}

}  // namespace
}  // namespace api_test
