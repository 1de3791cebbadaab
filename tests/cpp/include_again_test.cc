// The tests try M12 in the C++ face. A call that needs memory for the heap's records never collects in C. Here it
// collects once and tries again where garbage would give that memory, so a call that fails has tried that.
#include <mallocgc/gc.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/flavour.h"

namespace gc = mallocgc;

namespace {

struct Node {
  gc::Member<Node> next;
  long v[7];
};
MALLOCGC_TYPE(Node, next);

template <int kNumber>
struct Other {
  gc::Member<Node> node;
  long v[kNumber + 1];
  MALLOCGC_TYPE(Other, node);
};

constexpr int kMore = 50;       // calls after the collection
constexpr int kMost = 1 << 17;  // calls until it, at most
constexpr int kKept = 1 << 15;  // objects that live all the time

// The free memory of this heap is garbage to the last object. Nothing forbids a collection, and nobody asks for one.
class Again : public testing::Test {
 protected:
  static mgc_options options() {
    mgc_options options = {};
    options.max_bytes = uint64_t{8} << 20;
    options.gc_percent = -1;
    return options;
  }
  Again() {
    kept_ = frame_.make_array<Node>(kKept);
    EXPECT_TRUE(kept_) << heap_.last_error();
    fill();
  }
  ~Again() override { EXPECT_EQ(gc::verified(heap_.c()), gc::Status::kOk) << heap_.last_error(); }

  void fill() {
    const gc::NoGcScope scope(heap_);
    for (size_t size = size_t{1} << 20; size >= 8; size /= 2) {
      while (mgc_malloc(heap_.mutator(), size, nullptr, MGC_NOSCAN | MGC_OWN_BLOCK) != nullptr) {}
    }
    while (frame_.make<Node>()) {}
  }
  uint64_t collections() const { return heap_.stats().num_gc; }
  // `call(i)` succeeds every time, also when memory for it is there only after a collection.
  template <class Call>
  void expect_to_collect_and_succeed(Call call) {
    const uint64_t before = collections();
    int i = 0;
    for (; i < kMost && collections() == before; ++i) ASSERT_TRUE(call(i)) << i << ": " << heap_.last_error();
    EXPECT_EQ(collections(), before + 1) << "one was enough, and it was needed";
    for (int end = i + kMore; i < end; ++i) ASSERT_TRUE(call(i)) << i << ": " << heap_.last_error();
  }

  gc::Heap heap_{options()};
  gc::Frame frame_{heap_};
  gc::Local<Node> kept_{frame_};
};

TEST_F(Again, M12_Handles) {
  gc::Local<Node> one(frame_, &kept_[0]);
  std::vector<gc::Handle<Node>> handles;
  expect_to_collect_and_succeed([&](int) { return bool(handles.emplace_back(one)); });
}

TEST_F(Again, M12_Roots) {
  gc::Local<Node> one(frame_, &kept_[0]);
  std::vector<std::unique_ptr<gc::Root<Node>>> roots;
  expect_to_collect_and_succeed([&](int) { return bool(*roots.emplace_back(std::make_unique<gc::Root<Node>>(one))); });
}

TEST_F(Again, M12_WeakHandles) {
  MGC_NEEDS(kLifecycles);
  std::vector<gc::Weak<Node>> weaks;
  expect_to_collect_and_succeed([&](int i) {
    gc::Local<Node> one(frame_, &kept_[static_cast<size_t>(i % kKept)]);
    return bool(weaks.emplace_back(one));
  });
}

TEST_F(Again, M12_Cleanups) {
  MGC_NEEDS(kLifecycles);
  gc::Local<Node> one(frame_, &kept_[0]);
  gc::Local<Node> arg(frame_);
  expect_to_collect_and_succeed([&](int i) {
    switch (i % 3) {
      case 0:
        return bool(heap_.add_cleanup(one, [] {}));
      case 1:
        return bool(heap_.add_cleanup(
            one, [](int) {}, i));
      default:
        return bool(heap_.add_cleanup(
            one, [](gc::Frame&, gc::Local<Node>&) {}, arg));
    }
  });
}

TEST_F(Again, M12_Finalizers) {
  MGC_NEEDS(kLifecycles);
  // Each of the handles needs an object of its own.
  heap_.collect();
  std::vector<gc::Handle<Node>> objects;
  for (int i = 0; i < 20000; ++i) ASSERT_TRUE(objects.emplace_back(frame_.make<Node>()));
  fill();
  expect_to_collect_and_succeed([&](int i) {
    if (i >= static_cast<int>(objects.size())) return false;
    gc::Local<Node> one(frame_, objects[static_cast<size_t>(i)].get());
    return heap_.set_finalizer(one, [](gc::Local<Node>&) {}) == MGC_OK;
  });
}

template <int kNumber>
bool make_one(gc::Frame& frame) {
  return bool(gc::Local<Other<kNumber>>(frame.make<Other<kNumber>>()));
}
template <int... kNumbers>
int count_made(gc::Frame& frame, std::integer_sequence<int, kNumbers...>) {
  return (... + int{make_one<kNumbers>(frame)});
}

TEST_F(Again, M12_ObjectsOfNewTypes) {
  MGC_NEEDS(kPrograms);
  const uint64_t before = collections();
  EXPECT_EQ(count_made(frame_, std::make_integer_sequence<int, 150>()), 150) << heap_.last_error();
  EXPECT_GE(collections(), before + 1);
}

TEST_F(Again, M12_ACallThatFailsHasCollectedAndChangesNothing) {
  gc::Local<Node> one(frame_, &kept_[0]);
  gc::Local<gc::Member<Node>> list(frame_);
  std::vector<gc::Handle<Node>> handles;
  const uint64_t before = collections();
  while (handles.emplace_back(one)) ASSERT_LT(handles.size(), size_t{1} << 22);
  EXPECT_GT(collections(), before);
  EXPECT_EQ(heap_.last_status(), MGC_OUT_OF_MEMORY) << heap_.last_error();
  EXPECT_EQ(heap_.stats().live_handles, handles.size() - 1);
  EXPECT_EQ(heap_.stats().stack_inuse % sizeof(void*), 0u);
  handles.resize(handles.size() / 2);
  EXPECT_TRUE(handles.emplace_back(one)) << heap_.last_error();
}

TEST_F(Again, M12_WhereCollectionIsForbiddenTheCallFailsAndSaysSo) {
  gc::Local<Node> one(frame_, &kept_[0]);
  std::vector<gc::Handle<Node>> handles;
  const uint64_t before = collections();
  {
    const gc::NoGcScope scope(heap_);
    while (handles.emplace_back(one)) ASSERT_LT(handles.size(), size_t{1} << 20);
    EXPECT_EQ(heap_.last_status(), MGC_TRY_AGAIN) << heap_.last_error();
    EXPECT_EQ(collections(), before);
  }
  EXPECT_TRUE(handles.emplace_back(one)) << heap_.last_error();
  EXPECT_EQ(collections(), before + 1);
}

// A collection does not lose an object that was made a moment ago and lies in nothing yet.
TEST_F(Again, M12_TheObjectOfTheCallIsRootedMeanwhile) {
  heap_.collect();
  std::vector<Node*> loose;
  {
    const gc::NoGcScope scope(heap_);
    for (int i = 0; i < 20000; ++i) {
      const gc::Local<Node> one = frame_.make<Node>();
      ASSERT_TRUE(one);
      one->v[0] = i;
      loose.push_back(one.get());
    }
  }
  fill();
  std::vector<gc::Handle<Node>> handles;
  const uint64_t before = collections();
  for (Node* object : loose) {
    if (collections() != before) break;
    ASSERT_TRUE(handles.emplace_back(gc::Fresh<Node>(frame_.mutator(), object)));
  }
  ASSERT_EQ(collections(), before + 1);
  ASSERT_TRUE(frame_.make<Node>());  // this takes the places of the dead
  for (size_t i = 0; i < handles.size(); ++i) {
    mgc_found found;
    ASSERT_TRUE(mgc_find_object(heap_.c(), handles[i].get(), &found)) << i << " of " << handles.size();
    EXPECT_EQ(handles[i]->v[0], static_cast<long>(i));
  }
}

}  // namespace
