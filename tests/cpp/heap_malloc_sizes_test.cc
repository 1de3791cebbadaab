// Every size from 0 to 33000 (M6-M9) is tried: its rounding, alignment and contents, and what findObject says of it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

constexpr size_t kSizesMax = 33000;

uintptr_t value(const void* p) { return reinterpret_cast<uintptr_t>(p); }

TEST(HeapSizes, M7_RoundupIsAtLeastTheSizeIdempotentAndMonotone) {
  size_t last = 0;
  for (size_t size = 0; size <= 5 * kSizesMax; ++size) {
    const size_t rounded = Heap::roundupsize(size);
    ASSERT_GE(rounded, size);
    ASSERT_EQ(Heap::roundupsize(rounded), rounded) << size;
    ASSERT_GE(rounded, last);
    last = rounded;
  }
  EXPECT_EQ(Heap::roundupsize(SIZE_MAX), SIZE_MAX) << "where rounding would overflow";
  EXPECT_EQ(Heap::roundupsize(SIZE_MAX - 100), SIZE_MAX - 100);
  EXPECT_GE(Heap::roundupsize(SIZE_MAX - 8191), SIZE_MAX - 8191);
  EXPECT_EQ(Heap::roundupsize(SIZE_MAX / 2), SIZE_MAX / 2 + 1);
}

TEST(HeapSizes, M6_SmallUpToAndIncluding32KiBAndPagesAbove) {
  MGC_NEEDS(kWorkCounters);
  HeapFixture f;
  const uint64_t inuse = f.stats().heap_inuse;
  f.bytes(32 * 1024 + 1);
  EXPECT_EQ(f.stats().heap_inuse, inuse + 5 * kPageBytes);
  f.bytes(32 * 1024);
  EXPECT_EQ(f.find(f.bytes(32 * 1024)).size, 32u * 1024);
}

TEST(HeapSizes, M7_AnAllocationOfARoundedSizeWastesNothing) {
  MGC_NEEDS(kWorkCounters);
  HeapFixture f;
  for (size_t size = 16; size <= kSizesMax; size += 13) {
    const size_t rounded = Heap::roundupsize(size);
    const uint64_t before = f.stats().total_alloc;
    f.bytes(rounded);
    ASSERT_EQ(f.stats().total_alloc - before, rounded) << size;
  }
}

// The memory is dirty, so that every zero is the heap's work.
TEST(HeapSizes, M8_M9_EverySizeIsAlignedZeroedAndFoundAgain) {
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 24 * HeapFixture::kMiB, .dirty = true});
  const size_t step = platform::kAsan ? 7 : 1;
  for (size_t size = 1; size <= kSizesMax; size += step) {
    if (size % 400 < step) f.collect();
    const uint32_t flags = size % 3 == 0 ? MGC_NOSCAN | MGC_OWN_BLOCK : MGC_NOSCAN;
    unsigned char* const object = static_cast<unsigned char*>(f.bytes(size, flags));
    ASSERT_NE(object, nullptr);
    if (size >= 16 || (flags & MGC_OWN_BLOCK) != 0) {
      ASSERT_EQ(value(object) % 8, 0u) << size;
    }
    if (size % 16 == 0) {
      ASSERT_EQ(value(object) % 16, 0u) << size;
    }
    for (size_t i = 0; i < size; ++i) ASSERT_EQ(object[i], 0) << size << " at " << i;
    std::memset(object, 0xff, size);
    const FoundObject found = f.find(object + size - 1);
    ASSERT_EQ(found.base, size >= 16 || (flags & MGC_OWN_BLOCK) != 0 ? object : found.base);
    ASSERT_GE(found.size, size > 15 ? size : 1);
  }
}

TEST(HeapSizes, M8_M9_EveryTypedSizeIsAlignedAndZeroed) {
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 24 * HeapFixture::kMiB, .dirty = true});
  for (size_t size = sizeof(Node); size <= kSizesMax; size += sizeof(void*) * (platform::kAsan ? 11 : 3)) {
    if (size % 256 == 0) f.collect();
    for (const size_t bytes : {size, size - 3}) {  // T2: a partial last element
      unsigned char* const object = static_cast<unsigned char*>(f.malloc(bytes, f.node));
      ASSERT_EQ(value(object) % 8, 0u);
      if (bytes % 16 == 0) {
        ASSERT_EQ(value(object) % 16, 0u) << bytes;
      }
      for (size_t i = 0; i < bytes; ++i) ASSERT_EQ(object[i], 0) << bytes;
      std::memset(object, 0xff, bytes);
      ASSERT_EQ(f.find(object).base, object);
      ASSERT_EQ(f.find(object).type, f.node);
    }
  }
}

TEST(HeapSizes, M8_AnyPowerOfTwoUpToAPageOnRequest) {
  HeapFixture f;
  for (size_t align = 1; align <= kPageBytes; align *= 2) {
    uint32_t shift = 0;
    while (size_t{1} << shift != align) ++shift;
    for (const size_t size : {1, 7, 8, 12, 16, 24, 48, 100, 513, 1024, 5000, 8192, 10000, 32768, 40000}) {
      void* const plain = f.malloc(size, nullptr, MGC_NOSCAN, align);
      void* const typed = f.malloc(size, f.node, 0, align);
      void* const flagged = f.bytes(size, MGC_NOSCAN | shift << MGC_ALIGN_SHIFT);
      for (void* const object : {plain, typed, flagged}) {
        ASSERT_NE(object, nullptr);
        EXPECT_EQ(value(object) % align, 0u) << size << " at " << align;
        std::memset(object, 1, size);
      }
      EXPECT_EQ(f.find(plain).type, nullptr);
      EXPECT_EQ(f.find(typed).base, typed);
    }
    f.collect();
  }
}

TEST(HeapSizes, M8_OtherAlignmentsAreErrors) {
  HeapFixture f;
  for (const size_t align : {size_t{3}, size_t{24}, 2 * kPageBytes, SIZE_MAX}) {
    EXPECT_EQ(f.malloc(64, nullptr, MGC_NOSCAN, align), nullptr) << align;
    f.expect_error(Status::kBadArgument, "alignment");
  }
  for (const uint32_t shift : {14u, 31u, 32u, 64u, 255u}) {
    EXPECT_EQ(f.bytes(64, MGC_NOSCAN | shift << MGC_ALIGN_SHIFT), nullptr) << shift;
    f.expect_error(Status::kBadArgument, "alignment");
  }
}

TEST(HeapSizes, M8_ATypesOwnAlignmentCounts) {
  HeapFixture f;
  for (uint32_t align = 1; align <= kPageBytes; align *= 2) {
    mgc_type_info info{};
    const std::string name = "Aligned" + std::to_string(align);
    info.name = name.c_str();
    info.size = 40;
    info.align = align;
    Type* const type = f.define(info);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(value(f.heap.newobject(f.mutator(), type)) % align, 0u);
  }
}

TEST(HeapSizes, M9_NoZeroSavesTheWorkAndRunsWithPointersAreZeroAnyway) {
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 8 * HeapFixture::kMiB, .dirty = true});
  unsigned char* const raw = static_cast<unsigned char*>(f.heap.rawmem(f.mutator(), 5000));
  EXPECT_EQ(raw[100], platform::FakeSource::kDirt);
  unsigned char* const large = static_cast<unsigned char*>(f.heap.rawmem(f.mutator(), 50000));
  EXPECT_EQ(large[40000], platform::FakeSource::kDirt);
  unsigned char* const zeroed = static_cast<unsigned char*>(f.bytes(50000));
  EXPECT_EQ(zeroed[40000], 0);
}

TEST(HeapSizes, T5_EndPointersStayInsideWithPadding) {
  HeapFixture f;
  for (size_t size = 1; size <= kSizesMax; size += size < 2100 ? 1 : 97) {
    char* const object = static_cast<char*>(f.bytes(size, MGC_NOSCAN | MGC_END_POINTERS));
    const FoundObject found = f.find(object + size);
    ASSERT_LE(static_cast<char*>(found.base), object) << size;
    ASSERT_GT(static_cast<char*>(found.base) + found.size, object + size) << size;
    if (size % 500 == 0) f.collect();
  }
  Frame frame(f, 1);
  char* const object = static_cast<char*>(f.malloc(64, f.node, MGC_END_POINTERS));
  frame[0] = object + 64;
  f.collect();
  EXPECT_TRUE(f.alive(object)) << "an end pointer keeps it";
}

// Arrays of several types take turns, in sizes that share places where the last ones are remembered.
TEST(HeapSizes, M9_ArraysOfManyTypesAndSizesAreZeroAlignedAndOfTheirType) {
  HeapFixture f;
  constexpr size_t kTypes = 12;
  std::vector<Type*> types;
  for (size_t i = 0; i < kTypes; ++i) {
    const std::string name = "T" + std::to_string(i);
    types.push_back(f.define(name.c_str(), 1 + i % 3, i % 2 == 0 ? 1u : 0u, MGC_TAIL_REPEAT));
  }
  Random random{20};
  for (uint32_t n = 0; n < 40000; ++n) {
    Type* const type = types[random.below(kTypes)];
    const auto count = static_cast<intptr_t>(1 + random.below(random.below(10) == 0 ? 900 : 40));
    const size_t bytes = static_cast<size_t>(count) * type->size_bytes;
    auto* const array = static_cast<unsigned char*>(f.heap.newarray(f.mutator(), type, count));
    ASSERT_NE(array, nullptr);
    ASSERT_EQ(value(array) % (bytes % 16 == 0 ? 16 : 8), 0u);
    for (size_t i = 0; i < bytes; ++i) ASSERT_EQ(array[i], 0) << "byte " << i << " of " << bytes;
    __builtin_memset(array, 0xaa, type->layout->has_pointers ? 0 : bytes);
    const FoundObject found = f.find(array + bytes - 1);
    ASSERT_EQ(found.base, array);
    ASSERT_EQ(found.type, type);
    ASSERT_EQ(found.size, Heap::roundupsize(bytes));
    if (n % 8192 == 0) f.collect();
  }
}

TEST(HeapSizes, M3_ArraysThatFitATinyBlockShareItAlsoAfterLongerOnes) {
  HeapFixture f;
  mgc_type_info info{};
  info.size = 1;
  Type* const byte = f.define(info);
  const auto make = [&](intptr_t count) { return f.heap.newarray(f.mutator(), byte, count); };
  for (int i = 0; i < 2000; ++i) ASSERT_NE(make(16), nullptr) << "until they have spans of their own";
  const uint64_t before = f.stats().tiny_allocs;
  for (int i = 0; i < 500; ++i) {
    ASSERT_NE(make(3), nullptr);
    ASSERT_NE(make(16), nullptr);
  }
  EXPECT_EQ(f.stats().tiny_allocs - before, kHasTinyBlocks ? 400u : 0u) << "every fifth one begins a block";
}

}  // namespace
}  // namespace mallocgc
