// Ids have an index and a generation. The tests try the bounds of their values, reuse, retirement and what is new, and
// compare the table with a map at random.
#include "tables/generation_table.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "metadata_fixture.h"
#include "support/flavour.h"

namespace mallocgc {
namespace {

using Found = GenerationTable::Found;

struct Table : MetadataFixture {
  explicit Table(uint32_t max_generation = GenerationTable::kMaxGeneration)
      : table(MetaCategory::kRoots, max_generation) {
    table.init(metadata());
  }
  uint64_t create(uintptr_t word) {
    uint64_t id = 0;
    EXPECT_EQ(table.create(word, &id), Status::kOk);
    return id;
  }
  std::multiset<uintptr_t> visited() const {
    std::multiset<uintptr_t> words;
    table.visit([&](uintptr_t word) { words.insert(word); });
    return words;
  }
  std::multiset<uintptr_t> changed() const {
    std::multiset<uintptr_t> words;
    table.visit_changed([&](uintptr_t word) { words.insert(word); });
    return words;
  }
  GenerationTable table;
};

uint32_t index_of(uint64_t id) { return static_cast<uint32_t>(id & ((uint64_t{1} << MGC_HANDLE_INDEX_BITS) - 1)); }
uint64_t generation_of(uint64_t id) { return id >> MGC_HANDLE_INDEX_BITS; }

TEST(GenerationTable, R4_AnIdIsIndexAndGenerationAndNeverZero) {
  Table t;
  const uint64_t first = t.create(11);
  EXPECT_EQ(index_of(first), 0u);
  EXPECT_EQ(generation_of(first), 1u);
  EXPECT_NE(first, 0u);
  const uint64_t second = t.create(22);
  EXPECT_EQ(index_of(second), 1u);
  EXPECT_EQ(*t.table.try_word(first), 11u);
  EXPECT_EQ(*t.table.try_word(second), 22u);
  const uint64_t greatest =
      (uint64_t{GenerationTable::kMaxGeneration} << MGC_HANDLE_INDEX_BITS) + GenerationTable::kMaxEntries - 1;
  EXPECT_EQ(greatest, (uint64_t{1} << 53) - 1);
}

TEST(GenerationTable, R4_FreeEntriesAreReusedFirstInFirstOut) {
  Table t;
  std::vector<uint64_t> ids;
  for (uintptr_t i = 0; i < 5; ++i) ids.push_back(t.create(i));
  for (const uint32_t i : {3u, 0u, 4u}) t.table.free(ids[i]);
  for (const uint32_t index : {3u, 0u, 4u, 5u}) EXPECT_EQ(index_of(t.create(0)), index);
}

TEST(GenerationTable, R4_AFreedIdIsStaleForEver) {
  Table t;
  const uint64_t old = t.create(1);
  t.table.free(old);
  EXPECT_EQ(t.table.find(old), Found::kStale);
  EXPECT_EQ(t.table.try_word(old), nullptr);
  const uint64_t next = t.create(2);
  EXPECT_EQ(index_of(next), index_of(old));
  EXPECT_EQ(t.table.find(old), Found::kStale);
  EXPECT_EQ(t.table.find(next), Found::kLive);
}

TEST(GenerationTable, R4_WhatWasNeverGivenOutIsUnknown) {
  Table t;
  const uint64_t id = t.create(1);
  const uint64_t step = uint64_t{1} << MGC_HANDLE_INDEX_BITS;
  for (const uint64_t other : {uint64_t{0}, id - step, id + step, id + 1, ~uint64_t{0}, id + (uint64_t{1} << 53)}) {
    EXPECT_EQ(t.table.find(other), Found::kUnknown) << other;
    EXPECT_EQ(t.table.try_word(other), nullptr) << other;
  }
  t.table.free(id);
  EXPECT_EQ(t.table.find(id + step), Found::kUnknown);
}

TEST(GenerationTable, R4_AnEntryWhoseGenerationsAreUsedUpIsRetired) {
  Table t(3);
  for (uint64_t generation = 1; generation <= 3; ++generation) {
    const uint64_t id = t.create(7);
    EXPECT_EQ(index_of(id), 0u);
    EXPECT_EQ(generation_of(id), generation);
    t.table.free(id);
    EXPECT_EQ(t.table.retired_count(), generation == 3 ? 1u : 0u);
  }
  EXPECT_EQ(t.table.find(uint64_t{3} << MGC_HANDLE_INDEX_BITS), Found::kStale);
  EXPECT_EQ(index_of(t.create(8)), 1u);
  EXPECT_EQ(t.table.verify(), nullptr);
}

TEST(GenerationTable, C10_OnlyNewAndChangedEntriesAreVisitedAsChanged) {
  MGC_NEEDS(kModes);
  Table t;
  std::vector<uint64_t> ids;
  for (uintptr_t i = 0; i < 1000; ++i) ids.push_back(t.create(i));
  EXPECT_EQ(t.changed().size(), 1000u);
  t.table.forget_changes();
  EXPECT_EQ(t.changed().size(), 0u);
  t.table.set(ids[3], 5000);
  t.table.set(ids[3], 5001);
  t.table.set(ids[700], 5002);
  t.table.set(ids[701], 5003);
  t.table.free(ids[701]);
  EXPECT_EQ(t.changed(), (std::multiset<uintptr_t>{5001, 5002}));
  EXPECT_EQ(t.visited().size(), 999u);
  EXPECT_EQ(t.table.verify(), nullptr);
}

TEST(GenerationTable, C10_VisitingInPiecesOfAnySizeSeesEachLiveEntryOnce) {
  Table t;
  std::vector<uint64_t> ids;
  for (uintptr_t i = 0; i < 700; ++i) ids.push_back(t.create(i));
  for (uint32_t i = 0; i < 700; i += 3) t.table.free(ids[i]);
  const std::multiset<uintptr_t> all = t.visited();
  EXPECT_EQ(all.size(), t.table.live_count());
  for (uint32_t budget = 1; budget <= 701; ++budget) {
    std::multiset<uintptr_t> seen;
    for (uint32_t from = 0; from != GenerationTable::kMaxEntries;) {
      size_t visited = 0;
      from = t.table.visit_some(from, budget, [&](uintptr_t word) { seen.insert(word), ++visited; });
      EXPECT_LE(visited, budget);
    }
    ASSERT_EQ(seen, all) << budget;
  }
}

TEST(GenerationTable, OutOfMemoryChangesNothing) {
  Table t;
  std::vector<uint64_t> ids;
  for (uint32_t i = 0; i < GenerationTable::kChunkEntries; ++i) ids.push_back(t.create(i));
  t.exhaust();
  uint64_t id = 77;
  EXPECT_EQ(t.table.create(5, &id), Status::kOutOfMemory);
  EXPECT_EQ(t.table.reserve(), Status::kOutOfMemory);
  EXPECT_EQ(id, 77u);
  EXPECT_EQ(t.table.live_count(), GenerationTable::kChunkEntries);
  EXPECT_EQ(t.table.verify(), nullptr);
  t.table.free(ids[9]);  // a free entry needs no memory
  EXPECT_EQ(t.table.create(5, &id), Status::kOk);
  EXPECT_EQ(index_of(id), 9u);
  t.recover();
  EXPECT_EQ(t.table.create(6, &id), Status::kOk);
  EXPECT_EQ(t.table.verify(), nullptr);
}

TEST(GenerationTable, EntriesKeepTheirPlaceWhileTheTableGrows) {
  Table t;
  const uint64_t id = t.create(42);
  const uintptr_t* const place = t.table.try_word(id);
  for (uint32_t i = 0; i < 40 * GenerationTable::kChunkEntries; ++i) t.create(i);  // the directory grows twice
  EXPECT_EQ(t.table.try_word(id), place);
  EXPECT_EQ(t.table.verify(), nullptr);
}

// Every call is compared with std::map. There are few generations, so that entries retire all the time.
TEST(GenerationTable, R4_ARandomHistoryAgreesWithAMap) {
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    std::mt19937 random(seed);
    Table t(1 + seed % 4);
    std::map<uint64_t, uintptr_t> live;
    std::map<uint64_t, uintptr_t> changed;
    std::vector<uint64_t> ever;
    for (uint32_t step = 0; step < 4000; ++step) {
      const uint32_t kind = random() % 16;
      if (kind < 7) {
        const uint64_t id = t.create(step);
        ASSERT_TRUE(std::find(ever.begin(), ever.end(), id) == ever.end()) << "an id came twice";
        ever.push_back(id);
        live[id] = changed[id] = step;
      } else if (!ever.empty()) {
        const uint64_t id = ever[random() % ever.size()];
        ASSERT_EQ(t.table.find(id), live.count(id) != 0 ? Found::kLive : Found::kStale);
        if (live.count(id) == 0) continue;
        ASSERT_EQ(*t.table.try_word(id), live[id]);
        if (kind < 13) {
          t.table.free(id);
          live.erase(id);
          changed.erase(id);
        } else if (kind < 15) {
          t.table.set(id, step);
          live[id] = changed[id] = step;
        } else {
          t.table.forget_changes();
          changed.clear();
        }
      }
      if (step % 64 != 0) continue;
      ASSERT_EQ(t.table.verify(), nullptr);
      ASSERT_EQ(t.table.live_count(), live.size());
      std::multiset<uintptr_t> words, changed_words;
      for (const auto& [id, word] : live) words.insert(word);
      for (const auto& [id, word] : changed) changed_words.insert(word);
      ASSERT_EQ(t.visited(), words);
      if (!kHasModes) continue;  // nobody asks for what has changed
      ASSERT_EQ(t.changed(), changed_words);
    }
    EXPECT_GT(t.table.retired_count(), 0u);
  }
}

// Chunks in the middle go first, and then the last one, so that the table ends before all of them. Then its directory
// becomes small, between blocks that are in use and not null.
TEST(GenerationTable, C13_ATrimThatEndsTheTableBeforeAGapReadsNothingBehindIt) {
  Table t;
  constexpr uint32_t kChunks = 40;
  std::vector<uint64_t> ids;
  for (uint32_t i = 0; i < kChunks * GenerationTable::kChunkEntries; ++i) ids.push_back(t.create(i));
  const auto free_chunks = [&](uint32_t from, uint32_t to) {
    for (uint32_t i = from * GenerationTable::kChunkEntries; i < to * GenerationTable::kChunkEntries; ++i)
      t.table.free(ids[i]);
    t.table.trim();
  };
  free_chunks(2, kChunks - 1);
  const size_t bytes = 16 * sizeof(void*);
  std::vector<void*> neighbours;
  for (int i = 0; i < 64; ++i) {
    neighbours.push_back(t.metadata().try_block(bytes, MetaCategory::kOther));
    std::memset(neighbours.back(), 0xff, bytes);
  }
  t.metadata().free_block(neighbours[20], bytes, MetaCategory::kOther);
  free_chunks(kChunks - 1, kChunks);
  EXPECT_EQ(t.table.verify(), nullptr);
  EXPECT_EQ(t.metadata().verify(), nullptr);
  EXPECT_EQ(t.table.live_count(), 2 * GenerationTable::kChunkEntries);
  EXPECT_EQ(t.table.find(ids.back()), Found::kStale);
  EXPECT_NE(t.create(1), ids.back());
}

// A table over many chunks fills, empties and is trimmed, so that chunks go in the middle and at the end. Others use
// the memory beside its directory.
TEST(GenerationTable, C13_ATableThatIsTrimmedAgreesWithAMap) {
  constexpr uint32_t kChunk = GenerationTable::kChunkEntries;
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    std::mt19937 random(seed);
    Table t;
    std::map<uint64_t, uintptr_t> live;
    std::vector<uint64_t> dead;
    uintptr_t word = 0;
    for (uint32_t round = 0; round < 12; ++round) {
      for (uint32_t i = random() % (40 * kChunk); i != 0; --i) {
        const uint64_t id = t.create(++word);
        ASSERT_TRUE(live.emplace(id, word).second);
      }
      // This takes nearly all of a stretch of chunks, or all of it: the last one, or one in the middle.
      const uint32_t from = random() % 30;
      const uint32_t to = random() % 2 == 0 ? UINT32_MAX : from + random() % 30;
      const bool all = random() % 4 != 0;
      for (auto at = live.begin(); at != live.end();) {
        const uint32_t chunk = index_of(at->first) / kChunk;
        if (chunk < from || chunk > to || (!all && at->second % 1000 == 0)) {
          ++at;
          continue;
        }
        t.table.free(at->first);
        dead.push_back(at->first);
        at = live.erase(at);
      }
      void* const neighbour = t.metadata().try_block(16 * sizeof(void*), MetaCategory::kOther);
      std::memset(neighbour, 0xff, 16 * sizeof(void*));
      t.table.trim();
      ASSERT_EQ(t.table.verify(), nullptr) << seed << ", " << round;
      ASSERT_EQ(t.metadata().verify(), nullptr);
      ASSERT_EQ(t.table.live_count(), live.size());
      for (const auto& [id, value] : live) ASSERT_EQ(*t.table.try_word(id), value);
      for (size_t i = 0; i < dead.size(); i += 97) ASSERT_EQ(t.table.find(dead[i]), Found::kStale);
    }
  }
}

}  // namespace
}  // namespace mallocgc
