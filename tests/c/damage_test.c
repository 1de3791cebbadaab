/* The debug flavour reports what a client does wrong, through the C face. A handler hears of a pointer to a freed
 * object, with the place that holds it. A freed object is no root. */
#include "world.h"

typedef struct heard {
  int times;
  const void* target;
  void* base;
  size_t offset;
  uint32_t kind;
  char field[16];
} heard;

static void hear(const mgc_damage* damage, void* context) {
  heard* const h = context;
  ++h->times;
  h->target = damage->target;
  if (damage->holder != NULL) {
    h->base = damage->holder->base;
    h->offset = damage->holder->offset;
    h->kind = damage->holder->kind;
  }
  h->field[0] = '\0';
  if (damage->field != NULL) strncat(h->field, damage->field, sizeof h->field - 1);
}

static void watch(world* w, heard* h) {
  memset(h, 0, sizeof *h);
  mgc_set_damage_handler(w->heap, hear, h);
  if (mgc_flavour_debug()) CHECK(mgc_set_debug(w->heap, MGC_DEBUG_VERIFY | MGC_DEBUG_CHECKMARK, 0) == MGC_OK);
}

static uint64_t collections(world* w) { return counters(w->heap).num_gc + counters(w->heap).minor_gcs; }

/* Allocates until the heap has collected by itself, in a minor collection or a full one. */
static void until_collected(world* w) {
  const uint64_t before = collections(w);
  while (collections(w) == before) CHECK(mgc_malloc(w->mutator, 1000, NULL, MGC_NOSCAN) != NULL);
}

static void a_collection_that_began_by_itself_tells_the_handler(world* w) {
  void** frame = mgc_frame_push(w->mutator, 1);
  node* lost;
  heard h;
  watch(w, &h);
  frame[0] = new_node(w, 1);
  lost = new_node(w, 2);
  CHECK(mgc_collect(w->heap) == MGC_OK);
  mgc_store(&((node*)frame[0])->other, lost);
  until_collected(w);
  if (mgc_flavour_debug()) {
    CHECK(h.times == 1 && h.target == lost && h.base == frame[0] && h.offset == offsetof(node, other));
    CHECK(h.kind == MGC_LINK_OBJECT && strcmp(h.field, "other") == 0);
    CHECK(mgc_collect(w->heap) == MGC_CORRUPT && h.times == 2);
    CHECK(failed_with(w->heap, MGC_CORRUPT, "found pointer to free object 0x"));
  } else {
    CHECK(h.times == 0);
  }
  ((node*)frame[0])->other = NULL;
  CHECK(mgc_collect(w->heap) == MGC_OK);
  mgc_set_damage_handler(w->heap, NULL, NULL);
  until_collected(w);
  CHECK(mgc_frame_pop(w->mutator, frame) == MGC_OK);
}

static void what_was_freed_is_no_root(world* w) {
  void** frame = mgc_frame_push(w->mutator, 2);
  node range = {NULL, NULL, 0};
  node* lost;
  heard h;
  watch(w, &h);
  frame[0] = new_node(w, 1);
  lost = new_node(w, 2);
  CHECK(mgc_free(w->heap, lost) == MGC_OK);
  CHECK(mgc_free(w->heap, lost) == MGC_BAD_POINTER);
  CHECK(mgc_weak_new(w->heap, lost) == 0 && mgc_last_status(w->heap) == MGC_BAD_POINTER);
  CHECK(mgc_realloc(w->mutator, lost, 100) == NULL && mgc_last_status(w->heap) == MGC_BAD_POINTER);
  if (mgc_flavour_debug()) {
    CHECK(mgc_handle_new(w->heap, lost) == 0);
    CHECK(failed_with(w->heap, MGC_BAD_POINTER, "handle of a freed object"));
    frame[1] = lost;
    CHECK(mgc_collect(w->heap) == MGC_CORRUPT && h.kind == MGC_LINK_STACK);
    frame[1] = NULL;
    range.other = lost;
    CHECK(mgc_add_roots(w->heap, &range, sizeof range, w->node_type) == MGC_OK);
    CHECK(mgc_collect(w->heap) == MGC_CORRUPT && h.kind == MGC_LINK_RANGE);
    CHECK(mgc_remove_roots(w->heap, &range) == MGC_OK);
  }
  CHECK(mgc_collect(w->heap) == MGC_OK);
  CHECK(mgc_frame_pop(w->mutator, frame) == MGC_OK);
}

int main(void) {
  static void (*const chapters[])(world*) = {a_collection_that_began_by_itself_tells_the_handler,
                                             what_was_freed_is_no_root};
  NEEDS("objects that the client frees, weak handles");
  return run_chapters(chapters, sizeof chapters / sizeof chapters[0]);
}
