// churn has a table of 2^k nodes of 48 bytes. Each operation replaces a random entry by a new node, which takes another
// random node for its link. The workload `pause` is the same, but the time of every step counts there: the memory has
// grown before the first step to what the pacer allows, so that no step waits for more. The checksum is the sum of id +
// value + 3 * link.id over the table.
#include "workload.h"

namespace bench {
namespace {

struct ChurnNode {
  gc::Member<ChurnNode> link, other;
  uint32_t id, value;
  unsigned char padding[48 - 2 * sizeof(void*) - 2 * sizeof(uint32_t)];
};
static_assert(sizeof(ChurnNode) == 48);
MALLOCGC_TYPE(ChurnNode, link, other);

class Churn : public Workload {
 public:
  Churn(gc::Heap& heap, Sizes sizes) : heap_(heap), mask_((1u << sizes.a) - 1), left_(sizes.b), operations_(sizes.b) {}

  void prepare() override {
    table_ = heap_.make_array<gc::Member<ChurnNode>>(static_cast<std::ptrdiff_t>(mask_) + 1);
    for (uint32_t i = 0; i <= mask_; i += kBatch) fill(i, i + kBatch <= mask_ ? i + kBatch : mask_ + 1);
  }
  bool step() override {
    const uint32_t count = left_ < kBatch ? left_ : kBatch;
    for (uint32_t n = 0; n < count; ++n) {
      const uint32_t i = random_.next() & mask_;
      const uint32_t j = random_.next() & mask_;
      ChurnNode* const node = make().get();
      ChurnNode* const old = table_[j].get();
      old->link = nullptr;
      node->link = old;
      table_[i] = node;
    }
    left_ -= count;
    return left_ != 0;
  }
  double checksum() override {
    uint32_t sum = 0;
    for (uint32_t i = 0; i <= mask_; ++i) {
      const ChurnNode* const node = table_[i].get();
      sum += node->id + node->value + (node->link == nullptr ? 0 : 3 * node->link->id);
    }
    return sum;
  }
  double operations() const override { return operations_; }

 protected:
  // Allocates, in large pieces, one and a half times the bytes of the nodes, and drops them. The pacer allows less
  // before it collects.
  void grow_memory() {
    constexpr uint32_t kPieceBytes = 1 << 20;
    const uint64_t bytes = uint64_t{mask_ + 1} * sizeof(ChurnNode) * 3 / 2;
    {
      gc::Frame frame(heap_);
      const auto pieces = static_cast<uint32_t>(bytes / kPieceBytes);
      gc::Local<gc::Member<unsigned char>> table = frame.make_array<gc::Member<unsigned char>>(pieces + 1);
      for (uint32_t i = 0; i < pieces; ++i) table[i] = frame.make_array<unsigned char>(kPieceBytes);
    }
    heap_.collect();
  }

 private:
  // The result is good until the next allocation.
  gc::Local<ChurnNode> make() {
    gc::Local<ChurnNode> node = heap_.make<ChurnNode>();
    node->id = serial_++;
    node->value = random_.next();
    return node;
  }
  [[gnu::noinline]] void fill(uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; ++i) table_[i] = make();
  }

  gc::Heap& heap_;
  gc::Root<gc::Member<ChurnNode>> table_;
  Random random_;
  const uint32_t mask_;
  uint32_t serial_ = 0;
  uint32_t left_;
  const uint32_t operations_;
};

class Pause final : public Churn {
 public:
  using Churn::Churn;
  void prepare() override {
    Churn::prepare();
    grow_memory();
  }
};

}  // namespace

Workload* make_pause(gc::Heap& heap, Sizes sizes) { return make_workload<Pause>(heap, sizes); }
Workload* make_churn(gc::Heap& heap, Sizes sizes) { return make_workload<Churn>(heap, sizes); }

}  // namespace bench
