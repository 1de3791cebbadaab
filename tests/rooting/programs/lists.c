/* Only locals hold these lists, trees and pairs: they lose objects when locals are no roots. Each test gives a number
 * that does not depend on collections. */
#include "heap.h"

/* The head of this list is a local, in a loop. */
EXPORT(test_list) u32 test_list(u32 n) {
  Node* list = 0;
  for (u32 i = 1; i <= n; ++i) list = make(list, 0, i);
  u32 sum = 0;
  for (Node* at = list; at; at = at->left) sum = sum * 31 + value_of(at);
  return sum;
}

NOINLINE static Node* tree(u32 depth) {
  if (depth == 0) return make(0, 0, 1);
  Node* left = tree(depth - 1);
  Node* right = tree(depth - 1);
  return make(left, right, depth);
}
NOINLINE static u32 weigh(const Node* n) { return n ? value_of(n) + 3 * weigh(n->left) + 5 * weigh(n->right) : 0; }
EXPORT(test_tree) u32 test_tree(u32 n) {
  Node* kept = tree(n);
  u32 sum = 0;
  for (u32 i = 0; i < 3; ++i) sum += weigh(tree(n / 2 + i));
  return sum + weigh(kept);
}

/* f(alloc(), alloc()): the first result waits on the engine's stack. */
NOINLINE static u32 both(Node* a, Node* b) { return value_of(a) * 1000 + value_of(b); }
EXPORT(test_operands) u32 test_operands(u32 n) {
  u32 sum = 0;
  for (u32 i = 0; i < n; ++i) sum = sum * 7 + both(make(0, 0, i), make(0, 0, i + 1));
  return sum;
}

/* Structs of two pointers are copied across calls: two pointers are in one i64. */
typedef struct Pair {
  Node* a;
  Node* b;
} Pair;
NOINLINE static void churn(u32 n) {
  for (u32 i = 0; i < n; ++i) make(0, 0, i);
}
NOINLINE static u32 spend(Pair* from, Pair* to, u32 n) {
  Pair copy = *from;
  from->a = from->b = 0;
  churn(n);
  *to = copy;
  return n;
}
EXPORT(test_pairs) u32 test_pairs(u32 n) {
  Pair from, to;
  u32 sum = 0;
  for (u32 i = 0; i < n; ++i) {
    from.a = make(0, 0, i);
    from.b = make(0, 0, i * 2);
    spend(&from, &to, 3);
    sum = sum * 5 + value_of(to.a) + value_of(to.b);
  }
  return sum;
}

/* Pointers are in an array of which the address is taken. */
NOINLINE static void fill(Node** places, u32 n) {
  for (u32 i = 0; i < n; ++i) places[i] = make(i ? places[i - 1] : 0, 0, i);
}
EXPORT(test_array) u32 test_array(u32 n) {
  Node* places[16];
  u32 sum = 0;
  for (u32 round = 0; round < n; ++round) {
    fill(places, 16);
    for (u32 i = 0; i < 16; ++i) sum = sum * 3 + value_of(places[i]);
  }
  return sum;
}

/* This is a merge sort of a list, which makes new nodes. */
NOINLINE static Node* merge(Node* a, Node* b) {
  if (!a) return b;
  if (!b) return a;
  if (value_of(a) <= value_of(b)) return make(merge(a->left, b), 0, value_of(a));
  return make(merge(a, b->left), 0, value_of(b));
}
NOINLINE static Node* sort(Node* list, u32 n) {
  if (n < 2) return n ? make(0, 0, value_of(list)) : 0;
  Node* middle = list;
  for (u32 i = 0; i < n / 2; ++i) middle = middle->left; /* at most n steps */
  Node* first = sort(list, n / 2);
  return merge(first, sort(middle, n - n / 2));
}
EXPORT(test_sort) u32 test_sort(u32 n) {
  Node* list = 0;
  u32 x = 12345;
  for (u32 i = 0; i < n; ++i) {
    x = x * 1103515245 + 12345;
    list = make(list, 0, (x >> 16) & 1023);
  }
  u32 sum = 0;
  for (Node* at = sort(list, n); at; at = at->left) sum = sum * 31 + value_of(at);
  return sum;
}

/* This is a hash map with chains, in an object of words. */
EXPORT(test_map) u32 test_map(u32 n) {
  Node** table = new_words(64);
  for (u32 i = 0; i < n; ++i) {
    u32 key = (i * 2654435761u) >> 24;
    Node** bucket = &table[key & 63];
    Node* at = *bucket;
    while (at && value_of(at) != key) at = at->left;
    if (at) {
      at->right = make(at->right, 0, i);
    } else {
      Node* fresh = make(*bucket, 0, key);
      *bucket = fresh;
    }
  }
  u32 sum = 0;
  for (u32 i = 0; i < 64; ++i)
    for (Node* at = table[i]; at; at = at->left) {
      sum = sum * 31 + value_of(at);
      for (Node* each = at->right; each; each = each->left) sum += value_of(each);
    }
  return sum;
}

/* An inner pointer is all that is left of an object. */
EXPORT(test_inner) u32 test_inner(u32 n) {
  u32 sum = 0;
  for (u32 i = 0; i < n; ++i) {
    Node* a = make(0, 0, i);
    u32* inner = &a->value;
    __asm__("" : "+r"(inner));
    churn(2);
    sum = sum * 3 + *inner;
  }
  return sum;
}

/* A switch is between, and chooses a pointer. */
EXPORT(test_switch) u32 test_switch(u32 n) {
  Node *a = make(0, 0, 1), *b = make(0, 0, 2), *c = make(0, 0, 3);
  u32 sum = 0;
  for (u32 i = 0; i < n; ++i) {
    Node* chosen;
    switch (i % 5) {
      case 0:
        chosen = a;
        a = make(b, 0, i);
        break;
      case 1:
        chosen = b;
        b = make(0, c, i);
        break;
      case 2:
        chosen = c;
        break;
      case 3:
        chosen = make(make(0, 0, i), make(0, 0, i + 1), i + 2);
        break;
      default:
        churn(1);
        chosen = a;
        c = make(0, 0, i * i);
        break;
    }
    churn(1);
    sum = sum * 7 + value_of(chosen) + (chosen->left ? value_of(chosen->left) : 0);
  }
  return sum;
}
