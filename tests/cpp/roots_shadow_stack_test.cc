// The shadow stack keeps its order and bounds, tells every error, recycles, and is compared with a vector of frames.
#include "roots/shadow_stack.h"

#include <random>
#include <vector>

#include "metadata_fixture.h"
#include "support/flavour.h"

namespace mallocgc {
namespace {

struct Stack : MetadataFixture {
  explicit Stack(size_t slots = 64) : stack(abi) { EXPECT_EQ(stack.init(metadata(), slots), Status::kOk); }
  void** push(size_t n) {
    void** slots = nullptr;
    EXPECT_EQ(stack.push(n, &slots, error), Status::kOk);
    return slots;
  }
  std::vector<uintptr_t> values() const {
    std::vector<uintptr_t> result;
    stack.visit([&](void* value) { result.push_back(Address::of(value).value()); });
    return result;
  }
  mgc_mutator_abi abi{};
  ShadowStack stack;
  ErrorText error;
};

using Values = std::vector<uintptr_t>;
void* value(uintptr_t number) { return Address(number).pointer(); }

TEST(ShadowStack, R2_FramesAreZeroedAndOnlySlotsAreVisited) {
  Stack s;
  void** const a = s.push(2);
  EXPECT_EQ(s.values(), (Values{0, 0}));
  a[0] = value(0x10), a[1] = value(0x20);
  void** const b = s.push(1);
  EXPECT_EQ(b[0], nullptr);
  b[0] = value(0x30);
  EXPECT_EQ(s.values(), (Values{0x10, 0x20, 0x30}));
  EXPECT_EQ(s.stack.used_slots(), 5u) << "a header a frame";
  EXPECT_EQ(s.stack.pop(b, s.error), Status::kOk);
  EXPECT_EQ(s.values(), (Values{0x10, 0x20}));
  EXPECT_EQ(s.push(1)[0], nullptr) << "an old value must not come back";
}

TEST(ShadowStack, R2_CodeThatPushesWithoutACallWritesTheHeader) {
  Stack s;
  void** const frame = s.abi.shadow_top;
  frame[0] = value(2);
  frame[1] = value(0x10);
  frame[2] = value(0x20);
  s.abi.shadow_top = frame + 3;
  EXPECT_EQ(s.values(), (Values{0x10, 0x20}));
  EXPECT_EQ(s.stack.pop(frame + 1, s.error), Status::kOk);
  EXPECT_EQ(s.stack.used_slots(), 0u);
}

TEST(ShadowStack, R2_OverflowIsAnErrorThatChangesNothing) {
  for (size_t capacity = 1; capacity < 20; ++capacity) {
    for (size_t n = 0; n < 24; ++n) {
      Stack s(capacity);
      void** slots = nullptr;
      const size_t words = (n == 0 ? 1 : n) + 1;
      const Status status = s.stack.push(n, &slots, s.error);
      ASSERT_EQ(status, words <= capacity ? Status::kOk : Status::kShadowStack);
      ASSERT_EQ(s.stack.used_slots(), words <= capacity ? words : 0u);
      ASSERT_EQ(slots != nullptr, words <= capacity);
    }
  }
  Stack s(10);
  s.push(3);
  void** slots = nullptr;
  EXPECT_EQ(s.stack.push(6, &slots, s.error), Status::kShadowStack);
  EXPECT_TEXT(s.error.c_str(), "shadow stack overflow: a frame of 6 slots does not fit, 4 of 10 are used");
  EXPECT_EQ(s.stack.push(~size_t{0}, &slots, s.error), Status::kShadowStack);
  EXPECT_EQ(s.stack.used_slots(), 4u);
  s.push(5);
  EXPECT_EQ(s.stack.used_slots(), 10u);
  EXPECT_EQ(s.stack.verify(), nullptr);
}

TEST(ShadowStack, R2_UnderflowAndWrongOrderAreErrors) {
  Stack s;
  EXPECT_EQ(s.stack.pop(s.stack.save() + 1, s.error), Status::kShadowStack);
  EXPECT_TEXT(s.error.c_str(), "shadow stack underflow: there is no frame");
  void** const a = s.push(3);
  void** const b = s.push(2);
  EXPECT_EQ(s.stack.pop(a, s.error), Status::kShadowStack);
  ErrorText text;
  text.add("frame popped out of order: ").add_hex(Address::of(a).value()).add(" is not the last frame");
  EXPECT_TEXT(s.error.c_str(), text.c_str());
  EXPECT_EQ(s.stack.pop(nullptr, s.error), Status::kShadowStack);
  EXPECT_EQ(s.stack.pop(b, s.error), Status::kOk);
  EXPECT_EQ(s.stack.pop(b, s.error), Status::kShadowStack) << "twice";
  EXPECT_EQ(s.stack.pop(a, s.error), Status::kOk);
}

// The slots are null, and every address near the stack, aligned or not, is tried: only the last frame can be popped.
TEST(ShadowStack, R2_NoOtherPlaceCanBePopped) {
  Stack s(32);
  const Address base = Address::of(s.stack.save());
  s.push(4);
  void** const last = s.push(3);
  for (uintptr_t place = base.value() - 64; place < base.value() + 40 * kWordBytes; ++place) {
    void** const slots = Address(place).pointer<void*>();
    if (slots == last) continue;
    ASSERT_EQ(s.stack.pop(slots, s.error), Status::kShadowStack) << place - base.value();
  }
  EXPECT_EQ(s.stack.pop(last, s.error), Status::kOk);
}

TEST(ShadowStack, R2_RestoringEndsAllFramesAbove) {
  Stack s;
  s.push(2)[0] = value(0x10);
  void** const saved = s.stack.save();
  for (uint32_t i = 0; i < 5; ++i) s.push(i);
  EXPECT_EQ(s.stack.restore(saved, s.error), Status::kOk);
  EXPECT_EQ(s.values(), (Values{0x10, 0}));
  EXPECT_EQ(s.stack.restore(saved, s.error), Status::kOk) << "where it is";
  const std::vector<void**> wrong = {saved + 1, saved - 4, nullptr,
                                     Address(Address::of(saved).value() - 1).pointer<void*>()};
  for (void** const top : wrong) {
    EXPECT_EQ(s.stack.restore(top, s.error), Status::kShadowStack);
    ErrorText text;
    text.add("shadow stack restored to a place outside: ").add_hex(Address::of(top).value());
    EXPECT_TEXT(s.error.c_str(), text.c_str());
  }
  EXPECT_EQ(s.stack.save(), saved);
  if (kDebugFlavour) {
    EXPECT_EQ(s.stack.restore(saved - 1, s.error), Status::kShadowStack);
    ErrorText text;
    text.add("shadow stack restored to the middle of a frame: ").add_hex(Address::of(saved - 1).value());
    EXPECT_TEXT(s.error.c_str(), text.c_str());
  }
}

TEST(ShadowStack, ABlockIsUsedAgainByTheNextMutator) {
  MetadataFixture fixture;
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < 50; ++i) {
    mgc_mutator_abi abi{};
    ShadowStack stack(abi);
    ASSERT_EQ(stack.init(fixture.metadata(), 4096), Status::kOk);
    void** slots = stack.try_push(4000);
    ASSERT_NE(slots, nullptr);
    for (uint32_t slot = 0; slot < 4000; ++slot) slots[slot] = value(8);
    stack.release();
    stack.release();
    EXPECT_EQ(abi.shadow_top, nullptr);
    EXPECT_EQ(stack.try_push(1), nullptr);
    if (i == 0) bytes = fixture.metadata().sys_bytes();
  }
  EXPECT_EQ(fixture.metadata().sys_bytes(), bytes);
}

TEST(ShadowStack, WithoutMemoryThereIsNoStack) {
  MetadataFixture fixture;
  fixture.exhaust();
  mgc_mutator_abi abi{};
  ShadowStack stack(abi);
  ErrorText error;
  void** slots = nullptr;
  EXPECT_EQ(stack.init(fixture.metadata(), 4096), Status::kOutOfMemory);
  EXPECT_EQ(stack.init(fixture.metadata(), 0), Status::kBadSize);
  EXPECT_EQ(stack.init(fixture.metadata(), ShadowStack::kMaxSlots + 1), Status::kBadSize);
  EXPECT_EQ(stack.push(1, &slots, error), Status::kShadowStack);
  EXPECT_EQ(stack.pop(slots, error), Status::kShadowStack);
  EXPECT_EQ(stack.verify(), nullptr);
  stack.release();
}

TEST(ShadowStack, TheCheckFindsFramesThatDoNotFit) {
  Stack s;
  void** const slots = s.push(3);
  slots[-1] = value(4);
  EXPECT_STREQ(s.stack.verify(), "inv.shadow.frames");
  slots[-1] = value(3);
  void** const limit = s.abi.shadow_limit;
  s.abi.shadow_limit = slots;
  EXPECT_STREQ(s.stack.verify(), "inv.shadow.bounds");
  s.abi.shadow_limit = limit;
  EXPECT_EQ(s.stack.verify(), nullptr);
}

TEST(ShadowStack, R2_RandomHistoriesAgreeWithAVectorOfFrames) {
  for (uint32_t seed = 1; seed <= 10; ++seed) {
    std::mt19937 random(seed);
    const size_t capacity = 100;
    Stack s(capacity);
    std::vector<std::pair<void**, Values>> frames;
    std::vector<std::pair<void**, size_t>> saved;
    size_t used = 0;
    for (uint32_t step = 1; step < 3000; ++step) {
      const uint32_t kind = random() % 8;
      if (kind < 3) {
        const size_t n = 1 + random() % 12;
        void** slots = nullptr;
        ASSERT_EQ(s.stack.push(n, &slots, s.error), used + n + 1 <= capacity ? Status::kOk : Status::kShadowStack);
        if (slots == nullptr) continue;
        used += n + 1;
        frames.push_back({slots, Values(n, 0)});
        for (size_t i = 0; i < n; ++i) slots[i] = value(frames.back().second[i] = 0x10000 + random() % 5 * 8);
      } else if (kind < 6 && !frames.empty()) {
        const size_t which = random() % frames.size();
        const bool is_last = which + 1 == frames.size();
        ASSERT_EQ(s.stack.pop(frames[which].first, s.error), is_last ? Status::kOk : Status::kShadowStack);
        if (!is_last) continue;
        used -= frames.back().second.size() + 1;
        frames.pop_back();
        while (!saved.empty() && saved.back().second > frames.size()) saved.pop_back();
      } else if (kind == 6) {
        saved.push_back({s.stack.save(), frames.size()});
      } else if (!saved.empty()) {
        ASSERT_EQ(s.stack.restore(saved.back().first, s.error), Status::kOk);
        for (; frames.size() > saved.back().second; frames.pop_back()) used -= frames.back().second.size() + 1;
        saved.pop_back();
      }
      Values expected;
      for (const auto& [slots, values] : frames) expected.insert(expected.end(), values.begin(), values.end());
      ASSERT_EQ(s.values(), expected);
      ASSERT_EQ(s.stack.used_slots(), used);
      ASSERT_EQ(s.stack.verify(), nullptr);
    }
  }
}

}  // namespace
}  // namespace mallocgc
