/* A language runtime in C uses <mallocgc/inline.h> like this: frames and objects come without calls, of fixed and of
 * any size, in every mode, with collections at every few allocations, mixed with the calls of mallocgc.h. */
#include <mallocgc/inline.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"

/* One type is fixed, and one has a head and a tail of pointers, as the vectors of Lisps have. */
typedef struct cell {
  struct cell* next;
  struct vector* items;
  size_t number;
} cell;
typedef struct vector {
  size_t count;
  cell* item[];
} vector;

enum { kLargestInline = 512 };
typedef struct world {
  mgc_heap* heap;
  mgc_mutator* mutator;
  mgc_type cell_type;
  mgc_type vector_type;
  mgc_site cells;
  mgc_sized_sites vectors;
  mgc_sized_site vector_entries[MGC_SIZED_SITES(kLargestInline)];
  mgc_sized_sites bytes;
  mgc_sized_site bytes_entries[MGC_SIZED_SITES(kLargestInline)];
} world;

static void make_world(world* w, uint32_t mode, uint32_t stress_every) {
  static const uint32_t cell_words[] = {3};
  static const uint32_t head_words[] = {0};
  static const uint32_t tail_words[] = {1};
  mgc_options options;
  mgc_type_info info;
  memset(&options, 0, sizeof options);
  options.max_bytes = (uint64_t)64 << 20;
  options.min_heap_bytes = (uint64_t)64 << 10;
  options.mode = mode;
  options.stress_every = stress_every;
  if (mgc_flavour_debug() != 0) options.debug_flags = MGC_DEBUG_POISON | MGC_DEBUG_VERIFY | MGC_DEBUG_CHECKMARK;
  CHECK(mgc_heap_create(&options, &w->heap) == MGC_OK);
  w->mutator = mgc_main_mutator(w->heap);
  memset(&info, 0, sizeof info);
  info.name = "cell";
  info.size = sizeof(cell);
  info.pointers.mask = cell_words;
  CHECK(mgc_type_define(w->heap, &info, &w->cell_type) == MGC_OK);
  memset(&info, 0, sizeof info);
  info.name = "vector";
  info.size = sizeof(vector);
  info.pointers.mask = head_words;
  info.tail = MGC_TAIL_ELEMENTS;
  info.tail_size = sizeof(cell*);
  info.tail_pointers.mask = tail_words;
  CHECK(mgc_type_define(w->heap, &info, &w->vector_type) == MGC_OK);
  CHECK(mgc_site_of(w->mutator, w->cell_type, &w->cells) == MGC_OK);
  mgc_sized_sites_init(&w->vectors, w->vector_type, w->vector_entries, MGC_SIZED_SITES(kLargestInline));
  mgc_sized_sites_init(&w->bytes, NULL, w->bytes_entries, MGC_SIZED_SITES(kLargestInline));
}

static void end_world(world* w) {
  if (mgc_flavour_debug() != 0) CHECK(mgc_verify(w->heap) == MGC_OK);
  mgc_heap_destroy(w->heap);
}

static uint32_t random_state = 7;
static uint32_t below(uint32_t n) {
  random_state = random_state * 1664525u + 1013904223u;
  return (random_state >> 8) % n;
}

/* Returns a vector of `count` new cells, each with its number. */
static vector* make_vector(world* w, size_t count, size_t number) {
  void** const frame = mgc_frame_push_inline(w->mutator, 2);
  vector* made = mgc_malloc_inline(w->mutator, &w->vectors, sizeof(vector) + count * sizeof(cell*));
  size_t i;
  int is_clear = 1;
  CHECK(frame != NULL && made != NULL);
  frame[0] = made;
  made->count = count;
  for (i = 0; i < count; ++i) is_clear = is_clear && made->item[i] == NULL;
  CHECK(is_clear);
  for (i = 0; i < count; ++i) {
    cell* const c = mgc_new_inline(w->mutator, &w->cells);
    CHECK(c != NULL && c->next == NULL && c->items == NULL && c->number == 0);
    c->number = number + i;
    mgc_store(&made->item[i], c);
    if (i % 3 == 0) {
      unsigned char* const block = mgc_malloc_inline(w->mutator, &w->bytes, 1 + below(700));
      CHECK(block != NULL);
      *block = 0xee; /* garbage, in spans that are used again */
    }
  }
  CHECK(mgc_frame_pop_inline(w->mutator, frame) == MGC_OK);
  return made;
}

static int is_intact(const vector* v, size_t number) {
  size_t i;
  for (i = 0; i < v->count; ++i) {
    if (v->item[i] == NULL || v->item[i]->number != number + i) return 0;
  }
  return 1;
}

static void vectors_of_all_sizes_live_and_die(uint32_t mode, uint32_t stress_every) {
  enum { kVectors = 40 };
  world w;
  void** frame;
  size_t number[kVectors] = {0};
  int i;
  mgc_stats_data stats;
  make_world(&w, mode, stress_every);
  frame = mgc_frame_push_inline(w.mutator, kVectors);
  for (i = 0; i < (stress_every != 0 ? 60 : 1500); ++i) {
    const size_t k = below(kVectors);
    number[k] = (size_t)i * 1000;
    frame[k] = make_vector(&w, i % 50 == 0 ? 1 + below(2000) : 1 + below(80), number[k]);
    if (i % 30 == 0) {
      size_t j;
      for (j = 0; j < kVectors; ++j) CHECK(frame[j] == NULL || is_intact(frame[j], number[j]));
    }
  }
  CHECK(mgc_collect(w.heap) == MGC_OK);
  for (i = 0; i < kVectors; ++i) CHECK(frame[i] == NULL || is_intact(frame[i], number[i]));
  CHECK(mgc_frame_pop_inline(w.mutator, frame) == MGC_OK);
  CHECK(mgc_collect(w.heap) == MGC_OK);
  mgc_stats(w.heap, &stats);
  CHECK(stats.heap_objects == 0 && stats.num_gc + stats.minor_gcs > 2);
  end_world(&w);
}

/* With the address sanitizer the library poisons what is not handed out yet, so no window has room for a second object.
 */
#if defined(__SANITIZE_ADDRESS__)
enum { kWindowsAreOfOneSlot = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { kWindowsAreOfOneSlot = 1 };
#else
enum { kWindowsAreOfOneSlot = 0 };
#endif
#else
enum { kWindowsAreOfOneSlot = 0 };
#endif

/* A bumped object is what mgc_malloc would have given: it has the type, the size, and the next place of the window. */
static void objects_are_those_of_the_calls(void) {
  world w;
  void** frame;
  size_t size;
  make_world(&w, MGC_MODE_STOP, 0);
  frame = mgc_frame_push(w.mutator, 1);
  for (size = sizeof(vector); size <= kLargestInline + 64; size += sizeof(cell*)) {
    int i;
    int bumped = 0;
    for (i = 0; i < 3000; ++i) {
      const size_t index = (size + 7) / 8;
      const uintptr_t next = index < w.vectors.count ? w.vector_entries[index].slot->cursor : 0;
      const size_t room = index < w.vectors.count ? w.vector_entries[index].slot->limit - next : 0;
      mgc_found found;
      frame[0] = mgc_malloc_inline(w.mutator, &w.vectors, size);
      if (room >= mgc_roundup(size)) {
        ++bumped;
        if ((uintptr_t)frame[0] != next) CHECK(0);
      }
      if (i % 500 != 0) continue;
      CHECK(mgc_find_object(w.heap, frame[0], &found) && found.type == w.vector_type && found.base == frame[0]);
      CHECK(found.size == mgc_roundup(size));
      CHECK(((uintptr_t)frame[0] & (size % 16 == 0 ? 15 : 7)) == 0);
    }
    CHECK(size > kLargestInline || kWindowsAreOfOneSlot ? bumped == 0 : bumped > 1500);
  }
  CHECK(mgc_malloc_inline(w.mutator, &w.vectors, 0) == mgc_malloc(w.mutator, 0, w.vector_type, 0));
  CHECK(mgc_malloc_inline(w.mutator, &w.vectors, SIZE_MAX) == NULL);
  CHECK(mgc_last_status(w.heap) == MGC_BAD_SIZE);
  CHECK(mgc_malloc_inline(w.mutator, &w.vectors, SIZE_MAX - 7) == NULL);
  CHECK(mgc_malloc_inline(w.mutator, &w.vectors, 100000) != NULL);
  CHECK(mgc_site_of(w.mutator, NULL, &w.cells) == MGC_BAD_TYPE);
  CHECK(mgc_sized_slot_of(w.mutator, NULL, 64) == NULL && mgc_last_status(w.heap) == MGC_BAD_TYPE);
  CHECK(mgc_sized_slot_of(w.mutator, w.cell_type, 0) == mgc_alloc_slot_of(w.mutator, w.cell_type));
  CHECK(mgc_sized_slot_of(w.mutator, w.cell_type, 100000)->limit == 0);
  CHECK(mgc_frame_pop(w.mutator, frame) == MGC_OK);
  end_world(&w);
}

static void frames_mix_with_calls(void) {
  world w;
  void** outer;
  void** inner;
  void** saved;
  mgc_mutator* other;
  int depth = 0;
  make_world(&w, MGC_MODE_STOP, 0);
  outer = mgc_frame_push_inline(w.mutator, 3);
  CHECK(outer != NULL && outer[0] == NULL && outer[1] == NULL && outer[2] == NULL);
  outer[1] = mgc_new(w.mutator, w.cell_type);
  inner = mgc_frame_push(w.mutator, 2);
  CHECK(inner == outer + 4);
  inner[1] = mgc_new(w.mutator, w.cell_type);
  CHECK(mgc_collect(w.heap) == MGC_OK);
  CHECK(mgc_find_object(w.heap, outer[1], NULL) && mgc_find_object(w.heap, inner[1], NULL));
  if (mgc_flavour_debug() != 0) CHECK(mgc_frame_pop_inline(w.mutator, outer) == MGC_SHADOW_STACK);
  CHECK(mgc_frame_pop_inline(w.mutator, inner) == MGC_OK);
  saved = mgc_frame_save(w.mutator);
  CHECK(mgc_frame_push_inline(w.mutator, 0) != NULL); /* a frame of one slot */
  CHECK(mgc_frame_push_inline(w.mutator, 5) != NULL);
  CHECK(mgc_frame_restore(w.mutator, saved) == MGC_OK);
  CHECK(mgc_frame_pop(w.mutator, outer) == MGC_OK);
  other = mgc_mutator_attach_sized(w.heap, 100);
  while (mgc_frame_push_inline(other, 9) != NULL) ++depth;
  CHECK(depth == 10 && mgc_mutator_last_status(other) == MGC_SHADOW_STACK);
  CHECK(mgc_frame_push_inline(other, SIZE_MAX) == NULL);
  CHECK(mgc_collect(w.heap) == MGC_OK);
  CHECK(mgc_mutator_detach(other) == MGC_OK);
  end_world(&w);
}

int main(void) {
  static const uint32_t modes[] = {MGC_MODE_AUTO, MGC_MODE_STOP, MGC_MODE_INCREMENTAL, MGC_MODE_GENERATIONAL};
  NEEDS("collections at every n-th allocation");
  size_t i;
  for (i = 0; i < sizeof modes / sizeof modes[0]; ++i) {
    vectors_of_all_sizes_live_and_die(modes[i], 0);
    vectors_of_all_sizes_live_and_die(modes[i], 13);
  }
  objects_are_those_of_the_calls();
  frames_mix_with_calls();
  return closing_line();
}
