// Tagged and ambiguous words go through the whole heap (T8, T9). The tests say what they keep alive and what they do
// not, in every kind of span, as roots, under finalizers, and in the questions about objects.
#include <mallocgc/mallocgc.h>

#include <gtest/gtest.h>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kTaggedWords);

constexpr mgc_filter kFixnums{
    .tag_bits = 3, .pointer_tags = 1 << 0 | 1 << 2 | 1 << 6, .box_mask = 0, .box_value = 0, .clear = 7, .flags = 0};
constexpr uintptr_t kPointerTags[] = {0, 2, 6};
constexpr uintptr_t kOtherTags[] = {1, 3, 4, 5, 7};

struct TaggedHeap : HeapFixture {
  TaggedHeap() {
    if (kDebugFlavour) {
      EXPECT_EQ(heap.set_debug(MGC_DEBUG_CHECKMARK | MGC_DEBUG_VERIFY | MGC_DEBUG_POISON, 0), Status::kOk);
    }
    EXPECT_EQ(heap.set_filter(kFixnums), Status::kOk);
    cell = define_tagged("Cell", 2, 0b11);
    mixture = define_tagged("Mixture", 4, 0b0010, 0b0100, 0b0001);
    void** slots = nullptr;
    EXPECT_EQ(heap.frame_push(mutator(), 2, &slots), Status::kOk);
    root = slots;
  }
  Type* define_tagged(const char* name, size_t words, uint32_t tagged, uint32_t ambiguous = 0, uint32_t exact = 0) {
    mgc_type_info info{};
    info.name = name;
    info.size = words * kWordBytes;
    info.tagged.mask = &tagged;
    info.ambiguous.mask = &ambiguous;
    info.pointers.mask = &exact;
    return define(info);
  }
  uintptr_t* make(Type* type, size_t count = 1) {
    return static_cast<uintptr_t*>(heap.newarray(mutator(), type, static_cast<intptr_t>(count)));
  }
  static uintptr_t of(const void* object) { return reinterpret_cast<uintptr_t>(object); }
  bool lives(uintptr_t object) {
    FoundObject found;
    return heap.find_object(reinterpret_cast<void*>(object), &found) && found.base == reinterpret_cast<void*>(object);
  }
  void store(uintptr_t* slot, uintptr_t value) { mgc_store(slot, reinterpret_cast<void*>(value)); }

  Type* cell = nullptr;
  Type* mixture = nullptr;
  void** root = nullptr;
};

// Objects of a rare type lie in mixed spans, and many of one type in their own. So `others` objects of the type come
// first.
void check_tags(TaggedHeap& t, size_t others) {
  for (size_t i = 0; i < others; ++i) t.make(t.cell);
  for (const uintptr_t tag : kPointerTags) {
    t.root[0] = t.make(t.cell);
    const uintptr_t target = TaggedHeap::of(t.make(t.cell));
    t.store(static_cast<uintptr_t*>(t.root[0]) + 1, target | tag);
    EXPECT_EQ(t.heap.collect(), Status::kOk) << t.heap.last_error();
    EXPECT_TRUE(t.lives(target)) << tag << " beside " << others;
  }
  for (const uintptr_t tag : kOtherTags) {
    t.root[0] = t.make(t.cell);
    const uintptr_t target = TaggedHeap::of(t.make(t.cell));
    t.store(static_cast<uintptr_t*>(t.root[0]) + 1, target | tag);
    EXPECT_EQ(t.heap.collect(), Status::kOk) << t.heap.last_error();
    EXPECT_FALSE(t.lives(target)) << tag << " beside " << others;
  }
}

TEST(HeapTagged, T8_TagsOfPointersKeepAliveAndOthersDoNotInMixedSpans) {
  TaggedHeap t;
  check_tags(t, 0);
}

TEST(HeapTagged, T8_TagsOfPointersKeepAliveAndOthersDoNotInUniformSpans) {
  TaggedHeap t;
  check_tags(t, 5000);
}

TEST(HeapTagged, T8_IntegersInALargeArrayKeepNothing) {
  TaggedHeap t;
  constexpr size_t kCount = 40000;
  uintptr_t* const table = t.make(t.cell, kCount);
  t.root[0] = table;
  for (size_t i = 0; i < 2 * kCount; ++i) t.store(table + i, (TaggedHeap::of(table) + 16 * i) | 1);
  const uintptr_t kept = TaggedHeap::of(t.make(t.cell));
  for (int i = 0; i < 20000; ++i) t.make(t.cell);
  t.store(table + 77777, kept | 2);
  EXPECT_EQ(t.heap.collect(), Status::kOk) << t.heap.last_error();
  mgc_stats_data stats;
  t.heap.stats(&stats);
  EXPECT_EQ(stats.heap_objects, 2u);
  EXPECT_TRUE(t.lives(kept));
}

TEST(HeapTagged, T9_ExactTaggedAndAmbiguousWordsStandBesideEachOther) {
  TaggedHeap t;
  t.root[0] = t.make(t.mixture);
  auto* const object = static_cast<uintptr_t*>(t.root[0]);
  const uintptr_t exact = TaggedHeap::of(t.make(t.cell));
  t.store(object, exact);
  const uintptr_t tagged = TaggedHeap::of(t.make(t.cell));
  t.store(object + 1, tagged | 6);
  const uintptr_t ambiguous = TaggedHeap::of(t.make(t.cell));
  t.store(object + 2, ambiguous);
  const uintptr_t data = TaggedHeap::of(t.make(t.cell));
  object[3] = data;
  EXPECT_EQ(t.heap.collect(), Status::kOk) << t.heap.last_error();
  EXPECT_TRUE(t.lives(exact) && t.lives(tagged) && t.lives(ambiguous));
  EXPECT_FALSE(t.lives(data));
  // An ambiguous word may hit a free slot, which neither keeps anything nor is an error (T5, C8).
  object[2] = data;
  EXPECT_EQ(t.heap.collect(), Status::kOk) << t.heap.last_error();
  EXPECT_FALSE(t.lives(data) || t.lives(ambiguous));
}

TEST(HeapTagged, R5_RangesOfATaggedTypeAreReadThroughItsFilter) {
  TaggedHeap t;
  uintptr_t range[2] = {TaggedHeap::of(t.make(t.cell)) | 2, TaggedHeap::of(t.make(t.cell)) | 1};
  const uintptr_t kept = range[0] & ~uintptr_t{7};
  const uintptr_t integer = range[1] & ~uintptr_t{7};
  ASSERT_EQ(t.heap.add_roots(range, sizeof range, t.cell), Status::kOk) << t.heap.last_error();
  EXPECT_EQ(t.heap.collect(), Status::kOk) << t.heap.last_error();
  EXPECT_TRUE(t.lives(kept));
  EXPECT_FALSE(t.lives(integer));
  EXPECT_EQ(t.heap.remove_roots(range), Status::kOk);
}

TEST(HeapTagged, F3_ATaggedPointerFromAFinalizableObjectToItselfIsNoCycle) {
  MGC_NEEDS(kLifecycles);
  TaggedHeap t;
  uintptr_t* const object = t.make(t.cell);
  const uintptr_t held = TaggedHeap::of(t.make(t.cell));
  t.store(object, TaggedHeap::of(object) | 2);
  t.store(object + 1, held | 6);
  ASSERT_EQ(t.heap.set_finalizer(object, nullptr, nullptr, 1), Status::kOk) << t.heap.last_error();
  EXPECT_EQ(t.heap.collect(), Status::kOk) << t.heap.last_error();
  EXPECT_EQ(t.heap.ready_count(), 1u);
  EXPECT_TRUE(t.lives(held));
}

TEST(HeapTagged, O7_APathLeadsThroughTaggedAndAmbiguousWords) {
  TaggedHeap t;
  t.root[0] = t.make(t.mixture);
  auto* const object = static_cast<uintptr_t*>(t.root[0]);
  uintptr_t* const middle = t.make(t.mixture);
  t.store(object + 1, TaggedHeap::of(middle) | 2);
  uintptr_t* const last = t.make(t.cell);
  t.store(middle + 2, TaggedHeap::of(last));
  mgc_link links[8];
  LinkBuffer out{.links = links, .capacity = 8};
  ASSERT_EQ(t.heap.why_alive(last, 0, out), Status::kOk) << t.heap.last_error();
  ASSERT_EQ(out.count, 4u);
  EXPECT_EQ(links[1].offset, kWordBytes);
  EXPECT_EQ(links[2].offset, 2 * kWordBytes);
  LinkBuffer referrers{.links = links, .capacity = 8};
  ASSERT_EQ(t.heap.referrers(middle, 0, referrers), Status::kOk);
  EXPECT_EQ(referrers.count, 1u);
}

// T8 on values of 64 bits: natively a value is the word itself, and on a machine of 32 bits it is two words.
TEST(HeapTagged, T8_NanBoxedValuesKeepTheirObjectsAndDoublesKeepNothing) {
  TaggedHeap t;
  constexpr uint64_t kBox = 0xfffc'0000'0000'0000;
  const mgc_filter boxes{.tag_bits = 0,
                         .pointer_tags = 1,
                         .box_mask = 0xffff'0000'0000'0000,
                         .box_value = kBox,
                         .clear = 0xffff'0000'0000'0000,
                         .flags = MGC_FILTER_WIDE};
  const uint32_t low_half = 1;
  mgc_type_info info{};
  info.name = "Value";
  info.size = sizeof(uint64_t);
  info.tagged.mask = &low_half;
  info.filter = &boxes;
  Type* const value_type = t.define(info);
  auto* const values = static_cast<uint64_t*>(t.heap.newarray(t.mutator(), value_type, 3));
  t.root[0] = values;
  const uintptr_t boxed = TaggedHeap::of(t.make(t.cell));
  const uintptr_t lookalike = TaggedHeap::of(t.make(t.cell));
  values[0] = kBox | boxed;
  values[1] = lookalike;
  values[2] = 0x4028'0000'0000'0000 | lookalike;
  mgc_write_barrier_range(values, 3 * sizeof *values);
  EXPECT_EQ(t.heap.collect(), Status::kOk) << t.heap.last_error();
  EXPECT_TRUE(t.lives(boxed));
  EXPECT_FALSE(t.lives(lookalike));
}

TEST(HeapTagged, T8_AFilterThatContradictsAddressesChangesNothing) {
  TaggedHeap t;
  mgc_filter wrong = kFixnums;
  wrong.clear = 64;
  EXPECT_EQ(t.heap.set_filter(wrong), Status::kBadArgument);
  EXPECT_TEXT(t.heap.last_error(), "filter: clear covers bits of addresses");
  check_tags(t, 0);
}

}  // namespace
}  // namespace mallocgc
