// The chunks of the array are zero and stay where they are. Running out of memory changes nothing.
#include "tables/chunk_array.h"

#include <cstring>
#include <vector>

#include "metadata_fixture.h"

namespace mallocgc {
namespace {

struct Chunk {
  uint32_t values[64];
};

TEST(ChunkArray, ChunksAreZeroAndNeverMove) {
  MetadataFixture fixture;
  ChunkArray<Chunk> array(MetaCategory::kRoots);
  array.init(fixture.metadata());
  std::vector<Chunk*> places;
  for (uint32_t i = 0; i < 300; ++i) {
    ASSERT_EQ(array.add_chunk(), Status::kOk);
    ASSERT_EQ(array.chunk_count(), i + 1);
    for (const uint32_t value : array.chunk(i).values) ASSERT_EQ(value, 0u);
    array.chunk(i).values[0] = i;
    places.push_back(&array.chunk(i));
  }
  for (uint32_t i = 0; i < 300; ++i) {
    EXPECT_EQ(&array.chunk(i), places[i]);
    EXPECT_EQ(array.chunk(i).values[0], i);
  }
  EXPECT_EQ(array.bytes(), 300 * sizeof(Chunk) + 512 * sizeof(Chunk*));
}

TEST(ChunkArray, OutOfMemoryChangesNothing) {
  MetadataFixture fixture;
  ChunkArray<Chunk> array(MetaCategory::kRoots);
  array.init(fixture.metadata());
  for (uint32_t i = 0; i < 16; ++i) ASSERT_EQ(array.add_chunk(), Status::kOk);  // the directory is full
  fixture.exhaust();
  EXPECT_EQ(array.add_chunk(), Status::kOutOfMemory);
  EXPECT_EQ(array.chunk_count(), 16u);
  fixture.recover();
  EXPECT_EQ(array.add_chunk(), Status::kOk);
  EXPECT_EQ(array.chunk_count(), 17u);
}

TEST(ChunkArray, ADirectoryWithoutItsChunkIsNoHarm) {
  MetadataFixture fixture;
  void* const spare = fixture.metadata().try_block(16 * sizeof(Chunk*), MetaCategory::kRoots);
  fixture.exhaust();
  ChunkArray<Chunk> array(MetaCategory::kRoots);
  array.init(fixture.metadata());
  // it is enough for the directory alone
  fixture.metadata().free_block(spare, 16 * sizeof(Chunk*), MetaCategory::kRoots);
  EXPECT_EQ(array.add_chunk(), Status::kOutOfMemory);
  EXPECT_EQ(array.chunk_count(), 0u);
  fixture.recover();
  EXPECT_EQ(array.add_chunk(), Status::kOk);
}

// A directory that has become smaller is not read behind its end.
TEST(ChunkArray, BehindTheLastChunkThereIsNone) {
  MetadataFixture fixture;
  Metadata& metadata = fixture.metadata();
  ChunkArray<Chunk> array(MetaCategory::kRoots);
  array.init(metadata);
  EXPECT_FALSE(array.has(0)) << "there is no directory yet";
  for (uint32_t i = 0; i < 100; ++i) ASSERT_EQ(array.add_chunk(), Status::kOk);
  for (uint32_t i = 3; i < 99; ++i) array.drop(i);
  EXPECT_FALSE(array.has(50));
  EXPECT_TRUE(array.has(99));
  array.drop(99);
  EXPECT_EQ(array.chunk_count(), 3u);
  EXPECT_EQ(array.dropped_count(), 0u);
  // The blocks beside the directory are in use, and not null.
  for (int i = 0; i < 200; ++i) {
    const size_t bytes = 16 * sizeof(Chunk*);
    std::memset(metadata.try_block(bytes, MetaCategory::kRoots), 0xff, bytes);
  }
  for (uint32_t i = 0; i < 200; ++i) EXPECT_EQ(array.has(i), i < 3) << i;
}

}  // namespace
}  // namespace mallocgc
