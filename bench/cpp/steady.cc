// steady makes short-lived objects of 16 bytes beside a large graph that nobody touches. Every 64th of them lives for a
// while in a ring of 100000. This is what generations are for. The checksum is the number of the oldest object in the
// ring.
#include "graph.h"

namespace bench {
namespace {

struct Short {
  gc::Member<Short> first, second;
  uint32_t number, unused;
};
MALLOCGC_TYPE(Short, first, second);

class Steady final : public Workload {
 public:
  Steady(gc::Heap& heap, Sizes sizes) : heap_(heap), live_(sizes.a), count_(sizes.b) {}

  void prepare() override {
    Random random;
    gc::Root<gc::Member<GraphNode>> table(heap_.make_array<gc::Member<GraphNode>>(live_));
    build_graph(heap_, table, live_, true, random);
    gc::Frame frame(heap_);
    graph_ = gc::Local<GraphNode>(frame, table[0].get());
    table.reset();
    ring_ = heap_.make_array<gc::Member<Short>>(kRing);
    heap_.collect();
  }
  bool step() override {
    gc::Frame frame(heap_);
    gc::Local<Short> last(frame);
    for (uint32_t n = 0; n < kBatch && made_ < count_; ++n, ++made_) {
      last = frame.make<Short>();
      last->number = made_;
      if (made_ % kKeep != 0) continue;
      ring_[place_] = last;
      place_ = place_ + 1 == kRing ? 0 : place_ + 1;
    }
    return made_ < count_;
  }
  double checksum() override { return ring_[place_] == nullptr ? ring_[0]->number : ring_[place_]->number; }
  double operations() const override { return count_; }

 private:
  static constexpr uint32_t kKeep = 64;
  static constexpr uint32_t kRing = 100000;
  gc::Heap& heap_;
  gc::Root<GraphNode> graph_;
  gc::Root<gc::Member<Short>> ring_;
  const uint32_t live_;
  const uint32_t count_;
  uint32_t made_ = 0;
  uint32_t place_ = 0;
};

}  // namespace

Workload* make_steady(gc::Heap& heap, Sizes sizes) { return make_workload<Steady>(heap, sizes); }

}  // namespace bench
