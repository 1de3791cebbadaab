/* A C11 program uses the C face with nothing but <mallocgc/mallocgc.h>: a list that survives collections, roots of all
 * kinds, inline allocation, finalizers, cleanups, weak handles, a host that pulls, events and counters. It ends with "N
 * passed, N failed". */
#include "world.h"

/* ---- What lives ---- */

static void a_list_survives_and_dies(world* w) {
  enum { kLength = 100000 };
  node** frame = (node**)(void*)mgc_frame_push(w->mutator, 1);
  int i;
  int intact = 1;
  node* n;
  mgc_stats_data before;
  mgc_stats_data after;
  CHECK(frame != NULL && frame[0] == NULL);
  for (i = 0; i < kLength; ++i) {
    n = new_node(w, i);
    if (n == NULL) break;
    n->next = frame[0];
    mgc_write_barrier(&n->next);
    frame[0] = n;
    mgc_new(w->mutator, w->node_type); /* garbage */
  }
  CHECK(i == kLength);
  CHECK(mgc_collect(w->heap) == MGC_OK);
  for (n = frame[0]; n != NULL; n = n->next) intact = intact && n->value == --i;
  CHECK(intact && i == 0);
  mgc_stats(w->heap, &before);
  CHECK(before.heap_objects == kLength);
  CHECK(before.num_gc > 2);
  CHECK(mgc_frame_pop(w->mutator, (void**)(void*)frame) == MGC_OK);
  CHECK(mgc_collect(w->heap) == MGC_OK);
  mgc_stats(w->heap, &after);
  CHECK(after.heap_objects == 0);
  CHECK(after.frees == after.mallocs);
  CHECK(after.total_alloc == before.total_alloc);
}

static void a_path_says_why(world* w) {
  node** frame = (node**)(void*)mgc_frame_push(w->mutator, 1);
  mgc_link links[4];
  size_t count = 0;
  mgc_handle handle;
  frame[0] = new_node(w, 1);
  mgc_store(&frame[0]->other, new_node(w, 2));
  CHECK(mgc_why_alive(w->heap, frame[0]->other, 0, links, 4, &count) == MGC_OK && count == 3);
  CHECK(links[0].kind == MGC_LINK_STACK && links[0].at == (uint64_t)(uintptr_t)frame);
  CHECK(links[1].base == frame[0] && links[1].offset == offsetof(node, other) &&
        links[1].type_id == mgc_type_id(w->node_type));
  CHECK(links[2].base == frame[0]->other && links[2].kind == MGC_LINK_OBJECT);
  handle = mgc_handle_new(w->heap, frame[0]->other);
  CHECK(mgc_why_alive(w->heap, frame[0]->other, handle, NULL, 0, &count) == MGC_OK && count == 3);
  CHECK(mgc_referrers(w->heap, frame[0]->other, 0, links, 4, &count) == MGC_OK && count == 2);
  CHECK(links[0].kind == MGC_LINK_HANDLE && links[0].at == handle && links[1].base == frame[0]);
  CHECK(mgc_handle_free(w->heap, handle) == MGC_OK);
  CHECK(mgc_why_alive(w->heap, &count, 0, links, 4, &count) == MGC_BAD_POINTER && count == 0);
  CHECK(mgc_referrers(w->heap, NULL, 0, links, 4, &count) == MGC_BAD_POINTER && count == 0);
  CHECK(mgc_frame_pop(w->mutator, (void**)(void*)frame) == MGC_OK);
}

static void every_kind_of_root_holds(world* w) {
  static node* global;
  void** frame = mgc_frame_push(w->mutator, 2);
  mgc_mutator* other = mgc_mutator_attach_sized(w->heap, 16);
  void** suspended;
  mgc_handle handle;
  mgc_stats_data stats;
  CHECK(mgc_add_roots(w->heap, &global, sizeof global, NULL) == MGC_OK);
  global = new_node(w, 1);
  frame[1] = new_node(w, 2);
  handle = mgc_handle_new(w->heap, new_node(w, 3));
  CHECK(handle != 0);
  suspended = mgc_frame_push(other, 1);
  CHECK(suspended != NULL);
  suspended[0] = mgc_new(other, w->node_type);
  mgc_store(&((node*)frame[1])->next, new_node(w, 4));
  CHECK(mgc_collect(w->heap) == MGC_OK);
  mgc_stats(w->heap, &stats);
  CHECK(stats.heap_objects == 5);
  CHECK(stats.live_handles == 1);
  CHECK(global->value == 1 && ((node*)frame[1])->next->value == 4);
  CHECK(((node*)mgc_handle_get(w->heap, handle))->value == 3);
  CHECK(mgc_handle_set(w->heap, handle, global) == MGC_OK);
  CHECK(mgc_handle_get(w->heap, handle) == (void*)global);

  CHECK(mgc_handle_free(w->heap, handle) == MGC_OK);
  CHECK(mgc_frame_pop(w->mutator, frame) == MGC_OK);
  CHECK(mgc_remove_roots(w->heap, &global) == MGC_OK);
  CHECK(mgc_mutator_detach(other) == MGC_OK);
  CHECK(mgc_collect(w->heap) == MGC_OK);
  mgc_stats(w->heap, &stats);
  CHECK(stats.heap_objects == 0);
}

static void memory_is_as_promised(world* w) {
  unsigned char* block = mgc_malloc(w->mutator, 1000, NULL, MGC_NOSCAN);
  mgc_found found;
  size_t i;
  int zero = 1;
  void* empty = mgc_malloc(w->mutator, 0, NULL, 0);
  void* aligned = mgc_malloc_aligned(w->mutator, 100, NULL, MGC_NOSCAN, 256);
  node* array = mgc_new_array(w->mutator, w->node_type, 10);
  for (i = 0; i < 1000; ++i) zero = zero && block[i] == 0;
  CHECK(zero);
  CHECK(empty != NULL && empty == mgc_malloc(w->mutator, 0, w->node_type, 0));
  CHECK(mgc_find_object(w->heap, empty, &found) == 0 && found.base == NULL);
  CHECK((uintptr_t)aligned % 256 == 0);
  CHECK(mgc_find_object(w->heap, &array[9], &found) == 1 && found.base == array && found.type == w->node_type);
  CHECK(mgc_type_of(w->heap, block) == NULL);
  CHECK(strcmp(mgc_type_name(w->node_type), "node") == 0 && mgc_type_size(w->node_type) == sizeof(node));
  CHECK(mgc_type_by_id(w->heap, mgc_type_id(w->node_type)) == w->node_type);
  CHECK(mgc_roundup(1) == 8 && mgc_roundup(1000) == 1024 && mgc_roundup(mgc_roundup(33)) == mgc_roundup(33));
  CHECK(mgc_roundup(SIZE_MAX) == SIZE_MAX);
  CHECK(mgc_raw(w->mutator, 100000) != NULL);
}

/* Other compilers and gc.h do this: they bump, and call when an object does not fit. */
static void objects_are_bumped_inline(world* w) {
  const size_t size = mgc_roundup(sizeof(node));
  mgc_alloc_slot* slot = mgc_alloc_slot_of(w->mutator, w->node_type);
  int bumped = 0;
  int zero = 1;
  int i;
  CHECK(slot != NULL);
  for (i = 0; i < 10000; ++i) {
    node* n;
    if (slot->limit - slot->cursor >= size) {
      n = (node*)slot->cursor;
      slot->cursor += size;
      ++bumped;
    } else {
      n = mgc_new(w->mutator, w->node_type);
    }
    zero = zero && n->next == NULL && n->other == NULL && n->value == 0;
    n->value = i;
  }
  CHECK(zero);
  CHECK(bumped > 9000 || bumped == 0); /* none where a sanitizer wants to see each allocation */
  CHECK(mgc_alloc_slot_of(w->mutator, w->node_type) == slot);
}

static void moves_and_barriers_reach_every_address(world* w) {
  void** frame = mgc_frame_push(w->mutator, 2);
  void* on_the_stack = NULL;
  node** from;
  node** to;
  mgc_type_info info;
  mgc_type pointer;
  static const uint32_t words[] = {1};
  memset(&info, 0, sizeof info);
  info.size = sizeof(void*);
  info.pointers.mask = words;
  CHECK(mgc_type_define(w->heap, &info, &pointer) == MGC_OK);
  from = frame[0] = mgc_new_array(w->mutator, pointer, 5000);
  to = frame[1] = mgc_new_array(w->mutator, pointer, 5000);
  mgc_store(&from[4999], new_node(w, 7));
  mgc_move(to, from, 5000 * sizeof *to);
  CHECK(to[4999]->value == 7);
  mgc_move(to + 1, to, 4999 * sizeof *to);
  mgc_write_barrier_range(to, 5000 * sizeof *to);
  mgc_write_barrier_range(to, 0);
  mgc_store(&on_the_stack, to);
  CHECK(on_the_stack == to);
  CHECK(mgc_collect(w->heap) == MGC_OK);
  CHECK(from[4999]->value == 7);
  mgc_keep_alive(from);
  CHECK(mgc_frame_pop(w->mutator, frame) == MGC_OK);
}

/* ---- What is told when things die ---- */

typedef struct diary {
  int finalized;
  int cleaned;
  int value;
  void* argument;
} diary;

static void note_finalizer(mgc_mutator* mutator, void* object, void* context) {
  diary* d = context;
  node* n = object;
  mgc_new_array(mutator, mgc_type_of(mgc_mutator_heap(mutator), n), 100); /* legal, and the object is alive meanwhile */
  mgc_collect(mgc_mutator_heap(mutator));
  ++d->finalized;
  d->value = n->value;
}

static void note_cleanup(mgc_mutator* mutator, void* object, void* arg) {
  (void)mutator;
  ((diary*)arg)->cleaned += object == NULL;
}

static void finalizers_run_once_when_asked(world* w) {
  diary d = {0, 0, 0, NULL};
  void** frame = mgc_frame_push(w->mutator, 1);
  frame[0] = new_node(w, 42);
  CHECK(mgc_set_finalizer(w->heap, frame[0], note_finalizer, &d) == MGC_OK);
  CHECK(mgc_collect(w->heap) == MGC_OK);
  CHECK(mgc_ready_count(w->heap) == 0);
  mgc_frame_pop(w->mutator, frame);
  CHECK(mgc_collect(w->heap) == MGC_OK);
  CHECK(mgc_ready_count(w->heap) == 1 && d.finalized == 0);
  CHECK(mgc_run_finalizers(w->heap, 10) == 1);
  CHECK(d.finalized == 1 && d.value == 42);
  CHECK(mgc_collect(w->heap) == MGC_OK);
  CHECK(mgc_run_finalizers(w->heap, 10) == 0);

  CHECK(mgc_set_finalizer(w->heap, new_node(w, 1), note_finalizer, &d) == MGC_OK);
  {
    node* cleared = new_node(w, 2);
    CHECK(mgc_set_finalizer(w->heap, cleared, note_finalizer, &d) == MGC_OK);
    CHECK(mgc_set_finalizer(w->heap, cleared, NULL, NULL) == MGC_OK);
    CHECK(mgc_clear_finalizer(w->heap, cleared) == MGC_OK);
  }
  CHECK(mgc_collect(w->heap) == MGC_OK);
  CHECK(mgc_run_finalizers(w->heap, SIZE_MAX) == 1 && d.value == 1);
}

static void cleanups_and_weak_handles_follow_death(world* w) {
  diary d = {0, 0, 0, NULL};
  void** frame = mgc_frame_push(w->mutator, 1);
  mgc_weak weak;
  mgc_weak same;
  mgc_cleanup stopped;
  frame[0] = new_node(w, 5);
  CHECK(mgc_add_cleanup(w->heap, frame[0], note_cleanup, &d) != 0);
  CHECK(mgc_add_cleanup(w->heap, &((node*)frame[0])->value, note_cleanup, &d) != 0);
  stopped = mgc_add_cleanup(w->heap, frame[0], note_cleanup, &d);
  CHECK(mgc_stop_cleanup(w->heap, stopped) == MGC_OK);
  CHECK(mgc_stop_cleanup(w->heap, stopped) == MGC_OK);
  weak = mgc_weak_new(w->heap, frame[0]);
  same = mgc_weak_new(w->heap, frame[0]);
  CHECK(weak != 0 && weak == same);
  CHECK(mgc_collect(w->heap) == MGC_OK);
  CHECK(mgc_weak_get(w->heap, weak) == frame[0]);
  mgc_frame_pop(w->mutator, frame);
  CHECK(mgc_collect(w->heap) == MGC_OK);
  CHECK(mgc_weak_get(w->heap, weak) == NULL);
  CHECK(mgc_run_finalizers(w->heap, SIZE_MAX) == 2);
  CHECK(d.cleaned == 2);
  CHECK(mgc_weak_free(w->heap, weak) == MGC_OK && mgc_weak_free(w->heap, same) == MGC_OK);
}

static void a_host_pulls_what_is_ready(world* w) {
  mgc_ready ready;
  uint32_t host;
  node* n = new_node(w, 6);
  CHECK(mgc_set_finalizer_token(w->heap, n, 77) == MGC_OK);
  CHECK(mgc_add_cleanup_token(w->heap, new_node(w, 0), 78) != 0);
  CHECK(mgc_ready_next(w->heap, &ready) == MGC_READY_NONE && ready.handle == 0);
  CHECK(mgc_collect(w->heap) == MGC_OK);
  {
    int finalizers = 0;
    int cleanups = 0;
    while (mgc_ready_next(w->heap, &ready) != MGC_READY_NONE) {
      if (ready.kind == MGC_READY_FINALIZER && ready.token == 77 && ready.function == NULL) {
        ++finalizers;
        CHECK(mgc_collect(w->heap) == MGC_OK);
        CHECK(mgc_handle_get(w->heap, ready.handle) == ready.object && ((node*)ready.object)->value == 6);
        CHECK(mgc_handle_free(w->heap, ready.handle) == MGC_OK);
      } else if (ready.kind == MGC_READY_CLEANUP && ready.token == 78 && ready.handle == 0) {
        ++cleanups;
      }
    }
    CHECK(finalizers == 1 && cleanups == 1);
  }
  host = mgc_host_new(w->heap);
  CHECK(host == 1);
  CHECK(mgc_host_next_released(w->heap) == 0);
  CHECK(mgc_host_free(w->heap, host) == MGC_OK);
}

static void a_dead_object_releases_its_host_value(world* w) {
  static const uint32_t words[] = {1};
  mgc_type_info info;
  mgc_type type;
  uintptr_t* object;
  uint32_t host;
  memset(&info, 0, sizeof info);
  info.name = "with a host value";
  info.size = 2 * sizeof(void*);
  info.host.mask = words;
  CHECK(mgc_type_define(w->heap, &info, &type) == MGC_OK);
  host = mgc_host_new(w->heap);
  object = mgc_new(w->mutator, type);
  object[0] = host;
  CHECK(mgc_collect(w->heap) == MGC_OK);
  CHECK(mgc_host_next_released(w->heap) == host);
  CHECK(mgc_host_next_released(w->heap) == 0);
}

/* ---- What is heard ---- */

static void count_event(const mgc_event* event, void* context) {
  int* counts = context;
  if (event->kind <= MGC_EVENT_DIAGNOSIS) ++counts[event->kind];
}
static void count_call(void* context) { ++*(int*)context; }

static void listeners_and_hooks_hear_of_cycles(world* w) {
  int counts[MGC_EVENT_DIAGNOSIS + 1] = {0};
  int hooked = 0;
  mgc_set_listener(w->heap, count_event, counts);
  CHECK(mgc_add_cycle_hook(w->heap, count_call, &hooked) == MGC_OK);
  CHECK(mgc_set_debug(w->heap, MGC_DEBUG_GCTRACE, 0) == MGC_OK);
  CHECK(mgc_collect(w->heap) == MGC_OK);
  CHECK(hooked == 1 && counts[MGC_EVENT_CYCLE_START] == 1 && counts[MGC_EVENT_CYCLE_END] == 1 &&
        counts[MGC_EVENT_TRACE] == 1);
  CHECK(mgc_set_debug(w->heap, 0, 0) == MGC_OK);
  CHECK(mgc_start_cycle(w->heap) == MGC_OK);
  CHECK(mgc_step(w->heap, UINT64_MAX) == 1);
  CHECK(hooked == 2 && counts[MGC_EVENT_TRACE] == 1);
  CHECK(mgc_phase_start(w->heap, 0) == MGC_OK && mgc_phase_mark(w->heap) == MGC_OK &&
        mgc_phase_finish(w->heap) == MGC_OK);
  CHECK(hooked == 3 && counts[MGC_EVENT_CYCLE_END] == 3);
  mgc_forbid_collection(w->heap);
  CHECK(mgc_collect(w->heap) == MGC_OK && hooked == 3);
  mgc_allow_collection(w->heap);
  mgc_set_listener(w->heap, NULL, NULL);
  CHECK(mgc_set_gc_percent(w->heap, -1) == 100);
  CHECK(mgc_set_gc_percent(w->heap, 100) == -1);
  CHECK(mgc_set_memory_limit(w->heap, 1 << 20) == 0);
  CHECK(mgc_set_memory_limit(w->heap, 0) == 1 << 20);
  CHECK(mgc_collection_due(w->heap) == 0);
}

int main(void) {
  static void (*const chapters[])(world*) = {a_list_survives_and_dies,
                                             every_kind_of_root_holds,
                                             a_path_says_why,
                                             memory_is_as_promised,
                                             objects_are_bumped_inline,
                                             moves_and_barriers_reach_every_address,
                                             finalizers_run_once_when_asked,
                                             cleanups_and_weak_handles_follow_death,
                                             a_host_pulls_what_is_ready,
                                             a_dead_object_releases_its_host_value,
                                             listeners_and_hooks_hear_of_cycles};
  NEEDS("names of types, finalizers, events");
  return run_chapters(chapters, sizeof chapters / sizeof *chapters);
}
