// scale: `mark` for heaps up to the address space, where a table of all nodes would not fit. The cycle is made block by block: the nodes of a
// block are shuffled among themselves, and right pointers go to random nodes of the blocks so far. Checksum: hops round the cycle.
#include "graph.h"

namespace bench {
namespace {

constexpr uint32_t kBlock = 1 << 20;
using Table = gc::Root<gc::Member<GraphNode>>;

class Scale final : public Workload {
 public:
  Scale(gc::Heap& heap, Sizes sizes) : heap_(heap), count_(static_cast<uint32_t>(uint64_t{sizes.a} * 1000000 / sizeof(GraphNode))) {}

  void prepare() override {
    const uint32_t length = count_ < kBlock ? count_ : kBlock;
    Table block(heap_.make_array<gc::Member<GraphNode>>(length));
    Table sample(heap_.make_array<gc::Member<GraphNode>>(length));
    Random random;
    gc::Root<GraphNode> last;
    for (uint32_t done = 0; done < count_;) {
      const uint32_t nodes = count_ - done < length ? count_ - done : length;
      build_graph(heap_, block, nodes, false, random);
      for (uint32_t i = 0; i < nodes; i += kBatch) connect(block, sample, i, i + kBatch < nodes ? i + kBatch : nodes, done, random);
      splice(block, nodes, last);
      done += nodes;
    }
    last->left = start_.get();
    block.reset();
    sample.reset();
    heap_.collect();
  }
  bool step() override {
    heap_.collect();
    return ++done_ < kCollections;
  }
  double checksum() override { return cycle_length(start_.get()) - count_; }
  double operations() const override { return double{kCollections} * count_; }

 private:
  static constexpr uint32_t kBatch = 1000;
  static constexpr uint32_t kCollections = 3;

  // The sample keeps about as many of each block so far; the first block fills it.
  [[gnu::noinline]] void connect(Table& block, Table& sample, uint32_t from, uint32_t to, uint32_t done, Random& random) {
    for (uint32_t i = from; i < to; ++i) {
      const uint32_t place = done == 0 ? i : random.below(count_ < kBlock ? count_ : kBlock);
      if (done == 0 || random.below(done + i) < kBlock) sample[place] = block[i].get();
      const GraphNode* const other = sample[done == 0 ? random.below(i + 1) : random.below(kBlock)].get();
      block[i]->right = const_cast<GraphNode*>(other);
    }
  }
  void splice(Table& block, uint32_t nodes, gc::Root<GraphNode>& last) {
    gc::Frame frame(heap_);
    if (start_ == nullptr) {
      start_ = gc::Local<GraphNode>(frame, block[0].get());
    } else {
      last->left = block[0].get();
    }
    last = gc::Local<GraphNode>(frame, block[nodes - 1].get());
  }

  gc::Heap& heap_;
  gc::Root<GraphNode> start_;
  const uint32_t count_;
  uint32_t done_ = 0;
};

}  // namespace

Workload* make_scale(gc::Heap& heap, Sizes sizes) { return make_workload<Scale>(heap, sizes); }

}  // namespace bench
