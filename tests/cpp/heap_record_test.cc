// The heap records a collection from its roots to its sweep, and each allocation with the way it took. It records
// nothing where nobody asks.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

struct RecordTest : testing::Test, HeapFixture {
  void SetUp() override { MGC_NEEDS(kRecording); }
  void record(uint32_t flags) { ASSERT_EQ(heap.set_debug(flags, 0), Status::kOk) << heap.last_error(); }
  std::vector<mgc_record> take() {
    const Recorder& recorder = heap.recorder();
    EXPECT_EQ(recorder.lost(), 0u);
    std::vector<mgc_record> all(recorder.records(), recorder.records() + recorder.count());
    heap.recorder().clear();
    return all;
  }
  std::vector<uint32_t> kinds(const std::vector<mgc_record>& records) {
    std::vector<uint32_t> result;
    for (const mgc_record& record : records) result.push_back(record.kind);
    return result;
  }
  std::set<uint64_t> addresses(const std::vector<mgc_record>& records, uint32_t kind) {
    std::set<uint64_t> result;
    for (const mgc_record& record : records) {
      if (record.kind == kind) {
        EXPECT_TRUE(result.insert(record.a).second) << "twice";
      }
    }
    return result;
  }
  static uint64_t at(const void* object) { return Address::of(object).value(); }
};

TEST_F(RecordTest, ACollectionFromItsRootsToItsSweep) {
  Frame frame(*this, 1);
  Node* const leaf = make();
  void* const text = bytes(40);
  Node* const root = make(leaf, static_cast<Node*>(text));
  Node* const dead = make();
  Node* const watched = make();
  void* const large = bytes(100000);
  ASSERT_EQ(heap.set_finalizer(
                watched, [](mgc_mutator*, void*, void*) {}, nullptr, 0),
            Status::kOk);
  frame[0] = root;
  record(MGC_DEBUG_RECORD_CYCLES);
  collect();
  const std::vector<mgc_record> records = take();
  EXPECT_EQ(records.front().kind, uint32_t{MGC_RECORD_CYCLE_START});
  EXPECT_EQ(addresses(records, MGC_RECORD_ROOT), (std::set<uint64_t>{at(root)}));
  EXPECT_EQ(addresses(records, MGC_RECORD_SCAN), (std::set<uint64_t>{at(root), at(leaf)}));
  EXPECT_EQ(addresses(records, MGC_RECORD_SHADE), addresses(records, MGC_RECORD_SCAN)) << "what turns grey turns black";
  EXPECT_EQ(addresses(records, MGC_RECORD_MARK), (std::set<uint64_t>{at(text)}));
  EXPECT_EQ(addresses(records, MGC_RECORD_FREE), (std::set<uint64_t>{at(dead), at(large)}));
  EXPECT_EQ(addresses(records, MGC_RECORD_QUEUED), (std::set<uint64_t>{at(watched)}));
  EXPECT_EQ(addresses(records, MGC_RECORD_SPAN_FREED), (std::set<uint64_t>{at(large)}));
  const auto end =
      std::find_if(records.begin(), records.end(), [](const mgc_record& r) { return r.kind == MGC_RECORD_MARK_END; });
  ASSERT_NE(end, records.end());
  EXPECT_EQ(end->a, 3u);
  EXPECT_EQ(end->b, stats().heap_marked);
  uint64_t freed = 0;
  for (const mgc_record& r : records) freed += r.kind == MGC_RECORD_SWEEP_SPAN ? r.number : 0;
  EXPECT_EQ(freed, 2u);
}

TEST_F(RecordTest, EveryScanLiesInTheSpanBeforeIt) {
  Frame frame(*this, 1);
  Type* const pointer = define("pointer", 1, 1);
  void** const large = static_cast<void**>(heap.newarray(mutator(), pointer, 40000));
  for (int i = 0; i < 40000; i += 7) large[i] = make(make(), nullptr);
  frame[0] = large;
  record(MGC_DEBUG_RECORD_CYCLES);
  collect();
  const std::vector<mgc_record> records = take();
  uint64_t span = 0;
  uint64_t scanned = 0;
  for (const mgc_record& r : records) {
    if (r.kind == MGC_RECORD_SCAN_SPAN) span = r.a;
    if (r.kind != MGC_RECORD_SCAN) continue;
    ++scanned;
    FoundObject found;
    ASSERT_TRUE(heap.find_object(Address(r.a).pointer(), &found));
    EXPECT_EQ(at(found.base), r.a);
    ASSERT_GE(r.a, span);
    EXPECT_LE(r.a - span, 4 * kPageBytes);
  }
  EXPECT_EQ(scanned, stats().work_objects_scanned);
}

TEST_F(RecordTest, EachAllocationWithTheWayItTook) {
  record(MGC_DEBUG_RECORD_ALLOCATIONS);
  Type* const triple = define("Triple", 3, 5);
  void* const first = malloc(triple->size_bytes, triple);
  std::vector<mgc_record> records = take();
  EXPECT_EQ(records.back().kind, uint32_t{MGC_RECORD_ALLOCATION});
  EXPECT_EQ(records.back().a, at(first));
  EXPECT_EQ(records.back().b, triple->size_bytes);
  EXPECT_EQ(records.back().number, triple->id);
  const std::vector<uint32_t> way = kinds(records);
  EXPECT_EQ(std::count(way.begin(), way.end(), uint32_t{MGC_RECORD_NEW_SPAN}), 1);
  EXPECT_EQ(std::count(way.begin(), way.end(), uint32_t{MGC_RECORD_RUN}), 1);
  malloc(triple->size_bytes, triple);
  EXPECT_EQ(kinds(take()), (std::vector<uint32_t>{MGC_RECORD_ALLOCATION})) << "a bump";
  bytes(5);
  take();
  void* const tiny = bytes(3);
  records = take();
  EXPECT_EQ(kinds(records), (std::vector<uint32_t>{MGC_RECORD_TINY, MGC_RECORD_ALLOCATION}));
  EXPECT_EQ(records[1].a, at(tiny));
  bytes(200000);
  records = take();
  EXPECT_EQ(records[records.size() - 2].kind, uint32_t{MGC_RECORD_NEW_SPAN});
  EXPECT_EQ(records.back().b, 200000u);
}

TEST_F(RecordTest, AllocationsAndFreesAgreeWithTheCounters) {
  record(MGC_DEBUG_RECORD_ALLOCATIONS);
  Frame frame(*this, 1);
  for (int i = 0; i < 500; ++i) frame[0] = make(frame.node(0), nullptr);
  for (int i = 0; i < 300; ++i) make();
  collect();
  const std::vector<uint32_t> all = kinds(take());
  EXPECT_EQ(std::count(all.begin(), all.end(), uint32_t{MGC_RECORD_ALLOCATION}), 800);
  EXPECT_EQ(std::count(all.begin(), all.end(), uint32_t{MGC_RECORD_FREE}), 300);
}

TEST_F(RecordTest, IsOffByItselfAndGivesItsBufferBack) {
  collect();
  EXPECT_EQ(heap.recorder().records(), nullptr);
  const uint64_t before = stats().gc_sys;
  record(MGC_DEBUG_RECORD_CYCLES);
  EXPECT_GT(stats().gc_sys + stats().other_sys, before);
  collect();
  EXPECT_GT(heap.recorder().count(), 0u);
  record(MGC_DEBUG_RECORD_CYCLES | MGC_DEBUG_RECORD_ALLOCATIONS);
  EXPECT_GT(heap.recorder().count(), 0u) << "what is recorded stays";
  record(0);
  EXPECT_EQ(heap.recorder().records(), nullptr);
  EXPECT_EQ(heap.recorder().count(), 0u);
  make();
  collect();
  EXPECT_EQ(heap.recorder().count(), 0u);
}

}  // namespace
}  // namespace mallocgc
