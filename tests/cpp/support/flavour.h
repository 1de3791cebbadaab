// A flavour of the heap can lack features, which have names here. A test asks for one by MGC_NEEDS(kDeepChecks) at its
// head, or by MGC_ALL_NEED(kModes) at the head of a file for all of its tests. A test that is skipped says what is
// missing, and a run ends with the sums. support/flavour_test.cc tests that a feature is really absent where its tests
// are skipped. The release flavour lacks nothing that a test of pacing, of records tied to objects, of roots or of
// limits needs: such a test asks for nothing of the debug flavour (tests/tidy/flavours.test.ts).
#pragma once

#include <gtest/gtest.h>
#include <mallocgc/mallocgc.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "base/status.h"

namespace mallocgc {

namespace flavour {

struct Feature {
  const char* name;
  bool present;
};

// Only the debug flavour has these.
inline constexpr Feature kDeepChecks{"deep checks: checkmark, poison, assertions, the diagnosis of finalizers",
                                     kDebugFlavour};
inline constexpr Feature kRecording{"the recording of collections and allocations", kDebugFlavour};
inline constexpr Feature kProbe{"the probe for forgotten Members", kDebugFlavour};

// The release and debug flavours have these.
inline constexpr Feature kLifecycles{"finalizers, cleanups, weak handles and host values", kHasLifecycles};
inline constexpr Feature kEvents{"events, hooks, traces and collections at every n-th allocation", kHasEvents};
inline constexpr Feature kClientStacks{"stacks of the client, static data as roots", kHasClientStacks};
inline constexpr Feature kTexts{"error texts", kHasTexts};
inline constexpr Feature kPrograms{"layout programs, and masks of more than 64 words", kHasPrograms};
inline constexpr Feature kTypeNames{"names and fields of types", kHasTypeNames};
inline constexpr Feature kTinyBlocks{"tiny blocks", kHasTinyBlocks};
inline constexpr Feature kWorkCounters{"counters of what marking and allocation did", kHasWorkCounters};
inline constexpr Feature kTaggedWords{"tagged and ambiguous words", kHasTaggedWords};
inline constexpr Feature kWeakWords{"weak words and ephemerons", kHasWeakWords};
inline constexpr Feature kVisitors{"enumerators and trace functions", kHasVisitors};
inline constexpr Feature kExplicitFree{"objects that the client frees", kHasExplicitFree};
inline constexpr Feature kModes{"modes beside the stop mode", kHasModes};

inline constexpr char kMissing[] = "missing: ";

// All tests of a source file are left out where the feature is missing; not even their fixtures are made.
struct FileNeeds {
  const char* file;
  const Feature* feature;
};
inline std::vector<FileNeeds>& needs_of_files() {
  static std::vector<FileNeeds> needs;
  return needs;
}
inline bool note_needs(const char* file, const Feature& feature) {
  needs_of_files().push_back({file, &feature});
  return true;
}

}  // namespace flavour

// Walks over all structures. The tests have this walk in every flavour.
Status verified(mgc_heap* heap);

// Returns the number of objects of a heap that is swept: mgc_stats_data::heap_objects, or what a walk finds where that
// is not counted.
uint64_t objects_in(mgc_heap* heap);

}  // namespace mallocgc

#define MGC_NEEDS(feature)                   \
  if (!::mallocgc::flavour::feature.present) \
  GTEST_SKIP() << ::mallocgc::flavour::kMissing << ::mallocgc::flavour::feature.name
#define MGC_ALL_NEED(feature) \
  [[maybe_unused]] const bool noted_##feature = ::mallocgc::flavour::note_needs(__FILE__, ::mallocgc::flavour::feature)

// These compare an error's text, whole or by its beginning. It is "" in a flavour without texts.
#define EXPECT_TEXT(actual, expected) EXPECT_STREQ(actual, ::mallocgc::kHasTexts ? (expected) : "")
#define EXPECT_TEXT_BEGINS(actual, start)                                  \
  EXPECT_EQ(std::string(actual).substr(0, std::string_view(start).size()), \
            std::string_view(::mallocgc::kHasTexts ? (start) : ""))

// This compares a number that only the debug flavour counts (DebugCount). Elsewhere it is 0.
#define EXPECT_COUNT(count, value) \
  EXPECT_EQ((count).for_checks(), ::mallocgc::kDebugFlavour ? static_cast<uint64_t>(value) : 0u)
