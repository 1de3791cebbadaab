// Minor cycles are seen from outside: the tests say what they free, what they leave, and what they must find. The debug
// flavour checks each of them with a second marking.
#include <mallocgc/mallocgc.h>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kModes);

mgc_options generational() { return HeapFixture::checked(MGC_MODE_GENERATIONAL); }

struct Young : HeapFixture {
  Young() : HeapFixture(generational()) { EXPECT_EQ(heap.frame_push(mutator(), 4, &slots), Status::kOk); }
  void minor() { EXPECT_EQ(heap.collect_minor(), Status::kOk) << heap.last_error(); }
  Node* make_old() {
    slots[3] = make();
    collect();
    Node* const made = static_cast<Node*>(slots[3]);
    slots[3] = nullptr;
    return made;
  }
  void** slots = nullptr;
};

TEST(Minor, C10_FreesWhatIsYoungAndDeadAndLeavesWhatIsOld) {
  Young h;
  Node* const old_garbage = h.make_old();
  Node* const dead = h.make();
  h.slots[0] = h.make();
  const uint64_t full = h.stats().num_gc;
  h.minor();
  EXPECT_TRUE(h.alive(old_garbage));
  EXPECT_FALSE(h.alive(dead));
  EXPECT_TRUE(h.alive(h.slots[0]));
  EXPECT_EQ(h.stats().num_gc, full);
  EXPECT_EQ(h.stats().minor_gcs, 1u);
  h.collect();
  EXPECT_FALSE(h.alive(old_garbage));
  EXPECT_EQ(h.stats().heap_objects, 1u);
}

TEST(Minor, C7_AStoreIntoAnOldObjectKeepsTheYoungOne) {
  Young h;
  h.slots[0] = h.make_old();
  Node* const old = static_cast<Node*>(h.slots[0]);
  Node* const young = h.make();
  mgc_store(&old->right, young);
  mgc_store(&young->left, h.make());
  h.minor();
  ASSERT_EQ(old->right, young);
  EXPECT_TRUE(h.alive(young));
  EXPECT_TRUE(h.alive(young->left)) << "through the young one";
  // Both are old now. The next minor cycle finds clean cards, and leaves the objects alone.
  const uint64_t cards = h.stats().work_cards_read;
  h.minor();
  EXPECT_TRUE(h.alive(young->left));
  EXPECT_EQ(h.stats().work_cards_read, cards);
}

TEST(Minor, C7_AStoreWithoutItsBarrierIsFoundAndNamed) {
  MGC_NEEDS(kDeepChecks);
  HeapFixture h(generational());
  const mgc_field fields[] = {{"first", 0, MGC_FIELD_ANY, 0, 1}, {"second", kWordBytes, MGC_FIELD_ANY, 0, 1}};
  const uint32_t mask = 3;
  mgc_type_info info{};
  info.name = "Couple";
  info.size = 2 * kWordBytes;
  info.pointers.mask = &mask;
  info.fields = fields;
  info.field_count = 2;
  Type* const couple = h.define(info);
  void** slots = nullptr;
  ASSERT_EQ(h.heap.frame_push(h.mutator(), 1, &slots), Status::kOk);
  slots[0] = h.malloc(2 * kWordBytes, couple);
  h.collect();
  static_cast<void**>(slots[0])[1] = h.make();
  EXPECT_EQ(h.heap.collect_minor(), Status::kCorrupt);
  const std::string text = h.heap.last_error();
  EXPECT_NE(text.find("a reachable object is not marked"), std::string::npos) << text;
  EXPECT_NE(text.find("stored without a write barrier in Couple.second"), std::string::npos) << text;
  static_cast<void**>(slots[0])[1] = nullptr;
}

TEST(Minor, T4_AWordThatMayBeAPointerNeedsNoBarrier) {
  Young h;
  Type* const any = h.define("Any", 4, 0, MGC_TAIL_CONSERVATIVE);
  h.slots[0] = h.malloc(4 * kWordBytes, any);
  h.collect();
  void** const words = static_cast<void**>(h.slots[0]);
  words[1] = h.make();
  h.minor();
  words[2] = h.make();
  mgc_write_barrier(&words[2]);
  h.minor();
  EXPECT_TRUE(h.alive(words[2])) << "with a barrier it keeps";
}

TEST(Minor, R1_EveryKindOfNewRootKeepsAYoungObject) {
  Young h;
  static void* range[2];
  ASSERT_EQ(h.heap.add_roots(range, sizeof range, nullptr), Status::kOk);
  Node* const old = h.make_old();
  uint64_t changed = 0;
  ASSERT_EQ(h.heap.handle_new(old, &changed), Status::kOk);
  h.minor();
  std::vector<Node*> kept;
  const auto keep = [&] { return kept.emplace_back(h.make()); };
  h.slots[1] = keep();
  range[1] = keep();
  uint64_t handle = 0;
  EXPECT_EQ(h.heap.handle_new(keep(), &handle), Status::kOk);
  EXPECT_EQ(h.heap.handle_set(changed, keep()), Status::kOk);
  h.slots[0] = old;
  EXPECT_EQ(h.heap.set_finalizer(
                old, [](mgc_mutator*, void*, void*) {}, keep(), 0),
            Status::kOk);
  uint64_t cleanup = 0;
  EXPECT_EQ(h.heap.add_cleanup(
                old, [](mgc_mutator*, void*, void*) {}, keep(), 0, &cleanup),
            Status::kOk);
  h.minor();
  for (const Node* const node : kept) EXPECT_TRUE(h.alive(node));
  h.minor();
  for (const Node* const node : kept) EXPECT_TRUE(h.alive(node)) << "old by now";
  EXPECT_EQ(h.heap.remove_roots(range), Status::kOk);
}

TEST(Minor, R3_WhatARootLetGoDiesAtOnce) {
  Young h;
  uint64_t handle = 0;
  Node* const young = h.make();
  EXPECT_EQ(h.heap.handle_new(young, &handle), Status::kOk);
  EXPECT_EQ(h.heap.handle_free(handle), Status::kOk);
  h.minor();
  EXPECT_FALSE(h.alive(young));
}

TEST(Minor, F1_AYoungFinalizerIsQueuedAndAnOldOneWaitsForAFullCycle) {
  Young h;
  static int runs;
  runs = 0;
  const auto count = [](mgc_mutator*, void*, void*) { ++runs; };
  EXPECT_EQ(h.heap.set_finalizer(h.make_old(), count, nullptr, 0), Status::kOk);
  Node* const young = h.make();
  mgc_store(&young->left, h.make());
  Node* const held = young->left;
  EXPECT_EQ(h.heap.set_finalizer(young, count, nullptr, 0), Status::kOk);
  h.minor();
  EXPECT_EQ(h.heap.ready_count(), 1u);
  EXPECT_TRUE(h.alive(young));
  EXPECT_TRUE(h.alive(held)) << "F2: what an armed object points to";
  h.heap.run_finalizers(SIZE_MAX);
  EXPECT_EQ(runs, 1);
  h.minor();
  EXPECT_TRUE(h.alive(young)) << "resurrected, hence old";
  h.collect();
  EXPECT_EQ(h.heap.ready_count(), 1u);
  EXPECT_FALSE(h.alive(young));
  h.heap.run_finalizers(SIZE_MAX);
  EXPECT_EQ(runs, 2);
}

TEST(Minor, F1_AFinalizerThatStoresItsObjectIsABarrierLikeAnyOther) {
  Young h;
  h.slots[0] = h.make_old();
  static Node* keeper;
  keeper = static_cast<Node*>(h.slots[0]);
  const auto rescue = [](mgc_mutator*, void* object, void*) { mgc_store(&keeper->left, object); };
  Node* const young = h.make();
  EXPECT_EQ(h.heap.set_finalizer(young, rescue, nullptr, 0), Status::kOk);
  h.minor();
  h.heap.run_finalizers(SIZE_MAX);
  mgc_store(&young->right, h.make());
  h.minor();
  EXPECT_TRUE(h.alive(young->right));
}

TEST(Minor, F8_AWeakHandleOfAYoungObjectIsClearedWithIt) {
  Young h;
  Node* const old = h.make_old();
  uint64_t weak_old = 0;
  uint64_t weak_young = 0;
  EXPECT_EQ(h.heap.weak_new(old, &weak_old), Status::kOk);
  EXPECT_EQ(h.heap.weak_new(h.make(), &weak_young), Status::kOk);
  h.minor();
  EXPECT_EQ(h.heap.weak_get(weak_old), old) << "not found dead yet";
  EXPECT_EQ(h.heap.weak_get(weak_young), nullptr);
}

TEST(Minor, F8_AnObjectReadFromAWeakHandleCanBeKept) {
  Young h;
  uint64_t weak = 0;
  EXPECT_EQ(h.heap.weak_new(h.make_old(), &weak), Status::kOk);
  h.slots[0] = h.make_old();
  h.minor();
  mgc_store(&static_cast<Node*>(h.slots[0])->left, h.heap.weak_get(weak));
  h.minor();
  h.collect();
  EXPECT_EQ(h.heap.weak_get(weak), static_cast<Node*>(h.slots[0])->left);
}

TEST(Minor, B2_HostValuesOfYoungObjectsAreReleased) {
  Young h;
  Type* const holder = h.define_with_host("Holder");
  uint32_t index = 0;
  EXPECT_EQ(h.heap.host_acquire(&index), Status::kOk);
  static_cast<uintptr_t*>(h.malloc(2 * kWordBytes, holder))[1] = index;
  h.minor();
  EXPECT_EQ(h.heap.host_next_released(), index);
}

TEST(Minor, M3_TinyBlocksDieAndLiveAsOne) {
  Young h;
  char* const a = static_cast<char*>(h.bytes(3));
  char* const b = static_cast<char*>(h.bytes(3));
  ASSERT_LT(b - a, 16);
  h.slots[0] = b;
  h.minor();
  EXPECT_TRUE(h.alive(a));
  char* const c = static_cast<char*>(h.bytes(3));
  EXPECT_GE(c - a < 0 ? a - c : c - a, 3) << "the block is not continued after a cycle";
  h.slots[0] = nullptr;
  h.minor();
  EXPECT_TRUE(h.alive(a)) << "old";
}

TEST(Minor, M6_LargeObjectsAreYoungToo) {
  Young h;
  void* const dead = h.malloc(100000, h.node);
  h.slots[0] = h.malloc(100000, h.node);
  h.minor();
  EXPECT_FALSE(h.alive(dead));
  EXPECT_TRUE(h.alive(h.slots[0]));
  h.slots[0] = nullptr;
  h.minor();
  EXPECT_EQ(h.stats().heap_objects, 1u) << "old";
}

TEST(Minor, C10_OfALargeArrayOnlyTheDirtyPartIsRead) {
  Young h;
  constexpr size_t kWords = 100000;
  Type* const pointer = h.define("Pointer", 1, 1);
  h.slots[0] = h.malloc(kWords * kWordBytes, pointer);
  h.collect();
  void** const array = static_cast<void**>(h.slots[0]);
  mgc_store(&array[kWords / 2], h.make());
  const mgc_stats_data before = h.stats();
  h.minor();
  EXPECT_TRUE(h.alive(array[kWords / 2]));
  EXPECT_EQ(h.stats().work_cards_read, before.work_cards_read + 1);
  EXPECT_LE(h.stats().work_slots_visited - before.work_slots_visited, (size_t{1} << MGC_CARD_SHIFT) / kWordBytes + 8);
}

TEST(Minor, C10_LooksOnlyAtHandlesAndRecordsThatAreNewOrChanged) {
  Young h;
  constexpr uint32_t kMany = 20000;
  std::vector<uint64_t> handles(kMany);
  for (uint64_t& handle : handles) {
    Node* const node = h.make();
    EXPECT_EQ(h.heap.handle_new(node, &handle), Status::kOk);
    EXPECT_EQ(h.heap.set_finalizer(
                  node, [](mgc_mutator*, void*, void*) {}, nullptr, 0),
              Status::kOk);
  }
  h.collect();
  const uint64_t roots = h.stats().work_roots_visited;
  const uint64_t slots = h.stats().work_slots_visited;
  uint64_t fresh = 0;
  EXPECT_EQ(h.heap.handle_new(h.make(), &fresh), Status::kOk);
  h.minor();
  EXPECT_LT(h.stats().work_roots_visited - roots, 100u);
  EXPECT_LT(h.stats().work_slots_visited - slots, 100u);
}

TEST(Minor, C4_MemoryOfTheDeadIsTakenAgain) {
  Young h;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 20000; ++i) h.make();
    h.minor();
  }
  EXPECT_LT(h.stats().heap_inuse, 20000u * 2 * kWordBytes * 2);
}

TEST(Minor, C1_WithoutMinorCyclesTheRequestIsAFullOne) {
  mgc_options options = HeapFixture::quiet();
  options.mode = MGC_MODE_STOP;
  HeapFixture h(options);
  h.make();
  EXPECT_EQ(h.heap.collect_minor(), Status::kOk);
  EXPECT_EQ(h.stats().heap_objects, 0u);
  EXPECT_EQ(h.stats().minor_gcs, 0u);
  EXPECT_EQ(h.stats().num_gc, 1u);
}

TEST(Minor, C2_ASetUpFullOfDirtyCardsMakesItAFullOne) {
  Young h;
  constexpr size_t kWords = 1 << 20;
  Type* const pointer = h.define("Pointer", 1, 1);
  h.slots[0] = h.malloc(kWords * kWordBytes, pointer);
  h.collect();
  mgc_write_barrier_range(h.slots[0], kWords * kWordBytes);
  const uint64_t full = h.stats().num_gc;
  h.minor();
  EXPECT_EQ(h.stats().num_gc, full + 1);
  EXPECT_EQ(h.stats().minor_gcs, 0u);
}

// A store into a young object dirties its card as any other does, and costs the next cycle nothing.
TEST(Minor, C7_CardsOfYoungSpansAloneDoNotMakeTheHeapRest) {
  mgc_options options = generational();
  options.gc_percent = 100;
  options.debug_flags = 0;
  HeapFixture h(options);
  constexpr int kCycles = 20;
  const uint64_t objects = kCycles * Generations::kBudgetBytes / (2 * kWordBytes);
  for (uint64_t i = 0; i < objects; ++i) {
    Node* const made = h.make();
    mgc_store(&made->left, made);
  }
  EXPECT_GE(h.stats().minor_gcs, static_cast<uint64_t>(kCycles) - 2);
  EXPECT_EQ(h.stats().num_gc, 1u) << "the first";
}

// Stores go everywhere into a tree of old objects, and the goal is far away.
struct Stored : HeapFixture {
  static mgc_options options() {
    mgc_options options = generational();
    options.gc_percent = 100;
    options.debug_flags = 0;
    return options;
  }
  Stored() : HeapFixture(options()) {
    EXPECT_EQ(heap.frame_push(mutator(), 1, &slots), Status::kOk);
    for (uint64_t i = 0; i < kObjects; ++i) {
      Node* const made = make();
      mgc_store(&made->left, slots[0]);
      slots[0] = made;
    }
    collect();
    store_everywhere();
  }
  void store_everywhere() {
    for (Node* node = static_cast<Node*>(slots[0]); node != nullptr; node = node->left) mgc_store(&node->right, node);
  }
  static constexpr uint64_t kObjects = (uint64_t{6} << 20) / (2 * kWordBytes);
  void** slots = nullptr;
};

TEST(Minor, C2_WhereMinorCyclesWouldNotPayTheFullOneWaitsForItsGoal) {
  Stored h;
  const mgc_stats_data before = h.stats();
  const uint64_t room = before.next_gc - before.heap_live;
  for (uint64_t bytes = 0; bytes < room * 9 / 10; bytes += 2 * kWordBytes) h.make();
  EXPECT_EQ(h.stats().minor_gcs, before.minor_gcs);
  EXPECT_EQ(h.stats().num_gc, before.num_gc);
  for (uint64_t bytes = 0; bytes < room * 2 / 10; bytes += 2 * kWordBytes) h.make();
  EXPECT_EQ(h.stats().num_gc, before.num_gc + 1);
}

TEST(Minor, C2_OldObjectsInSpansThatAreTakenAgainCountAsWell) {
  Stored h;
  // Every other object dies, so that allocation takes all spans for the holes, and each card has old objects.
  for (Node* node = static_cast<Node*>(h.slots[0]); node != nullptr && node->left != nullptr; node = node->left)
    mgc_store(&node->left, node->left->left);
  for (Node* node = static_cast<Node*>(h.slots[0]); node != nullptr; node = node->left) mgc_store(&node->right, node);
  h.collect();
  h.store_everywhere();
  ASSERT_EQ(h.heap.set_gc_percent(-1), 100);
  for (uint64_t i = 0; i < Stored::kObjects / 2; ++i) h.make();
  const uint64_t full = h.stats().num_gc;
  h.store_everywhere();
  EXPECT_EQ(h.heap.collect_minor(), Status::kOk);
  EXPECT_EQ(h.stats().num_gc, full + 1) << "a minor cycle would have to read all cards";
}

TEST(Minor, AnUnknownModeIsRefusedWithAText) {
  platform::FakeSource source;
  Heap heap;
  mgc_options options = HeapFixture::quiet();
  options.mode = 17;
  EXPECT_EQ(heap.init(options, source), Status::kBadArgument);
  EXPECT_TEXT(heap.last_error(), "mode is none of MGC_MODE_*");
}

}  // namespace
}  // namespace mallocgc
