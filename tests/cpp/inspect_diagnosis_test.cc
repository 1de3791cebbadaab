// The diagnosis (F10) runs on the parts. It reports finalizers that cannot run, is silent about those that can, and
// gives its memory back.
#include "inspect/diagnosis.h"

#include <gtest/gtest.h>

#include "support/parts_fixture.h"

namespace mallocgc {
namespace {

struct Diagnosed {
  Diagnosed() {
    pair = parts.define("pair", 2, 3);
    parts.events.set_listener([](const mgc_event* event,
                                 void* list) { static_cast<std::vector<std::string>*>(list)->push_back(event->text); },
                              &reports);
  }
  void arm(void** object, const void* context) {
    const FinalizerInfo info{.context = Address::of(context)};
    ASSERT_EQ(parts.specials.set_finalizer(parts.place(object), Address::of(object), info, parts.error), Status::kOk);
  }
  void clean(void** object, const void* argument) {
    uint64_t id = 0;
    const CleanupInfo info{.context = Address::of(argument)};
    ASSERT_EQ(parts.specials.add_cleanup(parts.place(object), Address::of(object), info, &id, parts.error),
              Status::kOk);
  }
  size_t run() {
    reports.clear();
    Diagnosis diagnosis(parts.spans, parts.types, parts.metadata, parts.events);
    diagnosis.run();
    return reports.size();
  }
  Parts parts;
  Type* pair = nullptr;
  std::vector<std::string> reports;
};

TEST(Diagnosis, F10_IsSilentAboutRecordsThatCanRun) {
  Diagnosed d;
  void** const a = d.parts.make(*d.pair);
  void** const b = d.parts.make(*d.pair);
  a[0] = b;
  a[1] = a;
  d.arm(a, b);
  d.arm(b, nullptr);
  d.clean(a, b);
  int outside = 0;
  d.clean(b, &outside);
  EXPECT_EQ(d.run(), 0u);
  EXPECT_EQ(d.parts.metadata.bytes(MetaCategory::kDebug), 0u);
}

TEST(Diagnosis, F10_FollowsAnyDepthAndReportsEachRecordOnce) {
  MGC_NEEDS(kLifecycles);
  Diagnosed d;
  void** const object = d.parts.make(*d.pair);
  void** chain = d.parts.make(*d.pair);
  void** const last = chain;
  for (int i = 0; i < 500; ++i) {
    void** const link = d.parts.make(*d.pair);
    link[i % 2] = chain;
    chain = link;
  }
  d.arm(object, chain);
  d.clean(object, chain + 1);
  EXPECT_EQ(d.run(), 0u);
  last[0] = object;
  ASSERT_EQ(d.run(), 2u);
  EXPECT_NE(d.reports[0].find("type pair"), std::string::npos) << d.reports[0];
  object[1] = chain;
  EXPECT_EQ(d.run(), 3u) << "a cycle too";
  EXPECT_EQ(d.parts.verify(), Status::kOk) << d.parts.error.c_str();
}

}  // namespace
}  // namespace mallocgc
