// The recorder keeps the first records, in order, and counts the rest.
#include "base/recorder.h"

#include <gtest/gtest.h>

#include <vector>

namespace mallocgc {
namespace {

TEST(Recorder, KeepsTheFirstRecordsAndCountsTheRest) {
  std::vector<mgc_record> records(Recorder::kCapacity);
  Recorder recorder;
  recorder.use(records.data(), MGC_DEBUG_RECORD_CYCLES);
  for (uint32_t i = 0; i < Recorder::kCapacity + 3; ++i) recorder.add(MGC_RECORD_SCAN, i, 2 * i, 3 * i);
  EXPECT_EQ(recorder.count(), Recorder::kCapacity);
  EXPECT_EQ(recorder.lost(), 3u);
  EXPECT_EQ(records[7].number, 7u);
  EXPECT_EQ(records[7].a, 14u);
  EXPECT_EQ(records[7].b, 21u);
  recorder.clear();
  EXPECT_EQ(recorder.count(), 0u);
  EXPECT_EQ(recorder.lost(), 0u);
}

TEST(Recorder, IsAskedWhatItRecords) {
  mgc_record record{};
  Recorder recorder;
  EXPECT_FALSE(recorder.any());
  recorder.use(&record, MGC_DEBUG_RECORD_CYCLES);
  EXPECT_EQ(recorder.cycles(), kDebugFlavour);
  EXPECT_FALSE(recorder.allocations());
  recorder.use(&record, MGC_DEBUG_RECORD_ALLOCATIONS);
  EXPECT_FALSE(recorder.cycles());
  EXPECT_EQ(recorder.allocations(), kDebugFlavour);
  recorder.use(nullptr, MGC_DEBUG_RECORD_ALLOCATIONS);
  EXPECT_FALSE(recorder.any());
}

}  // namespace
}  // namespace mallocgc
