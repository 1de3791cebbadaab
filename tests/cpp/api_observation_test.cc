// These tests ask questions, read counters, hear events and run checks through the C face.
#include "cpp/api_fixture.h"

#include <vector>

namespace api_test {
namespace {

using ObservationTest = ApiTest;

TEST_F(ObservationTest, M14_FindObjectGivesTheAllocatedObject) {
  Node* const node = new_node();
  mgc_found found;
  EXPECT_EQ(mgc_find_object(heap, &node->value, &found), 1);
  EXPECT_EQ(found.base, node);
  EXPECT_EQ(found.size, mgc_roundup(sizeof(Node)));
  EXPECT_EQ(found.type, node_type);
  EXPECT_EQ(mgc_type_of(heap, &node->other), node_type);
  EXPECT_EQ(mgc_find_object(heap, node, nullptr), 1);
  void* const after = reinterpret_cast<char*>(node) + mgc_roundup(sizeof(Node));
  void* const nothing[] = {nullptr, this, mgc_malloc(mutator, 0, nullptr, 0), after};
  for (const void* address : nothing) {
    EXPECT_EQ(mgc_find_object(heap, address, &found), 0) << address;
    EXPECT_EQ(found.base, nullptr);
    EXPECT_EQ(found.size, 0u);
    EXPECT_EQ(mgc_type_of(heap, address), nullptr);
  }
  EXPECT_EQ(objects_after_collection(), 0u);
  EXPECT_EQ(mgc_find_object(heap, node, &found), 0);
}

TEST_F(ObservationTest, TheWalkGivesSpansAndTheirSlots) {
  MGC_NEEDS(kTypeNames);
  mgc_span_info span;
  EXPECT_EQ(mgc_walk_spans(heap, nullptr, &span, 1), 0u);
  Node* const node = new_node();
  ASSERT_EQ(mgc_walk_spans(heap, nullptr, &span, 1), 1u);
  EXPECT_EQ(span.allocated, 1u);
  EXPECT_EQ(span.slot_bytes, mgc_roundup(sizeof(Node)));
  const auto slot = static_cast<uint32_t>((reinterpret_cast<char*>(node) - static_cast<char*>(span.base)) /
                                          static_cast<ptrdiff_t>(span.slot_bytes));
  uint32_t word = 0;
  ASSERT_EQ(mgc_walk_slots(heap, span.base, slot, &word, 1), 1u);
  EXPECT_EQ(word, mgc_type_id(node_type) << MGC_SLOT_TYPE_SHIFT | MGC_SLOT_NEW);
  ASSERT_EQ(mgc_walk_slots(heap, span.base, slot + 1, &word, 1), 1u);
  EXPECT_EQ(word, uint32_t{MGC_SLOT_FREE});
}

TEST_F(ObservationTest, O1_TheEquationsOfMemStatsHold) {
  MGC_NEEDS(kWorkCounters);
  for (int i = 0; i < 10000; ++i) new_node();
  mgc_malloc(mutator, 100000, nullptr, MGC_NOSCAN);
  const mgc_stats_data s = stats();
  EXPECT_EQ(s.mallocs, 10001u);
  EXPECT_EQ(s.heap_objects, s.mallocs - s.frees);
  EXPECT_EQ(s.heap_idle + s.heap_inuse, s.heap_sys);
  EXPECT_EQ(s.sys, s.heap_sys + s.stack_sys + s.mspan_sys + s.mcache_sys + s.buck_hash_sys + s.gc_sys + s.other_sys);
  EXPECT_GE(s.total_alloc, 10000 * sizeof(Node) + 100000);
}

TEST_F(ObservationTest, O5_TheListenerHearsEachCycleAndItsTrace) {
  MGC_NEEDS(kEvents);
  struct Heard {
    std::vector<uint32_t> kinds;
    std::string trace;
  } heard;
  mgc_set_listener(
      heap,
      [](const mgc_event* event, void* context) {
        auto* const h = static_cast<Heard*>(context);
        h->kinds.push_back(event->kind);
        if (event->kind == MGC_EVENT_TRACE) h->trace = event->text;
      },
      &heard);
  ASSERT_EQ(mgc_set_debug(heap, MGC_DEBUG_GCTRACE, 0), MGC_OK);
  mgc_collect(heap);
  mgc_set_listener(heap, nullptr, nullptr);
  mgc_collect(heap);
  ASSERT_FALSE(heard.kinds.empty());
  EXPECT_EQ(heard.kinds.front(), uint32_t{MGC_EVENT_CYCLE_START});
  int cycles = 0;
  for (const uint32_t kind : heard.kinds) cycles += kind == MGC_EVENT_CYCLE_END;
  EXPECT_EQ(cycles, 1);
  EXPECT_EQ(heard.trace.rfind("gc 1 @", 0), 0u) << heard.trace;
}

TEST_F(ObservationTest, C8_ChecksAreSwitchedAtRunTimeWhereTheFlavourHasThem) {
  constexpr uint32_t kChecks = MGC_DEBUG_CHECKMARK | MGC_DEBUG_POISON | MGC_DEBUG_VERIFY | MGC_DEBUG_FINALIZER_CHECKS;
  expect_refusal(MGC_BAD_ARGUMENT, "unknown debug flags", [&] { return mgc_set_debug(heap, 1u << 31, 0) != MGC_OK; });
  if (mgc_flavour_debug() == 0) {
    expect_refusal(MGC_BAD_ARGUMENT, "this flavour of the heap",
                   [&] { return mgc_set_debug(heap, kChecks, 0) != MGC_OK; });
    expect_refusal(MGC_BAD_ARGUMENT, "this flavour of the heap", [&] { return mgc_verify(heap) != MGC_OK; });
    return;
  }
  ASSERT_EQ(mgc_set_debug(heap, kChecks, 3), MGC_OK);
  void** const frame = mgc_frame_push(mutator, 1);
  for (int i = 0; i < 300; ++i) {
    Node* const node = new_node(i);
    mgc_store(&node->next, frame[0]);
    frame[0] = node;
  }
  // Every third allocation runs a minor cycle, or a slice of a full one.
  EXPECT_GE(stats().num_gc + stats().minor_gcs + stats().slices, 90u);
  EXPECT_EQ(objects_after_collection(), 300u);
  ASSERT_EQ(mgc_set_debug(heap, 0, 0), MGC_OK);
  mgc_frame_pop(mutator, frame);
}

TEST_F(ObservationTest, TheCellsOfTheStandaloneModuleAreNullElsewhere) {
  EXPECT_EQ(mgc_host_clock(), nullptr);
  EXPECT_EQ(mgc_host_memory_end(), nullptr);
  EXPECT_EQ(mgc_last_words(), nullptr);
  EXPECT_EQ(mgc_reserved_end(), 0u);
}

}  // namespace
}  // namespace api_test
