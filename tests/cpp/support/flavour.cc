// The sums of the skips at the end of a run, by what is missing; the walk that every test can ask for.
#include "support/flavour.h"

#include <cstdio>
#include <map>
#include <string>

#include "api/mgc_heap.h"

namespace mallocgc::flavour {
namespace {

class Skips : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& result) override {
    const std::string text = result.message();
    const size_t at = text.find(kMissing);
    if (result.skipped() && at != std::string::npos) counts_[text.substr(at + sizeof kMissing - 1)] += 1;
  }
  void OnTestProgramEnd(const testing::UnitTest&) override {
    for (const auto& [feature, count] : counts_) {
      std::printf("skipped in this flavour, which lacks %s: %d tests\n", feature.c_str(), count);
    }
  }
  std::map<std::string, int> counts_;
};

[[maybe_unused]] const bool kListens = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new Skips);
  return true;
}();

}  // namespace
}  // namespace mallocgc::flavour

namespace mallocgc {

Status verified(mgc_heap* heap) { return heap->verify_structures(); }

}  // namespace mallocgc
