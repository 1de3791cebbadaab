// C and C++ programs have this peer: Boehm's conservative collector (libgc), natively. It is used as its documents
// recommend: GC_MALLOC_ATOMIC makes objects without pointers, GC_set_all_interior_pointers(0) is called since nothing
// but starts of objects is stored, and GC_start_mark_threads() since the client has one thread and marking may have
// more. As ours, the heap begins with some megabytes and may double between collections. Roots are what the collector
// scans by itself: the stack, and workloads in uncollectable memory.
#include <gc/gc.h>

#include <cmath>
#include <cstring>
#include <new>
#include <utility>

#include "../programs/cpp/programs.h"
#include "door.h"

namespace bench {
namespace {

constexpr int kFreeSpaceDivisor = 2;
constexpr size_t kInitialBytes = 8 << 20;

template <class T>
T* make() {
  return static_cast<T*>(GC_MALLOC(sizeof(T)));
}
template <class T>
T** make_table(uint32_t count) {
  return static_cast<T**>(GC_MALLOC(count * sizeof(T*)));
}

struct Node {
  Node *left, *right;
};
Node* build(uint32_t depth) {
  Node* const node = make<Node>();
  if (depth != 0) {
    node->left = build(depth - 1);
    node->right = build(depth - 1);
  }
  return node;
}
uint32_t count(const Node* node) { return node->left == nullptr ? 1 : 1 + count(node->left) + count(node->right); }

class Trees final : public Workload {
 public:
  explicit Trees(uint32_t most) : most_(most) {}
  bool step() override {
    if (phase_ == 0) return sum_ += count(build(most_ + 1)), phase_ = 1, true;
    if (phase_ == 1) return long_lived_ = build(most_), phase_ = 2, true;
    if (depth_ > most_) return sum_ += count(long_lived_), false;
    const uint32_t trees = 1u << (most_ - depth_ + 4);
    for (uint32_t nodes = 0; nodes < kNodesOfAStep && done_ < trees; nodes += 2u << depth_, ++done_)
      sum_ += count(build(depth_));
    if (done_ == trees) done_ = 0, depth_ += 2;
    return true;
  }
  double checksum() override { return sum_; }
  double operations() const override { return sum_; }

 private:
  const uint32_t most_;
  uint32_t depth_ = 4, done_ = 0, phase_ = 0;
  Node* long_lived_ = nullptr;
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

class GcBench final : public Workload {
 public:
  explicit GcBench(uint32_t most) : most_(most != 0 ? most : 16) {}
  bool step() override {
    if (phase_ == 0) return bottom_up(18), phase_ = 1, true;
    if (phase_ == 1) {
      populate(16, tree_ = make<BenchNode>());
      array_ = static_cast<double*>(GC_MALLOC_ATOMIC(500000 * sizeof(double)));
      std::memset(array_, 0, 500000 * sizeof(double));
      for (uint32_t i = 0; i < 250000; ++i) array_[i] = 1.0 / (i + 1);
      return phase_ = 2, true;
    }
    if (depth_ > most_) return false;
    const uint32_t size = (2u << depth_) - 1;
    const uint32_t trees = 2 * ((2u << 18) - 1) / size;
    for (uint32_t nodes = 0; nodes < kNodesOfAStep && done_ < 2 * trees; nodes += size, ++done_, nodes_ += size) {
      if (done_ < trees) {
        populate(depth_, make<BenchNode>());
      } else {
        bottom_up(depth_);
      }
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

struct ChurnNode {
  ChurnNode *link, *other;
  uint32_t id, value;
  unsigned char padding[48 - 2 * sizeof(void*) - 2 * sizeof(uint32_t)];
};

class Churn final : public Workload {
 public:
  Churn(uint32_t k, uint32_t operations) : mask_((1u << k) - 1), left_(operations), operations_(operations) {}
  void prepare() override {
    table_ = make_table<ChurnNode>(mask_ + 1);
    for (uint32_t i = 0; i <= mask_; ++i) table_[i] = make_node();
  }
  bool step() override {
    for (uint32_t n = 0; n < kBatch && left_ != 0; ++n, --left_) {
      const uint32_t i = random_.next() & mask_;
      const uint32_t j = random_.next() & mask_;
      ChurnNode* const node = make_node();
      ChurnNode* const old = table_[j];
      old->link = nullptr;
      node->link = old;
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
    return node;
  }
  Random random_;
  const uint32_t mask_;
  ChurnNode** table_ = nullptr;
  uint32_t serial_ = 0, left_;
  const uint32_t operations_;
};

class Strings final : public Workload {
 public:
  explicit Strings(uint32_t count) : count_(count), left_(count) {}
  void prepare() override { ring_ = make_table<unsigned char>(kRing); }
  bool step() override {
    for (uint32_t n = 0; n < kBatch && left_ != 0; ++n, --left_) {
      const uint32_t x = random_.next();
      const uint32_t length = 8 + ((x >> 8) * 57 >> 24);
      unsigned char*& place = ring_[next_];
      next_ = next_ + 1 == kRing ? 0 : next_ + 1;
      if (place != nullptr) sum_ += place[0] + place[place[0] - 1u];
      place = static_cast<unsigned char*>(GC_MALLOC_ATOMIC(length));
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
  unsigned char** ring_ = nullptr;
  const uint32_t count_;
  uint32_t left_, next_ = 0, sum_ = 0;
};

class Drop final : public Workload {
 public:
  Drop(uint32_t bytes, uint32_t count) : bytes_(bytes), count_(count), left_(count) {}
  bool step() override {
    for (uint32_t n = 0; n < kBatch && left_ != 0; ++n, --left_) {
      void* volatile const object = GC_MALLOC(bytes_);
      made_ += object != nullptr;
    }
    return left_ != 0;
  }
  double checksum() override { return made_; }
  double operations() const override { return count_; }

 private:
  const uint32_t bytes_, count_;
  uint32_t left_, made_ = 0;
};

Node* build_graph(uint32_t count, bool randomly) {
  Random random;
  Node** const table = make_table<Node>(count);
  for (uint32_t i = 0; i < count; ++i) table[i] = make<Node>();
  for (uint32_t i = count - 1; i > 0; --i) std::swap(table[i], table[random.below(i + 1)]);
  for (uint32_t i = 0; i < count; ++i) {
    table[i]->left = table[i + 1 == count ? 0 : i + 1];
    if (randomly) table[i]->right = table[random.below(count)];
  }
  Node* const start = table[0];
  GC_FREE(table);
  return start;
}

class Mark final : public Workload {
 public:
  Mark(uint32_t count, bool randomly) : count_(count), randomly_(randomly) {}
  void prepare() override {
    start_ = build_graph(count_, randomly_);
    GC_gcollect();
  }
  bool step() override {
    GC_gcollect();
    return ++done_ < kCollections;
  }
  double checksum() override {
    double hops = 1;
    for (const Node* node = start_->left; node != start_; node = node->left) ++hops;
    return hops;
  }
  double operations() const override { return double{kCollections} * count_; }

 private:
  static constexpr uint32_t kCollections = 2;
  const uint32_t count_;
  const bool randomly_;
  Node* start_ = nullptr;
  uint32_t done_ = 0;
};

struct Short {
  Short *first, *second;
  uint32_t number, unused;
};

class Steady final : public Workload {
 public:
  Steady(uint32_t live, uint32_t count) : live_(live), count_(count) {}
  void prepare() override {
    graph_ = build_graph(live_, true);
    ring_ = make_table<Short>(kRing);
    GC_gcollect();
  }
  bool step() override {
    for (uint32_t n = 0; n < kBatch && made_ < count_; ++n, ++made_) {
      Short* volatile const made = make<Short>();
      made->number = made_;
      if (made_ % 64 != 0) continue;
      ring_[place_] = made;
      place_ = place_ + 1 == kRing ? 0 : place_ + 1;
    }
    return made_ < count_;
  }
  double checksum() override { return ring_[place_] == nullptr ? ring_[0]->number : ring_[place_]->number; }
  double operations() const override { return count_; }

 private:
  static constexpr uint32_t kRing = 100000;
  const uint32_t live_, count_;
  Node* graph_ = nullptr;
  Short** ring_ = nullptr;
  uint32_t made_ = 0, place_ = 0;
};

template <class T, class... Arguments>
Workload* rooted(Arguments... arguments) {
  return ::new (GC_MALLOC_UNCOLLECTABLE(sizeof(T))) T(arguments...);
}

gc::Heap heap_of_programs;

void initialise() {
  static bool is_done = false;
  if (is_done) return;
  is_done = true;
  GC_set_all_interior_pointers(0);
  GC_INIT();
  GC_set_free_space_divisor(kFreeSpaceDivisor);
  GC_expand_hp(kInitialBytes);
  GC_start_mark_threads();
}

}  // namespace

Workload* make_peer_workload(const char* name, Sizes sizes) {
  initialise();
  const auto is = [name](const char* other) { return std::strcmp(name, other) == 0; };
  if (is("trees")) return rooted<Trees>(sizes.a);
  if (is("gcbench")) return rooted<GcBench>(sizes.a);
  if (is("churn") || is("pause")) return rooted<Churn>(sizes.a, sizes.b);
  if (is("strings")) return rooted<Strings>(sizes.a);
  if (is("drop")) return rooted<Drop>(sizes.a, sizes.b);
  if (is("mark") || is("list")) return rooted<Mark>(sizes.a, is("mark"));
  if (is("steady")) return rooted<Steady>(sizes.a, sizes.b);
  if (is("fifo")) return make_fifo(heap_of_programs, sizes);
  const Entry* const program = find_program(name);
  return program == nullptr ? nullptr : program->make(heap_of_programs, sizes);
}

void end_peer_workload(Workload* workload) {
  // Programs, whose roots have cells of their own, are made by the C++ library.
  if (GC_base(workload) == nullptr) {
    delete workload;
    return;
  }
  workload->~Workload();
  GC_FREE(workload);
}

double collections() { return static_cast<double>(GC_get_gc_no()); }

}  // namespace bench
