// gcbench (John Ellis, Pete Kovac, Hans Boehm) builds trees top-down, by filling in children, and bottom-up, beside a
// long-lived tree and a long-lived array of numbers. The checksum is count(long-lived) + floor(1 / array[999]).
#include <cmath>

#include "workload.h"

namespace bench {
namespace {

struct GcBenchNode {
  gc::Member<GcBenchNode> left, right;
  int32_t i, j;
};
MALLOCGC_TYPE(GcBenchNode, left, right);

constexpr uint32_t kStretchDepth = 18;
constexpr uint32_t kLongLivedDepth = 16;
constexpr uint32_t kLeastDepth = 4;
constexpr uint32_t kMostDepth = 16;
constexpr uint32_t kArrayLength = 500000;

constexpr uint32_t tree_size(uint32_t depth) { return (2u << depth) - 1; }

gc::Fresh<GcBenchNode> bottom_up(gc::Frame& frame, uint32_t depth) {
  if (depth == 0) return frame.make<GcBenchNode>();
  gc::Local<GcBenchNode> left = bottom_up(frame, depth - 1);
  gc::Local<GcBenchNode> right = bottom_up(frame, depth - 1);
  gc::Local<GcBenchNode> node = frame.make<GcBenchNode>();
  node->left.init(left);
  node->right.init(right);
  return node.fresh();
}

// The caller keeps the root, and thereby everything, alive.
void populate(gc::Frame& frame, uint32_t depth, GcBenchNode* node) {
  if (depth == 0) return;
  node->left = frame.make<GcBenchNode>();
  node->right = frame.make<GcBenchNode>();
  populate(frame, depth - 1, node->left.get());
  populate(frame, depth - 1, node->right.get());
}

uint32_t count(const GcBenchNode* node) {
  return node == nullptr ? 0 : 1 + count(node->left.get()) + count(node->right.get());
}

class GcBench final : public Workload {
 public:
  GcBench(gc::Heap& heap, Sizes sizes) : heap_(heap), most_(sizes.a != 0 ? sizes.a : kMostDepth) {}

  bool step() override {
    gc::Frame frame(heap_);
    if (phase_ == kStretch) {
      gc::Local<GcBenchNode> stretch = bottom_up(frame, kStretchDepth);
      phase_ = kLongLived;
      return true;
    }
    if (phase_ == kLongLived) {
      long_lived(frame);
      phase_ = kShortLived;
      return true;
    }
    if (depth_ > most_) return false;
    short_lived(frame);
    return true;
  }
  double checksum() override { return count(tree_.get()) + std::floor(1 / array_[999]); }
  double operations() const override { return nodes_; }

 private:
  enum Phase { kStretch, kLongLived, kShortLived };

  void long_lived(gc::Frame& frame) {
    gc::Local<GcBenchNode> root = frame.make<GcBenchNode>();
    populate(frame, kLongLivedDepth, root.get());
    tree_ = root;
    array_ = frame.make_array<double>(kArrayLength);
    for (uint32_t i = 0; i < kArrayLength / 2; ++i) array_[i] = 1.0 / (i + 1);
  }
  void short_lived(gc::Frame& frame) {
    const uint32_t trees = 2 * tree_size(kStretchDepth) / tree_size(depth_);
    for (uint32_t nodes = 0; nodes < kNodesOfAStep && done_ < 2 * trees; nodes += tree_size(depth_), ++done_) {
      nodes_ += tree_size(depth_);
      gc::Frame inner(heap_);
      if (done_ < trees) {
        gc::Local<GcBenchNode> root = inner.make<GcBenchNode>();
        populate(inner, depth_, root.get());
      } else {
        gc::Local<GcBenchNode> root = bottom_up(inner, depth_);
      }
    }
    static_cast<void>(frame);
    if (done_ < 2 * trees) return;
    done_ = 0;
    depth_ += 2;
  }

  gc::Heap& heap_;
  gc::Root<GcBenchNode> tree_;
  gc::Root<double> array_;
  const uint32_t most_;
  Phase phase_ = kStretch;
  uint32_t depth_ = kLeastDepth;
  uint32_t done_ = 0;
  double nodes_ = 0;
};

}  // namespace

Workload* make_gcbench(gc::Heap& heap, Sizes sizes) { return make_workload<GcBench>(heap, sizes); }

}  // namespace bench
