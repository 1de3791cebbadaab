// These tests check the cache's entries, the tiny block over all sequences of sizes (M3, M4), and inv.run.
#include <gtest/gtest.h>

#include "alloc/known_entries.h"
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

std::vector<const Type*> twelve_types(Parts& parts) {
  mgc_type_info info{};
  std::vector<const Type*> types;
  for (const char* name : {"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L"}) {
    info.name = name;
    info.size = 1;
    types.push_back(parts.define(info));
  }
  return types;
}

TEST(KnownEntries, ARecentOneIsFoundForItsOwnTypeAndSizeClassAlone) {
  if (kPrefersSize) GTEST_SKIP() << "missing: entries that were used lately";
  Parts parts;
  const std::vector<const Type*> types = twelve_types(parts);
  std::vector<CacheEntry> entries(types.size() * kSizeClassCount);
  const auto entry_of = [&](size_t type, uint32_t size_class) { return &entries[type * kSizeClassCount + size_class]; };
  KnownEntries known;
  for (size_t type = 0; type < types.size(); ++type) {
    for (uint32_t size_class = 1; size_class < kSizeClassCount; ++size_class) {
      EXPECT_EQ(&known.recent(*types[type], size_class, 64), &known.never_entry()) << "not noted yet";
      known.note_recent(*types[type], size_class, *entry_of(type, size_class));
      ASSERT_EQ(&known.recent(*types[type], size_class, kTinyBlockBytes), entry_of(type, size_class));
      ASSERT_EQ(&known.recent(*types[type], size_class, kTinyBlockBytes - 1), &known.never_entry())
          << "tiny ones share blocks";
    }
  }
  size_t found = 0;
  for (size_t type = 0; type < types.size(); ++type) {
    for (uint32_t size_class = 1; size_class < kSizeClassCount; ++size_class) {
      CacheEntry* const entry = &known.recent(*types[type], size_class, 64);
      EXPECT_TRUE(entry == &known.never_entry() || entry == entry_of(type, size_class));
      found += entry != &known.never_entry();
    }
  }
  EXPECT_GT(found, 0u);
}

TEST(KnownEntries, AWholeOneIsFoundForItsOwnTypeAlone) {
  MGC_NEEDS(kTypeNames);
  Parts parts;
  const std::vector<const Type*> types = twelve_types(parts);
  std::vector<CacheEntry> entries(types.size());
  KnownEntries known;
  for (size_t i = types.size(); i-- > 0;) {  // the table grows with the first, and has room for the others
    for (const Type* type : types) EXPECT_NE(&known.whole(*type), &entries[i]) << "not noted yet";
    known.note_whole(parts.metadata, *types[i], entries[i]);
    for (size_t k = 0; k < types.size(); ++k)
      ASSERT_EQ(&known.whole(*types[k]), k < i ? &known.never_entry() : &entries[k]);
  }
  Type distant{};
  for (uint32_t id = types.back()->id + 1; id < 5000; id = id * 3 / 2) {
    distant.id = id;
    ASSERT_EQ(&known.whole(distant), &known.never_entry()) << id;
    known.note_whole(parts.metadata, distant, entries[0]);
    ASSERT_EQ(&known.whole(distant), &entries[0]) << id;
    for (size_t k = 0; k < types.size(); ++k) ASSERT_EQ(&known.whole(*types[k]), &entries[k]) << "the table has grown";
  }
}

TEST(KnownEntries, WithoutMemoryForATableNothingIsNoted) {
  Parts parts;
  const std::vector<const Type*> types = twelve_types(parts);
  CacheEntry entry;
  KnownEntries known;
  while (parts.metadata.try_block(4096, MetaCategory::kSpans) != nullptr) {}
  while (parts.metadata.try_block(16, MetaCategory::kSpans) != nullptr) {}
  known.note_whole(parts.metadata, *types[0], entry);
  EXPECT_EQ(&known.whole(*types[0]), &known.never_entry());
}

}  // namespace
}  // namespace mallocgc
