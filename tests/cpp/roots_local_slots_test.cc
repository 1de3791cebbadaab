// Locals have slots, with a limit, a reserve and a list of free ones. Unwinding ends some, and memory is given back.
#include "roots/local_slots.h"

#include <random>
#include <vector>

#include "metadata_fixture.h"
#include "support/flavour.h"

namespace mallocgc {
namespace {

struct Slots : MetadataFixture {
  explicit Slots(size_t limit) : locals(abi) { locals.init(metadata(), limit); }
  // Takes a slot as gc.h does.
  mgc_local_slot* take(uint64_t born = 1) {
    if (locals.make_room_in_reserve(error) != Status::kOk) return nullptr;
    mgc_local_slot* const slot = abi.free_local;
    abi.free_local = static_cast<mgc_local_slot*>(slot->object);
    slot->object = slot;
    slot->born = born;
    return slot;
  }
  void drop(mgc_local_slot* slot) {
    slot->object = abi.free_local;
    slot->born = 0;
    abi.free_local = slot;
  }
  size_t visited() const {
    size_t count = 0;
    locals.visit([&](void*&) { ++count; });
    return count;
  }
  mgc_mutator_abi abi{};
  LocalSlots locals;
  ErrorText error;
};

TEST(LocalSlots, R2_TheLimitIsAnErrorWithATextAndTheReserveIsAnEighth) {
  MGC_NEEDS(kTexts);
  for (const size_t limit : {size_t{1}, size_t{4}, size_t{63}, size_t{64}, size_t{1000}, size_t{9000}}) {
    Slots s(limit);
    for (size_t i = 0; i < limit; ++i) {
      ASSERT_EQ(s.locals.make_room(s.error), Status::kOk) << i;
      ASSERT_NE(s.take(), nullptr);
    }
    EXPECT_EQ(s.locals.make_room(s.error), Status::kShadowStack);
    EXPECT_EQ(std::string(s.error.c_str()),
              "shadow stack overflow: all " + std::to_string(limit) + " Locals are in use");
    const size_t reserve = limit / LocalSlots::kReserve + LocalSlots::kReserve;
    std::vector<mgc_local_slot*> extra;
    for (size_t i = 0; i < reserve; ++i) extra.push_back(s.take());
    EXPECT_NE(extra.back(), nullptr);
    EXPECT_EQ(s.take(), nullptr);
    EXPECT_EQ(s.visited(), limit + reserve);
    s.drop(extra.front());
    EXPECT_EQ(s.locals.make_room(s.error), Status::kOk) << "one is free again";
    EXPECT_EQ(s.locals.verify(), nullptr);
  }
}

TEST(LocalSlots, OutOfMemoryChangesNothing) {
  Slots s(size_t{1} << 20);
  std::vector<mgc_local_slot*> taken;
  for (size_t i = 0; i < LocalSlots::kFirstSlots; ++i) taken.push_back(s.take());
  s.exhaust();
  EXPECT_EQ(s.locals.make_room(s.error), Status::kOutOfMemory);
  EXPECT_EQ(s.locals.make_room_in_reserve(s.error), Status::kOutOfMemory);
  EXPECT_EQ(s.locals.capacity_slots(), taken.size());
  EXPECT_EQ(s.visited(), taken.size());
  EXPECT_EQ(s.locals.verify(), nullptr);
  s.recover();
  EXPECT_EQ(s.locals.make_room(s.error), Status::kOk);
}

TEST(LocalSlots, R2_UnwindingEndsWhatWasBornSince) {
  for (uint64_t turn = 0; turn < 7; ++turn) {
    Slots s(1000);
    std::vector<mgc_local_slot*> taken;
    const auto born = [turn](uint64_t i) { return 1 + (i + turn) % 7; };
    for (uint64_t i = 0; i < 300; ++i) taken.push_back(s.take(born(i)));
    s.locals.release_since(5);
    size_t left = 0;
    for (uint64_t i = 0; i < 300; ++i) {
      ASSERT_EQ(taken[i]->born == 0, born(i) >= 5) << i;
      left += taken[i]->born != 0;
    }
    EXPECT_EQ(s.visited(), left);
    EXPECT_EQ(s.locals.verify(), nullptr);
  }
}

TEST(LocalSlots, C13_EmptyBlocksAreGivenBackAndOneSlotStaysFree) {
  for (const size_t survivor : {size_t{0}, size_t{70}, size_t{29999}}) {
    Slots s(30000);
    std::vector<mgc_local_slot*> taken;
    for (size_t i = 0; i < 30000; ++i) taken.push_back(s.take());
    const uint64_t bytes = s.metadata().bytes(MetaCategory::kRoots);
    s.locals.trim();
    EXPECT_EQ(s.locals.capacity_slots(), 30000u) << "all are in use";
    for (size_t i = 0; i < 30000; ++i) {
      if (i != survivor) s.drop(taken[i]);
    }
    s.locals.trim();
    EXPECT_LE(s.locals.capacity_slots(), LocalSlots::kFirstSlots + LocalSlots::kBlockSlots);
    EXPECT_LT(s.metadata().bytes(MetaCategory::kRoots), bytes / 4);
    EXPECT_EQ(s.visited(), 1u);
    EXPECT_EQ(taken[survivor]->object, taken[survivor]);
    EXPECT_NE(s.abi.free_local, nullptr);
    EXPECT_EQ(s.locals.verify(), nullptr);
    ASSERT_NE(s.take(), nullptr);
  }
}

TEST(LocalSlots, ReleaseGivesAllBack) {
  Slots s(5000);
  const uint64_t bytes = s.metadata().bytes(MetaCategory::kRoots);
  for (int i = 0; i < 5000; ++i) s.take();
  s.locals.release();
  EXPECT_EQ(s.metadata().bytes(MetaCategory::kRoots), bytes);
  EXPECT_EQ(s.abi.free_local, nullptr);
  EXPECT_NE(s.take(), nullptr);
}

TEST(LocalSlots, RandomHistoriesHaveEachSlotOnce) {
  std::mt19937 random(7);
  Slots s(2000);
  std::vector<mgc_local_slot*> taken;
  for (int step = 0; step < 20000; ++step) {
    if (taken.size() < 1900 && random() % 100 < (step / 5000 % 2 == 0 ? 60u : 30u)) {
      taken.push_back(s.take());
      ASSERT_NE(taken.back(), nullptr);
    } else if (!taken.empty()) {
      const size_t at = random() % taken.size();
      ASSERT_EQ(taken[at]->object, taken[at]);
      s.drop(taken[at]);
      taken.erase(taken.begin() + static_cast<std::ptrdiff_t>(at));
    }
    if (step % 500 == 0) s.locals.trim();
    ASSERT_EQ(s.visited(), taken.size());
    ASSERT_EQ(s.locals.verify(), nullptr);
  }
}

}  // namespace
}  // namespace mallocgc
