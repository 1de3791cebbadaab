// One listener hears every event (O5), with the cycle's number and a clock that does not go back. Without a listener
// nothing is emitted.
#include "gc/events.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/flavour.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kEvents);

void keep(const mgc_event* event, void* list) { static_cast<std::vector<mgc_event>*>(list)->push_back(*event); }

TEST(Events, O5_AListenerHearsKindCycleTimeAndValues) {
  std::vector<mgc_event> heard;
  Events events;
  EXPECT_FALSE(events.heard());
  events.emit(MGC_EVENT_GROWTH, 1);
  events.set_listener(keep, &heard);
  EXPECT_TRUE(events.heard());
  events.cycle = 7;
  events.emit(MGC_EVENT_CYCLE_END, 1, 2, 3, UINT64_MAX, "text");
  events.emit(MGC_EVENT_PHASE);
  events.set_listener(nullptr, nullptr);
  events.emit(MGC_EVENT_PHASE);
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0].kind, uint32_t{MGC_EVENT_CYCLE_END});
  EXPECT_EQ(heard[0].cycle, 7u);
  EXPECT_EQ(heard[0].values[0], 1u);
  EXPECT_EQ(heard[0].values[3], UINT64_MAX);
  EXPECT_STREQ(heard[0].text, "text");
  EXPECT_EQ(heard[1].text, nullptr);
  EXPECT_LE(heard[0].time_ns, heard[1].time_ns);
}

}  // namespace
}  // namespace mallocgc
