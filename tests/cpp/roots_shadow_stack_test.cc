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

// Copies of the stack, as continuations make them, come back to where they were and to no other place.
struct Copy {
  Copy(Stack& s, void** from) {
    size_t needed = 0;
    EXPECT_EQ(s.stack.copy(from, nullptr, 0, &needed, s.error), Status::kOk);
    words.resize(needed);
    EXPECT_EQ(s.stack.copy(from, words.data(), needed, &needed, s.error), Status::kOk);
    EXPECT_EQ(needed, words.size());
  }
  Status put_back(Stack& s) const { return s.stack.put_back(words.data(), s.error, nullptr); }
  std::vector<void*> words;
};

TEST(ShadowStack, R2_ACopyComesBackWhereItWas) {
  Stack s;
  s.push(1)[0] = value(0x10);
  void** const from = s.stack.save();
  const Copy empty(s, from);
  s.push(2)[1] = value(0x20);
  s.push(1)[0] = value(0x30);
  const Copy copy(s, from);
  EXPECT_EQ(copy.words.size(), 2 + 5u);
  EXPECT_EQ(s.values(), (Values{0x10, 0, 0x20, 0x30})) << "copied, not moved";
  const Copy all(s, s.abi.shadow_base);
  ASSERT_EQ(s.stack.restore(from, s.error), Status::kOk);
  s.push(4);
  ASSERT_EQ(copy.put_back(s), Status::kOk);
  EXPECT_EQ(s.values(), (Values{0x10, 0, 0x20, 0x30}));
  s.push(9);
  ASSERT_EQ(copy.put_back(s), Status::kOk) << "as often as one likes";
  EXPECT_EQ(s.stack.used_slots(), 7u);
  ASSERT_EQ(empty.put_back(s), Status::kOk);
  EXPECT_EQ(s.values(), (Values{0x10}));
  ASSERT_EQ(s.stack.restore(s.abi.shadow_base, s.error), Status::kOk);
  ASSERT_EQ(all.put_back(s), Status::kOk);
  EXPECT_EQ(s.values(), (Values{0x10, 0, 0x20, 0x30}));
  EXPECT_EQ(s.stack.verify(), nullptr);
}

TEST(ShadowStack, R2_ACopyIsPutBackOnlyWhereItWas) {
  Stack s;
  Stack other;
  s.push(1)[0] = value(0x10);
  void** const from = s.stack.save();
  s.push(3)[2] = value(0x20);
  const Copy copy(s, from);
  const auto refused = [](Stack& stack, const Copy& wrong, const char* text) {
    const Values before = stack.values();
    EXPECT_EQ(wrong.put_back(stack), Status::kShadowStack);
    EXPECT_TEXT_BEGINS(stack.error.c_str(), text);
    EXPECT_EQ(stack.values(), before) << "nothing is changed";
  };
  constexpr char kElsewhere[] = "a copied stack is put back only where it was: 0x";
  refused(other, copy, kElsewhere);
  other.push(5);
  refused(other, copy, kElsewhere);
  for (uintptr_t place = 0; place < 8 * kWordBytes; ++place) {
    Copy moved = copy;
    moved.words[0] = Address(Address::of(s.abi.shadow_base).value() + place).pointer();
    void** const at = Address::of(moved.words[0]).pointer<void*>();
    if (at == s.abi.shadow_base || at == from || at == s.abi.shadow_top) continue;
    refused(s, moved, kElsewhere);
  }
  for (const size_t word : {size_t{1}, size_t{2}}) {
    for (const uintptr_t wrong : {uintptr_t{0}, uintptr_t{2}, uintptr_t{5}, uintptr_t{63}, ~uintptr_t{0}}) {
      Copy damaged = copy;
      damaged.words[word] = value(wrong);
      if (word == 1 && wrong == 0) continue;  // an empty copy
      refused(s, damaged, "the copy of a stack is damaged");
    }
  }
  ASSERT_EQ(s.stack.restore(s.abi.shadow_base, s.error), Status::kOk);
  refused(s, copy, kElsewhere);
  s.push(4);
  refused(s, copy, kElsewhere);
}

TEST(ShadowStack, R2_WhatIsCopiedBeginsBehindAFrameAndHasNoScope) {
  Stack s;
  s.push(2);
  size_t needed = 1;
  for (void** const from :
       {s.abi.shadow_base + 1, s.abi.shadow_top + 1, s.abi.shadow_limit, static_cast<void**>(nullptr)}) {
    EXPECT_EQ(s.stack.copy(from, nullptr, 0, &needed, s.error), Status::kShadowStack);
    EXPECT_TEXT_BEGINS(s.error.c_str(), "a stack is copied from a place that is no end of a frame: ");
    EXPECT_EQ(needed, 0u);
  }
  void** const scope = s.abi.shadow_top;
  scope[0] = value(MGC_FRAME_SCOPE | MGC_FRAME_SCOPE_SLOTS);
  for (size_t i = 1; i <= MGC_FRAME_SCOPE_SLOTS; ++i) scope[i] = nullptr;
  scope[1] = static_cast<void*>(scope);
  s.abi.shadow_top = scope + 1 + MGC_FRAME_SCOPE_SLOTS;
  EXPECT_EQ(s.stack.verify(), nullptr);
  EXPECT_EQ(s.stack.copy(s.abi.shadow_base, nullptr, 0, &needed, s.error), Status::kShadowStack);
  EXPECT_TEXT_BEGINS(s.error.c_str(), "a Frame of gc.h lies in the stack that is copied");
  EXPECT_EQ(s.stack.copy(s.abi.shadow_top, nullptr, 0, &needed, s.error), Status::kOk);
  scope[1] = static_cast<void*>(scope + 1);
  EXPECT_STREQ(s.stack.verify(), "inv.shadow.scopes") << "a scope that is copied elsewhere by hand";
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
