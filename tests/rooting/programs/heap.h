/* The programs of these tests import this of heap.wasm, and allocate like this: by a call, or inlined from a slot. */
#ifndef HEAP_H
#define HEAP_H

typedef unsigned u32;
typedef unsigned long long u64;

#define IMPORT(name) __attribute__((import_module("heap"), import_name(#name))) extern
#define EXPORT(name) __attribute__((export_name(#name), used))
#define NOINLINE __attribute__((noinline))

IMPORT(mgc_new) void* mgc_new(u32 type);
IMPORT(mgc_malloc) void* mgc_malloc(u32 bytes, u32 type, u32 flags);
IMPORT(mgc_alloc_slot) u32* mgc_alloc_slot(u32 type);
IMPORT(mgc_collect) int mgc_collect(void);

/* The test has defined these types: two pointers and a number; `words` words that may all be pointers. */
extern u32 node_type, words_type;
u32 node_type, words_type;
static u32* node_slot;
static u32 fuel; /* for a list that became a circle: a program that goes on for ever traps */

typedef struct Node {
  struct Node* left;
  struct Node* right;
  u32 value;
  u32 check;
} Node;

EXPORT(setup) void setup(u32 node, u32 words, int by_slot) {
  fuel = 4000000;
  node_type = node;
  words_type = words;
  node_slot = by_slot ? mgc_alloc_slot(node) : 0;
}

static inline Node* new_node(void) {
  if (node_slot) {
    u32 p = node_slot[0];
    if (p + sizeof(Node) <= node_slot[1]) {
      node_slot[0] = p + sizeof(Node);
      return (Node*)p;
    }
  }
  return mgc_new(node_type);
}

static inline Node* make(Node* left, Node* right, u32 value) {
  Node* n = new_node();
  n->left = left;
  n->right = right;
  n->value = value;
  n->check = ~value;
  return n;
}

static inline void* new_words(u32 count) { return mgc_malloc(4 * count, words_type, 0); }

/* A value that came from a freed or overwritten object traps. */
static inline u32 value_of(const Node* n) {
  if (n->check != ~n->value || fuel-- == 0) __builtin_trap();
  return n->value;
}

#endif
