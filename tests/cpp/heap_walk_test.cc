// The walk is for viewers. It finds what the counters count, tells the states apart, and changes nothing.
#include <gtest/gtest.h>
#include <mallocgc/mallocgc.h>

#include <cstring>
#include <map>
#include <vector>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

constexpr uint32_t kStateMask = (1u << MGC_SLOT_TYPE_SHIFT) - 1;

std::vector<mgc_span_info> spans_of(HeapFixture& f, uint32_t capacity = 7) {
  std::vector<mgc_span_info> all;
  std::vector<mgc_span_info> some(capacity);
  const void* from = nullptr;
  for (;;) {
    const uint32_t count = f.heap.walk_spans(from, some.data(), capacity);
    all.insert(all.end(), some.begin(), some.begin() + count);
    if (count < capacity) return all;
    from = static_cast<char*>(all.back().base) + size_t{all.back().page_count} * MGC_PAGE_BYTES;
  }
}

std::vector<uint32_t> slots_of(HeapFixture& f, const mgc_span_info& span, uint32_t capacity = 100) {
  std::vector<uint32_t> all;
  std::vector<uint32_t> some(capacity);
  for (;;) {
    const uint32_t count = f.heap.walk_slots(span.base, static_cast<uint32_t>(all.size()), some.data(), capacity);
    all.insert(all.end(), some.begin(), some.begin() + count);
    if (count == 0) return all;
  }
}

// Returns how many slots are in each state. Every span's own count must be the number of its slots that are not free.
std::map<uint32_t, uint64_t> states_of(HeapFixture& f) {
  std::map<uint32_t, uint64_t> states;
  for (const mgc_span_info& span : spans_of(f)) {
    const std::vector<uint32_t> slots = slots_of(f, span);
    EXPECT_EQ(slots.size(), span.slot_count);
    uint32_t allocated = 0;
    for (const uint32_t slot : slots) {
      ++states[slot & kStateMask];
      allocated += (slot & kStateMask) != MGC_SLOT_FREE;
    }
    EXPECT_EQ(allocated, span.allocated);
  }
  return states;
}

TEST(HeapWalk, FindsWhatTheCountersCount) {
  MGC_NEEDS(kWorkCounters);
  HeapFixture f;
  Type* const triple = f.define("Triple", 3, 5);
  for (int i = 0; i < 5000; ++i) {
    f.malloc(sizeof(Node), f.node);
    if (i % 3 == 0) f.malloc(triple->size_bytes, triple);
    if (i % 500 == 0) f.bytes(100000);
  }
  auto states = states_of(f);
  EXPECT_EQ(states[MGC_SLOT_NEW], f.stats().heap_objects);
  EXPECT_EQ(states[MGC_SLOT_SURVIVED] + states[MGC_SLOT_DEAD], 0u);
  uint64_t pages = 0;
  const char* last = nullptr;
  for (const mgc_span_info& span : spans_of(f, 1)) {
    EXPECT_LT(last, span.base) << "in address order";
    last = static_cast<char*>(span.base);
    pages += span.page_count;
    EXPECT_EQ((span.flags & MGC_SPAN_LARGE) != 0, span.size_class == 0);
    if (span.size_class == 0) {
      EXPECT_EQ(span.slot_bytes, 100000u);
    }
  }
  EXPECT_EQ(pages * MGC_PAGE_BYTES, f.stats().heap_inuse);
}

TEST(HeapWalk, NamesTheTypeOfEachObject) {
  MGC_NEEDS(kTypeNames);
  HeapFixture f;
  std::map<void*, uint32_t> types;
  for (uint32_t i = 0; i < 40; ++i) {
    Type* const type = f.define(("T" + std::to_string(i % 4)).c_str(), 2, i % 4);
    types[f.malloc(type->size_bytes, type)] = type->id;
  }
  types[f.bytes(64)] = 0;
  size_t seen = 0;
  for (const mgc_span_info& span : spans_of(f)) {
    const std::vector<uint32_t> slots = slots_of(f, span);
    for (size_t i = 0; i < slots.size(); ++i) {
      if (slots[i] == MGC_SLOT_FREE) continue;
      ++seen;
      EXPECT_EQ(slots[i] >> MGC_SLOT_TYPE_SHIFT, types.at(static_cast<char*>(span.base) + i * span.slot_bytes));
    }
  }
  EXPECT_EQ(seen, types.size());
}

TEST(HeapWalk, ShowsWhatACollectionInSlicesHasReached) {
  MGC_NEEDS(kModes);
  mgc_options options = HeapFixture::quiet();
  options.mode = MGC_MODE_INCREMENTAL;
  HeapFixture f(options);
  Frame frame(f, 1);
  for (int i = 0; i < 2000; ++i) frame[0] = f.make(static_cast<Node*>(frame[0]), nullptr);
  f.make();
  f.collect();
  for (int i = 0; i < 10; ++i) f.make();
  ASSERT_EQ(f.heap.start_cycle(), Status::kOk);
  uint64_t reached = 0;
  while (f.stats().marking != 0) {
    auto states = states_of(f);
    EXPECT_GE(states[MGC_SLOT_REACHED], reached);
    reached = states[MGC_SLOT_REACHED];
    EXPECT_EQ(states[MGC_SLOT_NEW] + states[MGC_SLOT_SURVIVED] + reached, 2010u);
    (void)f.heap.step_work(300);
  }
  EXPECT_GT(reached, 1000u);
  auto states = states_of(f);
  EXPECT_EQ(states[MGC_SLOT_SURVIVED], 2000u);
  EXPECT_EQ(states[MGC_SLOT_DEAD], 10u);
}

TEST(HeapWalk, CountsTheDirtyCardsOfASpan) {
  MGC_NEEDS(kModes);
  mgc_options options = HeapFixture::quiet();
  options.mode = MGC_MODE_GENERATIONAL;
  HeapFixture f(options);
  Frame frame(f, 1);
  constexpr size_t kWords = 20000;
  Type* const pointer = f.define("Pointer", 1, 1);
  void** const table = static_cast<void**>(f.malloc(kWords * kWordBytes, pointer));
  frame[0] = table;
  f.collect();
  const auto dirty = [&] {
    uint32_t cards = 0;
    for (const mgc_span_info& span : spans_of(f)) cards += span.base == table ? span.dirty_cards : 0;
    return cards;
  };
  EXPECT_EQ(dirty(), 0u);
  mgc_store(&table[0], table);
  mgc_store(&table[1], table);
  EXPECT_EQ(dirty(), 1u);
  mgc_store(&table[kWords - 1], table);
  EXPECT_EQ(dirty(), 2u);
  ASSERT_EQ(f.heap.collect_minor(), Status::kOk);
  EXPECT_EQ(dirty(), 0u);
}

TEST(HeapWalk, TellsSurvivorsFromTheDeadAndTheNewAndSweepsNothing) {
  HeapFixture f;
  Frame frame(f, 1);
  for (int i = 0; i < 2000; ++i) {
    Node* const node = static_cast<Node*>(f.malloc(sizeof(Node), f.node));
    if (i % 4 != 0) continue;
    node->left = static_cast<Node*>(frame[0]);
    frame[0] = node;
  }
  ASSERT_EQ(f.heap.phase_start(), Status::kOk);
  ASSERT_EQ(f.heap.phase_mark(), Status::kOk);
  ASSERT_EQ(f.heap.phase_finish(), Status::kOk);
  const mgc_stats_data before = f.stats();
  auto states = states_of(f);
  EXPECT_EQ(states[MGC_SLOT_SURVIVED], 500u);
  EXPECT_EQ(states[MGC_SLOT_DEAD], 1500u);
  const mgc_stats_data after = f.stats();
  EXPECT_EQ(std::memcmp(&before, &after, sizeof after), 0);
  f.heap.sweep(UINT32_MAX);
  for (int i = 0; i < 10; ++i) f.malloc(sizeof(Node), f.node);
  states = states_of(f);
  EXPECT_EQ(states[MGC_SLOT_SURVIVED], 500u);
  EXPECT_EQ(states[MGC_SLOT_DEAD], 0u);
  EXPECT_EQ(states[MGC_SLOT_NEW], 10u);
}

TEST(HeapWalk, GivesNothingForAddressesThatBeginNoSpan) {
  HeapFixture f;
  mgc_span_info span;
  uint32_t slot = 0;
  EXPECT_EQ(f.heap.walk_spans(nullptr, &span, 1), 0u);
  char* const object = static_cast<char*>(f.malloc(sizeof(Node), f.node));
  ASSERT_EQ(f.heap.walk_spans(nullptr, &span, 1), 1u);
  ASSERT_EQ(f.heap.walk_spans(object, &span, 1), 1u) << "an address inside the span finds it";
  EXPECT_EQ(f.heap.walk_spans(nullptr, &span, 0), 0u);
  const void* const wrong[] = {nullptr, &f, static_cast<char*>(span.base) + 8,
                               static_cast<char*>(span.base) + MGC_PAGE_BYTES};
  for (const void* base : wrong) EXPECT_EQ(f.heap.walk_slots(base, 0, &slot, 1), 0u);
  EXPECT_EQ(f.heap.walk_slots(span.base, span.slot_count, &slot, 1), 0u);
  EXPECT_EQ(f.heap.walk_slots(span.base, UINT32_MAX, &slot, 1), 0u);
  const void* const last = reinterpret_cast<void*>(UINTPTR_MAX);
  EXPECT_EQ(f.heap.walk_spans(last, &span, 1), 0u);
}

}  // namespace
}  // namespace mallocgc
