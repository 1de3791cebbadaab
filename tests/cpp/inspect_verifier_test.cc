// The structure walk (C8) holds on whole heaps and names the invariant of each kind of deliberate damage.
#include <gtest/gtest.h>

#include <functional>

#include "support/parts_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kTexts);

// The heap has small, mixed and large spans. Some are full, and the cache owns one.
struct Furnished {
  Furnished() {
    pair = parts.define("pair", 2, 3);
    for (int i = 0; i < 700; ++i) objects.push_back(parts.make(*pair));
    const Address mixed = parts.take(parts.classes.mixed(3));
    mixed_object = mixed.pointer<void*>();
    parts.span(mixed_object).slot_types[parts.slot(mixed_object)] = pair->id;
    large = parts.take_large(3 * kPageBytes, pair).pointer<void*>();
    other = parts.take(parts.classes.noscan(40)).pointer();
  }
  Parts parts;
  Type* pair = nullptr;
  std::vector<void**> objects;
  void** mixed_object = nullptr;
  void** large = nullptr;
  void* other = nullptr;
};

TEST(Verifier, C8_AWholeHeapHoldsBeforeAndAfterCollections) {
  Furnished heap;
  EXPECT_EQ(heap.parts.verify(), Status::kOk) << heap.parts.error.c_str();
  heap.parts.mark_from({heap.objects[3], heap.objects[600]});
  EXPECT_EQ(heap.parts.verify(), Status::kOk) << heap.parts.error.c_str();
  heap.parts.sweep_all();
  EXPECT_EQ(heap.parts.verify(), Status::kOk) << heap.parts.error.c_str();
  heap.parts.collect({});
  EXPECT_EQ(heap.parts.verify(), Status::kOk) << heap.parts.error.c_str();
}

// Damages a fresh heap, sees that the invariant is named, and repairs nothing.
void expect_found(const char* invariant, const std::function<void(Furnished&)>& damage) {
  Furnished heap;
  damage(heap);
  EXPECT_EQ(heap.parts.verify(), Status::kCorrupt) << invariant;
  EXPECT_NE(std::string(heap.parts.error.c_str()).find(invariant), std::string::npos) << heap.parts.error.c_str();
}

TEST(Verifier, C8_FindsAFlippedAllocatedBit) {
  expect_found("inv.count", [](Furnished& heap) { clear_allocated(heap.parts.span(heap.objects[5]), {5, 1}); });
  expect_found("inv.count", [](Furnished& heap) {
    heap.parts.flush();
    set_allocated(heap.parts.span(heap.other), {1, 1});
  });
  expect_found("inv.count", [](Furnished& heap) { heap.parts.span(heap.large).allocated[0] = 0; });
}

TEST(Verifier, C8_FindsAHoleInTheRunOfACache) {
  expect_found("inv.run", [](Furnished& heap) {
    Span& span = heap.parts.span(heap.objects.back());
    clear_allocated(span, {span.slot_count - 1, 1});
  });
}

TEST(Verifier, C8_FindsWrongCounters) {
  expect_found("inv.count", [](Furnished& heap) { ++heap.parts.counters.mallocs[2]; });
  expect_found("inv.count", [](Furnished& heap) { ++heap.parts.counters.frees[7]; });
  expect_found("inv.count: large bytes", [](Furnished& heap) { heap.parts.counters.large_bytes_freed += 8; });
}

TEST(Verifier, C8_FindsBitsBeyondTheLastSlot) {
  const auto tail_bit = [](Furnished& heap, Span** span) {
    *span = &heap.parts.span(heap.other);
    return bit_of((*span)->slot_count);
  };
  expect_found("inv.span.tail", [&](Furnished& heap) {
    Span* span = nullptr;
    const uint64_t bit = tail_bit(heap, &span);
    span->marks[bitmap_words(span->slot_count) - 1].mark |= bit;
  });
  expect_found("inv.span.tail", [&](Furnished& heap) {
    Span* span = nullptr;
    const uint64_t bit = tail_bit(heap, &span);
    span->marks[bitmap_words(span->slot_count) - 1].grey |= bit;
  });
}

TEST(Verifier, C8_FindsGreyOutsideAMarking) {
  expect_found("inv.colour", [](Furnished& heap) { heap.parts.span(heap.objects[0]).marks[0].grey = 1; });
  expect_found("inv.colour", [](Furnished& heap) { heap.parts.span(heap.objects[0]).grey = GreyState::kOne; });
}

TEST(Verifier, C8_FindsAWrongPageMap) {
  expect_found("inv.span.map", [](Furnished& heap) {
    Span& span = heap.parts.span(heap.large);
    heap.parts.map.set(span.first_page + 1, 1, nullptr);
  });
  expect_found("inv.span.map", [](Furnished& heap) {
    Span& span = heap.parts.span(heap.large);
    heap.parts.map.set(PageId(heap.parts.pages.pages_total() - 1), 1, &span);
  });
}

TEST(Verifier, C8_FindsASpanInTheWrongListOrInNone) {
  expect_found("inv.class.lists", [](Furnished& heap) { heap.parts.span(heap.other).unlink(); });
  expect_found("inv.class.lists", [](Furnished& heap) {
    Span& span = heap.parts.span(heap.other);
    span.unlink();
    heap.parts.classes.noscan(9).done.push_back(&span);
  });
  expect_found("inv.class.lists",
               [](Furnished& heap) { heap.parts.classes.noscan(9).done.push_back(&heap.parts.span(heap.large)); });
}

TEST(Verifier, C8_FindsAClassThatCountsItsPagesWrong) {
  expect_found("inv.class.pages", [](Furnished& heap) { ++heap.parts.span(heap.other).span_class->pages; });
}

TEST(Verifier, C8_FindsABrokenCacheEntry) {
  expect_found("inv.cache.owner", [](Furnished& heap) {
    CacheEntry& entry = *heap.parts.span(heap.other).owner;
    entry.window.limit = entry.run_end + 8;
  });
  expect_found("inv.cache.owner",
               [](Furnished& heap) { heap.parts.span(heap.objects[0]).owner = heap.parts.span(heap.other).owner; });
}

TEST(Verifier, C8_FindsAnObjectOfNoTypeInAMixedSpan) {
  expect_found("inv.span.types", [](Furnished& heap) {
    heap.parts.span(heap.mixed_object).slot_types[heap.parts.slot(heap.mixed_object)] = 12345;
  });
}

TEST(Verifier, C8_FindsAWrongShape) {
  expect_found("inv.span.shape", [](Furnished& heap) { heap.parts.span(heap.other).slot_bytes += 16; });
}

TEST(Verifier, C8_FindsABrokenShadowStack) {
  Furnished heap;
  void** slots = nullptr;
  ASSERT_EQ(heap.parts.mutator.stack.push(3, &slots, heap.parts.error), Status::kOk);
  EXPECT_EQ(heap.parts.verify(), Status::kOk) << heap.parts.error.c_str();
  slots[-1] = reinterpret_cast<void*>(uintptr_t{17});
  EXPECT_EQ(heap.parts.verify(), Status::kCorrupt);
}

}  // namespace
}  // namespace mallocgc
