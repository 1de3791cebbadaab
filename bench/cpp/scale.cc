// scale is `mark` for heaps up to the address space, where a table of all nodes would not fit. The cycle is made block
// by block, and the nodes of a block are shuffled among themselves. Then a walk round it points every node to a random
// one of those (one in 32) that a directory names. The checksum is by how many the hops round the cycle differ from the
// number of nodes. So it is 0.
#include "graph.h"

namespace bench {
namespace {

constexpr uint32_t kBlock = 1 << 20;
constexpr uint32_t kNodesOfAnEntry = 32;
using Table = gc::Root<gc::Member<GraphNode>>;

class Scale final : public Workload {
 public:
  Scale(gc::Heap& heap, Sizes sizes)
      : heap_(heap), count_(static_cast<uint32_t>(uint64_t{sizes.a} * 1000000 / sizeof(GraphNode))) {}

  void prepare() override {
    Random random;
    entries_ = count_ / kNodesOfAnEntry;
    Table directory(heap_.make_array<gc::Member<GraphNode>>(entries_));
    make_cycle(directory, random);
    const GraphNode* node = start_.get();
    for (uint32_t done = 0; done < count_; done += kBatch) node = point(node, directory, random);
    directory.reset();
    heap_.collect();
  }
  bool step() override {
    heap_.collect();
    return ++done_ < kCollections;
  }
  double checksum() override { return cycle_length(start_.get()) - count_; }
  double operations() const override { return double{kCollections} * count_; }

 private:
  static constexpr uint32_t kCollections = 3;

  void make_cycle(Table& directory, Random& random) {
    const uint32_t length = count_ < kBlock ? count_ : kBlock;
    Table block(heap_.make_array<gc::Member<GraphNode>>(length));
    gc::Root<GraphNode> last;
    uint32_t entry = 0;
    for (uint32_t done = 0; done < count_;) {
      const uint32_t nodes = count_ - done < length ? count_ - done : length;
      build_graph(heap_, block, nodes, false, random);
      for (uint32_t i = 0; i < nodes && entry < entries_; i += kNodesOfAnEntry) directory[entry++] = block[i].get();
      splice(block, nodes, last);
      done += nodes;
    }
    last->left = start_.get();
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
  // Sets the right pointers of a batch of nodes from `node` on, and returns the node behind them.
  [[gnu::noinline]] const GraphNode* point(const GraphNode* node, Table& directory, Random& random) {
    for (uint32_t n = 0; n < kBatch; ++n) {
      const_cast<GraphNode*>(node)->right = directory[random.below(entries_)].get();
      node = node->left.get();
    }
    return node;
  }

  gc::Heap& heap_;
  gc::Root<GraphNode> start_;
  const uint32_t count_;
  uint32_t entries_ = 0;
  uint32_t done_ = 0;
};

}  // namespace

Workload* make_scale(gc::Heap& heap, Sizes sizes) { return make_workload<Scale>(heap, sizes); }

}  // namespace bench
