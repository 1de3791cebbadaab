// The programs of the bench, at small sizes, give the checksums that JS objects give (tests/js/bench-programs.test.ts).
// They do so too when each allocation collects and free memory is overwritten.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "../../bench/programs/cpp/programs.h"
#include "support/flavour.h"

namespace bench {
namespace {

struct Case {
  const char* name;
  Sizes sizes;
  double checksum;
  // At this size a collection at every allocation takes hardly any time.
  Sizes least;
  double least_checksum;
};

void PrintTo(const Case& program, std::ostream* out) { *out << program.name; }

class Programs : public testing::TestWithParam<Case> {};

double run(const char* name, Sizes sizes, const mgc_options& options) {
  const Entry* const entry = find_program(name);
  if (entry == nullptr) return -1;
  gc::Heap heap(options);
  if (!heap) return -2;
  const std::unique_ptr<Workload> workload(entry->make(heap, sizes));
  workload->prepare();
  while (workload->step()) {}
  EXPECT_EQ(mallocgc::verified(heap.c()), mallocgc::Status::kOk) << heap.last_error();
  return workload->checksum();
}

TEST_P(Programs, give_the_checksum_of_all_peers) {
  EXPECT_EQ(run(GetParam().name, GetParam().sizes, {}), GetParam().checksum);
}

TEST_P(Programs, survive_a_collection_at_every_allocation) {
  MGC_NEEDS(kEvents);
  mgc_options options = {};
  options.stress_every = 1;
  if (mallocgc::kDebugFlavour) options.debug_flags = MGC_DEBUG_POISON | MGC_DEBUG_CHECKMARK | MGC_DEBUG_VERIFY;
  EXPECT_EQ(run(GetParam().name, GetParam().least, options), GetParam().least_checksum);
}

INSTANTIATE_TEST_SUITE_P(, Programs,
                         testing::Values(Case{"splay", {200, 500}, 306605037, {3, 6}, 3309544959},
                                         Case{"richards", {3, 0}, 6968784, {1, 0}, 2322928},
                                         Case{"deltablue", {20, 4}, 283828, {2, 1}, 15247},
                                         Case{"havlak", {5, 3}, 318330, {1, 1}, 21282},
                                         Case{"lisp", {3, 1}, 163863, {0, 1}, 234},
                                         Case{"nqueens", {6, 2}, 8, {3, 1}, 0},
                                         Case{"raytrace", {20, 2}, 3360755080, {4, 1}, 2428412834}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(BenchPrograms, an_unknown_name_is_no_program) { EXPECT_EQ(find_program("splash"), nullptr); }

}  // namespace
}  // namespace bench
