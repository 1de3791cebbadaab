// trees: binary-trees of the Computer Language Benchmarks Game. Nodes of two pointers; a stretch tree, a long-lived
// one, and many short-lived ones of growing depth, each built, counted and dropped. The checksum is the sum of all
// counts.
#include "workload.h"

namespace bench {
namespace {

struct TreeNode {
  gc::Member<TreeNode> left, right;
};
MALLOCGC_TYPE(TreeNode, left, right);

gc::Fresh<TreeNode> build(gc::Frame& frame, uint32_t depth) {
  gc::Local<TreeNode> node = frame.make<TreeNode>();
  if (depth != 0) {
    node->left = build(frame, depth - 1);
    node->right = build(frame, depth - 1);
  }
  return node.fresh();
}

uint32_t count(const TreeNode* node) {
  return node->left == nullptr ? 1 : 1 + count(node->left.get()) + count(node->right.get());
}

class Trees final : public Workload {
 public:
  Trees(gc::Heap& heap, Sizes sizes) : heap_(heap), most_(sizes.a), depth_(kLeast) {}

  bool step() override {
    gc::Frame frame(heap_);
    switch (phase_) {
      case kStretch:
        build_and_count(frame, most_ + 1);
        phase_ = kLongLived;
        return true;
      case kLongLived:
        long_lived_ = build(frame, most_);
        phase_ = kShortLived;
        return true;
      case kShortLived:
        if (depth_ > most_) break;
        short_lived(frame);
        return true;
    }
    sum_ += count(long_lived_.get());
    return false;
  }
  double checksum() override { return sum_; }
  double operations() const override { return sum_; }

 private:
  static constexpr uint32_t kLeast = 4;
  enum Phase { kStretch, kLongLived, kShortLived };

  void build_and_count(gc::Frame& frame, uint32_t depth) {
    gc::Local<TreeNode> root = build(frame, depth);
    sum_ += count(root.get());
  }
  void short_lived(gc::Frame& frame) {
    const uint32_t trees = uint32_t{1} << (most_ - depth_ + kLeast);
    for (uint32_t nodes = 0; nodes < kNodesOfAStep && done_ < trees; nodes += 2u << depth_, ++done_)
      build_and_count(frame, depth_);
    if (done_ < trees) return;
    done_ = 0;
    depth_ += 2;
  }

  gc::Heap& heap_;
  gc::Root<TreeNode> long_lived_;
  const uint32_t most_;
  uint32_t depth_;
  uint32_t done_ = 0;
  Phase phase_ = kStretch;
  double sum_ = 0;
};

}  // namespace

Workload* make_trees(gc::Heap& heap, Sizes sizes) { return make_workload<Trees>(heap, sizes); }

}  // namespace bench
