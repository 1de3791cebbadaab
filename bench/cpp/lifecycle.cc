// handles and finalizers register as many as are asked for, fire them where they fire, and release them. The time for
// one of them must not depend on how many there are. The checksum is how many were released, or ran.
#include <vector>

#include "workload.h"

namespace bench {
namespace {

struct Thing {
  gc::Member<Thing> next;
  uint32_t number;
};
MALLOCGC_TYPE(Thing, next);

class Handles final : public Workload {
 public:
  Handles(gc::Heap& heap, Sizes sizes) : heap_(heap), count_(sizes.a) {}

  void prepare() override { handles_.resize(count_); }
  // First all are made, then a collection sees them, then all are released.
  bool step() override {
    gc::Frame frame(heap_);
    for (uint32_t n = 0; n < kBatch && made_ < count_; ++n, ++made_) {
      gc::Local<Thing> thing = frame.make<Thing>();
      handles_[made_] = gc::Handle<Thing>(thing);
      if (made_ + 1 == count_) heap_.collect();
      if (made_ + 1 == count_) return ++made_, true;
    }
    if (made_ < count_) return true;
    for (uint32_t n = 0; n < kBatch && released_ < count_; ++n, ++released_) {
      alive_ += handles_[released_] ? 1 : 0;
      handles_[released_].reset();
    }
    return released_ < count_;
  }
  double checksum() override { return alive_; }
  double operations() const override { return count_; }

 private:
  gc::Heap& heap_;
  std::vector<gc::Handle<Thing>> handles_;
  const uint32_t count_;
  uint32_t made_ = 0;
  uint32_t released_ = 0;
  uint32_t alive_ = 0;
};

class Finalizers final : public Workload {
 public:
  Finalizers(gc::Heap& heap, Sizes sizes) : heap_(heap), count_(sizes.a) {}

  bool step() override {
    gc::Frame frame(heap_);
    for (uint32_t n = 0; n < kBatch && made_ < count_; ++n, ++made_) {
      gc::Local<Thing> thing = frame.make<Thing>();
      heap_.set_finalizer(thing, &count_one, this);
    }
    if (made_ < count_) return true;
    if (!collected_) {
      collected_ = true;
      heap_.collect();
      return true;
    }
    if (heap_.run_finalizers(kBatch) != 0) return true;
    heap_.collect();
    return false;
  }
  double checksum() override { return ran_; }
  double operations() const override { return count_; }

 private:
  static void count_one(mgc_mutator*, void*, void* self) { ++static_cast<Finalizers*>(self)->ran_; }
  gc::Heap& heap_;
  const uint32_t count_;
  uint32_t made_ = 0;
  uint32_t ran_ = 0;
  bool collected_ = false;
};

}  // namespace

Workload* make_handles(gc::Heap& heap, Sizes sizes) { return make_workload<Handles>(heap, sizes); }
Workload* make_finalizers(gc::Heap& heap, Sizes sizes) { return make_workload<Finalizers>(heap, sizes); }

}  // namespace bench
