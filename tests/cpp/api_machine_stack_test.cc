// The machine's own stack is a root (R1): objects that only locals hold stay, in every mode and with a collection at
// every allocation. As wasm this holds once mallocgc-root has rewritten the program (tests/rooting), so only such
// programs have these tests. There stores are plain, since with --barriers the tool marks their cards; without it the
// heap may be in no mode that needs them.
#include "cpp/api_fixture.h"

#include <algorithm>
#include <array>
#include <utility>

#include "platform/platform.h"

#if !defined(__EMSCRIPTEN__) || defined(MALLOCGC_ROOTED)

namespace api_test {
namespace {

MGC_ALL_NEED(kClientStacks);

struct Tree {
  Tree* left;
  Tree* right;
  uintptr_t value;
};

// Two pointers, which compilers copy as one wide word.
struct Pair {
  Tree* one;
  Tree* other;
};

void set(Tree** slot, Tree* value) {
#if defined(MALLOCGC_ROOTED)
  *slot = value;
#else
  mgc_store(slot, value);
#endif
}

struct Mode {
  const char* name;
  uint32_t number;
  bool needs_barriers;
};

class MachineStackTest : public testing::TestWithParam<Mode> {
 protected:
  MachineStackTest() {
    mgc_options options = {};
    options.max_bytes = uint64_t{64} << 20;
    options.mode = GetParam().number;
    EXPECT_EQ(mgc_heap_create(&options, &heap), MGC_OK) << mgc_last_error(nullptr);
    mutator = mgc_main_mutator(heap);
    const uint32_t mask = 3;
    mgc_type_info info = {};
    info.name = "Tree";
    info.size = sizeof(Tree);
    info.pointers.mask = &mask;
    EXPECT_EQ(mgc_type_define(heap, &info, &type), MGC_OK) << mgc_last_error(heap);
  }
  ~MachineStackTest() override {
    EXPECT_EQ(mallocgc::verified(heap), mallocgc::Status::kOk) << mgc_last_error(heap);
    mgc_heap_destroy(heap);
  }

  // Returns false where the program may not run in this mode, which the heap has said then.
  bool enable() {
    const bool is_refused = mallocgc::platform::is_rooted_without_barriers() && GetParam().needs_barriers;
    EXPECT_EQ(mgc_enable_c_stack(mutator), is_refused ? MGC_BAD_ARGUMENT : MGC_OK) << mgc_last_error(heap);
    return !is_refused;
  }
  void collect_at_every(uint32_t allocations) {
    const uint32_t checks = mgc_flavour_debug() ? MGC_DEBUG_CHECKMARK | MGC_DEBUG_POISON | MGC_DEBUG_VERIFY : 0;
    ASSERT_EQ(mgc_set_debug(heap, checks, allocations), MGC_OK) << mgc_last_error(heap);
  }
  uint64_t objects_after_collection() {
    EXPECT_EQ(mgc_collect(heap), MGC_OK) << mgc_last_error(heap);
    return mallocgc::objects_in(heap);
  }

  [[gnu::noinline]] Tree* make(Tree* left, Tree* right, uintptr_t value) {
    auto* const made = static_cast<Tree*>(mgc_new(mutator, type));
    set(&made->left, left);
    set(&made->right, right);
    made->value = value;
    return made;
  }
  Tree* cons(Tree* next, uintptr_t value) { return make(next, nullptr, value); }

  // Where objects were lost and used again there may be rings: no walk is endless.
  bool goes_on(const Tree* at) { return at != nullptr && ++steps_ < 1000000; }
  uintptr_t sum(const Tree* list) {
    uintptr_t total = 0;
    for (; goes_on(list); list = list->left) total += list->value;
    return total;
  }
  uintptr_t count(const Tree* tree, int depth) {
    if (depth < 0 || !goes_on(tree)) return 0;
    return 1 + count(tree->left, depth - 1) + count(tree->right, depth - 1);
  }

  // Lists in locals, in an array of which an address is taken, and in the frames of the callers.
  [[gnu::noinline]] uintptr_t sum_of_lists(int depth) {
    Tree* a = nullptr;
    Tree* b = cons(nullptr, 1);
    std::array<Tree*, 3> in_memory = {};
    for (uintptr_t i = 1; i <= 20; ++i) {
      a = cons(a, i);
      in_memory[i % 3] = cons(in_memory[i % 3], i);
      b = cons(cons(b, 0), i);
    }
    uintptr_t total = depth == 0 ? 0 : sum_of_lists(depth - 1);
    for (Tree* list : {a, b, in_memory[0], in_memory[1], in_memory[2]}) total += sum(list);
    return total;
  }
  // f(alloc(), alloc()), to a depth.
  [[gnu::noinline]] Tree* tree_of(int depth) {
    if (depth == 0) return make(nullptr, nullptr, 1);
    return make(tree_of(depth - 1), tree_of(depth - 1), 1);
  }
  // Old objects that get young ones: without the marked cards a minor cycle and a slice lose them.
  [[gnu::noinline]] uintptr_t sum_of_table() {
    Tree* table = nullptr;
    for (uintptr_t i = 0; i < 16; ++i) table = cons(table, i);
    for (uintptr_t round = 0; round < 12; ++round) {
      for (Tree* slot = table; goes_on(slot); slot = slot->left) {
        set(&slot->right, make(nullptr, slot->right, round));
        if (round % 4 == 3 && slot->right != nullptr) set(&slot->right, slot->right->right);
      }
    }
    uintptr_t total = 0;
    for (Tree* slot = table; goes_on(slot); slot = slot->left) {
      for (const Tree* at = slot->right; goes_on(at); at = at->right) total += at->value + 1;
    }
    return total;
  }
  // Pairs that are exchanged as wholes over allocations.
  [[gnu::noinline]] uintptr_t sum_of_pairs() {
    std::array<Pair, 4> pairs = {};
    for (uintptr_t i = 0; i < 40; ++i) {
      Pair fresh = {cons(nullptr, i), nullptr};
      fresh.other = cons(fresh.one, 1);
      Pair old = pairs[i % 4];
      pairs[i % 4] = fresh;
      make(old.one, old.other, 0);
      std::swap(pairs[i % 4], pairs[(i + 1) % 4]);
    }
    uintptr_t total = 0;
    for (const Pair& pair : pairs) total += sum(pair.one) * 3 + sum(pair.other);
    return total;
  }
  // A list is sorted by its links.
  [[gnu::noinline]] uintptr_t sorted(uintptr_t n) {
    Tree* list = nullptr;
    for (uintptr_t i = 0; i < n; ++i) list = cons(list, (i * 37) % n);
    Tree* done = nullptr;
    while (goes_on(list)) {
      Tree* const next = list->left;
      Tree** at = &done;
      while (goes_on(*at) && (*at)->value < list->value) at = &(*at)->left;
      Tree* const made = cons(*at, list->value);
      if (at == &done) {
        done = made;
      } else {
        set(at, made);
      }
      list = next;
    }
    uintptr_t right = 0;
    for (uintptr_t i = 0; i < n && done != nullptr; ++i, done = done->left) right += done->value == i ? 1 : 0;
    return right;
  }

  mgc_heap* heap = nullptr;
  mgc_mutator* mutator = nullptr;
  mgc_type type = nullptr;

 private:
  uint64_t steps_ = 0;
};

TEST_P(MachineStackTest, R1_LocalsKeepTheirObjects) {
  if (!enable()) return;
  for (const uint32_t every : {1u, 2u, 5u}) {
    collect_at_every(every);
    EXPECT_EQ(sum_of_lists(6), 7u * (3 * 210 + 1)) << every;
    EXPECT_EQ(count(tree_of(5), 9), 63u) << every;
    EXPECT_EQ(sum_of_table(), 16u * (1 + 2 + 3 + 5 + 6 + 7 + 9 + 10 + 11)) << every;
    EXPECT_EQ(sorted(23), 23u) << every;
  }
  ASSERT_EQ(mgc_collect(heap), MGC_OK) << mgc_last_error(heap);
}

TEST_P(MachineStackTest, R1_PairsThatAreMovedAsOneWordKeepTheirObjects) {
  const uintptr_t expected = sum_of_pairs();  // nothing is collected yet
  if (!enable()) return;
  for (const uint32_t every : {1u, 2u, 5u}) {
    collect_at_every(every);
    EXPECT_EQ(sum_of_pairs(), expected) << every;
  }
}

TEST_P(MachineStackTest, R1_WithoutItTheyDoNot) {
  const auto lose = [&] {
    Tree* volatile kept = cons(nullptr, 7);
    EXPECT_EQ(mgc_collect(heap), MGC_OK);
    return mgc_find_object(heap, kept, nullptr);
  };
  EXPECT_EQ(lose(), 0);
  if (!enable()) {
    EXPECT_EQ(lose(), 0) << "a refused call changes nothing";
    return;
  }
  EXPECT_EQ(lose(), 1);
  ASSERT_EQ(mgc_disable_c_stack(mutator), MGC_OK);
  EXPECT_EQ(lose(), 0);
}

TEST_P(MachineStackTest, R1_MostOfWhatReturnedFunctionsHeldIsFree) {
  if (!enable()) return;
  [&]() __attribute__((noinline)) {
    Tree* list = nullptr;
    for (uintptr_t i = 0; i < 5000; ++i) list = cons(nullptr, i);
    mgc_keep_alive(list);
  }
  ();
  EXPECT_LE(objects_after_collection(), 10u);
}

TEST_P(MachineStackTest, C9_TheHeapIsInTheStopModeWhereStoresMarkNoCards) {
  mgc_stats_data before;
  mgc_stats(heap, &before);
  const bool is_enabled = enable();
  mgc_stats_data after;
  mgc_stats(heap, &after);
  const bool is_told = is_enabled && mallocgc::platform::is_rooted_without_barriers();
  EXPECT_EQ(after.mode, is_told ? uint32_t{MGC_MODE_STOP} : before.mode);
  EXPECT_EQ(mgc_collect_minor(heap), is_told ? MGC_BAD_ARGUMENT : MGC_OK);
}

INSTANTIATE_TEST_SUITE_P(Modes, MachineStackTest,
                         testing::Values(Mode{"Stop", MGC_MODE_STOP, false},
                                         Mode{"Incremental", MGC_MODE_INCREMENTAL, true},
                                         Mode{"Generational", MGC_MODE_GENERATIONAL, true},
                                         Mode{"Auto", MGC_MODE_AUTO, false}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace api_test

#endif
