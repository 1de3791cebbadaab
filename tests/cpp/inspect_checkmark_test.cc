// Two checks look at a marking (C8): a mark that is missing or too many is named, and so is a pointer to a freed
// object.
#include "inspect/checkmark.h"

#include <gtest/gtest.h>

#include "support/flavour.h"
#include "support/parts_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kTexts);

struct Checked {
  Checked() {
    pair = parts.define("pair", 2, 3);
    EXPECT_EQ(parts.mutator.stack.push(1, &slots, parts.error), Status::kOk);
    a = parts.make(*pair);
    b = parts.make(*pair);
    c = parts.make(*pair);
    a[0] = b;
    b[1] = c;
    slots[0] = a;
  }
  // Marks from the real roots, as the collector does.
  void mark() { parts.mark_from({slots[0]}); }
  std::string check() {
    Damage found;
    Reach reach(parts.spans, parts.types, parts.metadata);
    if (!trace_from_roots(reach, parts.roots())) return "skipped: no memory";
    run_checkmark(parts.spans, reach, parts.sweep.epochs.mark, found);
    return found.text.c_str();
  }
  std::string zombies() {
    Damage found;
    find_zombie(parts.spans, parts.sweep.epochs.mark, found);
    return found.text.c_str();
  }
  Parts parts;
  Type* pair = nullptr;
  void** slots = nullptr;
  void** a = nullptr;
  void** b = nullptr;
  void** c = nullptr;
};

TEST(Checkmark, C8_TwoMarkingsAgree) {
  Checked heap;
  heap.parts.make(*heap.pair);
  heap.mark();
  EXPECT_EQ(heap.check(), "");
  EXPECT_EQ(heap.zombies(), "");
  for (Span* span = heap.parts.spans.first(); span != nullptr; span = heap.parts.spans.after(*span))
    EXPECT_EQ(span->inspection, nullptr);
}

TEST(Checkmark, C8_CatchesAMarkThatWasSkipped) {
  Checked heap;
  for (void** const object : {heap.a, heap.b, heap.c}) {
    heap.mark();
    const uint32_t slot = heap.parts.slot(object);
    heap.parts.span(object).marks[slot / kBitsPerWord].mark &= ~bit_of(slot);
    EXPECT_EQ(heap.check().rfind("checkmark: a reachable object is not marked: 0x", 0), 0u) << heap.check();
    EXPECT_NE(heap.check().find("type pair"), std::string::npos);
  }
}

TEST(Checkmark, C8_CatchesAWholeSpanThatWasForgotten) {
  Checked heap;
  heap.mark();
  --heap.parts.span(heap.c).mark_cycle;
  EXPECT_NE(heap.check(), "");
}

TEST(Checkmark, C8_CatchesAMarkTooMany) {
  Checked heap;
  void** const dead = heap.parts.make(*heap.pair);
  heap.mark();
  heap.parts.marker.shade(Address::of(dead));
  heap.parts.drain();
  EXPECT_EQ(heap.check().rfind("checkmark: a marked object is not reachable: 0x", 0), 0u) << heap.check();
}

TEST(Checkmark, C7_CatchesAStoreThatTheMarkerDidNotSee) {
  Checked heap;
  void** const hidden = heap.parts.make(*heap.pair);
  heap.mark();
  heap.c[0] = hidden;  // the marker does not know of this store
  EXPECT_EQ(heap.check().rfind("checkmark: a reachable object is not marked", 0), 0u);
}

TEST(Checkmark, C8_SaysSoWhereThereIsNoMemoryForItAndBlamesNobody) {
  Checked heap;
  heap.mark();
  heap.parts.source.options().fail_after = 0;
  PageRun run;
  while (heap.parts.pages.try_allocate(1, 1, &run)) {}
  for (size_t bytes = Metadata::kMaxBlockBytes; bytes != 0; bytes -= Metadata::kBlockStep) {
    while (heap.parts.metadata.try_block(bytes, MetaCategory::kDebug) != nullptr) {}
  }
  Reach reach(heap.parts.spans, heap.parts.types, heap.parts.metadata);
  EXPECT_FALSE(trace_from_roots(reach, heap.parts.roots()));
}

TEST(ZombieCheck, C8_FindsAPointerToAFreedObject) {
  Checked heap;
  void** const victim = heap.parts.make(*heap.pair);
  heap.mark();
  heap.parts.sweep_all();
  ASSERT_FALSE(heap.parts.allocated(victim));
  heap.b[0] = victim;
  heap.mark();
  EXPECT_EQ(heap.zombies().rfind("found pointer to free object 0x", 0), 0u) << heap.zombies();
}

TEST(ZombieCheck, T5_InProductionAPointerToAFreeSlotCorruptsNothing) {
  Checked heap;
  void** const victim = heap.parts.make(*heap.pair);
  heap.mark();
  heap.parts.sweep_all();
  heap.b[0] = victim;
  heap.mark();
  heap.parts.sweep_all();
  EXPECT_FALSE(heap.parts.allocated(victim)) << "sweeping never allocates a slot that was free";
  EXPECT_EQ(heap.parts.verify(), Status::kOk) << heap.parts.error.c_str();
  // The slot can be taken again, and then holds an object like any other.
  void** const again = heap.parts.make(*heap.pair);
  EXPECT_EQ(again, victim);
  EXPECT_EQ(again[0], nullptr);
}

}  // namespace
}  // namespace mallocgc
