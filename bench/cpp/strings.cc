// strings makes pointer-free objects of 8 to 64 bytes. The first byte is their length, the last one is random. The
// newest 100000 are alive.
#include "workload.h"

namespace bench {
namespace {

constexpr uint32_t kRing = 100000;

class Strings final : public Workload {
 public:
  Strings(gc::Heap& heap, Sizes sizes) : heap_(heap), count_(sizes.a), left_(sizes.a) {}

  void prepare() override { ring_ = heap_.make_array<gc::Member<unsigned char>>(kRing); }
  bool step() override {
    const uint32_t count = left_ < kBatch ? left_ : kBatch;
    mgc_mutator* const mutator = heap_.mutator();
    for (uint32_t n = 0; n < count; ++n) {
      const uint32_t x = random_.next();
      const uint32_t length = 8 + ((x >> 8) * 57 >> 24);
      const uint32_t place = next_++;
      if (next_ == kRing) next_ = 0;
      const unsigned char* const old = ring_[place].get();
      if (old != nullptr) sum_ += old[0] + old[old[0] - 1u];
      unsigned char* const bytes =
          static_cast<unsigned char*>(mgc_malloc(mutator, length, nullptr, MGC_NOSCAN | MGC_NOZERO));
      bytes[0] = static_cast<unsigned char>(length);
      bytes[length - 1] = static_cast<unsigned char>(x);
      ring_[place] = bytes;
    }
    left_ -= count;
    return left_ != 0;
  }
  double checksum() override { return sum_; }
  double operations() const override { return count_; }

 private:
  gc::Heap& heap_;
  gc::Root<gc::Member<unsigned char>> ring_;
  Random random_;
  const uint32_t count_;
  uint32_t left_;
  uint32_t next_ = 0;
  uint32_t sum_ = 0;
};

}  // namespace

Workload* make_strings(gc::Heap& heap, Sizes sizes) { return make_workload<Strings>(heap, sizes); }

}  // namespace bench
