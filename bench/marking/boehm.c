/* The tree of tree.c in Boehm's collector, which finds pointers conservatively. GC_MARKERS=1 gives it one marker. The
 * argument is `inner`, where pointers into objects count as in ours, or `starts`, where they do not. */
#include <gc/gc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { kDepth = 19, kNodes = (2 << kDepth) - 1, kCollections = 5 };

typedef struct node {
  struct node *left, *right;
  uintptr_t a, b;
} node;

static node* root;

static node* build(int depth) {
  node* const left = depth > 0 ? build(depth - 1) : NULL;
  node* const right = depth > 0 ? build(depth - 1) : NULL;
  node* made = GC_MALLOC(sizeof(node));
  made->left = left;
  made->right = right;
  made->a = (uintptr_t)rand() << 1 | 1;
  made->b = 2;
  return made;
}

static int count(const node* n) { return n == NULL ? 0 : 1 + count(n->left) + count(n->right); }

static double processor_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  GC_set_all_interior_pointers(strcmp(argv[1], "inner") == 0);
  GC_INIT();
  root = build(kDepth);
  GC_gcollect();
  const double begin = processor_ns();
  for (int i = 0; i < kCollections; ++i) GC_gcollect();
  const double taken = processor_ns() - begin;
  if (count(root) != kNodes) return 1;
  printf("%g\n", taken / kCollections / kNodes);
  return 0;
}
