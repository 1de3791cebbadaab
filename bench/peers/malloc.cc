// These peers have no collector: the allocating workloads use malloc and free, by hand, as a careful C programmer would
// write them. The link decides which malloc it is (bench/CMakeLists.txt): Emscripten's dlmalloc or emmalloc in a
// module, the C library's or mimalloc natively.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "door.h"

namespace bench {
namespace {

template <class T>
T* make() {
  return static_cast<T*>(std::calloc(1, sizeof(T)));
}

struct Tree {
  Tree *left, *right;
};
Tree* build(uint32_t depth) {
  Tree* const node = static_cast<Tree*>(std::malloc(sizeof(Tree)));
  node->left = depth == 0 ? nullptr : build(depth - 1);
  node->right = depth == 0 ? nullptr : build(depth - 1);
  return node;
}
uint32_t count(const Tree* node) { return node->left == nullptr ? 1 : 1 + count(node->left) + count(node->right); }
void destroy(Tree* node) {
  if (node->left != nullptr) {
    destroy(node->left);
    destroy(node->right);
  }
  std::free(node);
}

class Trees final : public Workload {
 public:
  explicit Trees(uint32_t most) : most_(most) {}
  bool step() override {
    if (phase_ == 0) return build_and_count(most_ + 1), phase_ = 1, true;
    if (phase_ == 1) return long_lived_ = build(most_), phase_ = 2, true;
    if (depth_ > most_) return sum_ += count(long_lived_), destroy(long_lived_), false;
    const uint32_t trees = 1u << (most_ - depth_ + 4);
    for (uint32_t nodes = 0; nodes < kNodesOfAStep && done_ < trees; nodes += 2u << depth_, ++done_)
      build_and_count(depth_);
    if (done_ == trees) done_ = 0, depth_ += 2;
    return true;
  }
  double checksum() override { return sum_; }
  double operations() const override { return sum_; }

 private:
  void build_and_count(uint32_t depth) {
    Tree* const tree = build(depth);
    sum_ += count(tree);
    destroy(tree);
  }
  const uint32_t most_;
  uint32_t depth_ = 4, done_ = 0, phase_ = 0;
  Tree* long_lived_ = nullptr;
  double sum_ = 0;
};

struct BenchNode {
  BenchNode *left, *right;
  int32_t i, j;
};
BenchNode* bottom_up(uint32_t depth) {
  BenchNode* const node = make<BenchNode>();
  if (depth != 0) node->left = bottom_up(depth - 1), node->right = bottom_up(depth - 1);
  return node;
}
void populate(uint32_t depth, BenchNode* node) {
  if (depth == 0) return;
  node->left = make<BenchNode>();
  node->right = make<BenchNode>();
  populate(depth - 1, node->left);
  populate(depth - 1, node->right);
}
uint32_t count(const BenchNode* node) { return node == nullptr ? 0 : 1 + count(node->left) + count(node->right); }
void destroy(BenchNode* node) {
  if (node == nullptr) return;
  destroy(node->left);
  destroy(node->right);
  std::free(node);
}

class GcBench final : public Workload {
 public:
  explicit GcBench(uint32_t most) : most_(most != 0 ? most : 16) {}
  ~GcBench() override {
    destroy(tree_);
    std::free(array_);
  }
  bool step() override {
    if (phase_ == 0) return destroy(bottom_up(18)), phase_ = 1, true;
    if (phase_ == 1) {
      populate(16, tree_ = make<BenchNode>());
      array_ = static_cast<double*>(std::calloc(500000, sizeof(double)));
      for (uint32_t i = 0; i < 250000; ++i) array_[i] = 1.0 / (i + 1);
      return phase_ = 2, true;
    }
    if (depth_ > most_) return false;
    const uint32_t size = (2u << depth_) - 1;
    const uint32_t trees = 2 * ((2u << 18) - 1) / size;
    for (uint32_t nodes = 0; nodes < kNodesOfAStep && done_ < 2 * trees; nodes += size, ++done_, nodes_ += size) {
      if (done_ >= trees) {
        destroy(bottom_up(depth_));
        continue;
      }
      BenchNode* const root = make<BenchNode>();
      populate(depth_, root);
      destroy(root);
    }
    if (done_ == 2 * trees) done_ = 0, depth_ += 2;
    return true;
  }
  double checksum() override { return count(tree_) + std::floor(1 / array_[999]); }
  double operations() const override { return nodes_; }

 private:
  const uint32_t most_;
  uint32_t depth_ = 4, done_ = 0, phase_ = 0;
  BenchNode* tree_ = nullptr;
  double* array_ = nullptr;
  double nodes_ = 0;
};

// Several nodes may link to one, so each counts who holds it: the table, and links.
struct ChurnNode {
  ChurnNode *link, *other;
  uint32_t id, value, holders;
  unsigned char padding[48 - 2 * sizeof(void*) - 3 * sizeof(uint32_t)];
};

class Churn : public Workload {
 public:
  Churn(uint32_t k, uint32_t operations) : mask_((1u << k) - 1), left_(operations), operations_(operations) {}
  ~Churn() override {
    for (uint32_t i = 0; i <= mask_; ++i) release(table_[i]);
    std::free(table_);
  }
  void prepare() override {
    table_ = static_cast<ChurnNode**>(std::malloc((mask_ + 1) * sizeof(ChurnNode*)));
    for (uint32_t i = 0; i <= mask_; ++i) table_[i] = make_node();
  }
  bool step() override {
    for (uint32_t n = 0; n < kBatch && left_ != 0; ++n, --left_) {
      const uint32_t i = random_.next() & mask_;
      const uint32_t j = random_.next() & mask_;
      ChurnNode* const node = make_node();
      ChurnNode* const old = table_[j];
      release(old->link);
      old->link = nullptr;
      node->link = old;
      ++old->holders;
      release(table_[i]);
      table_[i] = node;
    }
    return left_ != 0;
  }
  double checksum() override {
    uint32_t sum = 0;
    for (uint32_t i = 0; i <= mask_; ++i) {
      const ChurnNode& node = *table_[i];
      sum += node.id + node.value + (node.link == nullptr ? 0 : 3 * node.link->id);
    }
    return sum;
  }
  double operations() const override { return operations_; }

 private:
  ChurnNode* make_node() {
    ChurnNode* const node = make<ChurnNode>();
    node->id = serial_++;
    node->value = random_.next();
    node->holders = 1;
    return node;
  }
  static void release(ChurnNode* node) {
    while (node != nullptr && --node->holders == 0) {
      ChurnNode* const next = node->link;
      std::free(node);
      node = next;
    }
  }
  Random random_;
  const uint32_t mask_;
  ChurnNode** table_ = nullptr;
  uint32_t serial_ = 0, left_;
  const uint32_t operations_;
};

// This is churn, in a memory that has grown before the first step.
class Pause final : public Churn {
 public:
  Pause(uint32_t k, uint32_t operations) : Churn(k, operations), bytes_((uint64_t{1} << k) * sizeof(ChurnNode) / 2) {}
  void prepare() override {
    Churn::prepare();
    constexpr uint32_t kPieceBytes = 1 << 16;  // small enough not to be a mapping of its own
    std::vector<void*> pieces;
    for (uint64_t bytes = 0; bytes < bytes_; bytes += kPieceBytes) pieces.push_back(std::malloc(kPieceBytes));
    for (void* const piece : pieces) std::free(piece);
  }

 private:
  const uint64_t bytes_;
};

struct QueueNode {
  QueueNode *next, *unused;
  uint32_t number, value;
};

class Fifo final : public Workload {
 public:
  Fifo(uint32_t count, uint32_t operations) : count_(count), left_(operations), operations_(operations) {}
  ~Fifo() override {
    while (first_ != nullptr) take();
  }
  void prepare() override {
    first_ = last_ = make<QueueNode>();
    for (uint32_t i = 0; i < count_; ++i) put();
  }
  bool step() override {
    for (uint32_t n = 0; n < kBatch && left_ != 0; ++n, --left_) {
      put();
      sum_ += first_->value ^ first_->number;
      take();
    }
    return left_ != 0;
  }
  double checksum() override { return sum_; }
  double operations() const override { return operations_; }

 private:
  void put() {
    QueueNode* const node = make<QueueNode>();
    node->number = made_++;
    node->value = random_.next();
    last_->next = node;
    last_ = node;
  }
  void take() {
    QueueNode* const oldest = first_;
    first_ = oldest->next;
    std::free(oldest);
  }
  Random random_;
  QueueNode *first_ = nullptr, *last_ = nullptr;
  const uint32_t count_;
  uint32_t left_;
  const uint32_t operations_;
  uint32_t made_ = 0, sum_ = 0;
};

class Strings final : public Workload {
 public:
  explicit Strings(uint32_t count) : count_(count), left_(count) {}
  ~Strings() override {
    for (unsigned char* bytes : ring_) std::free(bytes);
  }
  bool step() override {
    for (uint32_t n = 0; n < kBatch && left_ != 0; ++n, --left_) {
      const uint32_t x = random_.next();
      const uint32_t length = 8 + ((x >> 8) * 57 >> 24);
      unsigned char*& place = ring_[next_];
      next_ = next_ + 1 == kRing ? 0 : next_ + 1;
      if (place != nullptr) sum_ += place[0] + place[place[0] - 1u];
      std::free(place);
      place = static_cast<unsigned char*>(std::malloc(length));
      place[0] = static_cast<unsigned char>(length);
      place[length - 1] = static_cast<unsigned char>(x);
    }
    return left_ != 0;
  }
  double checksum() override { return sum_; }
  double operations() const override { return count_; }

 private:
  static constexpr uint32_t kRing = 100000;
  Random random_;
  unsigned char* ring_[kRing] = {};
  const uint32_t count_;
  uint32_t left_, next_ = 0, sum_ = 0;
};

template <uint32_t kBytes>
struct Dropped {
  uint64_t words[kBytes / 8];
};

// The objects' sizes are known where they are made, as those of a program's types are, so clearing them is a few
// stores.
template <class T>
class Drop final : public Workload {
 public:
  explicit Drop(uint32_t count) : count_(count), left_(count) {}
  bool step() override {
    for (uint32_t n = 0; n < kBatch && left_ != 0; ++n, --left_) {
      T* volatile const object = static_cast<T*>(std::malloc(sizeof(T)));
      *object = T{};
      made_ += object != nullptr;
      std::free(object);
    }
    return left_ != 0;
  }
  double checksum() override { return made_; }
  double operations() const override { return count_; }

 private:
  const uint32_t count_;
  uint32_t left_, made_ = 0;
};

Workload* make_drop(uint32_t bytes, uint32_t count) {
  if (bytes == 64) return new Drop<Dropped<64>>(count);
  if (bytes == 32) return new Drop<Dropped<32>>(count);
  return new Drop<Dropped<16>>(count);
}

}  // namespace

Workload* make_peer_workload(const char* name, Sizes sizes) {
  const auto is = [name](const char* other) { return std::strcmp(name, other) == 0; };
  if (is("trees")) return new Trees(sizes.a);
  if (is("gcbench")) return new GcBench(sizes.a);
  if (is("churn")) return new Churn(sizes.a, sizes.b);
  if (is("pause")) return new Pause(sizes.a, sizes.b);
  if (is("fifo")) return new Fifo(sizes.a, sizes.b);
  if (is("strings")) return new Strings(sizes.a);
  if (is("drop")) return make_drop(sizes.a, sizes.b);
  return nullptr;
}

void end_peer_workload(Workload* workload) { delete workload; }
double collections() { return 0; }

}  // namespace bench
