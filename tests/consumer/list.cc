// This program uses the C++ face of the installed library: a list survives a collection while a Local holds it.

#include <mallocgc/gc.h>

#include <cstdio>

namespace gc = mallocgc;

struct Node {
  gc::Member<Node> next;
  int value;
};
MALLOCGC_TYPE(Node, next);

int main() {
  constexpr int kNodes = 1000;
  gc::Heap heap;
  gc::Frame frame(heap);
  gc::Local<Node> head = frame.make<Node>();
  for (int i = 1; i < kNodes; i++) {
    gc::Local<Node> node = frame.make<Node>();
    node->value = i;
    node->next = head;
    head = node;
  }
  heap.collect();
  long sum = 0;
  for (Node* node = head.get(); node != nullptr; node = node->next.get()) sum += node->value;
  std::printf("sum %ld\n", sum);
  return sum == kNodes * (kNodes - 1L) / 2 ? 0 : 1;
}
