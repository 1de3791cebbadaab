// Programs with exceptions are linked to a library without. What is thrown, or jumps, out of a callback of the heap
// leaves a heap that goes on, or one that says CORRUPT with its cause (F11, M13). Constructors may throw, too.
#include <mallocgc/gc.h>

#include <gtest/gtest.h>

#include <csetjmp>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace {

namespace gc = mallocgc;

struct Node {
  gc::Member<Node> next;
  long values[3] = {};
};
MALLOCGC_TYPE(Node, next);

struct Oops {};
std::jmp_buf jump_target;
enum class Way { kThrow, kJump };
Way way = Way::kThrow;

// Every callback of these tests does this in the end.
[[noreturn]] void leave() {
  if (way == Way::kJump) std::longjmp(jump_target, 1);
  throw Oops{};
}

// Returns true if `action` was left by unwinding. It runs in a frame of its own, which is gone afterwards.
[[gnu::noinline]] bool unwinds(const std::function<void()>& action) {
  if (way == Way::kJump) {
    if (setjmp(jump_target) != 0) return true;
    action();
    return false;
  }
  try {
    action();
    return false;
  } catch (const Oops&) {
    return true;
  }
}

// Overwrites what dead frames have left behind.
[[gnu::noinline]] void smash() {
  volatile char bytes[16384];
  std::memset(const_cast<char*>(bytes), 0x41, sizeof bytes);
}

class Unwinding : public testing::TestWithParam<Way> {
 public:
  Unwinding() {
    way = GetParam();
    mgc_options options = {};
    options.max_bytes = uint64_t{16} << 20;
    options.gc_percent = -1;
    EXPECT_EQ(mgc_heap_create(&options, &heap), MGC_OK);
    mutator = mgc_main_mutator(heap);
    const uint32_t mask = 1;
    mgc_type_info info = {};
    info.name = "Pair";
    info.size = 2 * sizeof(void*);
    info.pointers.mask = &mask;
    EXPECT_EQ(mgc_type_define(heap, &info, &type), MGC_OK);
  }
  ~Unwinding() override { mgc_heap_destroy(heap); }

  void** make() { return static_cast<void**>(mgc_new(mutator, type)); }
  uint64_t objects() {
    mgc_stats_data stats;
    mgc_stats(heap, &stats);
    return stats.heap_objects;
  }
  // Everything works again, and nothing of what was under way is left.
  void expect_to_go_on(uint64_t living) {
    smash();
    for (int round = 0; round < 2; ++round) {
      ASSERT_EQ(mgc_collect(heap), MGC_OK) << mgc_last_error(heap);
      EXPECT_EQ(objects(), living);
      ASSERT_NE(make(), nullptr) << mgc_last_error(heap);
      const mgc_handle handle = mgc_handle_new(heap, make());
      ASSERT_NE(handle, 0u) << mgc_last_error(heap);
      EXPECT_EQ(mgc_handle_free(heap, handle), MGC_OK);
      ASSERT_NE(mgc_raw(mutator, 100000), nullptr) << mgc_last_error(heap);
      if (mgc_flavour_debug() != 0) {
        EXPECT_EQ(mgc_verify(heap), MGC_OK) << mgc_last_error(heap);
      }
    }
    ASSERT_EQ(mgc_collect(heap), MGC_OK);
    EXPECT_EQ(objects(), living);
  }
  void expect_corrupt(const std::string& text) {
    smash();
    for (int round = 0; round < 3; ++round) {
      EXPECT_EQ(mgc_collect(heap), MGC_CORRUPT);
      EXPECT_EQ(mgc_last_error(heap), text);
      EXPECT_EQ(make(), nullptr);
      EXPECT_EQ(mgc_last_status(heap), MGC_CORRUPT);
      EXPECT_EQ(mgc_handle_new(heap, this), 0u);
      EXPECT_EQ(mgc_add_roots(heap, &heap, sizeof heap, nullptr), MGC_CORRUPT);
      EXPECT_EQ(mgc_run_finalizers(heap, 1), 0u);
    }
  }

  mgc_heap* heap = nullptr;
  mgc_mutator* mutator = nullptr;
  mgc_type type = nullptr;
};

TEST_P(Unwinding, F11_OutOfAFinalizerTheRecordIsUsedUpAndTheHeapGoesOn) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(mgc_set_finalizer(
                  heap, make(), [](mgc_mutator*, void*, void*) { leave(); }, nullptr),
              MGC_OK);
  }
  ASSERT_EQ(mgc_collect(heap), MGC_OK);
  EXPECT_EQ(mgc_ready_count(heap), 3u);
  for (size_t left = 3; left-- != 0;) {
    EXPECT_TRUE(unwinds([&] { mgc_run_finalizers(heap, SIZE_MAX); }));
    EXPECT_EQ(mgc_ready_count(heap), left);
    expect_to_go_on(left);
  }
  EXPECT_EQ(mgc_run_finalizers(heap, SIZE_MAX), 0u);
}

TEST_P(Unwinding, F11_OutOfACleanupItsArgumentIsNoRootAnyMore) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_NE(mgc_add_cleanup(
                  heap, make(), [](mgc_mutator*, void*, void*) { leave(); }, make()),
              0u);
  }
  ASSERT_EQ(mgc_collect(heap), MGC_OK);
  EXPECT_EQ(objects(), 2u) << "the arguments";
  EXPECT_TRUE(unwinds([&] { mgc_run_finalizers(heap, SIZE_MAX); }));
  expect_to_go_on(1);
  EXPECT_TRUE(unwinds([&] { mgc_run_finalizers(heap, SIZE_MAX); }));
  expect_to_go_on(0);
}

// Of two drains the inner one is left by unwinding. The outer one goes on, with its own object alive.
TEST_P(Unwinding, F11_OutOfANestedDrainTheOuterOneGoesOn) {
  struct Outer {
    Unwinding* test;
    void** object;
    int runs;
  } outer = {this, make(), 0};
  const mgc_finalizer inner = [](mgc_mutator*, void*, void*) { leave(); };
  const mgc_finalizer nesting = [](mgc_mutator*, void* object, void* context) {
    auto* const self = static_cast<Outer*>(context);
    ++self->runs;
    EXPECT_TRUE(unwinds([self] { mgc_run_finalizers(self->test->heap, SIZE_MAX); }));
    smash();
    EXPECT_EQ(mgc_collect(self->test->heap), MGC_OK);
    EXPECT_EQ(object, self->object);
    EXPECT_EQ(mgc_find_object(self->test->heap, object, nullptr), 1);
    EXPECT_EQ(self->test->objects(), 1u) << "what the inner one held is gone";
  };
  ASSERT_EQ(mgc_set_finalizer(heap, outer.object, nesting, &outer), MGC_OK);
  ASSERT_EQ(mgc_collect(heap), MGC_OK);
  ASSERT_EQ(mgc_set_finalizer(heap, make(), inner, nullptr), MGC_OK);
  ASSERT_EQ(mgc_collect(heap), MGC_OK);
  EXPECT_EQ(mgc_run_finalizers(heap, SIZE_MAX), 1u);
  EXPECT_EQ(outer.runs, 1);
  expect_to_go_on(0);
}

TEST_P(Unwinding, F11_OutOfAHookTheHeapGoesOn) {
  if (mgc_flavour_debug() != 0) {
    ASSERT_EQ(mgc_set_debug(heap, MGC_DEBUG_VERIFY | MGC_DEBUG_CHECKMARK, 0), MGC_OK);
  }
  struct Hook {
    bool armed;
    static void run(void* hook) {
      if (static_cast<Hook*>(hook)->armed) leave();
    }
  } hook = {true};
  ASSERT_EQ(mgc_add_cycle_hook(heap, Hook::run, &hook), MGC_OK);
  make();
  EXPECT_TRUE(unwinds([&] { mgc_collect(heap); }));
  EXPECT_TRUE(unwinds([&] { mgc_collect(heap); })) << "again from the same place";
  EXPECT_TRUE(unwinds([&] { mgc_phase_start(heap, 1); }));
  EXPECT_TRUE(unwinds([&] { mgc_raw(mutator, size_t{15} << 20), mgc_raw(mutator, size_t{15} << 20); }))
      << "last resort";
  hook.armed = false;
  expect_to_go_on(0);
}

TEST_P(Unwinding, F11_OutOfThePressureCallbackTheHeapGoesOn) {
  void** const frame = mgc_frame_push(mutator, 1);
  frame[0] = make();
  mgc_set_pressure(
      heap, [](uint64_t, void*) { leave(); }, nullptr);
  EXPECT_TRUE(unwinds([&] { mgc_raw(mutator, size_t{20} << 20); }));
  EXPECT_TRUE(unwinds([&] { mgc_raw(mutator, size_t{20} << 20); })) << "again from the same place";
  mgc_set_pressure(heap, nullptr, nullptr);
  EXPECT_EQ(mgc_raw(mutator, size_t{20} << 20), nullptr);
  EXPECT_EQ(mgc_last_status(heap), MGC_OUT_OF_MEMORY);
  expect_to_go_on(1);
  EXPECT_EQ(mgc_frame_pop(mutator, frame), MGC_OK);
}

TEST_P(Unwinding, F11_OutOfAListenerInTheMiddleOfAChangeTheHeapIsCorrupt) {
  static uint32_t unwelcome;
  unwelcome = MGC_EVENT_CYCLE_START;
  mgc_set_listener(
      heap,
      [](const mgc_event* event, void*) {
        if (event->kind == unwelcome) leave();
      },
      nullptr);
  EXPECT_TRUE(unwinds([&] { mgc_collect(heap); }));
  expect_corrupt("heap interrupted in collection: a callback did not return");
}

TEST_P(Unwinding, F11_OutOfAListenerBetweenChangesTheHeapGoesOn) {
  mgc_set_listener(
      heap,
      [](const mgc_event* event, void*) {
        if (event->kind == MGC_EVENT_FINALIZER_RUN) leave();
      },
      nullptr);
  ASSERT_EQ(mgc_set_finalizer(
                heap, make(), [](mgc_mutator*, void*, void*) {}, nullptr),
            MGC_OK);
  ASSERT_EQ(mgc_collect(heap), MGC_OK);
  EXPECT_TRUE(unwinds([&] { mgc_run_finalizers(heap, SIZE_MAX); }));
  expect_to_go_on(0);
}

TEST_P(Unwinding, M13_WhileACallbackRunsItIsNotTakenForLeft) {
  struct Probe {
    mgc_heap* heap;
    mgc_mutator* mutator;
    int refused;
    static void run(void* context) {
      auto* const probe = static_cast<Probe*>(context);
      for (int i = 0; i < 3; ++i) {
        probe->refused += mgc_collect(probe->heap) == MGC_BAD_ARGUMENT;
        probe->refused += mgc_raw(probe->mutator, 100) == nullptr && mgc_last_status(probe->heap) == MGC_BAD_ARGUMENT;
        EXPECT_EQ(std::string(mgc_last_error(probe->heap)).rfind("re-entered from a callback of the heap", 0), 0u);
      }
    }
  } probe = {heap, mutator, 0};
  ASSERT_EQ(mgc_add_cycle_hook(heap, Probe::run, &probe), MGC_OK);
  ASSERT_EQ(mgc_collect(heap), MGC_OK);
  EXPECT_EQ(probe.refused, 6);
}

// A host whose own unwinding does not give the stack of C back says that it left by restoring the top (R2).
TEST_P(Unwinding, R2_RestoringTheTopEndsACallbackThatWasLeft) {
  mgc_cycle_hook const hook = [](void*) { leave(); };
  ASSERT_EQ(mgc_add_cycle_hook(heap, hook, nullptr), MGC_OK);
  void** const top = mgc_frame_save(mutator);
  EXPECT_TRUE(unwinds([&] { mgc_collect(heap); }));
  const std::function<void(int)> deeper = [&](int left) {
    volatile char bytes[1024];
    bytes[0] = static_cast<char>(left);
    if (bytes[0] != 0) return deeper(left - 1);
    EXPECT_EQ(mgc_frame_restore(mutator, top), MGC_OK);
    EXPECT_NE(mgc_raw(mutator, 100), nullptr) << mgc_last_error(heap);
    EXPECT_NE(make(), nullptr);
  };
  deeper(16);
  ASSERT_EQ(mgc_remove_cycle_hook(heap, hook, nullptr), MGC_OK);
  expect_to_go_on(0);
}

INSTANTIATE_TEST_SUITE_P(Ways, Unwinding, testing::Values(Way::kThrow, Way::kJump),
                         [](const auto& info) { return info.param == Way::kThrow ? "Throw" : "Jump"; });

// ---- gc.h ----

gc::Heap* the_heap = nullptr;
int constructions_left = 0;

struct Bomb {
  gc::Member<Node> first;
  gc::Member<Node> second;
  explicit Bomb(int) : Bomb() {}
  Bomb() {
    first = the_heap->make<Node>();
    if (--constructions_left == 0) throw Oops{};
    second = the_heap->make<Node>();
  }
};
MALLOCGC_TYPE(Bomb, first, second);

class ThrowingConstructors : public testing::Test {
 protected:
  ThrowingConstructors() { the_heap = &heap; }
  uint64_t objects_after_collection() {
    EXPECT_EQ(heap.collect(), MGC_OK) << heap.last_error();
    return heap.stats().heap_objects;
  }
  gc::Heap heap;
};

TEST_F(ThrowingConstructors, F11_LeaveNothingBehind) {
  gc::Frame frame(heap);
  void** const top = frame.mutator()->shadow_top;
  const uint64_t in_use = heap.stats().stack_inuse;
  for (const uint32_t stress : {0u, 1u}) {
    ASSERT_EQ(mgc_set_debug(heap.c(), 0, stress), MGC_OK);
    for (int i = 0; i < 20; ++i) {
      constructions_left = 1;
      EXPECT_THROW(static_cast<void>(frame.make<Bomb>()), Oops);
      constructions_left = 1;
      EXPECT_THROW(static_cast<void>(heap.make<Bomb>(1)), Oops);
      constructions_left = 5;
      EXPECT_THROW(static_cast<void>(frame.make_array<Bomb>(9)), Oops);
      EXPECT_EQ(frame.mutator()->shadow_top, top);
      EXPECT_EQ(heap.stats().stack_inuse, in_use);
    }
  }
  ASSERT_EQ(mgc_set_debug(heap.c(), 0, 0), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 0u);
  gc::Local<Bomb> made = frame.make<Bomb>();
  EXPECT_EQ(objects_after_collection(), 3u);
}

TEST_F(ThrowingConstructors, R3_LocalsEndWithTheFramesThatAreUnwound) {
  gc::Frame frame(heap);
  const uint64_t in_use = heap.stats().stack_inuse;
  const std::function<void(int, gc::Local<Node>)> descend = [&](int depth, gc::Local<Node> parameter) {
    gc::Frame inner(heap);
    gc::Local<Node> own = inner.make<Node>();
    own->next = parameter;
    if (depth == 0) throw Oops{};
    descend(depth - 1, own);
  };
  for (int i = 0; i < 10; ++i) {
    gc::Local<Node> kept = frame.make<Node>();
    EXPECT_THROW(descend(20, kept), Oops);
    EXPECT_EQ(objects_after_collection(), 1u);
  }
  EXPECT_EQ(heap.stats().stack_inuse, in_use);
}

TEST_F(ThrowingConstructors, F11_AFinalizerInCppMayThrow) {
  gc::Frame frame(heap);
  for (int i = 0; i < 3; ++i) {
    gc::Local<Node> n = frame.make<Node>();
    ASSERT_EQ(heap.set_finalizer(n,
                                 [](gc::Frame& inner, gc::Local<Node>& dead) {
                                   dead->next = inner.make<Node>();
                                   throw Oops{};
                                 }),
              MGC_OK);
  }
  ASSERT_EQ(heap.collect(), MGC_OK);
  const uint64_t in_use = heap.stats().stack_inuse;
  for (int i = 0; i < 3; ++i) EXPECT_THROW(heap.run_finalizers(), Oops);
  EXPECT_EQ(heap.run_finalizers(), 0u);
  smash();
  EXPECT_EQ(heap.stats().stack_inuse, in_use);
  EXPECT_EQ(objects_after_collection(), 0u);
}

}  // namespace
