// A path tells why an object is alive: it is a shortest one, and true, from every kind of root, through every kind of
// object. Asking keeps nothing alive.
#include "inspect/path.h"

#include <gtest/gtest.h>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

struct PathTest : testing::Test, HeapFixture {
  std::vector<mgc_link> path(const void* target, uint64_t asking = 0, size_t capacity = 64) {
    std::vector<mgc_link> links(capacity);
    LinkBuffer out{.links = links.data(), .capacity = capacity};
    EXPECT_EQ(heap.why_alive(target, asking, out), Status::kOk) << heap.last_error();
    length = out.count;
    links.resize(std::min(capacity, out.count));
    return links;
  }
  // Returns the root of a path that leads straight to the object.
  mgc_link root_of(const void* target) {
    const std::vector<mgc_link> links = path(target);
    EXPECT_EQ(links.size(), 2u);
    return links.empty() ? mgc_link{} : links[0];
  }
  uint64_t handle(void* object) {
    uint64_t made = 0;
    EXPECT_EQ(heap.handle_new(object, &made), Status::kOk);
    return made;
  }
  size_t length = 0;
};

TEST_F(PathTest, LeadsFromTheRootThroughTheWordsThatPointOn) {
  Frame frame(*this, 3);
  Node* const c = make();
  Node* const b = make(nullptr, c);
  Node* const a = make(b, nullptr);
  frame[2] = a;
  const std::vector<mgc_link> links = path(&c->right);
  ASSERT_EQ(links.size(), 4u);
  EXPECT_EQ(links[0].kind, uint32_t{MGC_LINK_STACK});
  EXPECT_EQ(links[0].at, Address::of(&frame[2]).value());
  EXPECT_EQ(links[1].base, a);
  EXPECT_EQ(links[1].offset, 0u);
  EXPECT_EQ(links[1].type_id, node->id);
  EXPECT_EQ(links[1].size, sizeof(Node));
  EXPECT_EQ(links[2].base, b);
  EXPECT_EQ(links[2].offset, kWordBytes);
  EXPECT_EQ(links[2].at, Address::of(&b->right).value());
  EXPECT_EQ(links[3].base, c);
  EXPECT_EQ(links[3].offset, kWordBytes);
}

TEST_F(PathTest, IsAShortestOne) {
  Frame frame(*this, 2);
  Node* const target = make();
  Node* list = target;
  for (int i = 0; i < 1000; ++i) list = make(list, nullptr);
  frame[0] = list;
  EXPECT_EQ(path(target).size(), 64u);
  EXPECT_EQ(length, 1002u);
  frame[1] = make(nullptr, make(target, nullptr));
  EXPECT_EQ(path(target).size(), 4u);
}

TEST_F(PathTest, NamesEveryKindOfRoot) {
  MGC_NEEDS(kLifecycles);
  static void* global[2];
  Node* const by_stack = make();
  Node* const by_handle = make();
  Node* const by_range = make();
  Node* const by_finalizer = make();
  Node* const by_context = make();
  Frame frame(*this, 1);
  frame[0] = by_stack;
  const uint64_t number = handle(by_handle);
  global[1] = by_range;
  ASSERT_EQ(heap.add_roots(global, sizeof global, nullptr), Status::kOk);
  Node* const watched = make(nullptr, by_finalizer);
  const auto nothing = [](mgc_mutator*, void*, void*) {};
  ASSERT_EQ(heap.set_finalizer(watched, nothing, by_context, 0), Status::kOk);
  EXPECT_EQ(root_of(by_stack).kind, uint32_t{MGC_LINK_STACK});
  EXPECT_EQ(root_of(by_handle).kind, uint32_t{MGC_LINK_HANDLE});
  EXPECT_EQ(root_of(by_handle).at, number);
  EXPECT_EQ(root_of(by_range).kind, uint32_t{MGC_LINK_RANGE});
  EXPECT_EQ(root_of(by_range).at, Address::of(&global[1]).value());
  const mgc_link finalizer = root_of(by_finalizer);
  EXPECT_EQ(finalizer.kind, uint32_t{MGC_LINK_FINALIZER});
  EXPECT_EQ(finalizer.base, watched);
  EXPECT_EQ(finalizer.offset, kWordBytes);
  EXPECT_EQ(root_of(by_context).kind, uint32_t{MGC_LINK_CONTEXT});
  EXPECT_TRUE(path(watched).empty()) << "a finalizer keeps what its object points to, not the object";
  collect();
  EXPECT_EQ(root_of(watched).kind, uint32_t{MGC_LINK_QUEUED});
  Ready ready;
  uint64_t kept = 0;
  ASSERT_TRUE(heap.pop_ready(&ready, &kept));
  EXPECT_EQ(root_of(watched).kind, uint32_t{MGC_LINK_HANDLE});
  ASSERT_EQ(heap.remove_roots(global), Status::kOk);
}

TEST_F(PathTest, NamesTheFinalizerThatRuns) {
  MGC_NEEDS(kLifecycles);
  struct Seen {
    PathTest* test;
    uint32_t kind;
  };
  static Seen seen;
  seen = {this, 0};
  ASSERT_EQ(
      heap.set_finalizer(
          make(), [](mgc_mutator*, void* object, void*) { seen.kind = seen.test->root_of(object).kind; }, nullptr, 0),
      Status::kOk);
  collect();
  ASSERT_EQ(heap.run_finalizers(1), 1u);
  EXPECT_EQ(seen.kind, uint32_t{MGC_LINK_RUNNING});
}

TEST_F(PathTest, ACycleBehindAFinalizerEnds) {
  MGC_NEEDS(kLifecycles);
  Node* const watched = make();
  Node* const other = make(watched, nullptr);
  watched->left = other;
  watched->right = watched;
  ASSERT_EQ(heap.set_finalizer(
                watched, [](mgc_mutator*, void*, void*) {}, nullptr, 0),
            Status::kOk);
  EXPECT_EQ(root_of(other).kind, uint32_t{MGC_LINK_FINALIZER});
  const std::vector<mgc_link> links = path(watched);
  ASSERT_EQ(links.size(), 3u);
  EXPECT_EQ(links[1].base, other);
}

TEST_F(PathTest, TheAskingHandleCountsOnlyIfNothingElseDoes) {
  Node* const object = make();
  const uint64_t mine = handle(object);
  std::vector<mgc_link> links = path(object, mine);
  ASSERT_EQ(links.size(), 2u);
  EXPECT_EQ(links[0].at, mine);
  Frame frame(*this, 1);
  frame[0] = make(nullptr, object);
  links = path(object, mine);
  ASSERT_EQ(links.size(), 3u);
  EXPECT_EQ(links[0].kind, uint32_t{MGC_LINK_STACK});
  const uint64_t other = handle(object);
  links = path(object, mine);
  ASSERT_EQ(links.size(), 2u);
  EXPECT_EQ(links[0].at, other);
}

TEST_F(PathTest, GoesThroughInteriorPointersArraysMixedSpansAndLargeObjects) {
  Frame frame(*this, 1);
  Type* const pointer = define("pointer", 1, 1);
  void** const large = static_cast<void**>(heap.newarray(mutator(), pointer, 20000));
  void** const small = static_cast<void**>(heap.newarray(mutator(), pointer, 10));
  Node* const target = make();
  large[19999] = small + 3;
  small[7] = &target->right;
  frame[0] = large + 5000;
  const std::vector<mgc_link> links = path(target);
  ASSERT_EQ(links.size(), 4u);
  EXPECT_EQ(links[1].offset, 19999 * kWordBytes);
  EXPECT_EQ(links[1].size, 20000 * kWordBytes);
  EXPECT_EQ(links[2].base, small);
  EXPECT_EQ(links[2].offset, 7 * kWordBytes);
}

TEST_F(PathTest, ChangesNothingAndGivesItsMemoryBack) {
  Frame frame(*this, 1);
  for (int i = 0; i < 20000; ++i) frame[0] = make(frame.node(0), make());
  Node* const garbage = make();
  path(garbage);  // this gets the memory that the table needs
  const mgc_stats_data before = stats();
  const std::vector<mgc_link> links = path(garbage);
  EXPECT_TRUE(links.empty());
  const mgc_stats_data after = stats();
  EXPECT_EQ(span_of(frame[0])->inspection, nullptr);
  EXPECT_EQ(after.sys, before.sys);
  EXPECT_EQ(after.heap_inuse, before.heap_inuse);
  EXPECT_EQ(after.heap_idle, before.heap_idle);
  EXPECT_EQ(after.heap_objects, before.heap_objects);
  EXPECT_EQ(after.num_gc, before.num_gc);
  collect();
  EXPECT_FALSE(alive(garbage));
}

TEST_F(PathTest, RefusesWhatIsInNoObject) {
  int local = 0;
  LinkBuffer out;
  for (const void* address : {static_cast<const void*>(nullptr), static_cast<const void*>(&local),
                              static_cast<const void*>(Heap::zero_base())}) {
    EXPECT_EQ(heap.why_alive(address, 0, out), Status::kBadPointer);
    expect_error(Status::kBadPointer, "pointer not in allocated block");
  }
  EXPECT_EQ(heap.why_alive(make(), 0, out), Status::kOk) << "no room for links is none of its business";
}

TEST(Path, M12_SaysWhenThereIsNoMemoryForTheSearch) {
  mgc_options options = HeapFixture::quiet();
  options.max_bytes = 4 << 20;
  HeapFixture f(options);
  Frame frame(f, 1);
  Node* made = nullptr;
  while ((made = static_cast<Node*>(f.heap.newobject(f.mutator(), f.node))) != nullptr) {
    made->left = frame.node(0);
    frame[0] = made;
  }
  LinkBuffer out;
  EXPECT_EQ(f.heap.why_alive(frame[0], 0, out), Status::kOutOfMemory);
  f.expect_error(Status::kOutOfMemory, "out of memory");
  frame[0] = nullptr;
  f.collect();
  frame[0] = f.make();
  EXPECT_EQ(f.heap.why_alive(frame[0], 0, out), Status::kOk);
  EXPECT_EQ(out.count, 2u);
}

}  // namespace
}  // namespace mallocgc
