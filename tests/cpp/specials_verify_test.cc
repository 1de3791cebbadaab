// The checker of Specials finds what is broken, and names it.
#include <gtest/gtest.h>

#include "specials_fixture.h"

namespace mallocgc {
namespace {

struct Broken : SpecialsFixture {
  Broken() {
    for (uint32_t slot = 60; slot < 70; ++slot) {
      EXPECT_EQ(arm(slot, slot), Status::kOk);
      add_cleanup(slot, slot);
      add_cleanup(slot, slot);
      weak(slot, 0);
      weak(slot, 8);
    }
    EXPECT_EQ(specials.verify(), nullptr);
  }
  ObjectNode& node(uint32_t slot) { return *specials.try_find(span.home, slot); }
};

TEST(SpecialsVerify, ABucketBitWithoutItsNode) {
  Broken f;
  f.span.home->buckets()[1].present ^= uint64_t{1} << 40;
  EXPECT_STREQ(f.specials.verify(), "inv.specials.bucket");
}

TEST(SpecialsVerify, ANodeInTheWrongBucket) {
  Broken f;
  f.node(61).slot = 300;
  EXPECT_STREQ(f.specials.verify(), "inv.specials.bucket");
}

TEST(SpecialsVerify, AWrongCount) {
  Broken f;
  f.span.home->object_count += 1;
  EXPECT_STREQ(f.specials.verify(), "inv.specials.count");
}

TEST(SpecialsVerify, ANodeThatHoldsNothing) {
  Broken f;
  ObjectNode& node = f.node(65);
  node.finalizers = node.cleanups = RecordChain{};
  node.weak = nullptr;
  EXPECT_STREQ(f.specials.verify(), "inv.specials.node");
}

TEST(SpecialsVerify, ALostRecord) {
  Broken f;
  ObjectNode& node = f.node(65);
  node.cleanups.last = node.cleanups.first;
  EXPECT_STREQ(f.specials.verify(), "inv.specials.lists");
}

TEST(SpecialsVerify, ARecordOfTheWrongKind) {
  Broken f;
  f.node(66).finalizers.first->kind = RecordKind::kCleanup;
  EXPECT_STREQ(f.specials.verify(), "inv.specials.lists");
}

TEST(SpecialsVerify, ARecordThatLeftItsHeapWideList) {
  Broken f;
  Record* const record = f.node(66).finalizers.first;
  record->unlink();
  EXPECT_STREQ(f.specials.verify(), "inv.specials.lists");
}

TEST(SpecialsVerify, ACleanupUnderAnotherId) {
  Broken f;
  RecordChain& chain = f.node(67).cleanups;
  chain.first->id = chain.last->id;
  EXPECT_STREQ(f.specials.verify(), "inv.specials.lists");
}

TEST(SpecialsVerify, AWeakRecordOfAnotherObject) {
  Broken f;
  f.node(68).weak->node = &f.node(67);
  EXPECT_STREQ(f.specials.verify(), "inv.weak.tree");
}

}  // namespace
}  // namespace mallocgc
