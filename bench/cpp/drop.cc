// drop makes objects of 16, 32 or 64 bytes with two pointers and integers, and drops each as soon as it is made. The
// checksum is how many there were.
#include "workload.h"

namespace bench {
namespace {

template <size_t kBytes>
struct Dropped {
  gc::Member<Dropped> first, second;
  int32_t rest[(kBytes - 2 * sizeof(void*)) / 4 + (kBytes == 2 * sizeof(void*) ? 1 : 0)];
  MALLOCGC_TYPE(Dropped, first, second);
};
// On a 64-bit machine two pointers alone take 16 bytes.
struct TwoPointers {
  gc::Member<TwoPointers> first, second;
};
MALLOCGC_TYPE(TwoPointers, first, second);
template <size_t kBytes>
using DroppedOf = std::conditional_t<kBytes == 2 * sizeof(void*), TwoPointers, Dropped<kBytes>>;

template <class T>
class Drop final : public Workload {
 public:
  Drop(gc::Heap& heap, Sizes sizes) : heap_(heap), count_(sizes.b), left_(sizes.b) {}

  bool step() override {
    gc::Frame frame(heap_);
    gc::Local<T> last(frame);
    const uint32_t count = left_ < kBatch ? left_ : kBatch;
    for (uint32_t n = 0; n < count; ++n) {
      last = frame.template make<T>();
      made_ += last != nullptr;
    }
    left_ -= count;
    return left_ != 0;
  }
  double checksum() override { return made_; }
  double operations() const override { return count_; }

 private:
  gc::Heap& heap_;
  const uint32_t count_;
  uint32_t left_;
  uint32_t made_ = 0;
};

}  // namespace

Workload* make_drop(gc::Heap& heap, Sizes sizes) {
  if (sizes.a == 64) return make_workload<Drop<DroppedOf<64>>>(heap, sizes);
  if (sizes.a == 32) return make_workload<Drop<DroppedOf<32>>>(heap, sizes);
  return make_workload<Drop<DroppedOf<16>>>(heap, sizes);
}

}  // namespace bench
