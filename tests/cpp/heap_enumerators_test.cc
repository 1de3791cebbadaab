// The client's enumerators report roots (R6), in every mode: slots, ranges and values, exact and ambiguous. Some things
// they may not do.
#include <mallocgc/mallocgc.h>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kVisitors);

// This runtime has a stack of its own.
struct Runtime : HeapFixture {
  explicit Runtime(uint32_t mode = MGC_MODE_STOP) : HeapFixture(checked(mode)) {
    EXPECT_EQ(heap.add_enumerator(report, this), Status::kOk) << heap.last_error();
  }
  static void report(mgc_visitor* visitor, void* context) {
    auto& self = *static_cast<Runtime*>(context);
    auto& core = *reinterpret_cast<Visitor*>(visitor);
    ++self.calls;
    core.report_range(Address::of(self.stack), self.top * sizeof(void*), self.certainty);
    if (self.slot != nullptr) core.report_slot(Address::of(self.slot), MGC_EXACT);
    core.report_value(Address::of(self.value), MGC_EXACT);
    if (self.action != nullptr) self.action(self);
  }
  void push(void* object) { stack[top++] = object; }

  void* stack[100] = {};
  size_t top = 0;
  uint32_t certainty = MGC_EXACT;
  void** slot = nullptr;
  void* value = nullptr;
  void (*action)(Runtime& self) = nullptr;
  int calls = 0;
  void* made = nullptr;
  FoundObject found;
};

TEST(Enumerators, R6_WhatIsReportedLivesAndNothingElse) {
  Runtime h;
  void* cell = h.make();
  h.slot = &cell;
  h.push(h.make(h.make(), nullptr));
  h.value = h.make();
  Node* const dropped = h.make();
  h.push(dropped);
  --h.top;
  h.collect();
  EXPECT_EQ(h.stats().heap_objects, 4u);
  EXPECT_FALSE(h.alive(dropped));
  EXPECT_TRUE(h.alive(cell));
  EXPECT_GE(h.calls, 1);
  EXPECT_GE(h.stats().work_roots_visited, 3u);
  EXPECT_EQ(h.heap.remove_enumerator(Runtime::report, &h), Status::kOk);
  h.collect();
  EXPECT_EQ(h.stats().heap_objects, 0u);
}

TEST(Enumerators, R6_AmbiguousWordsMayHoldAnything) {
  Runtime h;
  h.certainty = MGC_AMBIGUOUS;
  Node* const object = h.make();
  Node* const freed = h.make();
  h.push(reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(object) + kWordBytes + 1));
  h.collect();
  EXPECT_TRUE(h.alive(object));
  EXPECT_FALSE(h.alive(freed));
  h.push(freed);
  h.push(reinterpret_cast<void*>(uintptr_t{12345}));
  h.collect();
  EXPECT_TRUE(h.alive(object));
  EXPECT_FALSE(h.alive(freed));
}

TEST(Enumerators, R6_OverlappingRangesAreFine) {
  Runtime h;
  for (int i = 0; i < 10; ++i) h.push(h.make());
  h.action = [](Runtime& self) {
    auto& visitor = self.heap.visitor();
    visitor.report_range(Address::of(self.stack), 6 * sizeof(void*), MGC_EXACT);
    visitor.report_range(Address::of(self.stack + 3), 5 * sizeof(void*) + 3, MGC_AMBIGUOUS);
  };
  h.collect();
  EXPECT_EQ(h.stats().heap_objects, 10u);
}

TEST(Enumerators, R6_StoresIntoTheStackNeedNoBarrierInAnyMode) {
  for (const uint32_t mode :
       {uint32_t{MGC_MODE_STOP}, uint32_t{MGC_MODE_INCREMENTAL}, uint32_t{MGC_MODE_GENERATIONAL}, kModeBoth}) {
    Runtime h(mode);
    Random random{mode + 1};
    for (int i = 0; i < 3000; ++i) {
      if (h.top == 0 || (h.top < 100 && random.below(2) == 0)) {
        h.push(h.make(h.top == 0 ? nullptr : static_cast<Node*>(h.stack[random.below(static_cast<uint32_t>(h.top))]),
                      nullptr));
      } else if (random.below(2) == 0) {
        --h.top;
      } else {
        h.stack[random.below(static_cast<uint32_t>(h.top))] = h.make();
      }
      if (i % 100 == 0) {
        ASSERT_EQ(h.heap.start_cycle(), Status::kOk);
      }
      if (i % 3 == 0) h.heap.step_work(random.below(20));
      if (i % 70 == 0) {
        ASSERT_EQ(h.heap.collect_minor(), Status::kOk) << h.heap.last_error();
      }
    }
    for (size_t i = 0; i < h.top; ++i) EXPECT_TRUE(h.alive(h.stack[i])) << mode;
    h.collect();
  }
}

TEST(Enumerators, R6_TheFinalStepReadsAllOfItAgain) {
  Runtime h(MGC_MODE_INCREMENTAL);
  h.push(h.make());
  ASSERT_EQ(h.heap.start_cycle(), Status::kOk);
  while (!h.heap.is_marked(h.stack[0])) ASSERT_FALSE(h.heap.step_work(1));
  const int calls = h.calls;
  // Only the stack holds this pointer, and it is stored after the last round may have read the stack.
  Node* late = nullptr;
  while (!h.heap.step_work(1)) {
    h.top = 1;
    h.push(late = h.make());
  }
  EXPECT_GT(h.calls, calls);
  EXPECT_TRUE(h.alive(late));
}

// ---- Misuse ----

TEST(Enumerators, R6_OneThatAllocatesOrCollectsIsRefusedAndTheCollectionIsWhole) {
  Runtime h;
  h.push(h.make(h.make(), nullptr));
  h.action = [](Runtime& self) {
    self.made = self.heap.newobject(self.mutator(), self.node);
    EXPECT_EQ(self.heap.last_status(), Status::kBadArgument);
    EXPECT_TEXT_BEGINS(self.heap.last_error(), "re-entered from a callback of the heap");
    EXPECT_EQ(self.heap.collect(), Status::kBadArgument);
    EXPECT_EQ(self.heap.free_object(self.stack[0]), Status::kBadArgument);
    EXPECT_EQ(self.heap.add_enumerator(Runtime::report, &self), Status::kBadArgument);
    EXPECT_EQ(self.heap.reallocate(self.mutator(), self.stack[0], 100), nullptr);
    EXPECT_FALSE(self.heap.find_object(self.stack[0], &self.found));
  };
  h.collect();
  EXPECT_EQ(h.made, nullptr);
  EXPECT_EQ(h.stats().heap_objects, 2u);
  EXPECT_TRUE(h.alive(h.stack[0]));
}

TEST(Enumerators, R6_OneIsTakenBackBetweenCollectionsOnly) {
  Runtime h;
  h.push(h.make());
  h.action = [](Runtime& self) {
    EXPECT_EQ(self.heap.remove_enumerator(Runtime::report, &self), Status::kBadArgument);
  };
  h.collect();
  EXPECT_TRUE(h.alive(h.stack[0]));
  EXPECT_EQ(h.heap.remove_enumerator(Runtime::report, &h), Status::kOk);
  EXPECT_EQ(h.heap.remove_enumerator(Runtime::report, &h), Status::kBadArgument);
  h.expect_error(Status::kBadArgument, "not a registered enumerator");
}

TEST(Enumerators, R6_RubbishIsAnErrorWithATextAndTheRestCounts) {
  Runtime h;
  EventLog log(h.heap);
  h.push(h.make());
  h.action = [](Runtime& self) {
    self.heap.visitor().report_slot(Address(3), MGC_EXACT);
    self.heap.visitor().report_slot(Address(), MGC_EXACT);
    self.heap.visitor().report_range(Address::of(self.stack), SIZE_MAX, MGC_EXACT);
  };
  EXPECT_EQ(h.heap.collect(), Status::kBadArgument);
  h.expect_error(Status::kBadArgument, "an enumerator reported a slot that is null or not aligned to a word: 0x3");
  ASSERT_EQ(log.of(MGC_EVENT_DIAGNOSIS).size(), 1u);
  EXPECT_TRUE(h.alive(h.stack[0]));
  // The next collection reports no rubbish, and is no error.
  h.action = nullptr;
  h.collect();
  EXPECT_TRUE(h.alive(h.stack[0]));
}

TEST(Enumerators, R6_AVisitorIsOfNoUseAfterItsCall) {
  Runtime h;
  h.collect();
  h.heap.visitor().report_value(Address::of(h.make()), MGC_EXACT);
  EXPECT_EQ(h.heap.collect(), Status::kBadArgument);
  h.expect_error(Status::kBadArgument, "a visitor was used after its call");
  h.collect();
}

TEST(Enumerators, R6_ThereAreSoManyAndNoMore) {
  HeapFixture h;
  EXPECT_EQ(h.heap.add_enumerator(nullptr, nullptr), Status::kBadArgument);
  h.expect_error(Status::kBadArgument, "enumerator is null");
  for (uint32_t i = 0; i < Enumerators::kMost; ++i) EXPECT_EQ(h.heap.add_enumerator(Runtime::report, &h), Status::kOk);
  EXPECT_EQ(h.heap.add_enumerator(Runtime::report, &h), Status::kBadArgument);
  h.expect_error(Status::kBadArgument, "too many enumerators");
  for (uint32_t i = 0; i < Enumerators::kMost; ++i)
    EXPECT_EQ(h.heap.remove_enumerator(Runtime::report, &h), Status::kOk);
}

// ---- What asks ----

TEST(Enumerators, O7_PathsAndReferrersNameThem) {
  Runtime h;
  Node* const child = h.make();
  h.push(h.make(child, nullptr));
  mgc_link links[4];
  LinkBuffer out{.links = links, .capacity = 4};
  ASSERT_EQ(h.heap.why_alive(child, 0, out), Status::kOk);
  ASSERT_EQ(out.count, 3u);
  EXPECT_EQ(links[0].kind, uint32_t{MGC_LINK_ENUMERATED});
  EXPECT_EQ(links[0].at, Address::of(h.stack).value());
}

}  // namespace
}  // namespace mallocgc
