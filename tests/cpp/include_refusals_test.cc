// gc.h refuses with a null object and a status, not with an exception. The texts are Go's, and nothing is changed.
#include "cpp/gc_fixture.h"

#include <cstring>
#include <functional>
#include <string>

namespace gc_test {
namespace {

TEST_F(GcTest, F4_LifecycleErrorsHaveGosTexts) {
  MGC_NEEDS(kLifecycles);
  gc::Frame frame(heap);
  gc::Local<Node> null(frame);
  gc::Local<Node> n = frame.make<Node>();
  const auto refused = [&](mgc_status status, mgc_status expected, const char* text) {
    EXPECT_EQ(status, expected);
    EXPECT_EQ(heap.last_status(), expected);
    EXPECT_TEXT_BEGINS(heap.last_error(), text);
  };
  ASSERT_EQ(heap.set_finalizer(n, [] {}), MGC_OK);
  gc::Local<Node> dead = frame.make<Node>();
  Node* const freed = dead.get();
  dead = nullptr;
  ASSERT_EQ(objects_after_collection(), 1u);
  const mgc_stats_data before = heap.stats();
  refused(heap.set_finalizer(null, [] {}), MGC_BAD_POINTER, "first argument is nil");
  refused(heap.set_finalizer(null, nullptr), MGC_BAD_POINTER, "first argument is nil");
  refused(heap.set_finalizer(n, [] {}), MGC_FINALIZER, "finalizer already set");
  dead = freed;  // a program with a stale pointer does this
  refused(heap.set_finalizer(dead, [] {}), MGC_BAD_POINTER, "pointer not in allocated block");
  dead = nullptr;
  EXPECT_FALSE(heap.add_cleanup(null, [] {}));
  EXPECT_TEXT(heap.last_error(), "first argument is nil");
  EXPECT_FALSE(heap.add_cleanup(n, nullptr, nullptr));
  EXPECT_TEXT(heap.last_error(), "second argument is nil, not a function");
  const mgc_stats_data after = heap.stats();
  EXPECT_EQ(before.finalizers_registered, after.finalizers_registered);
  EXPECT_EQ(before.cleanups_registered, after.cleanups_registered);
  EXPECT_EQ(before.sys, after.sys);
}

TEST_F(GcTest, M12_ExhaustedMemoryIsANullObject) {
  gc::Frame frame(heap);
  gc::Local<Node> list(frame);
  uint64_t made = 0;
  for (;; ++made) {
    gc::Local<Node> n = frame.make<Node>();
    if (!n) break;
    n->left = list;
    list = n;
  }
  EXPECT_EQ(heap.last_status(), MGC_OUT_OF_MEMORY);
  EXPECT_TEXT_BEGINS(heap.last_error(), "out of memory");
  EXPECT_GT(made, 100000u);
  list = nullptr;
  EXPECT_EQ(objects_after_collection(), 0u);
  EXPECT_TRUE(gc::Local<Node>(frame.make<Node>()));
}

TEST_F(GcTest, M10_ArraysThatCannotBeAreRefused) {
  gc::Frame frame(heap);
  gc::Local<Node> warm = frame.make_array<Node>(1);
  const mgc_stats_data before = heap.stats();
  EXPECT_FALSE(gc::Local<Node>(frame.make_array<Node>(-1)));
  EXPECT_EQ(heap.last_status(), MGC_BAD_SIZE);
  EXPECT_TEXT(heap.last_error(), "allocation size out of range");
  EXPECT_FALSE(gc::Local<Node>(frame.make_array<Node>(PTRDIFF_MAX)));
  EXPECT_TEXT(heap.last_error(), "allocation size out of range");
  const mgc_stats_data after = heap.stats();
  EXPECT_EQ(std::memcmp(&before, &after, sizeof after), 0);
}

// Locals take half of the words that the stack was given.
mgc_options room_for_four() {
  mgc_options options = small_heap();
  options.shadow_slots = 8;
  return options;
}

TEST(Gc, R2_WhereThereIsNoRoomForALocalMakeGivesNull) {
  gc::Heap heap(room_for_four());
  ASSERT_TRUE(heap);
  gc::Frame frame(heap);
  gc::Local<Node> a = frame.make<Node>();
  gc::Local<Node> b = frame.make<Node>();
  gc::Local<Node> c = frame.make<Node>();
  gc::Local<Node> d = frame.make<Node>();
  EXPECT_TRUE(d);
  EXPECT_EQ(heap.last_status(), MGC_OK);
  {
    gc::Local<Node> e = frame.make<Node>();
    EXPECT_FALSE(e);
    EXPECT_EQ(heap.last_status(), MGC_SHADOW_STACK);
    EXPECT_TEXT_BEGINS(heap.last_error(), "shadow stack overflow");
    EXPECT_FALSE(frame.make_array<Node>(3));
    EXPECT_FALSE(heap.make<Node>());
    e = d;  // a null Local is a root like any other
    b = d = c = nullptr;
    EXPECT_EQ(heap.collect(), MGC_OK);
    EXPECT_EQ(gc::objects_in(heap.c()), 2u);
    EXPECT_EQ(e->value, 0);
  }
  EXPECT_TRUE(gc::Local<Node>(frame.make<Node>())) << "there is room again";
  EXPECT_EQ(heap.collect(), MGC_OK);
  EXPECT_EQ(gc::objects_in(heap.c()), 1u);
  EXPECT_EQ(gc::verified(heap.c()), gc::Status::kOk) << heap.last_error();
}

#if GTEST_HAS_DEATH_TEST
TEST(Gc, R2_ALocalOfAnObjectThatIsThereHasASlotOrTheProgramEnds) {
  MGC_NEEDS(kTexts);
  gc::Heap heap(room_for_four());
  gc::Frame frame(heap);
  gc::Local<Node> a = frame.make<Node>();
  const std::function<void(int)> copies = [&](int left) {
    gc::Local<Node> copy = a;
    ASSERT_EQ(heap.collect(), MGC_OK);
    ASSERT_EQ(copy, a);
    if (left != 0) copies(left - 1);
  };
  copies(6);
  EXPECT_DEATH(copies(100), "shadow stack overflow");
}

TEST(Gc, R2_ANullLocalIsNotWrittenThrough) {
  gc::Heap heap(room_for_four());
  gc::Frame frame(heap);
  gc::Local<Node> locals[] = {frame.make<Node>(), frame.make<Node>(), frame.make<Node>(), frame.make<Node>(),
                              frame.make<Node>()};
  EXPECT_DEATH(locals[4]->value = 1, mgc_flavour_debug() != 0 ? "null Local was dereferenced.*shadow stack" : "");
}
#endif

TEST(Gc, AHeapThatCannotBeMadeIsNull) {
  mgc_options options = small_heap();
  options.initial_bytes = options.max_bytes + 1;
  gc::Heap heap(options);
  EXPECT_FALSE(heap);
  EXPECT_EQ(heap.last_status(), MGC_BAD_ARGUMENT);
  EXPECT_EQ(heap.last_error()[0] != '\0', gc::kHasTexts);
}

}  // namespace
}  // namespace gc_test
