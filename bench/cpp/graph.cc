// This makes the graph of `mark`, `steady` and `list` (see graph.h).
#include "graph.h"

namespace bench {
namespace {

using Table = gc::Root<gc::Member<GraphNode>>;

[[gnu::noinline]] void make_some(gc::Heap& heap, Table& table, uint32_t from, uint32_t to) {
  for (uint32_t i = from; i < to; ++i) table[i] = heap.make<GraphNode>();
}

// This is the shuffle of Fisher and Yates, from the top down to `to`.
[[gnu::noinline]] void shuffle_some(Table& table, uint32_t from, uint32_t to, Random& random) {
  for (uint32_t i = from; i > to; --i) {
    const uint32_t j = random.below(i + 1);
    GraphNode* const node = table[i].get();
    table[i] = table[j].get();
    table[j] = node;
  }
}

[[gnu::noinline]] void link_some(Table& table, uint32_t from, uint32_t to, uint32_t count, Random* random) {
  for (uint32_t i = from; i < to; ++i) {
    table[i]->left = table[i + 1 == count ? 0 : i + 1].get();
    if (random != nullptr) table[i]->right = table[random->below(count)].get();
  }
}

}  // namespace

void build_graph(gc::Heap& heap, Table& table, uint32_t count, bool randomly, Random& random) {
  const auto end_of = [count](uint32_t from) { return from + kBatch < count ? from + kBatch : count; };
  for (uint32_t i = 0; i < count; i += kBatch) make_some(heap, table, i, end_of(i));
  for (uint32_t i = count - 1; i > 0; i = i > kBatch ? i - kBatch : 0)
    shuffle_some(table, i, i > kBatch ? i - kBatch : 0, random);
  for (uint32_t i = 0; i < count; i += kBatch) link_some(table, i, end_of(i), count, randomly ? &random : nullptr);
}

double cycle_length(const GraphNode* start) {
  double hops = 0;
  const GraphNode* node = start;
  do {
    node = node->left.get();
    ++hops;
  } while (node != start);
  return hops;
}

}  // namespace bench
