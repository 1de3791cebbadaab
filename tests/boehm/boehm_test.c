/* Boehm's interface is used from C11. What locals, static data and objects hold lives, and what they do not hold dies.
 * There are finalizers of both orders, links, uncollectable and typed objects, roots, and counters. The program ends
 * with "N passed, N failed". */
#include "cells.h"

#include <gc/gc_typed.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- What lives ---- */

static cell* in_bss;
static struct {
  int tag;
  cell* list;
} in_data = {7, NULL};

static void locals_and_static_data_are_roots(void) {
  cell* local = list_of(1000);
  in_bss = list_of(1000);
  in_data.list = list_of(1000);
  for (int i = 0; i < 20; ++i) {
    list_of(50000);
    CHECK(length_of(local) == 1000 && length_of(in_bss) == 1000 && length_of(in_data.list) == 1000);
  }
  GC_gcollect();
  CHECK(length_of(local) == 1000 && length_of(in_bss) == 1000 && length_of(in_data.list) == 1000);
  CHECK(GC_get_gc_no() > 2);
  in_bss = in_data.list = NULL;
}

static void inner_pointers_keep(void) {
  char* end = (char*)GC_MALLOC(100) + 100;
  char* middle = (char*)GC_MALLOC(40) + 17;
  memset(end - 100, 5, 100);
  memset(middle - 17, 6, 40);
  GC_gcollect();
  list_of(10000);
  CHECK(GC_base(end) == end - 100 && end[-1] == 5);
  CHECK(GC_base(middle) == middle - 17 && middle[0] == 6);
  CHECK(GC_base(&end) == NULL && !GC_is_heap_ptr(&end) && GC_is_heap_ptr(middle));
  CHECK(GC_size(GC_base(end)) >= 100);
}

static void atomic_objects_keep_nothing(void) {
  enum { kCount = 1000 };
  void** const hidden = GC_MALLOC_ATOMIC(kCount * sizeof(void*));
  size_t before, after;
  GC_gcollect();
  before = GC_get_memory_use();
  for (int i = 0; i < kCount; ++i) hidden[i] = GC_MALLOC(2000);
  clear_stack();
  GC_gcollect();
  after = GC_get_memory_use();
  CHECK(after < before + kCount * 2000 / 10);
  GC_reachable_here(hidden);
}

static void memory_is_zeroed_and_aligned(void) {
  int clean = 1;
  for (size_t size = 0; size < 3000; size += 7) {
    char* const object = GC_MALLOC(size);
    clean = clean && (uintptr_t)object % (2 * sizeof(void*)) == 0 && GC_size(object) >= size;
    for (size_t i = 0; i < size; ++i) clean = clean && object[i] == 0;
    memset(object, 0xff, size);
  }
  CHECK(clean);
  CHECK((uintptr_t)GC_memalign(1024, 100) % 1024 == 0);
  CHECK(GC_memalign(3, 100) == NULL && GC_memalign(16384, 1) == NULL);
  void* made = NULL;
  CHECK(GC_posix_memalign(&made, 64, 10) == 0 && (uintptr_t)made % 64 == 0);
  CHECK(GC_posix_memalign(&made, 3, 10) != 0);
}

static void realloc_keeps_the_kind(void) {
  cell** array = GC_MALLOC(4 * sizeof(cell*));
  for (int i = 0; i < 4; ++i) array[i] = list_of(10);
  for (int size = 8; size <= 4096; size *= 2) {
    array = GC_REALLOC(array, (size_t)size * sizeof(cell*));
    for (int i = size / 2; i < size; ++i) {
      CHECK(array[i] == NULL || size == 8);
      array[i] = list_of(2);
    }
  }
  GC_gcollect();
  int intact = 1;
  for (int i = 0; i < 4096; ++i) intact = intact && length_of(array[i]) == (i < 4 ? 10 : 2);
  CHECK(intact);
  array = GC_REALLOC(array, 3000 * sizeof(cell*)); /* shrunk in place, and grown again */
  array = GC_REALLOC(array, 4090 * sizeof(cell*));
  for (int i = 3000; i < 4090; ++i) intact = intact && array[i] == NULL;
  CHECK(intact && length_of(array[2999]) == 2);
  char* text = GC_STRDUP("a text");
  text = GC_REALLOC(text, 4000);
  CHECK(strcmp(text, "a text") == 0);
  CHECK(strcmp(GC_STRNDUP("abcdef", 3), "abc") == 0);
  CHECK(GC_REALLOC(NULL, 10) != NULL && GC_REALLOC(text, 0) == NULL);
}

/* ---- Uncollectable, freed ---- */

static NOINLINE uintptr_t hide_uncollectable(void) {
  cell* const kept = GC_MALLOC_UNCOLLECTABLE(sizeof(cell));
  kept->next = list_of(100);
  kept->value = 42;
  return GC_HIDE_POINTER(kept);
}
static void uncollectable_objects_live_until_they_are_freed(void) {
  const uintptr_t hidden = hide_uncollectable();
  clear_stack();
  for (int i = 0; i < 5; ++i) list_of(100000);
  GC_gcollect();
  cell* const kept = GC_REVEAL_POINTER(hidden);
  CHECK(GC_base(kept) == kept && kept->value == 42 && length_of(kept->next) == 100);
  GC_FREE(kept);
  GC_FREE(NULL);
  size_t before = GC_get_memory_use();
  for (int i = 0; i < 100; ++i) GC_FREE(GC_malloc_atomic_uncollectable(100000));
  GC_gcollect();
  CHECK(GC_get_memory_use() < before + 50 * 100000);
}

/* ---- Types, roots, settings ---- */

static void typed_objects(void) {
  enum { kCount = 500 };
  GC_word map[GC_BITMAP_SIZE(cell)] = {0};
  GC_set_bit(map, GC_WORD_OFFSET(cell, next));
  const GC_descr descr = GC_make_descriptor(map, GC_WORD_LEN(cell));
  CHECK(descr != 0);
  cell* list = NULL;
  GC_gcollect();
  for (int i = 0; i < kCount; ++i) {
    cell* const made = GC_MALLOC_EXPLICITLY_TYPED(sizeof(cell), descr);
    CHECK(made->next == NULL && made->value == 0);
    made->next = list;
    made->other = GC_MALLOC(20000); /* is not looked at */
    list = made;
  }
  clear_stack();
  GC_gcollect();
  CHECK(length_of(list) == kCount);
  int kept = 0;
  for (cell* at = list; at != NULL; at = at->next) kept += GC_base(at->other) == at->other;
  CHECK(kept < kCount / 10);
  cell* const array = GC_CALLOC_EXPLICITLY_TYPED(kCount, sizeof(cell), descr);
  for (int i = 0; i < kCount; ++i) {
    array[i].next = list_of(3);
    array[i].other = GC_MALLOC(20000);
  }
  clear_stack();
  GC_gcollect();
  kept = 0;
  int intact = 1;
  for (int i = 0; i < kCount; ++i) {
    intact = intact && length_of(array[i].next) == 3;
    kept += GC_base(array[i].other) == array[i].other;
  }
  CHECK(intact && kept < kCount / 10);
  cell* const grown = GC_REALLOC(list, 100 * sizeof(cell));
  GC_gcollect();
  CHECK(length_of(grown) == kCount);
  CHECK(GC_calloc_explicitly_typed(SIZE_MAX / 4, 8, descr) == NULL);
}

static void ranges_are_roots(void) {
  void** const memory = malloc(300 * sizeof(void*));
  memset(memory, 0, 300 * sizeof(void*));
  GC_add_roots(memory + 100, memory + 200);
  GC_add_roots(memory, memory + 300); /* around it */
  GC_add_roots(memory + 150, memory + 250);
  for (int i = 0; i < 300; ++i) memory[i] = list_of(5);
  clear_stack();
  GC_gcollect();
  list_of(100000);
  int intact = 1;
  for (int i = 0; i < 300; ++i) intact = intact && length_of(memory[i]) == 5;
  CHECK(intact);
  GC_remove_roots(memory, memory + 300);
  clear_stack();
  GC_gcollect();
  int kept = 0;
  for (int i = 0; i < 300; ++i) kept += GC_base(memory[i]) != NULL;
  CHECK(kept < 30);
  free(memory);
}

static void* call_me(void* data) { return data; }
static void* out_of_memory(size_t bytes) { return bytes > 1000000 ? &in_bss : NULL; }
static void count_object(void* object, size_t bytes, void* data) {
  *(size_t*)data += GC_base(object) == object && GC_size(object) == bytes;
}
static void settings(void) {
  CHECK(GC_is_init_called() && GC_get_version() >> 16 == 8);
  GC_disable();
  const GC_word before = GC_get_gc_no();
  list_of(500000);
  GC_gcollect();
  CHECK(GC_is_disabled() && GC_get_gc_no() == before);
  GC_enable();
  CHECK(!GC_is_disabled());
  GC_gcollect();
  CHECK(GC_get_gc_no() == before + 1);
  GC_set_oom_fn(out_of_memory);
  CHECK(GC_MALLOC(SIZE_MAX / 2) == (void*)&in_bss && GC_get_oom_fn() == out_of_memory);
  GC_set_oom_fn(NULL);
  CHECK(GC_MALLOC(SIZE_MAX / 2) == NULL);
  GC_set_free_space_divisor(4);
  CHECK(GC_get_free_space_divisor() == 4);
  GC_set_full_freq(11);
  CHECK(GC_get_full_freq() == 11 && GC_full_freq == 11);
  CHECK(GC_get_heap_size() > 0 && GC_get_total_bytes() > GC_get_memory_use());
  struct GC_prof_stats_s stats;
  CHECK(GC_get_prof_stats(&stats, sizeof stats) == sizeof stats && stats.gc_no == GC_get_gc_no());
  CHECK(GC_call_with_alloc_lock(call_me, &stats) == &stats);
  cell* const list = list_of(1000);
  size_t objects = 0;
  GC_enumerate_reachable_objects_inner(count_object, &objects);
  CHECK(objects >= 1000 && length_of(list) == 1000);
  char* p = (char*)list;
  CHECK(GC_PRE_INCR(p, 2) == (char*)list + 2 && GC_POST_INCR(p) == (char*)list + 2 && p == (char*)list + 3);
}

int main(void) {
  GC_set_all_interior_pointers(1);
  GC_INIT();
  locals_and_static_data_are_roots();
  inner_pointers_keep();
  atomic_objects_keep_nothing();
  memory_is_zeroed_and_aligned();
  realloc_keeps_the_kind();
  uncollectable_objects_live_until_they_are_freed();
  typed_objects();
  ranges_are_roots();
  settings();
  return closing_line();
}
