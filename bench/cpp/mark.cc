// mark and list measure the time of a forced full collection over one big graph, by the number of its nodes. In `mark`
// every node also points to a random one. `list` is one long list in random order, where each address is known only
// when the node before it has been read.
#include "graph.h"

namespace bench {
namespace {

class Mark final : public Workload {
 public:
  Mark(gc::Heap& heap, Sizes sizes, bool randomly) : heap_(heap), count_(sizes.a), randomly_(randomly) {}

  void prepare() override {
    Random random;
    gc::Root<gc::Member<GraphNode>> table(heap_.make_array<gc::Member<GraphNode>>(count_));
    build_graph(heap_, table, count_, randomly_, random);
    gc::Frame frame(heap_);
    start_ = gc::Local<GraphNode>(frame, table[0].get());
    table.reset();
    heap_.collect();  // the table is gone, and the collector warm
  }
  bool step() override {
    heap_.collect();
    return ++done_ < kCollections;
  }
  double checksum() override { return cycle_length(start_.get()); }
  double operations() const override { return double{kCollections} * count_; }

 private:
  static constexpr uint32_t kCollections = 2;
  gc::Heap& heap_;
  gc::Root<GraphNode> start_;
  const uint32_t count_;
  const bool randomly_;
  uint32_t done_ = 0;
};

}  // namespace

Workload* make_mark(gc::Heap& heap, Sizes sizes) { return new Mark(heap, sizes, true); }
Workload* make_list(gc::Heap& heap, Sizes sizes) { return new Mark(heap, sizes, false); }

}  // namespace bench
