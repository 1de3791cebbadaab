// Roots as a client sees them (R1-R5): objects live while they are roots and die right after. Misuse is told.
#include <gtest/gtest.h>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

TEST(HeapRoots, R1_WhatIsInNoRootIsNotAlive) {
  HeapFixture f;
  Node* const local = f.make();  // only the machine's stack holds it
  Frame frame(f, 1);
  frame[0] = f.make();
  f.collect();
  EXPECT_FALSE(f.alive(local));
  EXPECT_TRUE(f.alive(frame[0]));
}

TEST(HeapRoots, R2_R3_AFrameIsExactBothWays) {
  HeapFixture f;
  Frame outer(f, 1);
  Node* inside = nullptr;
  {
    Frame inner(f, 3);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(inner[i], nullptr) << "slots start empty";
    inside = f.make();
    inner[2] = &inside->right;
    f.collect();
    EXPECT_TRUE(f.alive(inside));
  }
  f.collect();
  EXPECT_FALSE(f.alive(inside));
}

TEST(HeapRoots, R2_OverflowUnderflowAndDisorderAreErrorsAndChangeNothing) {
  mgc_options options = HeapFixture::quiet();
  options.shadow_slots = 64;
  HeapFixture f(options);
  void** first = nullptr;
  void** second = nullptr;
  ASSERT_EQ(f.heap.frame_push(f.mutator(), 10, &first), Status::kOk);
  ASSERT_EQ(f.heap.frame_push(f.mutator(), 10, &second), Status::kOk);
  EXPECT_EQ(f.heap.frame_pop(f.mutator(), first), Status::kShadowStack);
  f.expect_error(Status::kShadowStack, "frame popped out of order");
  void** slots = nullptr;
  for (const size_t n : {size_t{60}, SIZE_MAX, SIZE_MAX - 1}) {
    EXPECT_EQ(f.heap.frame_push(f.mutator(), n, &slots), Status::kShadowStack);
    f.expect_error(Status::kShadowStack, "shadow stack overflow");
    EXPECT_EQ(slots, nullptr);
  }
  second[9] = f.make();
  f.collect();
  EXPECT_TRUE(f.alive(second[9]));
  EXPECT_EQ(f.heap.frame_pop(f.mutator(), second), Status::kOk);
  EXPECT_EQ(f.heap.frame_pop(f.mutator(), first), Status::kOk);
  EXPECT_EQ(f.heap.frame_pop(f.mutator(), first), Status::kShadowStack);
  f.expect_error(Status::kShadowStack, "shadow stack underflow");
}

TEST(HeapRoots, R2_AnEntryFromOutsideSavesTheTopAndRestoresIt) {
  HeapFixture f;
  void** const top = f.mutator().shadow_top;
  void** slots = nullptr;
  for (int i = 0; i < 5; ++i) ASSERT_EQ(f.heap.frame_push(f.mutator(), 4, &slots), Status::kOk);
  slots[0] = f.make();
  void* const object = slots[0];
  EXPECT_EQ(f.heap.frame_restore(f.mutator(), f.mutator().shadow_limit), Status::kShadowStack);
  EXPECT_EQ(f.heap.frame_restore(f.mutator(), top), Status::kOk);
  EXPECT_EQ(f.mutator().shadow_top, top);
  f.collect();
  EXPECT_FALSE(f.alive(object));
}

TEST(HeapRoots, R2_EveryMutatorHasAStackOfItsOwn) {
  HeapFixture f;
  Mutator* const other = f.heap.attach(100);
  ASSERT_NE(other, nullptr);
  void** slots = nullptr;
  ASSERT_EQ(f.heap.frame_push(*other, 1, &slots), Status::kOk);
  slots[0] = f.heap.newobject(*other, f.node);
  void* const object = slots[0];
  f.collect();
  EXPECT_TRUE(f.alive(object));
  EXPECT_EQ(f.heap.detach(f.mutator()), Status::kBadArgument);
  EXPECT_EQ(f.heap.detach(*other), Status::kOk);
  f.collect();
  EXPECT_FALSE(f.alive(object));
  for (int i = 0; i < 1000; ++i) {
    Mutator* const again = f.heap.attach(100);
    ASSERT_NE(again, nullptr);
    ASSERT_EQ(f.heap.detach(*again), Status::kOk);
  }
  EXPECT_LE(f.stats().sys, 2 * HeapFixture::kMiB) << "blocks of the detached are used again";
}

TEST(HeapRoots, R4_HandlesRootAndStaleOnesAreErrors) {
  HeapFixture f;
  Node* const a = f.make();
  uint64_t handle = 0;
  ASSERT_EQ(f.heap.handle_new(&a->right, &handle), Status::kOk);
  EXPECT_NE(handle, 0u);
  EXPECT_LT(handle, uint64_t{1} << 53);
  f.collect();
  EXPECT_TRUE(f.alive(a));
  EXPECT_EQ(f.heap.handle_get(handle), &a->right);
  Node* const b = f.make();
  ASSERT_EQ(f.heap.handle_set(handle, b), Status::kOk);
  f.collect();
  EXPECT_FALSE(f.alive(a));
  EXPECT_TRUE(f.alive(b));
  EXPECT_EQ(f.heap.handle_free(handle), Status::kOk);
  f.collect();
  EXPECT_FALSE(f.alive(b));
  EXPECT_EQ(f.heap.handle_get(handle), nullptr);
  f.expect_error(Status::kStaleHandle, "handle is stale");
  EXPECT_EQ(f.heap.handle_free(handle), Status::kStaleHandle);
  EXPECT_EQ(f.heap.handle_set(handle, b), Status::kStaleHandle);
  EXPECT_EQ(f.heap.handle_get(12345678), nullptr);
  f.expect_error(Status::kBadArgument, "not a handle");
  EXPECT_EQ(f.heap.handle_new(nullptr, &handle), Status::kBadPointer);
  EXPECT_EQ(handle, 0u);
}

TEST(HeapRoots, R4_ALateReleaseNeverHitsAnotherObject) {
  HeapFixture f;
  std::vector<uint64_t> freed;
  for (int round = 0; round < 50; ++round) {
    uint64_t handle = 0;
    ASSERT_EQ(f.heap.handle_new(f.make(), &handle), Status::kOk);
    for (const uint64_t old : freed) {
      ASSERT_NE(old, handle);
      ASSERT_EQ(f.heap.handle_free(old), Status::kStaleHandle);
    }
    ASSERT_NE(f.heap.handle_get(handle), nullptr);
    ASSERT_EQ(f.heap.handle_free(handle), Status::kOk);
    freed.push_back(handle);
  }
}

TEST(HeapRoots, R5_GlobalRangesCarryALayoutAndCanBeRemoved) {
  HeapFixture f;
  static void* globals[6];
  Type* const odd = f.define("Odd", 2, 2);
  ASSERT_EQ(f.heap.add_roots(globals, sizeof globals, odd), Status::kOk);
  void* objects[6];
  for (int i = 0; i < 6; ++i) objects[i] = globals[i] = f.make();
  f.collect();
  for (int i = 0; i < 6; ++i) EXPECT_EQ(f.alive(objects[i]), i % 2 == 1) << i;
  EXPECT_EQ(f.heap.add_roots(globals + 5, kWordBytes, odd), Status::kBadArgument) << "overlapping";
  EXPECT_EQ(f.heap.remove_roots(globals + 1), Status::kBadArgument);
  f.expect_error(Status::kBadArgument, "not a registered root range");
  EXPECT_EQ(f.heap.remove_roots(globals), Status::kOk);
  f.collect();
  for (void* object : objects) EXPECT_FALSE(f.alive(object));
}

TEST(HeapRoots, R5_ARangeWithoutATypeIsConservative) {
  HeapFixture f;
  static uintptr_t globals[3];
  ASSERT_EQ(f.heap.add_roots(globals, sizeof globals, nullptr), Status::kOk);
  Node* const node = f.make();
  globals[0] = 1;
  globals[1] = ~uintptr_t{0};
  globals[2] = reinterpret_cast<uintptr_t>(node) + 3;
  f.collect();
  EXPECT_TRUE(f.alive(node));
  EXPECT_EQ(f.heap.remove_roots(globals), Status::kOk);
}

}  // namespace
}  // namespace mallocgc
