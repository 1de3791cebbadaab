// The client resizes objects, and makes some that live until it ends them (M16, M17).
#include <mallocgc/mallocgc.h>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kExplicitFree);

struct ResizeTest : testing::Test, HeapFixture {
  ResizeTest() : HeapFixture(checked(MGC_MODE_INCREMENTAL)) {
    EXPECT_EQ(heap.frame_push(mutator(), 4, &slots), Status::kOk);
  }
  void free(void* object) { EXPECT_EQ(heap.free_object(object), Status::kOk) << heap.last_error(); }
  void** slots = nullptr;
};

TEST_F(ResizeTest, M16_ResizingKeepsTheContentsAndTheType) {
  Type* const array = define("Array", 1, 1);
  auto** object = static_cast<void**>(heap.newarray(mutator(), array, 3));
  Node* const child = make();
  object[2] = child;
  for (const size_t words :
       {size_t{4}, size_t{100}, size_t{6000}, size_t{6001}, size_t{3000}, size_t{20000}, size_t{3}}) {
    object = static_cast<void**>(heap.reallocate(mutator(), object, words * kWordBytes));
    ASSERT_NE(object, nullptr) << heap.last_error();
    slots[0] = object;
    EXPECT_EQ(object[2], child);
    for (size_t i = 3; i < words; ++i) ASSERT_EQ(object[i], nullptr) << words;
    EXPECT_EQ(find(object).type, array);
    object[words - 1] = words > 3 ? make() : object[2];
    collect();
    EXPECT_EQ(stats().heap_objects, words > 3 ? 3u : 2u) << words;
    object[words - 1] = words > 3 ? nullptr : object[2];
    slots[0] = nullptr;  // the call itself keeps the object
  }
}

TEST_F(ResizeTest, M16_ResizingInPlaceLetsGoOfWhatIsCutOff) {
  Type* const array = define("Array", 1, 1);
  auto** const object = static_cast<void**>(heap.newarray(mutator(), array, 40));
  slots[0] = object;
  const size_t words = find(object).size / kWordBytes;
  object[words - 1] = make();
  EXPECT_EQ(heap.reallocate(mutator(), object, (words - 1) * kWordBytes), object);
  collect();
  EXPECT_EQ(stats().heap_objects, 1u);
  EXPECT_EQ(heap.reallocate(mutator(), object, words * kWordBytes), object);
  EXPECT_EQ(object[words - 1], nullptr);
}

TEST_F(ResizeTest, M16_ResizingUnderCollectionsAtEveryAllocation) {
  ASSERT_EQ(heap.set_debug(kCycleChecks, 1), Status::kOk);
  for (const uint32_t flags : {uint32_t{MGC_NOSCAN}, uint32_t{MGC_NOSCAN | MGC_OWN_BLOCK}}) {
    auto* object = static_cast<unsigned char*>(bytes(3, flags));
    std::memcpy(object, "ab", 3);
    for (size_t size = 4; size < 70000; size += size / 3 + 1) {
      object = static_cast<unsigned char*>(heap.reallocate(mutator(), object, size));
      ASSERT_NE(object, nullptr) << heap.last_error();
      EXPECT_STREQ(reinterpret_cast<char*>(object), "ab");
      std::memset(object + 3, static_cast<int>(size), size - 3);
    }
    free(object);
  }
}

TEST_F(ResizeTest, M16_ResizingRefusesWhatItCannotDoAndChangesNothing) {
  Type* const host = define_with_host("Host");
  void* const with_host = heap.newobject(mutator(), host);
  Node* const object = make();
  slots[0] = object;
  EXPECT_EQ(heap.reallocate(mutator(), nullptr, 8), nullptr);
  expect_error(Status::kBadPointer, "first argument is nil");
  EXPECT_EQ(heap.reallocate(mutator(), &object->right, 64), nullptr);
  expect_error(Status::kBadPointer, "pointer not at beginning of allocated block");
  EXPECT_EQ(heap.reallocate(mutator(), with_host, 64), nullptr);
  expect_error(Status::kBadType, "an object that holds host values cannot be resized");
  EXPECT_EQ(heap.reallocate(mutator(), object, SIZE_MAX), nullptr);
  expect_error(Status::kBadSize, "allocation size out of range");
  EXPECT_EQ(heap.reallocate(mutator(), object, size_t{1} << 30), nullptr);
  expect_error(Status::kOutOfMemory, "out of memory");
  EXPECT_TRUE(alive(object));
  EXPECT_EQ(heap.reallocate(mutator(), object, 0), Heap::zero_base());
  EXPECT_FALSE(alive(object));
}

// ---- Uncollectable objects ----

TEST_F(ResizeTest, M17_AnUncollectableObjectLivesUntilItIsFreedAndSoDoesWhatItHolds) {
  auto* const object = static_cast<Node*>(heap.allocate_uncollectable(mutator(), sizeof(Node), node, 0));
  ASSERT_NE(object, nullptr) << heap.last_error();
  mgc_store(&object->left, make());
  collect();
  EXPECT_EQ(stats().heap_objects, 2u);
  EXPECT_EQ(stats().live_handles, 1u);
  free(object);
  EXPECT_EQ(stats().live_handles, 0u);
  collect();
  EXPECT_EQ(stats().heap_objects, 0u);
}

TEST_F(ResizeTest, M17_AnUncollectableObjectStaysOneWhenItIsResized) {
  void* object = heap.allocate_uncollectable(mutator(), 10, nullptr, MGC_NOSCAN);
  for (const size_t size : {size_t{12}, size_t{100}, size_t{50000}, size_t{1}}) {
    object = heap.reallocate(mutator(), object, size);
    ASSERT_NE(object, nullptr);
    collect();
    EXPECT_TRUE(alive(object)) << size;
    EXPECT_EQ(stats().live_handles, 1u);
    EXPECT_EQ(stats().heap_objects, 1u);
  }
  free(object);
  EXPECT_EQ(stats().live_handles, 0u);
}

TEST_F(ResizeTest, M17_WithoutMemoryAnUncollectableObjectIsRefusedAndNothingIsLeft) {
  std::vector<void*> made;
  for (;;) {
    void* const object = heap.allocate_uncollectable(mutator(), 4096, nullptr, MGC_NOSCAN);
    if (object == nullptr) break;
    made.push_back(object);
  }
  expect_error(Status::kOutOfMemory, "out of memory");
  EXPECT_EQ(stats().live_handles, made.size());
  for (void* const object : made) free(object);
  EXPECT_EQ(stats().live_handles, 0u);
  collect();
  EXPECT_EQ(stats().heap_objects, 0u);
  EXPECT_EQ(heap.allocate_uncollectable(mutator(), 0, nullptr, MGC_NOSCAN), Heap::zero_base());
  EXPECT_EQ(stats().live_handles, 0u);
}

}  // namespace
}  // namespace mallocgc
