// The marker (C3) is compared with a plain worklist, for every way of finding pointers. The tests try depth, width and
// pieces, and what counts as a pointer (T4, T5).
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "support/heap_fixture.h"
#include "support/parts_fixture.h"
#include "types/cursor.h"

namespace mallocgc {
namespace {

TEST(Marker, C3_AListOfAMillionNodesIsMarkedWithoutAStack) {
  Parts parts({.total_bytes = 64 * kMiB});
  Type* const type = parts.define("pair", 2, 3);
  constexpr uint32_t kNodes = 1000000;
  void** head = nullptr;
  for (uint32_t i = 0; i < kNodes; ++i) {
    void** const node = parts.make(*type);
    node[1] = head;
    head = node;
  }
  parts.mark_from({head});
  EXPECT_EQ(parts.marker.work().objects_marked, kHasWorkCounters ? kNodes : 0);
  EXPECT_EQ(parts.marker.work().objects_scanned, kHasWorkCounters ? kNodes : 0);
  EXPECT_EQ(parts.marker.work().slots_visited, kHasWorkCounters ? 2u * kNodes : 0);
  EXPECT_TRUE(parts.marker.idle());
  parts.sweep_all();
  EXPECT_EQ(parts.verify(), Status::kOk) << parts.error.c_str();
}

TEST(Marker, C3_AWideArrayIsScannedInPieces) {
  Parts parts({.total_bytes = 32 * kMiB});
  Type* const type = parts.define("pair", 2, 3);
  Type* const pointer = parts.define("pointer", 1, 1);
  constexpr size_t kWords = 5 * Marker::kPieceWords + 123;
  void** const array = parts.take_large(kWords * kWordBytes, pointer).pointer<void*>();
  for (size_t i = 0; i < kWords; ++i) array[i] = parts.make(*type);
  parts.mark_from({array + 7});
  EXPECT_EQ(parts.marker.work().objects_marked, kHasWorkCounters ? kWords + 1 : 0);
  EXPECT_EQ(parts.marker.work().large_pieces, kHasWorkCounters ? 6u : 0);
  EXPECT_EQ(parts.span(array).scan_position, 0u);
  for (size_t i = 0; i < kWords; ++i) ASSERT_TRUE(parts.marked(array[i])) << i;
}

// A table points to objects all over the heap. The marker scans the table to its end first, and then each span once.
TEST(Marker, C3_ATableIsScannedBeforeWhatItPointsTo) {
  MGC_NEEDS(kWorkCounters);
  Parts parts({.total_bytes = 32 * kMiB});
  Type* const pair = parts.define("Pair", 2, 3);
  Type* const pointer = parts.define("Pointer", 1, 1);
  constexpr size_t kObjects = Marker::kPieceWords * 4;
  std::vector<void*> objects;
  for (size_t i = 0; i < kObjects; ++i) objects.push_back(parts.make(*pair));
  std::shuffle(objects.begin(), objects.end(), std::mt19937(1));
  void** const table = parts.take_large(kObjects * kWordBytes, pointer).pointer<void*>();
  std::copy(objects.begin(), objects.end(), table);
  parts.mark_from({table});
  const MarkWork& work = parts.marker.work();
  EXPECT_EQ(work.objects_marked, kHasWorkCounters ? kObjects + 1 : 0);
  EXPECT_EQ(work.large_pieces, 4u);
  const size_t spans = kObjects * 2 * kWordBytes / kPageBytes;
  EXPECT_LE(work.spans_scanned, spans + work.large_pieces + spans / 8);
}

TEST(Marker, C10_ADrainStopsAtItsBudgetAndGoesOn) {
  MGC_NEEDS(kWorkCounters);
  Parts parts({.total_bytes = 32 * kMiB});
  Type* const type = parts.define("pair", 2, 3);
  Type* const pointer = parts.define("pointer", 1, 1);
  constexpr size_t kWords = 20 * Marker::kPieceWords;
  void** const array = parts.take_large(kWords * kWordBytes, pointer).pointer<void*>();
  for (size_t i = 0; i < kWords; i += 64) array[i] = parts.make(*type);
  parts.begin_mark();
  parts.marker.shade_root(Address::of(array));
  int slices = 1;
  uint64_t before = 0;
  while (!parts.marker.drain(1000)) {
    ++slices;
    EXPECT_FALSE(parts.marker.idle());
    EXPECT_LE(parts.marker.work().slots_visited - before, 1000 + Marker::kPieceWords + 2 * span_slots(2));
    before = parts.marker.work().slots_visited;
  }
  EXPECT_GE(slices, 20);
  for (size_t i = 0; i < kWords; i += 64) ASSERT_TRUE(parts.marked(array[i]));
}

TEST(Marker, T5_InteriorPointersMarkAndEndAddressesDoNot) {
  Parts parts;
  Type* const pair = parts.define("pair", 2, 3);
  Type* const wide = parts.define("wide", 12, 1);
  char* const object = reinterpret_cast<char*>(parts.make(*wide));
  const size_t bytes = parts.span(object).slot_bytes;
  for (size_t offset = 0; offset < bytes; ++offset) {
    void** const holder = parts.make(*pair);
    holder[0] = object + offset;
    parts.mark_from({holder});
    ASSERT_TRUE(parts.marked(object)) << offset;
    parts.sweep_all();
  }
  // The address behind the last byte of a large object, within its pages, belongs to no object.
  const size_t large_bytes = 5 * kPageBytes - 100;
  char* const large = parts.take_large(large_bytes, nullptr).pointer<char>();
  parts.mark_from({large + large_bytes});
  EXPECT_FALSE(parts.marked(large));
  parts.marker.shade_root(Address::of(large + large_bytes - 1));
  EXPECT_TRUE(parts.marked(large));
}

TEST(Marker, T5_AddressesOutsideTheHeapAreIgnored) {
  Parts parts;
  Type* const pair = parts.define("pair", 2, 3);
  int on_stack = 0;
  const Address low = parts.source.range().low;
  const Address end = parts.source.range().end();
  void** const holder = parts.make(*pair);
  const uintptr_t strange[] = {0,
                               1,
                               7,
                               ~uintptr_t{0},
                               ~uintptr_t{0} - 7,
                               reinterpret_cast<uintptr_t>(&on_stack),
                               low.value() - 1,
                               end.value(),
                               end.value() - 1,
                               uintptr_t{1} << (kWordBytes * 8 - 1)};
  for (const uintptr_t a : strange) {
    for (const uintptr_t b : strange) {
      holder[0] = reinterpret_cast<void*>(a);
      holder[1] = reinterpret_cast<void*>(b);
      parts.mark_from({holder, reinterpret_cast<void*>(a)});
      ASSERT_EQ(parts.marker.work().objects_marked, kHasWorkCounters ? 1u : 0);
      parts.sweep_all();
    }
  }
}

TEST(Marker, T5_ASpansTailAndMetadataAreNobodys) {
  Parts parts;
  SpanClass& odd = parts.classes.noscan(size_class_of(9216));
  const Address object = parts.take(odd);
  const Span& span = *parts.map.span_at(object);
  const size_t span_bytes = bytes_of_pages(span.page_count);
  ASSERT_LT(span.limit_bytes, span_bytes);
  parts.begin_mark();
  for (size_t at = span.limit_bytes; at < span_bytes; ++at) parts.marker.shade_root(span.base + at);
  parts.marker.shade_root(Address::of(&span));
  parts.marker.shade_root(Address::of(span.marks));
  EXPECT_EQ(parts.marker.work().objects_marked, 0u);
}

TEST(Marker, T4_ConservativeWordsCountOnlyIfTheyHitAnAllocatedObject) {
  Parts parts;
  Type* const maybe = parts.define("maybe", 1, 0, MGC_TAIL_CONSERVATIVE);
  Type* const pair = parts.define("pair", 2, 3);
  SpanClass& holders = parts.classes.own_class(*maybe, size_class_of(8 * kWordBytes));
  void** const holder = parts.take(holders).pointer<void*>();
  void** const inner = parts.make(*pair);
  void** const freed = parts.make(*pair);
  parts.collect({holder, inner});
  ASSERT_FALSE(parts.allocated(freed));
  void** const next = parts.make(*pair);
  EXPECT_EQ(next, freed) << "the first free slot";
  char* const untaken = reinterpret_cast<char*>(next) + 2 * sizeof(void*);
  ASSERT_FALSE(parts.allocated(untaken));
  holder[0] = reinterpret_cast<char*>(inner) + 3;
  holder[3] = untaken;
  holder[5] = reinterpret_cast<void*>(uintptr_t{12345});
  parts.mark_from({holder});
  EXPECT_TRUE(parts.marked(inner));
  EXPECT_EQ(parts.marker.work().objects_marked, kHasWorkCounters ? 2u : 0);
}

TEST(Marker, T4_AConservativeLargeObjectIsScannedToItsLastWholeWord) {
  Parts parts;
  Type* const maybe = parts.define("maybe", 1, 0, MGC_TAIL_CONSERVATIVE);
  Type* const pair = parts.define("pair", 2, 3);
  const size_t words = Marker::kPieceWords + 9;
  void** const large = parts.take_large(words * kWordBytes + 3, maybe).pointer<void*>();
  large[words - 1] = parts.make(*pair);
  large[Marker::kPieceWords - 1] = parts.make(*pair);
  parts.mark_from({large});
  EXPECT_EQ(parts.marker.work().objects_marked, kHasWorkCounters ? 3u : 0);
}

TEST(Marker, C3_PointerFreeObjectsAreMarkedAndNotScanned) {
  Parts parts;
  Type* const pair = parts.define("pair", 2, 3);
  void** const flat = parts.take(parts.classes.noscan(2)).pointer<void*>();
  flat[0] = parts.make(*pair);
  parts.mark_from({flat});
  EXPECT_TRUE(parts.marked(flat));
  EXPECT_FALSE(parts.marked(flat[0]));
  EXPECT_EQ(parts.marker.work().objects_scanned, 0u);
}

TEST(Marker, R1_ContentsOfAnObjectAreShadedWithoutItselfAndSelfPointersDoNotCount) {
  Parts parts;
  Type* const wide = parts.define("wide", 4, 0xf);
  void** const object = parts.make(*wide);
  object[0] = object;
  object[1] = object + 3;
  object[2] = parts.make(*wide);
  parts.begin_mark();
  parts.marker.shade_contents(Address::of(object + 1));
  parts.drain();
  EXPECT_FALSE(parts.marked(object)) << "F3";
  EXPECT_TRUE(parts.marked(object[2]));
  // A large object points to its own far end.
  Type* const pointer = parts.define("pointer", 1, 1);
  const size_t words = 6 * kPageBytes / kWordBytes;
  void** const large = parts.take_large(words * kWordBytes + 3, pointer).pointer<void*>();
  large[0] = large + words - 1;
  large[1] = reinterpret_cast<char*>(large + words) + 2;  // behind its last whole word
  large[words - 1] = parts.make(*wide);
  parts.begin_mark();
  parts.marker.shade_contents(Address::of(large));
  parts.drain();
  EXPECT_FALSE(parts.marked(large));
  EXPECT_TRUE(parts.marked(large[words - 1]));
}

// Objects made one after the other, each of which points to the one before: a list as programs build them.
TEST(Marker, O6_AListIsFollowedFromWordToWordWithoutASearch) {
  MGC_NEEDS(kWorkCounters);
  if (kPrefersSize) GTEST_SKIP() << "missing: a loop for each way of finding pointers";
  Parts parts;
  Type* const type = parts.define("pair", 2, 1);
  std::set<std::pair<const Span*, uint32_t>> words;
  std::vector<void**> list;
  for (uint32_t i = 0; i < 5 * kBitsPerWord; ++i) {
    list.push_back(parts.make(*type));
    if (i != 0) list[i][0] = list[i - 1];
    const Span& span = *parts.map.span_at(Address::of(list[i]));
    words.emplace(&span, span.slot_at(Address::of(list[i]) - span.base) / kBitsPerWord);
  }
  parts.mark_from({list.back()});
  for (void** node : list) ASSERT_TRUE(parts.marked(node));
  EXPECT_EQ(parts.marker.work().single_grey, words.size());
  EXPECT_EQ(parts.marker.work().objects_scanned, list.size());
}

TEST(Marker, O6_ASingleGreyObjectIsScannedWithoutItsBitmap) {
  MGC_NEEDS(kWorkCounters);
  Parts parts;
  Type* const type = parts.define("pair", 2, 3);
  void** const a = parts.make(*type);
  parts.mark_from({a});
  EXPECT_EQ(parts.marker.work().single_grey, 1u);
  EXPECT_EQ(parts.marker.work().spans_scanned, 1u);
  parts.begin_sweep();
  void** const b = parts.make(*type);
  parts.mark_from({a, b, a});
  EXPECT_EQ(parts.marker.work().single_grey, 0u);
  EXPECT_EQ(parts.marker.work().spans_scanned, 1u);
  EXPECT_EQ(parts.marker.work().objects_scanned, 2u);
  EXPECT_EQ(parts.marker.work().roots_visited, 3u);
}

}  // namespace
}  // namespace mallocgc
