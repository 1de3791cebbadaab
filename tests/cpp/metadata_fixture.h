// Tests of the rooms above pages/ stand on this page heap over a fake source, with its metadata. It can let exactly n
// further blocks of one size succeed.
#pragma once

#include <gtest/gtest.h>

#include "pages/metadata.h"
#include "platform/fake.h"

namespace mallocgc {

class MetadataFixture {
 public:
  explicit MetadataFixture(size_t total_bytes = size_t{64} << 20) : source_(total_bytes) {
    EXPECT_EQ(pages_.init(source_, total_bytes), Status::kOk);
    metadata_.init(pages_);
  }
  Metadata& metadata() { return metadata_; }

  // From now on no memory is left: growth is refused, and everything that is free is taken.
  void exhaust() {
    source_.options().fail_after = 0;
    PageRun run;
    while (pages_.try_allocate(1, 1, &run)) {}
    for (size_t bytes = Metadata::kMaxBlockBytes; bytes != 0; bytes -= Metadata::kBlockStep) {
      while (metadata_.try_block(bytes, MetaCategory::kDebug) != nullptr) {}
    }
  }
  // From now on memory is there again.
  void recover() { source_.options().fail_after = platform::FakeSource::kNever; }

 private:
  platform::FakeSource source_;
  PageHeap pages_;
  Metadata metadata_;
};

}  // namespace mallocgc
