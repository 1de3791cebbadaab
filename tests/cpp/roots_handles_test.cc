// Handles have targets, errors with texts, and are visited by the collector. tables_generation_table_test.cc tests the
// ids themselves.
#include "roots/handles.h"

#include <map>
#include <random>
#include <vector>

#include "metadata_fixture.h"
#include "support/flavour.h"

namespace mallocgc {
namespace {

struct Handles : MetadataFixture {
  explicit Handles(uint32_t max_generation = GenerationTable::kMaxGeneration) : table(max_generation) {
    table.init(metadata());
  }
  uint64_t create(uintptr_t target) {
    uint64_t handle = 0;
    EXPECT_EQ(table.create(Address(target), &handle), Status::kOk);
    return handle;
  }
  HandleTable table;
  ErrorText error;
};

TEST(Handles, R3_AHandleRootsItsTargetUntilItIsFreed) {
  Handles h;
  const uint64_t handle = h.create(0x1000);
  std::vector<Address> seen;
  const auto visit = [&] {
    seen.clear();
    h.table.visit([&](Address target) { seen.push_back(target); });
  };
  visit();
  EXPECT_EQ(seen, (std::vector<Address>{Address(0x1000)}));
  EXPECT_EQ(h.table.set(handle, Address(0x2000), h.error), Status::kOk);
  visit();
  EXPECT_EQ(seen, (std::vector<Address>{Address(0x2000)}));
  EXPECT_EQ(h.table.free(handle, h.error), Status::kOk);
  visit();
  EXPECT_TRUE(seen.empty());
  EXPECT_EQ(h.table.live_count(), 0u);
}

TEST(Handles, R4_AStaleHandleIsAnErrorWithAText) {
  Handles h;
  const uint64_t handle = h.create(0x1000);
  EXPECT_EQ(h.table.free(handle, h.error), Status::kOk);
  EXPECT_TRUE(h.error.empty());
  Address target{7};
  EXPECT_EQ(h.table.get(handle, &target, h.error), Status::kStaleHandle);
  EXPECT_TEXT(h.error.c_str(), "handle is stale: 0x1000000 was freed");
  EXPECT_EQ(h.table.set(handle, target, h.error), Status::kStaleHandle);
  EXPECT_EQ(h.table.free(handle, h.error), Status::kStaleHandle);
  EXPECT_EQ(target, Address(7));
  const uint64_t next = h.create(0x3000);
  EXPECT_EQ(h.table.free(handle, h.error), Status::kStaleHandle) << "a late release";
  EXPECT_EQ(h.table.get(next, &target, h.error), Status::kOk);
  EXPECT_EQ(target, Address(0x3000));
}

TEST(Handles, R4_WhatIsNoHandleIsAnErrorWithAText) {
  Handles h;
  h.create(0x1000);
  Address target;
  for (const uint64_t handle : {uint64_t{0}, uint64_t{0x1000}, ~uint64_t{0}, uint64_t{1} << 53}) {
    EXPECT_EQ(h.table.get(handle, &target, h.error), Status::kBadArgument);
    EXPECT_EQ(h.table.set(handle, target, h.error), Status::kBadArgument);
    EXPECT_EQ(h.table.free(handle, h.error), Status::kBadArgument);
  }
  EXPECT_EQ(h.table.get(0x1000, &target, h.error), Status::kBadArgument);
  EXPECT_TEXT(h.error.c_str(), "not a handle: 0x1000");
}

TEST(Handles, R4_RetiredSlotsAreCounted) {
  Handles h(1);
  for (uint32_t i = 0; i < 10; ++i) EXPECT_EQ(h.table.free(h.create(8), h.error), Status::kOk);
  EXPECT_EQ(h.table.retired_count(), 10u);
}

TEST(Handles, C10_AMinorCycleVisitsWhatIsNewOrChanged) {
  MGC_NEEDS(kModes);
  Handles h;
  const uint64_t old = h.create(0x1000);
  h.create(0x2000);
  h.table.forget_changes();
  h.create(0x3000);
  EXPECT_EQ(h.table.set(old, Address(0x4000), h.error), Status::kOk);
  std::vector<Address> seen;
  h.table.visit_changed([&](Address target) { seen.push_back(target); });
  EXPECT_EQ(seen, (std::vector<Address>{Address(0x4000), Address(0x3000)}));
}

TEST(Handles, OutOfMemoryIsAStatus) {
  Handles h;
  h.exhaust();
  uint64_t handle = 5;
  EXPECT_EQ(h.table.create(Address(8), &handle), Status::kOutOfMemory);
  EXPECT_EQ(handle, 5u);
  EXPECT_EQ(h.table.live_count(), 0u);
}

TEST(Handles, AMillionHandlesCostWhatTheyHold) {
  Handles h;
  std::vector<uint64_t> handles;
  for (uint32_t i = 0; i < 1000000; ++i) handles.push_back(h.create(i + 1));
  const size_t bytes = h.table.bytes();
  EXPECT_LE(bytes, 1000000 * (2 * sizeof(uintptr_t) + 2));
  uint32_t from = 0;
  uint64_t pieces = 0, seen = 0;
  for (; from != HandleTable::kEnd; ++pieces) from = h.table.visit_some(from, 4096, [&](Address) { ++seen; });
  EXPECT_EQ(seen, 1000000u);
  EXPECT_EQ(pieces, (1000000u + 4095) / 4096);
  for (const uint64_t handle : handles) ASSERT_EQ(h.table.free(handle, h.error), Status::kOk);
  for (uint32_t i = 0; i < 1000000; ++i) h.create(i + 1);
  EXPECT_EQ(h.table.bytes(), bytes) << "slots are reused";
  EXPECT_EQ(h.table.verify(), nullptr);
}

TEST(Handles, R4_RandomHistoriesAgreeWithAMap) {
  for (uint32_t seed = 1; seed <= 6; ++seed) {
    std::mt19937 random(seed);
    Handles h(seed);
    std::map<uint64_t, Address> live;
    std::vector<uint64_t> ever;
    for (uint32_t step = 1; step < 3000; ++step) {
      const uint32_t kind = random() % 3;
      if (kind == 0 || ever.empty()) {
        ever.push_back(h.create(step * 8));
        ASSERT_TRUE(live.emplace(ever.back(), Address(step * 8)).second);
        continue;
      }
      const uint64_t handle = ever[random() % ever.size()];
      const bool is_live = live.count(handle) != 0;
      Address target;
      ASSERT_EQ(h.table.get(handle, &target, h.error), is_live ? Status::kOk : Status::kStaleHandle);
      if (is_live) {
        ASSERT_EQ(target, live[handle]);
      }
      if (kind == 1) continue;
      ASSERT_EQ(h.table.free(handle, h.error), is_live ? Status::kOk : Status::kStaleHandle);
      live.erase(handle);
      ASSERT_EQ(h.table.live_count(), live.size());
    }
    EXPECT_EQ(h.table.verify(), nullptr);
  }
}

}  // namespace
}  // namespace mallocgc
