// The program's main() leaves out the tests of files that need what the flavour lacks, and the end of a run has the
// sums of the skips, by what is missing. This file also has what every test can ask of a heap.
#include "support/flavour.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "api/mgc_heap.h"

namespace mallocgc::flavour {
namespace {

class Skips : public testing::EmptyTestEventListener {
 public:
  // Excludes the tests of such files by the filter.
  void leave_out_files() {
    // Several processes may share the tests; the first one counts these.
    const char* const shard = std::getenv("GTEST_SHARD_INDEX");
    const bool is_first = shard == nullptr || std::atoi(shard) == 0;
    std::string names;
    for_each_test([&](const testing::TestInfo& test, const std::string& name) {
      const Feature* const missing = missing_for(test);
      if (missing == nullptr) return;
      names += ':' + name;
      if (is_first) counts_[missing->name] += 1;
    });
    std::string& filter = testing::GTEST_FLAG(filter);
    if (!names.empty()) filter += filter.find('-') == std::string::npos ? '-' + names.substr(1) : names;
  }

 private:
  template <class F>
  static void for_each_test(F f) {
    const testing::UnitTest& all = *testing::UnitTest::GetInstance();
    for (int i = 0; i < all.total_test_suite_count(); ++i) {
      const testing::TestSuite& suite = *all.GetTestSuite(i);
      for (int j = 0; j < suite.total_test_count(); ++j) {
        const testing::TestInfo& test = *suite.GetTestInfo(j);
        f(test, std::string(suite.name()) + '.' + test.name());
      }
    }
  }
  static const Feature* missing_for(const testing::TestInfo& test) {
    for (const FileNeeds& needs : needs_of_files()) {
      if (!needs.feature->present && std::string(needs.file) == test.file()) return needs.feature;
    }
    return nullptr;
  }
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

}  // namespace
}  // namespace mallocgc::flavour

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  auto* const skips = new mallocgc::flavour::Skips;  // GoogleTest deletes it
  skips->leave_out_files();
  testing::UnitTest::GetInstance()->listeners().Append(skips);
  return RUN_ALL_TESTS();
}

namespace mallocgc {

Status verified(mgc_heap* heap) { return heap->verify_structures(); }

uint64_t objects_in(mgc_heap* heap) {
  if (kHasWorkCounters) {
    mgc_stats_data stats;
    mgc_stats(heap, &stats);
    return stats.heap_objects;
  }
  uint64_t count = 0;
  mgc_span_info span;
  for (const char* from = nullptr; mgc_walk_spans(heap, from, &span, 1) != 0;) {
    count += span.allocated;
    from = static_cast<const char*>(span.base) + size_t{span.page_count} * MGC_PAGE_BYTES;
  }
  return count;
}

}  // namespace mallocgc
