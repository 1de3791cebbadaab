// Some options of a heap are refused: by their own text, and before memory is asked for.
#include "heap/options.h"

#include <gtest/gtest.h>

#include "roots/shadow_stack.h"
#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

constexpr const char* kNoSuchChecks = "this flavour of the heap has no such checks: use the debug flavour";

struct Case {
  const char* text;
  void (*spoil)(mgc_options& options);
};

const Case kBad[] = {
    {"initial_bytes is above max_bytes",
     [](mgc_options& options) {
       options.max_bytes = 1 << 20;
       options.initial_bytes = options.max_bytes + 1;
     }},
    {"initial_bytes is above max_bytes", [](mgc_options& options) { options.initial_bytes = kDefaultMaxBytes + 1; }},
    {"shadow_slots is out of range",
     [](mgc_options& options) { options.shadow_slots = static_cast<uint32_t>(ShadowStack::kMaxSlots) + 1; }},
    {"shadow_slots is out of range",
     [](mgc_options& options) { options.shadow_slots_max = static_cast<uint32_t>(ShadowStack::kMaxSlots) + 1; }},
    {"mode is none of MGC_MODE_*", [](mgc_options& options) { options.mode = MGC_MODE_GENERATIONAL + 1; }},
    {kHasModes ? "no_barriers gives the stop mode, but mode is another one"
               : "this flavour of the heap has the stop mode only",
     [](mgc_options& options) {
       options.mode = MGC_MODE_INCREMENTAL;
       options.no_barriers = 1;
     }},
    {"unknown debug flags", [](mgc_options& options) { options.debug_flags = 1u << 31; }},
};

TEST(HeapOptions, AreRefusedEachForItsOwnReason) {
  EXPECT_EQ(refusal_of(mgc_options{}), nullptr);
  for (const Case& bad : kBad) {
    mgc_options options{};
    bad.spoil(options);
    ASSERT_NE(refusal_of(options), nullptr) << bad.text;
    EXPECT_TEXT(refusal_of(options), bad.text);
  }
}

TEST(HeapOptions, AreTakenUpToTheirBounds) {
  mgc_options options{};
  options.initial_bytes = kDefaultMaxBytes;
  options.shadow_slots = options.shadow_slots_max = static_cast<uint32_t>(ShadowStack::kMaxSlots);
  options.mode = kHasModes ? MGC_MODE_GENERATIONAL : MGC_MODE_STOP;
  EXPECT_EQ(refusal_of(options), nullptr);
  options.mode = kModeBoth;
  EXPECT_EQ(refusal_of(options) == nullptr, kHasModes);
  options.mode = MGC_MODE_STOP;
  options.no_barriers = 1;
  EXPECT_EQ(refusal_of(options), nullptr);
}

TEST(HeapOptions, TellWhatTheFlavourLacks) {
  EXPECT_EQ(refusal_of_debug(0, 0), nullptr);
  const auto expect_offered = [](bool offered, uint32_t flags, uint32_t stress_every) {
    const char* const refusal = refusal_of_debug(flags, stress_every);
    EXPECT_EQ(refusal == nullptr, offered) << flags;
    if (refusal != nullptr) {
      EXPECT_TEXT(refusal, kNoSuchChecks);
    }
  };
  expect_offered(kHasEvents, MGC_DEBUG_GCTRACE, 0);
  expect_offered(kHasEvents, 0, 1);
  for (const uint32_t flag : {uint32_t{MGC_DEBUG_CHECKMARK}, uint32_t{MGC_DEBUG_POISON}, uint32_t{MGC_DEBUG_VERIFY},
                              uint32_t{MGC_DEBUG_FINALIZER_CHECKS}, uint32_t{MGC_DEBUG_RECORD_CYCLES},
                              uint32_t{MGC_DEBUG_RECORD_ALLOCATIONS}})
    expect_offered(kDebugFlavour, flag, 0);
}

TEST(HeapOptions, AreRefusedBeforeMemoryIsAskedFor) {
  platform::FakeSource source({.total_bytes = 1u << 20, .fail_after = 0, .fail_tables = true});
  const auto status_of = [&source](const mgc_options& options, const char* text) {
    Heap heap;
    const Status status = heap.init(options, source);
    EXPECT_TEXT(heap.last_error(), text);
    return status;
  };
  for (const Case& bad : kBad) {
    mgc_options options{};
    bad.spoil(options);
    EXPECT_EQ(status_of(options, bad.text), Status::kBadArgument);
  }
  EXPECT_EQ(source.table_calls() + source.grow_calls(), 0u);
  EXPECT_EQ(status_of(mgc_options{}, "out of memory"), Status::kOutOfMemory);
  EXPECT_NE(source.table_calls() + source.grow_calls(), 0u);
}

}  // namespace
}  // namespace mallocgc
