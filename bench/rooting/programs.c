/* The pointers of these programs live in locals, for run.mjs: a list, trees, a sort, a map, and structs of two
 * pointers. With -DBY_HAND each function keeps a frame on the shadow stack as docs/abi.md says, inlined. */
#include "../../tests/rooting/programs/heap.h"

#ifdef BY_HAND
IMPORT(mgc_mutator) void* mgc_mutator(void);
IMPORT(mgc_frame_push) void** mgc_frame_push(u32 slots);
static struct {
  void** top;
  void** limit;
} * mutator;
static inline void** push(u32 n) {
  void** const top = mutator->top;
  if (n >= (u32)(mutator->limit - top)) return mgc_frame_push(n);
  top[0] = (void*)n;
  for (u32 i = 1; i <= n; ++i) top[i] = 0;
  mutator->top = top + 1 + n;
  return top + 1;
}
#define FRAME(n) void** const frame = push(n)
#define KEEP(i, p) ((void)(frame[i] = (p)))
#define POP() (mutator->top = frame - 1)
EXPORT(prepare) void prepare(u32 top, u32 limit) {
  mutator = mgc_mutator();
  if (top != 0 || limit != 4) __builtin_trap(); /* the struct above is not what the heap has */
}
#else
#define FRAME(n)
#define KEEP(i, p) ((void)(p))
#define POP()
#endif

EXPORT(list) u32 list(u32 n) {
  FRAME(1);
  Node* head = 0;
  for (u32 i = 1; i <= n; ++i) {
    head = make(head, 0, i);
    KEEP(0, head);
  }
  u32 sum = 0;
  for (Node* at = head; at; at = at->left) sum = sum * 31 + at->value;
  POP();
  return sum;
}

NOINLINE static Node* tree(u32 depth) {
  if (depth == 0) return make(0, 0, 1);
  FRAME(2);
  Node* const left = tree(depth - 1);
  KEEP(0, left);
  Node* const right = tree(depth - 1);
  KEEP(1, right);
  Node* const made = make(left, right, depth);
  POP();
  return made;
}
NOINLINE static u32 weigh(const Node* n) { return n ? n->value + 3 * weigh(n->left) + 5 * weigh(n->right) : 0; }
EXPORT(trees) u32 trees(u32 n) {
  FRAME(1);
  Node* const kept = tree(14);
  KEEP(0, kept);
  u32 sum = 0;
  for (u32 i = 0; i < n; ++i) sum += weigh(tree(10));
  sum += weigh(kept);
  POP();
  return sum;
}

NOINLINE static Node* merge(Node* a, Node* b) {
  FRAME(3);
  Node* head = 0;
  Node* last = 0;
  KEEP(0, a);
  KEEP(1, b);
  while (a || b) {
    Node** const from = !b || (a && a->value <= b->value) ? &a : &b;
    Node* const made = make(0, 0, (*from)->value);
    *from = (*from)->left;
    if (last)
      last->left = made;
    else
      head = made;
    last = made;
    KEEP(2, head);
  }
  POP();
  return head;
}
NOINLINE static Node* sorted(Node* all, u32 n) {
  if (n < 2) return n ? make(0, 0, all->value) : 0;
  FRAME(2);
  KEEP(0, all);
  Node* middle = all;
  for (u32 i = 0; i < n / 2; ++i) middle = middle->left;
  Node* const first = sorted(all, n / 2);
  KEEP(1, first);
  Node* const second = sorted(middle, n - n / 2);
  Node* const whole = merge(first, second);
  POP();
  return whole;
}
EXPORT(sort) u32 sort(u32 n) {
  FRAME(1);
  Node* all = 0;
  u32 x = 12345;
  for (u32 i = 0; i < n; ++i) {
    x = x * 1103515245 + 12345;
    all = make(all, 0, (x >> 16) & 1023);
    KEEP(0, all);
  }
  u32 sum = 0;
  for (Node* at = sorted(all, n); at; at = at->left) sum = sum * 31 + at->value;
  POP();
  return sum;
}

EXPORT(map) u32 map(u32 n) {
  enum { kBuckets = 1024 };
  FRAME(1);
  Node** const table = new_words(kBuckets);
  KEEP(0, table);
  for (u32 i = 0; i < n; ++i) {
    const u32 key = (i * 2654435761u) >> 20;
    Node** const bucket = &table[key % kBuckets];
    Node* at = *bucket;
    while (at && at->value != key) at = at->left;
    if (at)
      at->right = make(0, 0, i);
    else
      *bucket = make(*bucket, 0, key);
  }
  u32 sum = 0;
  for (u32 i = 0; i < kBuckets; ++i)
    for (Node* at = table[i]; at; at = at->left) sum = sum * 31 + at->value + (at->right ? at->right->value : 0);
  POP();
  return sum;
}
