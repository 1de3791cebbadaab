// C++ types have numbers and names. The debug flavour's probe finds a Member which MALLOCGC_TYPE forgot.
#include <mallocgc/gc.h>

#include <gtest/gtest.h>

#include <string>

#include "support/flavour.h"

namespace gc = mallocgc;

namespace probed {

struct Forgetful {
  gc::Member<Forgetful> listed;
  int n = 0;
  gc::Member<Forgetful> forgotten;
};
MALLOCGC_TYPE(Forgetful, listed);

struct ForgetfulArray {
  gc::Member<ForgetfulArray> listed;
  gc::Member<ForgetfulArray> forgotten[3];
  ForgetfulArray(int) {}
};
MALLOCGC_TYPE(ForgetfulArray, listed);

struct Complete {
  gc::Member<Complete> a;
  gc::Member<Forgetful> b[2];
};
MALLOCGC_TYPE(Complete, a, b);

struct Outer {
  int n;
  Complete inner[2];
};
MALLOCGC_TYPE(Outer, inner);

// Constructing one object inside the constructor of another does not confuse the probe.
struct Nesting {
  gc::Member<Complete> inner;
  explicit Nesting(gc::Frame& frame) : inner(frame.make<Complete>()) {}
};
MALLOCGC_TYPE(Nesting, inner);

}  // namespace probed

namespace {

TEST(TypeKey, NamesAreTheCompilersOwn) {
  EXPECT_STREQ(gc::kTypeName<probed::Complete>.bytes, "probed::Complete");
  EXPECT_STREQ(gc::kTypeName<int>.bytes, "int");
}

TEST(TypeKey, NumbersAreUnique) {
  gc::Heap heap;
  gc::Frame frame(heap);
  gc::Local<probed::Complete> a = frame.make<probed::Complete>();
  gc::Local<probed::Outer> b = frame.make<probed::Outer>();
  EXPECT_TRUE(a && b);
  const uint32_t one = gc::TypeKey<probed::Complete>::slot;
  const uint32_t other = gc::TypeKey<probed::Outer>::slot;
  EXPECT_TRUE(one < MGC_TYPE_SLOTS && other < MGC_TYPE_SLOTS);
  EXPECT_TRUE(one == 0 || one != other);  // 0 says that other tests of this program have used up the numbers
}

TEST(TypeKey, SlotBytesAreWhatTheHeapTakes) {
  EXPECT_EQ(gc::TypeKey<probed::Complete>::kSlotBytes, mgc_roundup(sizeof(probed::Complete)));
  EXPECT_EQ(gc::TypeKey<probed::Outer>::kSlotBytes, mgc_roundup(sizeof(probed::Outer)));
}

TEST(TypeKey, AForgottenMemberIsAnErrorThatNamesTypeAndOffset) {
  MGC_NEEDS(kProbe);
  gc::Heap heap;
  gc::Frame frame(heap);
  for (int attempt = 0; attempt < 3; ++attempt) {
    gc::Local<probed::Forgetful> n = frame.make<probed::Forgetful>();
    EXPECT_FALSE(n);
    EXPECT_EQ(heap.last_status(), MGC_BAD_TYPE);
    const std::string offset = std::to_string(offsetof(probed::Forgetful, forgotten));
    EXPECT_EQ(std::string(heap.last_error()),
              "probed::Forgetful: the Member at offset " + offset + " is not in MALLOCGC_TYPE");
  }
  gc::Local<probed::ForgetfulArray> array = frame.make<probed::ForgetfulArray>(1);
  EXPECT_FALSE(array);
  const std::string text = "ForgetfulArray: the Member at offset " + std::to_string(sizeof(void*));
  EXPECT_NE(std::string(heap.last_error()).find(text), std::string::npos) << heap.last_error();
  EXPECT_EQ(heap.verify(), MGC_OK);

  gc::Heap other;
  gc::Frame there(other);
  EXPECT_FALSE(gc::Local<probed::Forgetful>(there.make<probed::Forgetful>()));
  EXPECT_EQ(other.last_status(), MGC_BAD_TYPE);
}

TEST(TypeKey, TheProbeIsThereWhereTheFlavourSaysSo) {
  gc::Heap heap;
  gc::Frame frame(heap);
  gc::Local<probed::Forgetful> n = frame.make<probed::Forgetful>();
  EXPECT_EQ(bool(n), !gc::flavour::kProbe.present);
}

TEST(TypeKey, CompleteListsPassTheProbe) {
  gc::Heap heap;
  gc::Frame frame(heap);
  EXPECT_TRUE(gc::Local<probed::Complete>(frame.make<probed::Complete>()));
  EXPECT_TRUE(gc::Local<probed::Outer>(frame.make<probed::Outer>()));
  EXPECT_TRUE(gc::Local<probed::Nesting>(frame.make<probed::Nesting>(frame)));
  EXPECT_EQ(heap.last_status(), MGC_OK) << heap.last_error();
}

}  // namespace
