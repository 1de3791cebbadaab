// Broken invariants end the program with one line of cause, and what holds costs nothing. Statuses are the ABI's.
#include <gtest/gtest.h>

#include "base/check.h"
#include "base/status.h"
#include "support/flavour.h"

namespace mallocgc {
namespace {

TEST(Check, WhatHoldsGoesOn) {
  int evaluated = 0;
  MGC_CHECK(++evaluated == 1, "never");
  MGC_DCHECK(++evaluated != 0, "never");
  EXPECT_EQ(evaluated, kDebugFlavour ? 2 : 1);
}

TEST(CheckDeathTest, ABrokenInvariantEndsTheProgramWithItsCause) {
  MGC_NEEDS(kTexts);
  EXPECT_DEATH_IF_SUPPORTED(MGC_CHECK(false, "the sky fell"), "the sky fell");
}

TEST(Status, HasTheNumbersOfTheAbi) {
  static_assert(static_cast<int>(Status::kOk) == MGC_OK && MGC_OK == 0);
  static_assert(static_cast<int>(Status::kOutOfMemory) == MGC_OUT_OF_MEMORY);
  static_assert(static_cast<int>(Status::kBadSize) == MGC_BAD_SIZE);
  static_assert(static_cast<int>(Status::kBadType) == MGC_BAD_TYPE);
  static_assert(static_cast<int>(Status::kBadPointer) == MGC_BAD_POINTER);
  static_assert(static_cast<int>(Status::kBadArgument) == MGC_BAD_ARGUMENT);
  static_assert(static_cast<int>(Status::kStaleHandle) == MGC_STALE_HANDLE);
  static_assert(static_cast<int>(Status::kFinalizer) == MGC_FINALIZER);
  static_assert(static_cast<int>(Status::kShadowStack) == MGC_SHADOW_STACK);
  static_assert(static_cast<int>(Status::kCorrupt) == MGC_CORRUPT);
  static_assert(static_cast<int>(Status::kTryAgain) == MGC_TRY_AGAIN);
}

// What only the debug flavour counts cannot decide anything: it is no number, and there is no arithmetic on it.
template <class T>
concept Computes =
    requires(T a, uint64_t b) { a + b; } || requires(T a, T b) { a + b; } || requires(T a, T b) { a < b; };

TEST(DebugCount, IsNoNumber) {
  static_assert(!std::is_convertible_v<DebugCount, uint64_t> && !std::is_constructible_v<bool, DebugCount>);
  static_assert(!Computes<DebugCount> && Computes<uint64_t>);
  DebugCount count;
  count += 3;
  count -= 1;
  EXPECT_EQ(count.for_checks(), kDebugFlavour ? 2u : 0u);
}

}  // namespace
}  // namespace mallocgc
