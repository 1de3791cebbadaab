/* Here are sixteen bytes of pointers in one vector, and tail calls. It is compiled with -msimd128 -mtail-call. */
#include "heap.h"

typedef u32 Four __attribute__((vector_size(16)));

NOINLINE static void churn(u32 n) {
  for (u32 i = 0; i < n; ++i) make(0, 0, i);
}

/* Four pointers live in a vector only. */
EXPORT(test_vector) u32 test_vector(u32 n) {
  u32 sum = 0;
  for (u32 i = 0; i < n; ++i) {
    Four four = {(u32)make(0, 0, i), 0, 0, 0};
    for (int k = 1; k < 4; ++k) four[k] = (u32)make((Node*)four[k - 1], 0, i + k);
    __asm__("" : "+r"(four));
    churn(3);
    for (int k = 0; k < 4; ++k) sum = sum * 3 + value_of((Node*)four[k]);
  }
  return sum;
}

NOINLINE static u32 sum_of(Node* list, u32 sum) {
  for (; list; list = list->left) sum = sum * 31 + value_of(list);
  return sum;
}
NOINLINE static u32 loop(u32 n, Node* a, Node* b) {
  if (n == 0) return sum_of(a, sum_of(b, 0));
  Node* first = make(a, 0, n);
  Node* second = make(b, 0, value_of(first) + 1);
  __attribute__((musttail)) return loop(n - 1, second, first);
}
EXPORT(test_tail) u32 test_tail(u32 n) { return loop(n, 0, 0) + loop(n / 2, make(0, 0, 1), make(0, 0, 2)); }

/* The recursion is deep: a tail call that did not give its frame back would run out of stack. */
EXPORT(test_tail_deep) u32 test_tail_deep(u32 n) {
  u32 sum = 0;
  for (u32 i = 0; i < 3; ++i) sum += loop(n, make(0, 0, i), 0);
  return sum;
}
