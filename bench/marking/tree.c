/* Marks a tree of a million nodes of four words, of which two are pointers: a full collection that frees nothing. Says
 * the nanoseconds of processor time for a node. The argument is how the node is described: `pointers` (two words of
 * four), `tagged` (these two, where the lowest bit says that a word is an integer), `all` (each word may be a pointer),
 * `conservative`. run.mjs beside this compares it. */
#include <mallocgc/mallocgc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { kDepth = 19, kCollections = 5 };

typedef struct node {
  struct node *left, *right;
  uintptr_t a, b;
} node;

static mgc_heap* heap;
static mgc_mutator* mutator;
static mgc_type type;

static node* build(int depth) {
  void** frame = mgc_frame_push(mutator, 2);
  if (depth > 0) {
    frame[0] = build(depth - 1);
    frame[1] = build(depth - 1);
  }
  node* made = mgc_malloc(mutator, sizeof(node), type, 0);
  made->left = frame[0];
  made->right = frame[1];
  made->a = (uintptr_t)rand() << 1 | 1;
  made->b = 2;
  mgc_frame_pop(mutator, frame);
  return made;
}

static mgc_status define(const char* description) {
  const uint32_t two = 3;
  const uint32_t all = 15;
  mgc_type_info info = {.name = "node", .size = sizeof(node)};
  const mgc_filter low_bit = {.tag_bits = 1, .pointer_tags = 1};
  if (strcmp(description, "tagged") == 0) {
    info.tagged.mask = &two;
    info.filter = &low_bit;
  } else if (strcmp(description, "conservative") == 0) {
    info.size = sizeof(void*);
    info.tail = MGC_TAIL_CONSERVATIVE;
  } else {
    info.pointers.mask = strcmp(description, "all") == 0 ? &all : &two;
  }
  return mgc_type_define(heap, &info, &type);
}

static double processor_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc != 2 || mgc_heap_create(NULL, &heap) != MGC_OK || define(argv[1]) != MGC_OK) return 1;
  mutator = mgc_main_mutator(heap);
  void** frame = mgc_frame_push(mutator, 1);
  frame[0] = build(kDepth);
  mgc_collect(heap);
  const double begin = processor_ns();
  for (int i = 0; i < kCollections; ++i) mgc_collect(heap);
  const double taken = processor_ns() - begin;
  mgc_stats_data stats;
  mgc_stats(heap, &stats);
  printf("%g\n", taken / kCollections / (double)stats.heap_objects);
  mgc_frame_pop(mutator, frame);
  mgc_heap_destroy(heap);
  return 0;
}
