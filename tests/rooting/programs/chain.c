/* chain.ll calls these. Nothing here is rooted: the list is in the frame of its caller. */
#include "heap.h"

extern void* llvm_gc_root_chain;
EXPORT(chain) void** chain(void) { return &llvm_gc_root_chain; }

Node* prepend(Node* tail, u32 value) { return make(tail, 0, value); }
u32 sum_of(const Node* list) {
  u32 sum = 0;
  for (; list; list = list->left) sum = sum * 31 + value_of(list);
  return sum;
}
