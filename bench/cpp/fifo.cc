// fifo has a queue of n nodes. Each operation puts a new one at its end and takes the oldest from its front. Objects
// die in the order in which they were made, and all of them survive the next collection, which is what generations are
// worst at. The checksum is over the values of all that were taken.
#include "workload.h"

namespace bench {
namespace {

struct QueueNode {
  gc::Member<QueueNode> next;
  gc::Member<QueueNode> unused;
  uint32_t number, value;
};
MALLOCGC_TYPE(QueueNode, next, unused);

struct Ends {
  gc::Member<QueueNode> first, last;
};
MALLOCGC_TYPE(Ends, first, last);

class Fifo final : public Workload {
 public:
  Fifo(gc::Heap& heap, Sizes sizes) : heap_(heap), count_(sizes.a), left_(sizes.b), operations_(sizes.b) {}

  void prepare() override {
    {
      gc::Frame frame(heap_);
      gc::Local<Ends> ends = frame.make<Ends>();
      ends->first = frame.make<QueueNode>();
      ends->last = ends->first;
      ends_ = ends;
    }
    for (uint32_t i = 0; i < count_; i += kBatch) put_some(i + kBatch < count_ ? kBatch : count_ - i);
  }
  bool step() override {
    const uint32_t count = left_ < kBatch ? left_ : kBatch;
    gc::Frame frame(heap_);
    gc::Local<Ends> ends(frame, ends_.get());
    for (uint32_t n = 0; n < count; ++n) {
      put(frame, ends);
      const QueueNode* const oldest = ends->first.get();
      sum_ += oldest->value ^ oldest->number;
      ends->first = oldest->next;
    }
    left_ -= count;
    return left_ != 0;
  }
  double checksum() override { return sum_; }
  double operations() const override { return operations_; }

 private:
  void put(gc::Frame& frame, const gc::Local<Ends>& ends) {
    gc::Local<QueueNode> node = frame.make<QueueNode>();
    node->number = made_++;
    node->value = random_.next();
    ends->last->next = node;
    ends->last = node;
  }
  [[gnu::noinline]] void put_some(uint32_t count) {
    gc::Frame frame(heap_);
    gc::Local<Ends> ends(frame, ends_.get());
    for (uint32_t i = 0; i < count; ++i) put(frame, ends);
  }

  gc::Heap& heap_;
  gc::Root<Ends> ends_;
  Random random_;
  const uint32_t count_;
  uint32_t left_;
  const uint32_t operations_;
  uint32_t made_ = 0;
  uint32_t sum_ = 0;
};

}  // namespace

Workload* make_fifo(gc::Heap& heap, Sizes sizes) { return make_workload<Fifo>(heap, sizes); }

}  // namespace bench
