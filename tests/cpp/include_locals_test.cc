// A Local is a root from its construction to its destruction, wherever it lies and whenever it dies: parameters,
// temporaries, containers, captures, coroutine frames; and what unwinds past destructors ends the Locals it skips (R2).
#include "cpp/gc_fixture.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#if defined(__cpp_impl_coroutine) && __has_include(<coroutine>)
#include <coroutine>
#endif

namespace gc_test {
namespace {

using LocalNode = gc::Local<Node>;

gc::Fresh<Node> wrap_value(gc::Frame& frame, LocalNode child) {
  LocalNode node = frame.make<Node>();
  node->left = child;
  return node.fresh();
}
gc::Fresh<Node> wrap_reference(gc::Frame& frame, const LocalNode& child) {
  LocalNode node = frame.make<Node>();
  node->left = child;
  return node.fresh();
}
gc::Fresh<Node> drop(gc::Frame& frame, LocalNode parameter) {
  parameter = nullptr;
  return frame.make<Node>();
}

struct Pair {
  gc::Member<Node> first, second;
  int number = 0;
  Pair(const LocalNode& a, LocalNode b, int n) : first(a), second(b), number(n) {}
};
MALLOCGC_TYPE(Pair, first, second);

class Locals : public GcTest {
 protected:
  bool alive(const void* object) { return mgc_find_object(heap.c(), object, nullptr) != 0; }
  // The Local still gives the object that it was given, and that is alive.
  void expect_root(const LocalNode& local, const Node* object) {
    ASSERT_EQ(heap.collect(), MGC_OK) << heap.last_error();
    EXPECT_EQ(local.get(), object);
    EXPECT_TRUE(alive(object));
  }
};

TEST_F(Locals, R3_AParameterByValueMayDieAfterWhatItInitialises) {
  gc::Frame frame(heap);
  LocalNode a = frame.make<Node>();
  LocalNode r = wrap_value(frame, a);
  Node* const object = r.get();
  LocalNode other = frame.make<Node>();  // it would take the slot of r, if r had lost that
  expect_root(r, object);
  EXPECT_NE(other.get(), object);
  EXPECT_EQ(objects_after_collection(), 3u);
}

TEST_F(Locals, R3_ATemporaryMayDieAfterWhatItInitialises) {
  gc::Frame frame(heap);
  LocalNode r = wrap_reference(frame, frame.make<Node>());
  Node* const object = r.get();
  LocalNode other = frame.make<Node>();
  expect_root(r, object);
  EXPECT_TRUE(alive(r->left.get()));
  gc::Local<Pair> pair = frame.make<Pair>(LocalNode(frame.make<Node>()), other, 7);
  Pair* const made = pair.get();
  LocalNode third = drop(frame, LocalNode(frame.make<Node>()));
  ASSERT_EQ(heap.collect(), MGC_OK);
  EXPECT_EQ(pair.get(), made);
  EXPECT_TRUE(alive(made) && alive(pair->first.get()) && alive(third.get()));
  EXPECT_EQ(pair->number, 7);
  EXPECT_EQ(objects_after_collection(), 6u);
}

TEST_F(Locals, R3_ConditionalMovedFromAndSwappedOnesKeepTheirSlots) {
  gc::Frame frame(heap);
  LocalNode a = frame.make<Node>();
  LocalNode b = frame.make<Node>();
  for (const bool first : {true, false}) {
    LocalNode r = first ? wrap_value(frame, a) : wrap_value(frame, b);
    expect_root(r, r.get());
    LocalNode moved = std::move(r);
    expect_root(moved, moved.get());
    LocalNode chosen = first ? a : LocalNode(frame.make<Node>());
    expect_root(chosen, chosen.get());
  }
  Node* const was_a = a.get();
  Node* const was_b = b.get();
  std::swap(a, b);
  expect_root(a, was_b);
  expect_root(b, was_a);
}

TEST_F(Locals, R3_LocalsInContainersAreRootsInAnyOrder) {
  gc::Frame frame(heap);
  std::vector<LocalNode> list;
  std::vector<Node*> objects;
  for (int i = 0; i < 100; ++i) {
    LocalNode n = frame.make<Node>();
    list.push_back(n);  // the vector moves its elements when it grows
    objects.push_back(n.get());
  }
  EXPECT_EQ(objects_after_collection(), 100u);
  for (size_t i = 0; i < 100; ++i) ASSERT_EQ(list[i].get(), objects[i]);
  list.erase(list.begin() + 10, list.begin() + 60);
  EXPECT_EQ(objects_after_collection(), 50u);
  std::optional<LocalNode> maybe;
  {
    gc::Frame inner(heap);
    maybe.emplace(inner.make<Node>());
    list.emplace_back(inner.make<Node>());
  }
  expect_root(*maybe, maybe->get());
  EXPECT_EQ(objects_after_collection(), 52u);
  maybe.reset();
  list.clear();
  EXPECT_EQ(objects_after_collection(), 0u);
}

TEST_F(Locals, R3_AQueueOfLocalsTakesNoMoreSlotsThanItIsLong) {
  gc::Frame frame(heap);
  std::deque<LocalNode> queue;
  const auto work = [&] {
    gc::Frame inner(heap);
    LocalNode made = inner.make<Node>();
    queue.push_back(made);
    if (queue.size() > 20) queue.pop_front();
  };
  for (int i = 0; i < 100; ++i) work();
  const uint64_t before = heap.stats().stack_sys;
  const uint64_t in_use = heap.stats().stack_inuse;
  for (int i = 0; i < 20000; ++i) work();
  EXPECT_EQ(heap.stats().stack_sys, before);
  EXPECT_EQ(heap.stats().stack_inuse, in_use);
  EXPECT_EQ(objects_after_collection(), 20u);
}

TEST_F(Locals, R3_CapturesAndLocalsOnTheFreeStoreAreRoots) {
  gc::Frame frame(heap);
  std::function<Node*()> captured;
  {
    LocalNode n = frame.make<Node>();
    captured = [n] { return n.get(); };
  }
  auto one = std::make_unique<LocalNode>(frame.make<Node>());
  LocalNode above = frame.make<Node>();
  EXPECT_EQ(objects_after_collection(), 3u);
  EXPECT_TRUE(alive(captured()));
  one.reset();
  expect_root(above, above.get());
  EXPECT_EQ(objects_after_collection(), 2u);
  captured = nullptr;
  EXPECT_EQ(objects_after_collection(), 1u);
}

#if defined(__cpp_impl_coroutine) && __has_include(<coroutine>)
// This coroutine runs at once until its first suspension, and goes on when it is resumed.
struct Task {
  struct promise_type {
    Task get_return_object() { return Task{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
  explicit Task(std::coroutine_handle<promise_type> h) : handle(h) {}
  Task(Task&& other) noexcept : handle(std::exchange(other.handle, nullptr)) {}
  ~Task() {
    if (handle) handle.destroy();
  }
  std::coroutine_handle<promise_type> handle;
};

Task keep(gc::Heap& heap, LocalNode parameter, std::vector<const Node*>& seen) {
  gc::Frame frame(heap);
  LocalNode own = frame.make<Node>();
  seen.push_back(own.get());
  seen.push_back(parameter.get());
  co_await std::suspend_always{};
  LocalNode later = frame.make<Node>();
  own->left = later;
  co_await std::suspend_always{};
  own->right = parameter;
}

TEST_F(Locals, R3_LocalsAndFramesOfCoroutinesInterleave) {
  for (const bool first_ends_first : {true, false}) {
    gc::Frame frame(heap);
    void** const top = frame.mutator()->shadow_top;
    std::vector<const Node*> seen;
    LocalNode shared = frame.make<Node>();
    std::vector<std::unique_ptr<Task>> tasks;
    for (int i = 0; i < 5; ++i) tasks.push_back(std::unique_ptr<Task>(new Task(keep(heap, shared, seen))));
    for (auto& task : tasks) {
      task->handle.resume();
      ASSERT_EQ(heap.collect(), MGC_OK) << heap.last_error();
      for (const Node* const object : seen) ASSERT_TRUE(alive(object));
    }
    while (!tasks.empty()) {
      Task& task = first_ends_first ? *tasks.front() : *tasks.back();
      if (tasks.size() % 2 == 0) task.handle.resume();  // it runs to its end; the others are destroyed where they wait
      tasks.erase(first_ends_first ? tasks.begin() : tasks.end() - 1);
      EXPECT_EQ(objects_after_collection(), 1 + 2 * tasks.size());
      LocalNode n = frame.make<Node>();
      expect_root(n, n.get());
    }
    EXPECT_EQ(frame.mutator()->shadow_top, top);
  }
}
#endif

TEST_F(Locals, FramesMayEndInAnyOrder) {
  gc::Frame outer(heap);
  void** const top = outer.mutator()->shadow_top;
  for (const int order : {0, 1, 2, 3, 4, 5}) {
    std::optional<gc::Frame> frames[3];
    std::vector<LocalNode> locals;
    for (auto& frame : frames) {
      frame.emplace(heap);
      locals.emplace_back(frame->make<Node>());
    }
    const int first = order / 2;
    const int second = order % 2 == 0 ? (first + 1) % 3 : (first + 2) % 3;
    for (const int i : {first, second, 3 - first - second}) {
      frames[i].reset();
      EXPECT_EQ(objects_after_collection(), 3u) << order;
    }
    EXPECT_EQ(outer.mutator()->shadow_top, top) << order;
  }
}

TEST_F(Locals, R2_AFrameEndsWhatCCodeLeftBehindOnTheStack) {
  gc::Frame outer(heap);
  void** const top = outer.mutator()->shadow_top;
  LocalNode kept(outer);
  {
    gc::Frame inner(heap);
    void** const slots = mgc_frame_push(heap.mutator(), 3);
    kept = inner.make<Node>();
    slots[2] = LocalNode(inner.make<Node>()).get();
    EXPECT_EQ(objects_after_collection(), 2u);
  }
  EXPECT_EQ(outer.mutator()->shadow_top, top);
  EXPECT_EQ(objects_after_collection(), 1u);
}

TEST_F(Locals, R2_RestoringTheTopEndsTheLocalsOfTheFramesAboveIt) {
  gc::Frame outer(heap);
  std::vector<LocalNode> older;
  {
    gc::Frame deep(heap);
    gc::Frame deeper(heap);
    older.emplace_back(deeper.make<Node>());  // it outlives Frames that are younger than it would be in depth
  }
  LocalNode kept = outer.make<Node>();
  void** const top = mgc_frame_save(heap.mutator());
  alignas(gc::Frame) unsigned char frame_storage[sizeof(gc::Frame)];
  alignas(LocalNode) unsigned char local_storage[3 * sizeof(LocalNode)];
  // This is like code that an exception of the host leaves: no destructor runs.
  auto* const frame = new (frame_storage) gc::Frame(heap);
  auto* const locals = reinterpret_cast<LocalNode*>(local_storage);
  for (int i = 0; i < 3; ++i) new (locals + i) LocalNode(frame->make<Node>());
  EXPECT_EQ(objects_after_collection(), 5u);
  ASSERT_EQ(mgc_frame_restore(heap.mutator(), top), MGC_OK) << heap.last_error();
  EXPECT_EQ(objects_after_collection(), 2u);
  EXPECT_TRUE(alive(kept.get()) && alive(older[0].get()));
  LocalNode again = outer.make<Node>();
  expect_root(again, again.get());
}

// Locals are made, copied, assigned and dropped in any order; after each step exactly the objects that they point to
// live.
TEST_F(Locals, R3_RandomHistoriesAreExactBothWays) {
  uint32_t state = 2463534242;
  const auto random = [&state](uint32_t below) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
  };
  gc::Frame frame(heap);
  std::vector<std::unique_ptr<LocalNode>> locals;
  std::vector<Node*> expected;
  for (int step = 0; step < 3000; ++step) {
    const uint32_t at = locals.empty() ? 0 : random(static_cast<uint32_t>(locals.size()));
    const uint32_t from = locals.empty() ? 0 : random(static_cast<uint32_t>(locals.size()));
    switch (locals.empty() ? 0 : random(6)) {
      case 0:
      case 1:
        locals.push_back(std::make_unique<LocalNode>(frame.make<Node>()));
        expected.push_back(locals.back()->get());
        break;
      case 2:
        locals.push_back(std::make_unique<LocalNode>(*locals[from]));
        expected.push_back(expected[from]);
        break;
      case 3:
        *locals[at] = *locals[from];
        expected[at] = expected[from];
        break;
      case 4:
        *locals[at] = nullptr;
        expected[at] = nullptr;
        break;
      default:
        locals.erase(locals.begin() + at);
        expected.erase(expected.begin() + at);
    }
    if (locals.size() > 150) locals.resize(50), expected.resize(50);
    if (step % 8 != 0) continue;
    std::vector<Node*> unique;
    for (size_t i = 0; i < locals.size(); ++i) {
      ASSERT_EQ(locals[i]->get(), expected[i]);
      if (expected[i] != nullptr && std::find(unique.begin(), unique.end(), expected[i]) == unique.end())
        unique.push_back(expected[i]);
    }
    ASSERT_EQ(objects_after_collection(), unique.size()) << step;
  }
}

TEST_F(Locals, C13_SlotsOfADeepRecursionAreGivenBack) {
  MGC_NEEDS(kWorkCounters);
  gc::Frame frame(heap);
  LocalNode kept = frame.make<Node>();
  const uint64_t before = heap.stats().stack_sys;
  {
    std::vector<LocalNode> many;
    many.reserve(100000);
    for (int i = 0; i < 100000; ++i) many.push_back(kept);
    EXPECT_GE(heap.stats().stack_inuse, 100000 * sizeof(mgc_local_slot));
    EXPECT_EQ(objects_after_collection(), 1u);
  }
  EXPECT_EQ(objects_after_collection(), 1u);
  EXPECT_LE(heap.stats().stack_sys, before + (uint64_t{64} << 10));
  expect_root(kept, kept.get());
}

gc::Fresh<Node> build_list(gc::Frame& frame, int length) {
  LocalNode node = frame.make<Node>();
  node->value = length;
  if (length > 1) {
    LocalNode rest = build_list(frame, length - 1);
    node->left = rest;
  }
  return node.fresh();
}

TEST_F(Locals, R2_DeepRecursionsHaveRoom) {
  gc::Frame frame(heap);
  LocalNode list = build_list(frame, 10000);
  int length = 0;
  for (const Node* n = list.get(); n != nullptr; n = n->left.get()) ++length;
  EXPECT_EQ(length, 10000);
  EXPECT_EQ(objects_after_collection(), 10000u);
}

}  // namespace
}  // namespace gc_test
