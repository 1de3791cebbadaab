// allocate measures what an allocation alone costs beside a live heap of so many megabytes. Twice as many objects are
// made, and half of them, at random, are dropped and found dead. Then as many are made again, which fill the holes
// without a collection: that is timed. The checksum is by how many the objects that can be reached differ from those
// that were kept or made. So it is 0.
#include "workload.h"

namespace bench {
namespace {

struct Link {
  gc::Member<Link> next;
  uint32_t number;
};
MALLOCGC_TYPE(Link, next);
constexpr uint32_t kLinkBytes = 16;  // a slot has so many, in every place
constexpr int32_t kNoCollections = -1;

class Allocate final : public Workload {
 public:
  Allocate(gc::Heap& heap, Sizes sizes)
      : heap_(heap), count_(static_cast<uint32_t>(uint64_t{sizes.a} * 1000000 / kLinkBytes)) {}

  void prepare() override {
    heap_.set_gc_percent(kNoCollections);
    while (kept_ < count_) fill();
    heap_.collect();
  }
  bool step() override {
    for (uint32_t n = 0; n < kBatch && made_ < dropped_; ++n) made_ = add(made_);
    return made_ < dropped_;
  }
  double checksum() override {
    double reached = 0;
    for (const Link* link = last_.get(); link != nullptr; link = link->next.get()) ++reached;
    return reached - kept_ - made_;
  }
  double operations() const override { return dropped_; }

 private:
  [[gnu::noinline]] void fill() {
    for (uint32_t n = 0; n < kBatch && kept_ < count_; ++n) {
      if (random_.below(2) == 0) {
        kept_ = add(kept_);
      } else {
        static_cast<void>(heap_.make<Link>());
        ++dropped_;
      }
    }
  }
  // Adds another one that stays, after `number`.
  uint32_t add(uint32_t number) {
    gc::Local<Link> link = heap_.make<Link>();
    link->next = last_.get();
    link->number = ++number;
    last_ = link;
    return number;
  }

  gc::Heap& heap_;
  gc::Root<Link> last_;
  Random random_;
  const uint32_t count_;
  uint32_t kept_ = 0;
  uint32_t dropped_ = 0;
  uint32_t made_ = 0;
};

}  // namespace

Workload* make_allocate(gc::Heap& heap, Sizes sizes) { return make_workload<Allocate>(heap, sizes); }

}  // namespace bench
