// Questions about single objects have small pieces: what an address is in, which words point on, and what fits into a
// client's buffer.
#include "inspect/links.h"

#include <gtest/gtest.h>

#include "support/parts_fixture.h"

namespace mallocgc {
namespace {

TEST(LinkBuffer, KeepsBothEndsOfWhatDoesNotFit) {
  for (const size_t capacity : {0u, 1u, 2u, 3u, 5u, 8u}) {
    for (const size_t count : {1u, 2u, 3u, 7u, 8u, 9u, 30u}) {
      std::vector<mgc_link> links(capacity, mgc_link{});
      LinkBuffer buffer{.links = links.data(), .capacity = capacity, .count = count};
      for (size_t i = count; i-- != 0;) {
        mgc_link link{};
        link.at = i + 1;
        buffer.put(i, link);
      }
      const size_t kept = std::min(capacity, count);
      const size_t head = kept == count ? count : capacity / 2;
      for (size_t i = 0; i < kept; ++i)
        EXPECT_EQ(links[i].at, i < head ? i + 1 : count - (kept - i) + 1) << capacity << " of " << count;
    }
  }
}

TEST(LinkBuffer, CountsWhatItHasNoRoomFor) {
  mgc_link two[2] = {};
  LinkBuffer buffer{.links = two, .capacity = 2};
  for (uint64_t i = 1; i <= 5; ++i) {
    mgc_link link{};
    link.at = i;
    buffer.add(link);
  }
  EXPECT_EQ(buffer.count, 5u);
  EXPECT_EQ(two[0].at, 1u);
  EXPECT_EQ(two[1].at, 2u);
}

TEST(Links, AnAddressIsInTheAllocatedObjectAroundIt) {
  Parts parts;
  Type* const pair = parts.define("pair", 2, 3);
  void** const object = parts.make(*pair);
  const Address large = parts.take_large(100000, nullptr);
  const ObjectSlot found = object_around(parts.spans, Address::of(object) + kWordBytes + 1);
  ASSERT_NE(found.span, nullptr);
  EXPECT_EQ(found.base(), Address::of(object));
  EXPECT_EQ(found.type_id(), pair->id);
  EXPECT_EQ(object_around(parts.spans, large + 99999).size_bytes(), 100000u);
  EXPECT_EQ(object_around(parts.spans, large + 100000).span, nullptr);
  EXPECT_EQ(object_around(parts.spans, Address(64)).span, nullptr);
  // The next slot belongs to the cache's run, and to no object yet.
  EXPECT_EQ(object_around(parts.spans, Address::of(object) + parts.span(object).slot_bytes).span, nullptr);
}

TEST(Links, OnlyWordsThatPointIntoObjectsAreWalked) {
  Parts parts;
  Type* const mixed = parts.define("mixed", 4, 0b1101);
  Type* const plain = parts.define("plain", 4, 0);
  void** const target = parts.make(*plain);
  void** const object = parts.make(*mixed);
  object[0] = reinterpret_cast<char*>(target) + 5;
  object[1] = target;  // no pointer by its layout
  object[2] = reinterpret_cast<void*>(uintptr_t{12345});
  object[3] = object;
  std::vector<size_t> offsets;
  const ObjectSlot self = object_around(parts.spans, Address::of(object));
  for (PointerWalk walk(parts.spans, parts.types, self); walk.next();) {
    offsets.push_back(walk.word() - self.base());
    EXPECT_EQ(walk.target().base(), Address::of(offsets.size() == 1 ? target : object));
  }
  EXPECT_EQ(offsets, (std::vector<size_t>{0, 3 * kWordBytes}));
  const ObjectSlot leaf = object_around(parts.spans, Address::of(target));
  target[0] = object;
  EXPECT_FALSE(PointerWalk(parts.spans, parts.types, leaf).next());
}

}  // namespace
}  // namespace mallocgc
