// What a flavour of the heap can lack, by name, and how a test asks for it: MGC_NEEDS(kDeepChecks) at its head. A test
// that is skipped says what is missing, and a run ends with the sums. That a feature is really absent where its tests
// are skipped is tested in support/flavour_test.cc. The release flavour lacks nothing that a test of pacing, of records
// tied to objects, of roots or of limits needs: such a test asks for nothing of the debug flavour
// (tests/tidy/flavours.test.ts).
#pragma once

#include <gtest/gtest.h>
#include <mallocgc/mallocgc.h>

#include "base/config.h"
#include "base/status.h"

namespace mallocgc {

namespace flavour {

struct Feature {
  const char* name;
  bool present;
};

// Of the debug flavour.
inline constexpr Feature kDeepChecks{"deep checks: checkmark, poison, assertions, the diagnosis of finalizers",
                                     kDebugFlavour};
inline constexpr Feature kRecording{"the recording of collections and allocations", kDebugFlavour};
inline constexpr Feature kProbe{"the probe for forgotten Members", kDebugFlavour};

inline constexpr char kMissing[] = "missing: ";

}  // namespace flavour

// The walk over all structures, which the tests have in every flavour.
Status verified(mgc_heap* heap);

}  // namespace mallocgc

#define MGC_NEEDS(feature)                   \
  if (!::mallocgc::flavour::feature.present) \
  GTEST_SKIP() << ::mallocgc::flavour::kMissing << ::mallocgc::flavour::feature.name

// A number that only the debug flavour counts (DebugCount): elsewhere it is 0.
#define EXPECT_COUNT(count, value) \
  EXPECT_EQ((count).for_checks(), ::mallocgc::kDebugFlavour ? static_cast<uint64_t>(value) : 0u)
