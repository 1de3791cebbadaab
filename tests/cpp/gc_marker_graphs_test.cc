// The marker runs on random graphs of every ScanKind, small, mixed and large, and is compared with a worklist that
// reads layouts with a cursor.
#include <gtest/gtest.h>

#include <set>

#include "support/heap_fixture.h"
#include "support/parts_fixture.h"
#include "types/cursor.h"

namespace mallocgc {
namespace {

struct Made {
  void** words;
  const Type* type;
  size_t count;
};

class Graph {
 public:
  explicit Graph(uint64_t seed) : random_{seed} {
    types_ = {parts.define("pair", 2, 3),
              parts.define("mask", 3, 5),
              parts.define("all", 5, 0x1f),
              parts.define("flat", 4, 0),
              parts.define("maybe", 1, 0, MGC_TAIL_CONSERVATIVE),
              parts.define("headed", 3, 6, MGC_TAIL_OPAQUE),
              parts.define(nullptr, 2, 2)};
  }

  void make() {
    const Type* const type = types_[random_.below(static_cast<uint32_t>(types_.size()))];
    const size_t unit = type->size_bytes / kWordBytes;
    size_t words = unit;
    const uint32_t shape = random_.below(100);
    if (shape < 30) words = unit * (1 + random_.below(40));
    if (shape < 4) words = unit * (1 + random_.below(900));
    if (shape == 0) words = 4096 + random_.below(40000);
    Address place;
    const size_t bytes = words * kWordBytes;
    if (bytes > kMaxSmallBytes) {
      place = parts.take_large(bytes, type);
    } else if (random_.below(3) == 0) {
      place = parts.take(parts.classes.mixed(size_class_of(bytes)));
      parts.span(place.pointer()).slot_types[parts.slot(place.pointer())] = type->id;
    } else {
      place = parts.take(parts.classes.own_class(*type, size_class_of(bytes)));
    }
    objects.push_back(Made{place.pointer<void*>(), type, words});
  }

  // Every word, pointer or not, holds the address of somewhere inside another object, null, or an address outside the
  // heap.
  void connect() {
    for (Made& made : objects) {
      const uint32_t dense = random_.below(4);
      for (size_t i = 0; i < made.count; ++i) {
        const Made& target = objects[random_.below(static_cast<uint32_t>(objects.size()))];
        if (random_.below(4) > dense || made.count > 200) {
          if (random_.below(60) != 0) continue;
        }
        made.words[i] =
            reinterpret_cast<char*>(target.words) + random_.below(static_cast<uint32_t>(target.count * kWordBytes));
        if (random_.below(9) == 0) made.words[i] = reinterpret_cast<void*>(uintptr_t{random_.next()} & 0xffff);
      }
    }
  }

  std::set<const void*> reachable(const std::vector<const void*>& roots) {
    std::set<const void*> seen;
    std::vector<const Made*> work;
    const auto reach = [&](const void* value) {
      const Made* const made = containing(value);
      if (made != nullptr && seen.insert(made->words).second) work.push_back(made);
    };
    for (const void* root : roots) reach(root);
    while (!work.empty()) {
      const Made* const made = work.back();
      work.pop_back();
      PointerCursor cursor(*made->type->layout, made->count);
      for (size_t first = 0, count = 0; cursor.next_run(&first, &count);) {
        for (size_t i = 0; i < count; ++i) reach(made->words[first + i]);
      }
    }
    return seen;
  }

  const Made* containing(const void* value) {
    const Span* const span = parts.map.span_at(Address::of(value));
    if (span == nullptr || Address::of(value) - span->base >= span->limit_bytes) return nullptr;
    const Address base = span->slot_address(span->slot_at(Address::of(value) - span->base));
    for (const Made& made : objects) {
      if (Address::of(made.words) == base) return &made;
    }
    return nullptr;
  }

  Parts parts{{.total_bytes = 24 * kMiB}};
  std::vector<Made> objects;

 private:
  Random random_;
  std::vector<const Type*> types_;
};

TEST(MarkerGraphs, C3_MarksExactlyWhatAWorklistReachesWithBuffersAndWithout) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Graph graph(seed);
    graph.parts.buffered = seed % 2 != 0;
    for (int i = 0; i < 250; ++i) graph.make();
    graph.connect();
    Random random{seed};
    std::vector<const void*> roots;
    for (int i = 0; i < 3; ++i) roots.push_back(graph.objects[random.below(250)].words);
    const std::set<const void*> expected = graph.reachable(roots);
    graph.parts.mark_from(roots);
    for (const Made& made : graph.objects) {
      ASSERT_EQ(graph.parts.marked(made.words), expected.count(made.words) != 0)
          << "seed " << seed << ", type " << made.type->id;
    }
    EXPECT_EQ(graph.parts.marker.work().objects_marked, kHasWorkCounters ? expected.size() : 0);
    EXPECT_TRUE(graph.parts.marker.idle());
    graph.parts.sweep_all();
    ASSERT_EQ(graph.parts.verify(), Status::kOk) << graph.parts.error.c_str();
    for (const Made& made : graph.objects)
      ASSERT_EQ(graph.parts.allocated(made.words), expected.count(made.words) != 0);
  }
}

TEST(MarkerGraphs, C10_SlicesOfAnySizeComeToTheSameMarks) {
  int rounds = 0;
  for (const uint64_t budget : {1u, 13u, 500u, 1u, 13u, 500u}) {
    Graph graph(7);
    graph.parts.buffered = rounds++ >= 3;
    for (int i = 0; i < 250; ++i) graph.make();
    graph.connect();
    const std::vector<const void*> roots = {graph.objects[0].words, graph.objects[9].words};
    const std::set<const void*> expected = graph.reachable(roots);
    graph.parts.begin_mark();
    for (const void* root : roots) graph.parts.marker.shade_root(Address::of(root));
    while (!graph.parts.marker.drain(budget)) {}
    EXPECT_EQ(graph.parts.marker.work().objects_marked, kHasWorkCounters ? expected.size() : 0);
    graph.parts.sweep_all();
    ASSERT_EQ(graph.parts.verify(), Status::kOk) << graph.parts.error.c_str();
  }
}

TEST(MarkerGraphs, M12_WithoutMemoryForBuffersMarksAreTheSame) {
  Graph graph(5);
  for (int i = 0; i < 250; ++i) graph.make();
  graph.connect();
  const std::vector<const void*> roots = {graph.objects[1].words, graph.objects[2].words};
  const std::set<const void*> expected = graph.reachable(roots);
  graph.parts.source.options().fail_after = 0;
  PageRun run;
  while (graph.parts.pages.try_allocate(1, 1, &run)) {}
  while (graph.parts.metadata.try_block(Metadata::kMaxBlockBytes, MetaCategory::kDebug) != nullptr) {}
  graph.parts.buffered = true;
  graph.parts.mark_from(roots);
  EXPECT_EQ(graph.parts.marker.work().objects_marked, kHasWorkCounters ? expected.size() : 0);
}

TEST(MarkerGraphs, O6_TheSameGraphCostsTheSameWork) {
  MarkWork first;
  for (int round = 0; round < 2; ++round) {
    Graph graph(11);
    for (int i = 0; i < 250; ++i) graph.make();
    graph.connect();
    graph.parts.mark_from({graph.objects[3].words});
    const MarkWork& work = graph.parts.marker.work();
    if (round == 0) first = work;
    EXPECT_EQ(work.objects_marked, first.objects_marked);
    EXPECT_EQ(work.objects_scanned, first.objects_scanned);
    EXPECT_EQ(work.slots_visited, first.slots_visited);
    EXPECT_EQ(work.spans_scanned, first.spans_scanned);
    EXPECT_EQ(work.single_grey, first.single_grey);
  }
}

}  // namespace
}  // namespace mallocgc
