/* A client may build on these sentences of the headers, word by word: the alignment of small blocks (M4, M8), ranges
 * of the null type, frames of no slots. */
#include <stdlib.h>

#include "world.h"

/* Returns the largest power of two, up to 16, that divides every address. */
static unsigned least_alignment(world* w, size_t size, uint32_t flags, size_t align) {
  uintptr_t all = 16;
  int i;
  for (i = 0; i < 3000; ++i) {
    (void)mgc_malloc(w->mutator, 1 + (size_t)rand() % 7, NULL, MGC_NOSCAN); /* shifts the cursor of the shared block */
    all |= (uintptr_t)mgc_malloc_aligned(w->mutator, size, NULL, MGC_NOSCAN | flags, align);
  }
  return (unsigned)(all & (~all + 1));
}

/* "Only to the largest power of two that divides its size, 12 bytes to 8; ask for an alignment, or MGC_OWN_BLOCK, for
 * more." */
static void small_blocks_are_aligned_as_promised(world* w) {
  size_t size;
  for (size = 1; size < 16; ++size) {
    const unsigned promised = size == 12 ? 8 : (unsigned)(size & (~size + 1));
    CHECK(least_alignment(w, size, 0, 0) >= promised);
    CHECK(least_alignment(w, size, MGC_OWN_BLOCK, 0) >= 8);
    CHECK(least_alignment(w, size, 0, 8) >= 8);
    CHECK(least_alignment(w, size, 0, 16) >= 16);
    CHECK(least_alignment(w, size, 3u << MGC_ALIGN_SHIFT, 0) >= 8);
  }
  for (size = 16; size < 300; ++size) CHECK(least_alignment(w, size, 0, 0) >= (size % 16 == 0 ? 16 : 8));
}

/* "A null type means that every word may be a pointer, and is one if it lies in an allocated object: what was freed is
 * not found there." */
static void words_of_a_range_of_no_type_may_be_pointers(world* w) {
  static uintptr_t range[4];
  node* kept = new_node(w, 1);
  node* lost = new_node(w, 2);
  CHECK(mgc_add_roots(w->heap, range, sizeof range, NULL) == MGC_OK);
  range[0] = 12345;                   /* no address */
  range[1] = (uintptr_t)&kept->value; /* an inner one */
  range[2] = ~(uintptr_t)0;
  CHECK(mgc_collect(w->heap) == MGC_OK);
  CHECK(kept->value == 1 && mgc_find_object(w->heap, kept, NULL) && !mgc_find_object(w->heap, lost, NULL));
  range[3] = (uintptr_t)lost;
  if (mgc_flavour_debug()) CHECK(mgc_set_debug(w->heap, MGC_DEBUG_VERIFY | MGC_DEBUG_CHECKMARK, 0) == MGC_OK);
  CHECK(mgc_collect(w->heap) == MGC_OK);
  CHECK(!mgc_find_object(w->heap, lost, NULL));
  CHECK(mgc_remove_roots(w->heap, range) == MGC_OK);
  CHECK(mgc_collect(w->heap) == MGC_OK && !mgc_find_object(w->heap, kept, NULL));
}

/* "It takes n + 1 words. A frame of no slots is one of one slot." */
static void a_frame_of_no_slots_has_one(world* w) {
  void** const before = mgc_frame_save(w->mutator);
  void** const slots = mgc_frame_push(w->mutator, 0);
  void** inner;
  CHECK(slots == before + 1 && slots[0] == NULL);
  CHECK(mgc_frame_save(w->mutator) == before + 2);
  slots[0] = new_node(w, 3);
  CHECK(mgc_collect(w->heap) == MGC_OK && mgc_find_object(w->heap, slots[0], NULL));
  inner = mgc_frame_push(w->mutator, 3);
  CHECK(mgc_frame_save(w->mutator) == inner + 3);
  CHECK(mgc_frame_pop(w->mutator, slots) == MGC_SHADOW_STACK);
  CHECK(mgc_frame_pop(w->mutator, inner) == MGC_OK && mgc_frame_pop(w->mutator, slots) == MGC_OK);
  CHECK(mgc_frame_save(w->mutator) == before);
}

int main(void) {
  static void (*const chapters[])(world*) = {small_blocks_are_aligned_as_promised,
                                             words_of_a_range_of_no_type_may_be_pointers, a_frame_of_no_slots_has_one};
  return run_chapters(chapters, sizeof chapters / sizeof chapters[0]);
}
