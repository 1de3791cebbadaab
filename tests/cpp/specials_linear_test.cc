// A million records of each kind are set, fired and cleared in linear work, and in memory that is recycled. Work is
// counted, not timed.
#include <gtest/gtest.h>

#include "specials_fixture.h"

namespace mallocgc {
namespace {

constexpr uint32_t kMillion = 1000000;
constexpr uint32_t kSlots = 512;
constexpr uint32_t kSpans = (kMillion + kSlots - 1) / kSlots;
constexpr uint64_t kStepsEach = 70;  // this is the bound of a bucket, and a little

struct ManySpans : SpecialsFixture {
  ManySpans() : SpecialsFixture(size_t{512} << 20), spans(kSpans) {
    for (uint32_t i = 0; i < kSpans; ++i) spans[i].base = Address(0x100000 + size_t{i} * 8192);
  }
  // Calls f(place) for a million objects, slot by slot of each span or round robin.
  template <class F>
  void each(F&& f) {
    for (uint32_t i = 0; i < kMillion; ++i) f(spans[i / kSlots].at(i % kSlots), i);
  }
  void sweep_all(Verdict expected) {
    uint64_t met = 0;
    for (FakeSpan& one : spans) {
      for_each_object(one.home, [&](uint32_t, ObjectNode& node) {
        ASSERT_EQ(specials.object_died(node), expected);
        ++met;
      });
      specials.trim(one.home);
    }
    EXPECT_EQ(met, kMillion);
  }
  uint64_t steps() const { return specials.counters().steps.for_checks(); }
  std::vector<FakeSpan> spans;
};

TEST(SpecialsLinear, C6_EachRecordThatIsMadeCountsForEver) {
  SpecialsFixture f;
  auto made = [&f, before = uint64_t{0}]() mutable {
    const uint64_t bytes = f.specials.record_bytes_ever() - before;
    before += bytes;
    return bytes;
  };
  f.weak(3);
  EXPECT_EQ(made(), sizeof(WeakRecord) + sizeof(ObjectNode));
  ASSERT_EQ(f.arm(3, 1), Status::kOk);
  EXPECT_EQ(made(), sizeof(Record) + sizeof(ObjectNode));
  f.weak(3);
  EXPECT_EQ(made(), 0u) << "a further use of the same handle";
  EXPECT_EQ(f.die(3), Verdict::kResurrected);
  EXPECT_EQ(f.drain(), (Tokens{1}));
  f.weak(4);
  EXPECT_EQ(made(), sizeof(WeakRecord) + sizeof(ObjectNode));
}

TEST(SpecialsLinear, AMillionFinalizersSetFiredAndSetAgain) {
  ManySpans f;
  size_t bytes = 0;
  for (uint32_t round = 0; round < 3; ++round) {
    const uint64_t before = f.steps();
    f.each([&](const ObjectPlace& place, uint32_t i) {
      ASSERT_EQ(f.specials.set_finalizer(place, place.base, FinalizerInfo{.token = i}, f.error), Status::kOk);
    });
    EXPECT_LE(f.steps() - before, kMillion * uint64_t{2}) << "setting";
    f.specials.forget_new();
    f.sweep_all(Verdict::kResurrected);
    EXPECT_LE(f.steps() - before, kMillion * kStepsEach);
    EXPECT_EQ(f.specials.ready_count(), kMillion);
    EXPECT_EQ(f.drain().size(), kMillion);
    if (round == 0) bytes = f.specials.bytes();
  }
  EXPECT_EQ(f.specials.bytes(), bytes) << "memory of records is recycled";
  EXPECT_COUNT(f.specials.counters().finalizers_queued, 3u * kMillion);
  EXPECT_EQ(f.specials.verify(), nullptr);
}

TEST(SpecialsLinear, ALookupCountsItsBucketAndTheNodesThatItPasses) {
  SpecialsFixture f;
  const auto steps_of = [&](uint32_t slot) {
    const uint64_t before = f.specials.counters().steps.for_checks();
    (void)f.specials.try_find(f.span.home, slot);
    return f.specials.counters().steps.for_checks() - before;
  };
  constexpr uint64_t kOne = kDebugFlavour ? 1 : 0;
  EXPECT_EQ(steps_of(3), 0u) << "there is no home";
  for (const uint32_t slot : {3u, 4u, 5u}) EXPECT_EQ(f.arm(slot, slot), Status::kOk);
  EXPECT_EQ(steps_of(5), kOne) << "the last one is the first of its bucket";
  EXPECT_EQ(steps_of(3), 3 * kOne);
  EXPECT_EQ(steps_of(6), kOne) << "the bucket knows that it is not there";
  EXPECT_EQ(steps_of(kSlots - 1), kOne);
}

TEST(SpecialsLinear, AMillionFinalizersCleared) {
  ManySpans f;
  f.each([&](const ObjectPlace& place, uint32_t i) {
    ASSERT_EQ(f.specials.set_finalizer(place, place.base, FinalizerInfo{.token = i}, f.error), Status::kOk);
  });
  const uint64_t before = f.steps();
  f.each([&](const ObjectPlace& place, uint32_t) { ASSERT_TRUE(f.specials.clear_finalizer(place, place.base)); });
  EXPECT_LE(f.steps() - before, kMillion * 2 * kStepsEach);
  EXPECT_COUNT(f.specials.counters().objects, 0u);
  EXPECT_EQ(f.specials.verify(), nullptr);
}

TEST(SpecialsLinear, AMillionWeakHandlesMadeReadClearedAndFreed) {
  ManySpans f;
  std::vector<uint64_t> ids(kMillion);
  f.each(
      [&](const ObjectPlace& place, uint32_t i) { ASSERT_EQ(f.specials.weak_create(place, 0, &ids[i]), Status::kOk); });
  EXPECT_EQ(f.specials.counters().weak_live, kMillion);
  f.sweep_all(Verdict::kFreed);
  EXPECT_COUNT(f.specials.counters().weak_cleared, kMillion);
  for (const uint64_t id : ids) ASSERT_EQ(f.specials.weak_free(id, f.error), Status::kOk);
  EXPECT_LE(f.steps(), kMillion * kStepsEach);
  EXPECT_EQ(f.specials.verify(), nullptr);
}

TEST(SpecialsLinear, AMillionCleanupsOfOneObjectStoppedInAnyOrder) {
  SpecialsFixture f(size_t{512} << 20);
  std::vector<uint64_t> ids(kMillion);
  for (uint32_t i = 0; i < kMillion; ++i) ids[i] = f.add_cleanup(3, i);
  for (uint32_t i = 0; i < kMillion; i += 2)
    ASSERT_EQ(f.specials.stop_cleanup(ids[kMillion - 1 - i], f.error), Status::kOk);
  f.die(3);
  EXPECT_EQ(f.specials.ready_count(), kMillion / 2);
  for (uint32_t i = 0; i < kMillion; i += 4) ASSERT_EQ(f.specials.stop_cleanup(ids[i], f.error), Status::kOk);
  EXPECT_EQ(f.drain().size(), kMillion / 4);
  EXPECT_LE(f.specials.counters().steps.for_checks(), 4u * kMillion);
  EXPECT_EQ(f.specials.verify(), nullptr);
}

TEST(SpecialsLinear, AMillionWeakHandlesIntoOneObject) {
  SpecialsFixture f(size_t{512} << 20);
  std::vector<uint64_t> ids(kMillion);
  for (uint32_t i = 0; i < kMillion; ++i) ids[i] = f.weak(3, size_t{i} * 4);
  for (uint32_t i = 0; i < kMillion; ++i) ASSERT_EQ(f.weak(3, size_t{i} * 4), ids[i]);
  for (uint32_t i = 0; i < kMillion; i += 2) {
    ASSERT_EQ(f.specials.weak_free(ids[i], f.error), Status::kOk);
    ASSERT_EQ(f.specials.weak_free(ids[i], f.error), Status::kOk);
  }
  EXPECT_EQ(f.die(3), Verdict::kFreed);
  EXPECT_LE(f.specials.counters().steps.for_checks(), kMillion * 4 * uint64_t{8 * sizeof(size_t)});
  EXPECT_COUNT(f.specials.counters().weak_dead, kMillion / 2);
  EXPECT_EQ(f.specials.verify(), nullptr);
}

}  // namespace
}  // namespace mallocgc
