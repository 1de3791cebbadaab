// The tests of types/ stand on this table over real metadata. It makes definitions in one line.
#pragma once

#include "metadata_fixture.h"
#include "types_reference.h"

namespace mallocgc::types_test {

class TypesTest : public ::testing::Test {
 protected:
  TypesTest() { table.init(memory.metadata()); }
  ~TypesTest() override { EXPECT_TRUE(table.verify(error)) << error.c_str(); }

  Type* define(const mgc_type_info& info) {
    Type* type = nullptr;
    EXPECT_EQ(table.define(info, &type, error), Status::kOk) << error.c_str();
    return type;
  }
  // Makes a definition that fails, checks that nothing else has changed, and returns the text.
  std::string failure(const mgc_type_info& info, Status expected = Status::kBadType) {
    const uint32_t types = table.count();
    const uint32_t layouts = table.layout_count();
    const uint64_t bytes = memory.metadata().bytes(MetaCategory::kTypes);
    Type* type = nullptr;
    EXPECT_EQ(table.define(info, &type, error), expected) << error.c_str();
    EXPECT_EQ(type, nullptr);
    EXPECT_EQ(table.count(), types);
    EXPECT_EQ(table.layout_count(), layouts);
    EXPECT_EQ(memory.metadata().bytes(MetaCategory::kTypes), bytes);
    return error.c_str();
  }
  // Defines an unnamed, plain type from the lowest bits of a mask.
  Type* define_mask(size_t words, uint32_t mask) {
    mgc_type_info info = plain_type(nullptr, words);
    if (words != 0) info.pointers = mask_words(&mask);
    return define(info);
  }

  MetadataFixture memory;
  TypeTable table;
  ErrorText error;
};

inline Words words_of(uint64_t mask, size_t count) {
  Words words(count);
  for (size_t i = 0; i < count; ++i) words[i] = (mask >> i & 1) != 0;
  return words;
}

}  // namespace mallocgc::types_test
