// A feature for whose want tests are skipped is really absent, and present where they run.
#include "support/flavour.h"

#include <gtest/gtest.h>

#include "base/check.h"
#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

// A call that this flavour has, or refuses by the documented status, with a text that names the flavour.
void expect_offered(HeapFixture& f, const flavour::Feature& feature, Status status) {
  if (feature.present) {
    EXPECT_EQ(status, Status::kOk) << feature.name << ": " << f.heap.last_error();
    return;
  }
  EXPECT_EQ(status, Status::kBadArgument) << feature.name;
  f.expect_error(Status::kBadArgument, "this flavour of the heap has no ");
}

TEST(Flavour, HasDeepChecksWhereItSaysSo) {
  HeapFixture f;
  expect_offered(f, flavour::kDeepChecks, f.heap.verify());
  for (const uint32_t flag : {uint32_t{MGC_DEBUG_CHECKMARK}, uint32_t{MGC_DEBUG_POISON}, uint32_t{MGC_DEBUG_VERIFY},
                              uint32_t{MGC_DEBUG_FINALIZER_CHECKS}}) {
    expect_offered(f, flavour::kDeepChecks, f.heap.set_debug(flag, 0));
  }
  int evaluated = 0;
  MGC_DCHECK(++evaluated > 0, "counts");
  EXPECT_EQ(evaluated == 1, flavour::kDeepChecks.present);
}

TEST(Flavour, RecordsWhereItSaysSo) {
  HeapFixture f;
  for (const uint32_t flag : {uint32_t{MGC_DEBUG_RECORD_CYCLES}, uint32_t{MGC_DEBUG_RECORD_ALLOCATIONS}}) {
    expect_offered(f, flavour::kRecording, f.heap.set_debug(flag, 0));
  }
}

TEST(Flavour, IsTheSameForTheCoreAndTheFaces) { EXPECT_EQ(mgc_flavour_debug() != 0, kDebugFlavour); }

}  // namespace
}  // namespace mallocgc
