/* The C programs of this folder share this: a heap with a type of two pointers. */
#ifndef MALLOCGC_TESTS_C_WORLD_H
#define MALLOCGC_TESTS_C_WORLD_H

#include <mallocgc/mallocgc.h>
#include <string.h>

#include "checks.h"

typedef struct node {
  struct node* next;
  struct node* other;
  int value;
} node;

typedef struct world {
  mgc_heap* heap;
  mgc_mutator* mutator;
  mgc_type node_type;
} world;

/* Defines the type of nodes in a heap that is made. */
static inline mgc_status define_node(world* w) {
  static const uint32_t words[] = {3}; /* next and other */
  static const mgc_field fields[] = {{"next", offsetof(node, next), MGC_FIELD_REF, 1, 1},
                                     {"other", offsetof(node, other), MGC_FIELD_REF, 1, 1},
                                     {"value", offsetof(node, value), MGC_FIELD_I32, 0, 1}};
  mgc_type_info info;
  memset(&info, 0, sizeof info);
  info.name = "node";
  info.size = sizeof(node);
  info.pointers.mask = words;
  info.fields = fields;
  info.field_count = 3;
  return mgc_type_define(w->heap, &info, &w->node_type);
}

/* Returns 0 on failure. */
static inline int make_world(world* w) {
  mgc_options options;
  memset(&options, 0, sizeof options);
  options.max_bytes = (uint64_t)64 << 20;
  options.min_heap_bytes = (uint64_t)64 << 10; /* many collections */
  if (mgc_heap_create(&options, &w->heap) != MGC_OK) return 0;
  w->mutator = mgc_main_mutator(w->heap);
  return define_node(w) == MGC_OK;
}

static inline void end_world(world* w) {
  if (mgc_flavour_debug()) CHECK(mgc_verify(w->heap) == MGC_OK);
  mgc_heap_destroy(w->heap);
}

/* An argument error must leave these counters alone. `lookups` would count the question itself. */
static inline mgc_stats_data counters(mgc_heap* heap) {
  mgc_stats_data stats;
  mgc_stats(heap, &stats);
  stats.lookups = 0;
  return stats;
}

static inline int failed_with(mgc_heap* heap, mgc_status status, const char* text) {
  if (mgc_last_status(heap) == status && strncmp(mgc_last_error(heap), text, strlen(text)) == 0) return 1;
  printf("status %d, \"%s\" instead of %d, \"%s\"\n", (int)mgc_last_status(heap), mgc_last_error(heap), (int)status,
         text);
  return 0;
}

static inline node* new_node(world* w, int value) {
  node* n = mgc_new(w->mutator, w->node_type);
  if (n != NULL) n->value = value;
  return n;
}

/* Runs the chapters, each with a heap of its own. Returns the exit code of the program. */
static inline int run_chapters(void (*const* chapters)(world*), size_t count) {
  size_t i;
  for (i = 0; i < count; ++i) {
    world w;
    const int made = make_world(&w);
    CHECK(made);
    if (!made) continue;
    chapters[i](&w);
    end_world(&w);
  }
  return closing_line();
}

#endif
