// Sweeping one span (C4) keeps what is allocated and marked, for random bits. Records fire, host values are released,
// poison is visible, and no other dead object is touched.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/flavour.h"
#include "support/heap_fixture.h"
#include "support/parts_fixture.h"

namespace mallocgc {
namespace {

TEST(SweepSpan, C4_AllocatedBecomesAllocatedAndMarkedAndMarksAreKept) {
  Random random{3};
  for (int round = 0; round < 30; ++round) {
    Parts parts;
    Type* const type = parts.define("pair", 2, 3);
    std::vector<void**> objects;
    std::vector<const void*> kept;
    const uint32_t count = 1 + random.below(1500);
    for (uint32_t i = 0; i < count; ++i) objects.push_back(parts.make(*type));
    for (void** object : objects) {
      if (random.below(4) == 0) kept.push_back(object);
    }
    parts.mark_from(kept);
    parts.sweep.epochs.end_marking();
    Span& span = parts.span(objects[0]);
    SweepResult expected;
    for (void** object : objects) {
      if (&parts.span(object) == &span) ++(parts.marked(object) ? expected.live : expected.freed);
    }
    std::vector<uint64_t> marks;
    for (uint32_t i = 0; i < bitmap_words(span.slot_count); ++i) {
      marks.push_back(span.mark_cycle == parts.sweep.epochs.sweep ? span.marks[i].mark : 0);
    }
    const SweepResult result = sweep_span(span, parts.sweep);
    EXPECT_EQ(result.freed, expected.freed);
    EXPECT_EQ(result.live, expected.live);
    EXPECT_FALSE(needs_sweep(span, parts.sweep.epochs));
    for (uint32_t i = 0; i < bitmap_words(span.slot_count); ++i) {
      ASSERT_EQ(span.allocated[i], marks[i]);
      ASSERT_EQ(span.marks[i].mark, marks[i]);
    }
    EXPECT_EQ(parts.counters.frees[span.size_class], expected.freed);
  }
}

TEST(SweepSpan, C4_NoDeadObjectIsTouched) {
  if (platform::kAsan) GTEST_SKIP() << "under ASan every dead object is poisoned";
  Parts parts;
  Type* const type = parts.define("pair", 2, 3);
  void** const dead = parts.make(*type);
  dead[0] = dead;
  dead[1] = reinterpret_cast<void*>(0x1234);
  parts.mark_from({});
  parts.sweep.epochs.end_marking();
  sweep_span(parts.span(dead), parts.sweep);
  EXPECT_FALSE(parts.allocated(dead));
  EXPECT_EQ(platform::load_word(Address::of(dead)), Address::of(dead));
  EXPECT_EQ(platform::load_word(Address::of(dead + 1)).value(), 0x1234u);
}

TEST(SweepSpan, C8_PoisonFillsTheDeadAndOnlyThem) {
  MGC_NEEDS(kDeepChecks);
  Parts parts;
  parts.sweep.poison = true;
  Type* const type = parts.define("pair", 2, 3);
  void** const dead = parts.make(*type);
  void** const live = parts.make(*type);
  void** const dead_too = parts.make(*type);
  live[1] = live;
  const Address large = parts.take_large(3 * kPageBytes, nullptr);
  parts.mark_from({live});
  parts.sweep.epochs.end_marking();
  sweep_span(parts.span(dead), parts.sweep);
  sweep_span(parts.span(large.pointer()), parts.sweep);
  uintptr_t poison = 0;
  __builtin_memset(&poison, kPoisonByte, sizeof poison);
  for (void** object : {dead, dead_too}) {
    EXPECT_EQ(platform::load_word(Address::of(object)).value(), poison);
    EXPECT_EQ(platform::load_word(Address::of(object + 1)).value(), poison);
  }
  EXPECT_EQ(live[0], nullptr);
  EXPECT_EQ(live[1], live);
  EXPECT_EQ(platform::load_word(large).value(), poison);
  EXPECT_EQ(platform::load_word(large + (3 * kPageBytes - kWordBytes)).value(), poison);
  // What is taken again is zero.
  parts.begin_sweep();
  parts.sweeper.sweep_rest();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(parts.make(*type)[1], nullptr);
}

TEST(SweepSpan, B2_HostValuesOfTheDeadAreReleasedOnceInUniformMixedAndLargeSpans) {
  MGC_NEEDS(kLifecycles);
  Parts parts;
  const uint32_t pointers = 1;
  const uint32_t host = 2;
  mgc_type_info info{};
  info.name = "hosted";
  info.size = 2 * kWordBytes;
  info.pointers.mask = &pointers;
  info.host.mask = &host;
  Type* const type = parts.define(info);
  uintptr_t* const dead = reinterpret_cast<uintptr_t*>(parts.make(*type));
  uintptr_t* const live = reinterpret_cast<uintptr_t*>(parts.make(*type));
  dead[1] = 7;
  live[1] = 8;
  const uint32_t size_class = size_class_of(type->size_bytes);
  const Address mixed = parts.take(parts.classes.mixed(size_class));
  parts.span(mixed.pointer()).slot_types[parts.slot(mixed.pointer())] = type->id;
  mixed.pointer<uintptr_t>()[1] = 9;
  const size_t large_words = 5 * kPageBytes / kWordBytes;
  const Address large = parts.take_large(large_words * kWordBytes, type);
  large.pointer<uintptr_t>()[1] = 10;
  large.pointer<uintptr_t>()[large_words - 1] = 11;
  large.pointer<uintptr_t>()[0] = 0;
  parts.collect({live});
  std::sort(parts.released.begin(), parts.released.end());
  EXPECT_EQ(parts.released, (std::vector<uint32_t>{7, 9, 10, 11}));
  parts.collect({});
  EXPECT_EQ(parts.released.back(), 8u);
  EXPECT_EQ(parts.released.size(), 5u);
}

TEST(SweepSpan, F1_AnArmedObjectIsResurrectedAndItsRecordQueued) {
  MGC_NEEDS(kLifecycles);
  Parts parts;
  Type* const type = parts.define("pair", 2, 3);
  void** const armed = parts.make(*type);
  void** const dead = parts.make(*type);
  uint64_t weak = 0;
  ASSERT_EQ(
      parts.specials.set_finalizer(parts.place(armed), Address::of(armed), FinalizerInfo{.token = 5}, parts.error),
      Status::kOk);
  ASSERT_EQ(parts.specials.weak_create(parts.place(armed), 0, &weak), Status::kOk);
  parts.collect({});
  EXPECT_TRUE(parts.allocated(armed));
  EXPECT_TRUE(parts.marked(armed));
  EXPECT_FALSE(parts.allocated(dead));
  EXPECT_EQ(parts.counters.resurrections, 1u);
  EXPECT_EQ(parts.counters.heap_live, parts.span(armed).slot_bytes);
  EXPECT_EQ(parts.specials.ready_count(), 1u);
  Address target;
  ASSERT_EQ(parts.specials.weak_get(weak, &target, parts.error), Status::kOk);
  EXPECT_TRUE(target.is_null()) << "F8: before its finalizer runs";
  Ready ready;
  ASSERT_TRUE(parts.specials.pop_ready(&ready));
  EXPECT_EQ(ready.info.token, 5u);
  parts.collect({});
  EXPECT_EQ(parts.spans.live_spans(), 0u);
  ASSERT_EQ(parts.specials.weak_free(weak, parts.error), Status::kOk);
  EXPECT_EQ(parts.verify(), Status::kOk) << parts.error.c_str();
}

TEST(SweepSpan, F7_CleanupsOfTheDeadAreQueuedAndTheObjectIsFreedAtOnce) {
  MGC_NEEDS(kLifecycles);
  Parts parts;
  Type* const type = parts.define("pair", 2, 3);
  void** const object = parts.make(*type);
  uint64_t ids[3] = {};
  for (uint64_t& id : ids) {
    ASSERT_EQ(
        parts.specials.add_cleanup(parts.place(object), Address::of(object), CleanupInfo{.token = 1}, &id, parts.error),
        Status::kOk);
  }
  parts.collect({object});
  EXPECT_EQ(parts.specials.ready_count(), 0u);
  parts.collect({});
  EXPECT_EQ(parts.specials.ready_count(), 3u);
  EXPECT_FALSE(parts.allocated(object));
}

}  // namespace
}  // namespace mallocgc
