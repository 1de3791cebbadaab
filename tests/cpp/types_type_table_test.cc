// The table interns and numbers types, keeps their fields, may run out of memory, and holds a hundred thousand types.
#include "support/flavour.h"
#include "types_fixture.h"

namespace mallocgc::types_test {
namespace {

class Types : public TypesTest {};

TEST_F(Types, T6_EqualDescriptionsAreOneType) {
  MGC_NEEDS(kLifecycles);
  const mgc_field fields[] = {{.name = "next", .offset = 0, .kind = MGC_FIELD_REF, .target = 1, .count = 1},
                              {.name = nullptr, .offset = kWordBytes, .kind = MGC_FIELD_I32, .target = 0, .count = 1}};
  const uint32_t mask = 0b01;
  const Program program{MGC_PROG_POINTERS, 1};
  mgc_type_info info = plain_type("Node", 2);
  info.pointers = mask_words(&mask);
  info.fields = fields;
  info.field_count = 2;
  Type* const node = define(info);
  std::string other_name = "Node";
  mgc_field other_fields[] = {fields[0], fields[1]};
  mgc_type_info same = info;
  same.name = other_name.c_str();
  same.pointers = program_words(program);
  same.fields = other_fields;
  EXPECT_EQ(define(same), node);
  EXPECT_EQ(table.count(), 1u);

  // Everything that may differ makes another type.
  std::vector<mgc_type_info> others(7, info);
  others[0].name = "Edge";
  others[1].name = nullptr;
  others[2].size += kWordBytes;
  others[3].align = 16;
  others[4].tail = MGC_TAIL_OPAQUE;
  others[5].field_count = 1;
  others[6].pointers = mgc_words_info{};
  for (const mgc_type_info& other : others) EXPECT_NE(define(other), node);
  EXPECT_EQ(table.count(), 8u);
  for (auto change : {+[](mgc_field& f) { f.name = "prev"; }, +[](mgc_field& f) { f.offset = kWordBytes; },
                      +[](mgc_field& f) { f.kind = MGC_FIELD_ANY; }, +[](mgc_field& f) { f.target = 2; },
                      +[](mgc_field& f) { f.count = 2; }}) {
    other_fields[0] = fields[0];
    change(other_fields[0]);
    EXPECT_NE(define(same), node);
  }
  EXPECT_EQ(table.count(), 13u);
}

TEST_F(Types, T6_NullAndEmptyNamesAreNoName) {
  EXPECT_EQ(define(plain_type("", 3)), define(plain_type(nullptr, 3)));
  EXPECT_FALSE(define(plain_type("", 3))->is_named());
  EXPECT_EQ(define(plain_type("", 3))->flags & kTypeNamed, 0u);
}

TEST_F(Types, T1_ATypeKeepsWhatItWasGiven) {
  MGC_NEEDS(kLifecycles);
  std::string name = "List";
  std::string field_name = "items";
  const uint32_t head = 1;
  const uint32_t tail = 2;
  mgc_field field{.name = field_name.c_str(),
                  .offset = static_cast<uint32_t>(kWordBytes),
                  .kind = MGC_FIELD_ARRAY,
                  .target = 1,
                  .count = 7};
  mgc_type_info info = plain_type(name.c_str(), 1);
  info.align = 64;
  info.tail = MGC_TAIL_ELEMENTS;
  info.tail_size = 2 * kWordBytes;
  info.host = mask_words(&head);
  info.tail_pointers = mask_words(&tail);
  info.fields = &field;
  info.field_count = 1;
  const Type* type = define(info);
  name = "gone";
  field_name = "gone!";
  EXPECT_EQ(type->id, 1u);
  EXPECT_STREQ(type->name, "List");
  EXPECT_EQ(type->size_bytes, kWordBytes);
  EXPECT_EQ(type->align_bytes, 64u);
  EXPECT_EQ(type->tail, static_cast<uint32_t>(MGC_TAIL_ELEMENTS));
  EXPECT_EQ(type->tail_bytes, 2 * kWordBytes);
  EXPECT_EQ(type->flags, kTypeNamed | kTypeHasHost);
  ASSERT_EQ(type->field_count, 1u);
  EXPECT_STREQ(type->fields[0].name, "items");
  EXPECT_EQ(type->fields[0].count, 7u);
  EXPECT_EQ(type->fields[0].target_type_id, 1u);
  EXPECT_EQ(type->fields[0].target, type);  // it is the type itself, by the number it was going to get
  EXPECT_EQ(table.by_id(0), nullptr);
  EXPECT_EQ(table.by_id(1), type);
  EXPECT_EQ(table.by_id(2), nullptr);
  const volatile uint32_t far = ~0u;  // g++ 12 would warn of the lookup that the bound forbids
  EXPECT_EQ(table.by_id(far), nullptr);
  EXPECT_EQ(table.layout_by_id(far), nullptr);
}

TEST_F(Types, T7_AHundredThousandTypesAreCheapAndFoundAgain) {
  MGC_NEEDS(kTypeNames);
  constexpr uint32_t kTypes = 100000;
  const uint32_t mask = 0b01;
  std::vector<Type*> types;
  for (int round = 0; round < 2; ++round) {
    for (uint32_t i = 0; i < kTypes; ++i) {
      const std::string name = "T" + std::to_string(i);
      mgc_type_info info = plain_type(name.c_str(), 2);
      info.pointers = mask_words(&mask);
      Type* const type = define(info);
      if (round == 0) {
        types.push_back(type);
        ASSERT_EQ(type->id, i + 1);
      } else {
        ASSERT_EQ(type, types[i]);
        ASSERT_EQ(table.by_id(i + 1), type);
        ASSERT_EQ(type->layout, types[0]->layout);
      }
    }
  }
  EXPECT_EQ(table.count(), kTypes);
  EXPECT_EQ(table.layout_count(), 3u);
  EXPECT_LT(memory.metadata().bytes(MetaCategory::kTypes), uint64_t{160} * kTypes);
}

TEST_F(Types, T7_FiftyThousandLayoutsAreApart) {
  MGC_NEEDS(kPrograms);
  for (uint32_t i = 0; i < 50000; ++i) {
    uint32_t mask[3] = {1u << 31 | i, 1, 1};
    mgc_type_info info = plain_type(nullptr, 67 + i % 2);
    info.pointers = mask_words(mask);
    ASSERT_EQ(define(info)->layout->id, i + 2);
  }
}

TEST_F(Types, M12_OutOfMemoryLeavesTheTableUnchanged) {
  MGC_NEEDS(kPrograms);
  const uint32_t mask[8] = {1, 1, 1, 1};
  mgc_type_info info = plain_type("Held", 128);
  info.pointers = mask_words(mask);
  Type* const held = define(info);
  memory.exhaust();
  while (memory.metadata().persistentalloc(1, 1, MetaCategory::kOther) != nullptr) {}
  // A new name fails with its reason. What is there is still found.
  uint32_t failed = 0;
  for (uint32_t i = 0; i < 100; ++i) {
    const std::string name = "New" + std::to_string(i);
    info.name = name.c_str();
    info.size = (128 + i) * kWordBytes;
    EXPECT_EQ(failure(info, Status::kOutOfMemory), "type '" + name + "': out of memory for its description");
    ++failed;
  }
  EXPECT_EQ(failed, 100u);
  info.name = "Held";
  info.size = 128 * kWordBytes;
  EXPECT_EQ(define(info), held);
  EXPECT_TRUE(table.verify(error)) << error.c_str();
  memory.recover();
  info.name = "New";
  EXPECT_EQ(define(info)->id, 2u);
}

TEST_F(Types, M12_EveryAllocationOfADefinitionMayFail) {
  MGC_NEEDS(kPrograms);
  // Definitions of every kind fill a small heap until nothing works, at whatever place it fails.
  for (uint32_t kind = 0; kind < 3; ++kind) {
    MetadataFixture small(size_t{1} << 20);
    TypeTable types;
    types.init(small.metadata());
    ErrorText text;
    uint32_t defined = 0;
    for (uint32_t i = 0, refused = 0; refused < 50; ++i) {
      const std::string name(i % 40 + 1, static_cast<char>('a' + i % 26));
      uint32_t mask[32] = {i, i * 7, 1};
      mgc_type_info info = plain_type(kind == 0 ? nullptr : name.c_str(), 1000 + (kind == 2 ? 0 : i % 20));
      info.pointers = mask_words(mask);
      Type* type = nullptr;
      const uint32_t count = types.count();
      const Status status = types.define(info, &type, text);
      ASSERT_TRUE(status == Status::kOk || status == Status::kOutOfMemory) << text.c_str();
      ASSERT_EQ(types.count(), count + (status == Status::kOk ? 1 : 0));
      ++(status == Status::kOk ? defined : refused);
    }
    EXPECT_GT(defined, 1000u);
    EXPECT_TRUE(types.verify(text)) << text.c_str();
  }
}

}  // namespace
}  // namespace mallocgc::types_test
