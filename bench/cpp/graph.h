// The graph of `mark`, `steady` and `list` has nodes of two pointers. The left ones are on one cycle through all nodes
// in random order.
#pragma once

#include "workload.h"

namespace bench {

struct GraphNode {
  gc::Member<GraphNode> left, right;
};
MALLOCGC_TYPE(GraphNode, left, right);

// `table[0 … count-1]` gets nodes in the order of their making and is shuffled, and the nodes are linked in its order.
// With `randomly`, right pointers go to random nodes; else they are null.
void build_graph(gc::Heap& heap, gc::Root<gc::Member<GraphNode>>& table, uint32_t count, bool randomly, Random& random);

// Returns the number of steps along the left pointers until back at `start`.
double cycle_length(const GraphNode* start);

}  // namespace bench
