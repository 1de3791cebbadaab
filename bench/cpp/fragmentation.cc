// fragmentation fills a heap with objects of one size, drops nine tenths of them at random, and makes as many bytes
// again of objects of another size. What counts is the memory at the end. The checksum is how many objects are alive.
#include "workload.h"

namespace bench {
namespace {

template <size_t kBytes>
struct Sized {
  gc::Member<Sized> next;
  unsigned char rest[kBytes - sizeof(void*)];
  MALLOCGC_TYPE(Sized, next);
};
using Before = Sized<48>;
using After = Sized<80>;

class Fragmentation final : public Workload {
 public:
  Fragmentation(gc::Heap& heap, Sizes sizes) : heap_(heap), count_(sizes.a) {}

  void prepare() override {
    before_ = heap_.make_array<gc::Member<Before>>(count_);
    after_ = heap_.make_array<gc::Member<After>>(count_);
    for (uint32_t i = 0; i < count_; i += kBatch) fill(i, end_of(i));
    for (uint32_t i = 0; i < count_; i += kBatch) thin_out(i, end_of(i));
  }
  bool step() override {
    const uint64_t bytes = uint64_t{count_ - kept_} * sizeof(Before);
    for (uint32_t n = 0; n < kBatch && uint64_t{made_} * sizeof(After) < bytes; ++n)
      after_[made_++] = heap_.make<After>();
    return uint64_t{made_} * sizeof(After) < bytes;
  }
  double checksum() override {
    uint32_t alive = 0;
    for (uint32_t i = 0; i < count_; ++i) alive += (before_[i] != nullptr) + (after_[i] != nullptr);
    return alive;
  }
  double operations() const override { return made_; }

 private:
  uint32_t end_of(uint32_t from) const { return from + kBatch < count_ ? from + kBatch : count_; }
  [[gnu::noinline]] void fill(uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; ++i) before_[i] = heap_.make<Before>();
  }
  [[gnu::noinline]] void thin_out(uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; ++i) {
      if (random_.below(10) == 0) {
        ++kept_;
      } else {
        before_[i] = nullptr;
      }
    }
  }

  gc::Heap& heap_;
  gc::Root<gc::Member<Before>> before_;
  gc::Root<gc::Member<After>> after_;
  Random random_;
  const uint32_t count_;
  uint32_t kept_ = 0;
  uint32_t made_ = 0;
};

}  // namespace

Workload* make_fragmentation(gc::Heap& heap, Sizes sizes) { return make_workload<Fragmentation>(heap, sizes); }

}  // namespace bench
