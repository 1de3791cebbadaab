// The tests say what Handles, Roots and Weaks keep and how they move. They outlive their heap as null.
#include <mallocgc/gc.h>

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "support/flavour.h"

namespace gc = mallocgc;

namespace {

struct Node {
  gc::Member<Node> next;
  int value;
};
MALLOCGC_TYPE(Node, next);

gc::Root<Node> static_root;

class HoldersTest : public testing::Test {
 protected:
  ~HoldersTest() override {
    if (heap) {
      EXPECT_EQ(gc::verified(heap->c()), gc::Status::kOk) << heap->last_error();
    }
  }
  uint64_t objects_after_collection() {
    EXPECT_EQ(heap->collect(), MGC_OK) << heap->last_error();
    return gc::objects_in(heap->c());
  }
  std::optional<gc::Heap> heap{std::in_place};
};

TEST_F(HoldersTest, B1_AHandleRootsUntilItIsReset) {
  gc::Handle<Node> handle;
  EXPECT_FALSE(handle);
  {
    gc::Frame frame(*heap);
    gc::Local<Node> n = frame.make<Node>();
    n->value = 3;
    handle = gc::Handle<Node>(n);
    gc::Handle<Node> fresh(frame.make<Node>());
    EXPECT_EQ(heap->stats().live_handles, 2u);
    EXPECT_TRUE(handle == n);
    EXPECT_NE(handle.id(), 0u);
  }
  EXPECT_EQ(objects_after_collection(), 1u);
  EXPECT_EQ(handle->value, 3);
  gc::Handle<Node> moved = std::move(handle);
  EXPECT_EQ(moved->value, 3);
  EXPECT_EQ(objects_after_collection(), 1u);
  moved.reset();
  EXPECT_FALSE(moved);
  EXPECT_EQ(objects_after_collection(), 0u);
  EXPECT_EQ(heap->stats().live_handles, 0u);
}

TEST_F(HoldersTest, R5_ARootBindsToTheHeapOfItsFirstObject) {
  {
    gc::Frame frame(*heap);
    static_root = frame.make<Node>();
    static_root->value = 9;
    gc::Local<Node> n = frame.make<Node>();
    static_root->next = n;
  }
  EXPECT_EQ(objects_after_collection(), 2u);
  EXPECT_EQ(static_root->value, 9);
  static_root = nullptr;
  EXPECT_EQ(objects_after_collection(), 0u);
  {
    gc::Heap other;
    gc::Frame frame(other);
    static_root = frame.make<Node>();
    EXPECT_TRUE(static_root);
    EXPECT_EQ(other.collect(), MGC_OK);
    EXPECT_EQ(gc::objects_in(other.c()), 1u);
  }
  EXPECT_FALSE(static_root);  // the heap of its object is gone
  gc::Frame frame(*heap);
  static_root = frame.make<Node>();
  EXPECT_EQ(objects_after_collection(), 1u);
  static_root.reset();
  EXPECT_EQ(objects_after_collection(), 0u);
}

TEST_F(HoldersTest, F8_AWeakIsNullOnceTheObjectIsDead) {
  MGC_NEEDS(kLifecycles);
  gc::Weak<Node> weak;
  gc::Weak<Node> same;
  gc::Weak<Node> other;
  {
    gc::Frame frame(*heap);
    gc::Local<Node> n = frame.make<Node>();
    gc::Local<Node> m = frame.make<Node>();
    weak = gc::Weak<Node>(n);
    same = gc::Weak<Node>(n);
    other = gc::Weak<Node>(m);
    EXPECT_EQ(objects_after_collection(), 2u);
    EXPECT_EQ(weak.get(), n.get());
    EXPECT_TRUE(weak == same);
    EXPECT_FALSE(weak == other);
  }
  EXPECT_EQ(objects_after_collection(), 0u);
  EXPECT_EQ(weak.get(), nullptr);
  EXPECT_TRUE(weak == same);
  EXPECT_FALSE(weak == other);
  gc::Weak<Node> moved = std::move(weak);
  EXPECT_TRUE(moved == same);
  EXPECT_FALSE(weak == same);
  EXPECT_EQ(heap->last_status(), MGC_OK);
}

TEST_F(HoldersTest, F8_AWeakOfAResurrectedObjectStaysNull) {
  MGC_NEEDS(kLifecycles);
  gc::Weak<Node> weak;
  static gc::Root<Node> revived;
  {
    gc::Frame frame(*heap);
    gc::Local<Node> n = frame.make<Node>();
    weak = gc::Weak<Node>(n);
    ASSERT_EQ(heap->set_finalizer(n, [](gc::Local<Node>& x) { revived = x; }), MGC_OK);
  }
  heap->collect();
  EXPECT_EQ(weak.get(), nullptr);
  EXPECT_EQ(heap->run_finalizers(), 1u);
  EXPECT_EQ(objects_after_collection(), 1u);
  EXPECT_TRUE(revived);
  EXPECT_EQ(weak.get(), nullptr);
  revived.reset();
}

TEST_F(HoldersTest, HoldersOutliveTheirHeapAsNull) {
  gc::Handle<Node> handle;
  gc::Root<Node> root;
  gc::Weak<Node> weak;
  {
    gc::Frame frame(*heap);
    gc::Local<Node> n = frame.make<Node>();
    handle = gc::Handle<Node>(n);
    root = n;
    weak = gc::Weak<Node>(n);
  }
  heap.reset();
  EXPECT_FALSE(handle);
  EXPECT_FALSE(root);
  EXPECT_FALSE(weak);
  EXPECT_EQ(handle.id(), 0u);
}

TEST_F(HoldersTest, NullObjectsMakeNullHolders) {
  gc::Frame frame(*heap);
  gc::Local<Node> null(frame);
  gc::Handle<Node> handle(null);
  gc::Root<Node> root(null);
  gc::Weak<Node> weak(null);
  EXPECT_FALSE(handle);
  EXPECT_FALSE(root);
  EXPECT_FALSE(weak);
  EXPECT_EQ(heap->last_status(), MGC_OK);
}

}  // namespace
