// These tests check the cache's entries, the tiny block over all sequences of sizes (M3, M4), and inv.run.
#include <gtest/gtest.h>

#include "alloc/recent_entries.h"
#include "support/flavour.h"
#include "support/parts_fixture.h"

namespace mallocgc {
namespace {

TEST(TinyBlock, M4_AlignmentFollowsTheSize) {
  const size_t expected[] = {0, 1, 2, 1, 4, 1, 2, 1, 8, 1, 2, 1, 8, 1, 2, 1};
  for (size_t size = 1; size < kTinyBlockBytes; ++size) EXPECT_EQ(TinyBlock::alignment(size), expected[size]) << size;
}

TEST(TinyBlock, M3_EveryTripleOfSizesIsDisjointAlignedAndInsideTheBlock) {
  const Address block(0x1000);
  for (size_t a = 1; a < 16; ++a) {
    for (size_t b = 1; b < 16; ++b) {
      for (size_t c = 1; c < 16; ++c) {
        TinyBlock tiny;
        EXPECT_TRUE(tiny.try_take(a, a).is_null()) << "an empty block gives nothing";
        tiny.offer(block, a);
        uintptr_t end = block.value() + a;
        for (const size_t size : {b, c}) {
          const Address place = tiny.try_take(size, size);
          const uintptr_t fits_at = align_up(end, TinyBlock::alignment(size));
          if (fits_at + size > block.value() + 16) {
            ASSERT_TRUE(place.is_null());
            continue;
          }
          ASSERT_EQ(place.value(), fits_at);
          end = fits_at + size;
        }
      }
    }
  }
}

TEST(TinyBlock, M3_TheBlockWithMoreRoomLeftBecomesTheCurrentOne) {
  for (size_t used = 1; used < 16; ++used) {
    for (size_t fresh = 1; fresh < 16; ++fresh) {
      TinyBlock tiny;
      tiny.offer(Address(0x1000), used);
      tiny.offer(Address(0x2000), fresh);
      EXPECT_EQ(tiny.end, fresh < used ? 0x2010u : 0x1010u) << used << " then " << fresh;
    }
  }
}

TEST(AllocCache, AnEntryNeverMovesWhateverNumberOthersHave) {
  MGC_NEEDS(kTypeNames);
  Parts parts;
  std::vector<CacheEntry*> entries;
  std::vector<SpanClass*> classes;
  for (uint32_t i = 0; i < 2500; ++i) {
    mgc_type_info info{};
    const std::string name = "T" + std::to_string(i);
    info.name = name.c_str();
    info.size = 16;
    classes.push_back(&parts.classes.own_class(*parts.define(info), 2));
    entries.push_back(parts.cache.try_entry(*classes.back()));
    ASSERT_NE(entries.back(), nullptr);
    ASSERT_EQ(entries.back()->window.cursor, 0u);
    ASSERT_EQ(entries.back()->window.limit, 0u);
  }
  for (size_t i = 0; i < entries.size(); ++i) {
    ASSERT_EQ(parts.cache.try_entry(*classes[i]), entries[i]);
    ASSERT_EQ(entries[i]->span_class, classes[i]);
  }
  size_t seen = 0;
  parts.cache.for_each([&](CacheEntry&) { ++seen; });
  EXPECT_EQ(seen, entries.size());
}

TEST(AllocCache, inv_run_ASlotOfTheUntakenRestIsNotAllocated) {
  Parts parts;
  Type* const type = parts.define("pair", 2, 3);
  SpanClass& span_class = parts.class_of(*type);
  const Address first = parts.take(span_class);
  Span& span = *parts.map.span_at(first);
  ASSERT_EQ(span.owner, parts.cache.try_entry(span_class));
  for (uint32_t taken = 1; taken <= span.slot_count; ++taken) {
    for (uint32_t slot = 0; slot < span.slot_count; ++slot) {
      ASSERT_TRUE(span.allocated_bit(slot)) << "the whole run's bits are set";
      ASSERT_EQ(is_allocated(span, slot), slot < taken);
    }
    ASSERT_EQ(untaken_slots(*span.owner), span.slot_count - taken);
    if (taken < span.slot_count) parts.take(span_class);
  }
  EXPECT_FALSE(is_allocated(span, span.slot_count)) << "a slot beyond the span";
}

TEST(RecentEntries, AnEntryIsFoundForItsOwnTypeAndSizeClassAlone) {
  if (kPrefersSize) GTEST_SKIP() << "missing: entries that were used lately";
  Parts parts;
  mgc_type_info info{};
  std::vector<const Type*> types;
  for (const char* name : {"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L"}) {
    info.name = name;
    info.size = 1;
    types.push_back(parts.define(info));
  }
  std::vector<CacheEntry> entries(types.size() * kSizeClassCount);
  const auto entry_of = [&](size_t type, uint32_t size_class) { return &entries[type * kSizeClassCount + size_class]; };
  RecentEntries recent;
  for (size_t type = 0; type < types.size(); ++type) {
    for (uint32_t size_class = 1; size_class < kSizeClassCount; ++size_class) {
      EXPECT_EQ(recent.find(*types[type], size_class, 64), nullptr) << "not noted yet";
      recent.note(*types[type], size_class, entry_of(type, size_class));
      ASSERT_EQ(recent.find(*types[type], size_class, kTinyBlockBytes), entry_of(type, size_class));
      ASSERT_EQ(recent.find(*types[type], size_class, kTinyBlockBytes - 1), nullptr) << "tiny ones share blocks";
    }
  }
  size_t known = 0;
  for (size_t type = 0; type < types.size(); ++type) {
    for (uint32_t size_class = 1; size_class < kSizeClassCount; ++size_class) {
      CacheEntry* const found = recent.find(*types[type], size_class, 64);
      EXPECT_TRUE(found == nullptr || found == entry_of(type, size_class));
      known += found != nullptr;
    }
  }
  EXPECT_GT(known, 0u);
}

}  // namespace
}  // namespace mallocgc
