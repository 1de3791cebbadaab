// Types as a heap's client sees them (T1-T7): the tests say which words keep objects alive, where types are known, and
// what many types cost.
#include <gtest/gtest.h>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

// Every one of the object's `words` words holds an object of its own. The result says which of these survive a
// collection.
std::vector<bool> survivors(HeapFixture& f, Type* type, size_t words) {
  Frame frame(f, words + 1);
  void** const object = static_cast<void**>(f.malloc(words * kWordBytes, type));
  frame[words] = object;
  std::vector<void*> targets;
  for (size_t i = 0; i < words; ++i) {
    targets.push_back(f.make());
    frame[i] = targets[i];
  }
  for (size_t i = 0; i < words; ++i) {
    object[i] = targets[i];
    frame[i] = nullptr;
  }
  f.collect();
  std::vector<bool> alive;
  for (void* target : targets) alive.push_back(f.alive(target));
  return alive;
}

TEST(HeapTypes, T1_T2_ExactlyThePointerWordsKeepAliveOverTheWholeArray) {
  for (const uint32_t mask : {0u, 1u, 2u, 3u, 5u, 6u, 7u}) {
    HeapFixture f;
    Type* const type = f.define("Triple", 3, mask);
    for (const size_t words : {3, 6, 7, 8, 30, 100, 301}) {
      const std::vector<bool> alive = survivors(f, type, words);
      for (size_t i = 0; i < words; ++i)
        ASSERT_EQ(alive[i], (mask >> i % 3 & 1) != 0) << mask << ", word " << i << " of " << words;
    }
  }
}

TEST(HeapTypes, T3_APrefixCoversTheHeadOnce) {
  HeapFixture f;
  Type* const type = f.define("Headed", 3, 5, MGC_TAIL_OPAQUE);
  for (const size_t words : {3, 4, 9, 100, 3000}) {
    const std::vector<bool> alive = survivors(f, type, words);
    for (size_t i = 0; i < alive.size(); ++i) ASSERT_EQ(alive[i], i == 0 || i == 2) << i;
  }
}

TEST(HeapTypes, T3_ARepeatedTailGoesOnToTheEndOfTheObject) {
  HeapFixture f;
  const uint32_t head = 2;
  const uint32_t tail = 5;
  mgc_type_info info{};
  info.name = "Elements";
  info.size = 2 * kWordBytes;
  info.tail = MGC_TAIL_ELEMENTS;
  info.pointers.mask = &head;
  info.tail_size = 3 * kWordBytes;
  info.tail_pointers.mask = &tail;
  Type* const type = f.define(info);
  for (const size_t words : {2, 3, 5, 11, 64, 65, 500}) {
    const std::vector<bool> alive = survivors(f, type, words);
    for (size_t i = 0; i < words; ++i) ASSERT_EQ(alive[i], i < 2 ? i == 1 : (i - 2) % 3 != 1) << i << " of " << words;
  }
}

TEST(HeapTypes, T1_AProgramSaysTheSameAsAMask) {
  MGC_NEEDS(kPrograms);
  HeapFixture f;
  // { 3 x (pointer, skip), bits 1101, repeat 2 { skip 1, pointers 2 } }
  const uint32_t program[] = {
      MGC_PROG_REPEAT, 3, MGC_PROG_POINTERS, 1, MGC_PROG_SKIP,     1, MGC_PROG_END, MGC_PROG_BITS, 4, 0xb,
      MGC_PROG_REPEAT, 2, MGC_PROG_SKIP,     1, MGC_PROG_POINTERS, 2, MGC_PROG_END, MGC_PROG_END};
  const bool expected[] = {true,  false, true,  false, true, false, true, true,
                           false, true,  false, true,  true, false, true, true};
  mgc_type_info info{};
  info.name = "Programmed";
  info.size = sizeof expected / sizeof expected[0] * kWordBytes;
  info.pointers.program = program;
  info.pointers.program_words = sizeof program / sizeof program[0];
  Type* const type = f.define(info);
  for (const size_t words : {16, 20, 32, 100}) {
    const std::vector<bool> alive = survivors(f, type, words);
    for (size_t i = 0; i < words; ++i) ASSERT_EQ(alive[i], expected[i % 16]) << i;
  }
}

TEST(HeapTypes, T4_EveryAlignedWordOfAConservativeObjectMayKeepAlive) {
  HeapFixture f;
  Type* const type = f.define("Maybe", 1, 0, MGC_TAIL_CONSERVATIVE);
  for (const size_t words : {1, 2, 5, 64, 400}) {
    for (const bool alive : survivors(f, type, words)) ASSERT_TRUE(alive);
  }
}

TEST(HeapTypes, T5_InteriorPointersKeepTheWholeObjectAliveHoweverDeep) {
  HeapFixture f;
  Frame frame(f, 1);
  constexpr int kDepth = 2000;
  std::vector<void*> bases;
  char* inner = nullptr;
  for (int i = 0; i < kDepth; ++i) {
    const size_t count = static_cast<size_t>(i) % 40 == 39 ? 3000 : 1 + static_cast<size_t>(i) % 30;
    Node* const array = static_cast<Node*>(f.heap.newarray(f.mutator(), f.node, static_cast<intptr_t>(count)));
    array[count - 1].right = reinterpret_cast<Node*>(inner);
    bases.push_back(array);
    inner = reinterpret_cast<char*>(array) + (count * sizeof(Node) * static_cast<size_t>(i) / kDepth);
    frame[0] = inner;
  }
  f.collect();
  for (void* base : bases) ASSERT_EQ(f.find(base).base, base);
}

TEST(HeapTypes, T7_AThousandTypesWithTenObjectsEachTakeAtMostTwoMebibytesOfSpans) {
  HeapFixture f;
  const uint64_t before = f.stats().heap_inuse;
  for (int i = 0; i < 1000; ++i) {
    mgc_type_info info{};
    const std::string name = "Type" + std::to_string(i);
    const uint32_t mask = 1;
    info.name = name.c_str();
    info.size = 16;
    info.pointers.mask = &mask;
    Type* const type = f.define(info);
    for (int k = 0; k < 10; ++k) ASSERT_NE(f.heap.newobject(f.mutator(), type), nullptr);
  }
  EXPECT_LE(f.stats().heap_inuse - before, 2 * HeapFixture::kMiB);
}

TEST(HeapTypes, T7_AHundredThousandTypesWithOneObjectEachTakeAtMost32MebibytesOfSpans) {
  MGC_NEEDS(kTypeNames);
  HeapFixture f(HeapFixture::quiet(), {.total_bytes = 128 * HeapFixture::kMiB});
  const uint64_t before = f.stats().heap_inuse;
  std::vector<void*> objects;
  for (int i = 0; i < 100000; ++i) {
    mgc_type_info info{};
    char name[16] = "T";
    for (int rest = i, at = 1; at < 7; ++at, rest /= 10) name[at] = static_cast<char>('0' + rest % 10);
    info.name = name;
    info.size = 16;
    Type* const type = f.define(info);
    objects.push_back(f.heap.newobject(f.mutator(), type));
    ASSERT_NE(objects.back(), nullptr);
  }
  EXPECT_LE(f.stats().heap_inuse - before, 32 * HeapFixture::kMiB);
  EXPECT_LE(f.stats().heap_inuse - before, 2 * HeapFixture::kMiB) << "what they need is 1.6";
  for (uint32_t i = 0; i < 100000; i += 777) ASSERT_EQ(f.find(objects[i]).type->id, f.node->id + 1 + i);
}

TEST(HeapTypes, T7_PromotionKeepsTheTypeOfEveryAddress) {
  MGC_NEEDS(kWorkCounters);
  HeapFixture f;
  Type* const other = f.define("Other", 2, 1);
  std::vector<void*> nodes;
  std::vector<void*> others;
  for (int i = 0; i < 2000; ++i) {
    nodes.push_back(f.make());
    others.push_back(f.heap.newobject(f.mutator(), other));
  }
  EXPECT_EQ(f.stats().path_promotions, 2u);
  EXPECT_GE(f.stats().path_mixed_spans, 1u);
  for (int i = 0; i < 2000; ++i) {
    ASSERT_EQ(f.find(nodes[static_cast<size_t>(i)]).type, f.node);
    ASSERT_EQ(f.find(others[static_cast<size_t>(i)]).type, other);
  }
}

TEST(HeapTypes, T6_ErrorsNameTheTypeAndTheOffsetAndTheHeapGoesOn) {
  MGC_NEEDS(kTexts);
  HeapFixture f;
  const uint32_t mask[] = {0xff};
  mgc_type_info info{};
  info.name = "Broken";
  info.size = 2 * kWordBytes;
  info.pointers.mask = mask;
  Type* type = f.node;
  EXPECT_EQ(f.heap.define_type(info, &type), Status::kBadType);
  EXPECT_EQ(type, nullptr);
  EXPECT_NE(std::string(f.heap.last_error()).find("Broken"), std::string::npos);
  EXPECT_NE(std::string(f.heap.last_error()).find(std::to_string(2 * kWordBytes)), std::string::npos);
  EXPECT_EQ(f.define("Node", 2, 3), f.node) << "the same description again";
  EXPECT_EQ(f.heap.type_by_id(f.node->id), f.node);
  EXPECT_EQ(f.heap.type_by_id(0), nullptr);
  EXPECT_EQ(f.heap.type_by_id(12345), nullptr);
}

TEST(HeapTypes, NoScanOfATypeWithPointersIsPointerFree) {
  HeapFixture f;
  Frame frame(f, 1);
  void** const object = static_cast<void**>(f.malloc(sizeof(Node), f.node, MGC_NOSCAN));
  frame[0] = object;
  object[0] = f.make();
  void* const target = object[0];
  f.collect();
  EXPECT_FALSE(f.alive(target));
}

}  // namespace
}  // namespace mallocgc
