/* The C face refuses exhausted memory, bad sizes, types, pointers, handles, frames and heaps, each with its status and
 * text, and changes nothing. The program ends with "N passed, N failed". */
#include "world.h"

static void nothing(mgc_mutator* mutator, void* object, void* context) {
  (void)mutator;
  (void)object;
  (void)context;
}

static void count_pressure(uint64_t need_bytes, void* context) { *(int*)context += need_bytes >= (uint64_t)200 << 20; }

static void exhausted_memory_is_an_error(world* w) {
  int pressed = 0;
  mgc_set_pressure(w->heap, count_pressure, &pressed);
  CHECK(mgc_malloc(w->mutator, (size_t)200 << 20, NULL, MGC_NOSCAN) == NULL);
  CHECK(failed_with(w->heap, MGC_OUT_OF_MEMORY, "out of memory"));
  CHECK(pressed == 1);
  mgc_set_pressure(w->heap, NULL, NULL);
  CHECK(new_node(w, 1) != NULL);
}

/* ---- What is refused ---- */

static int changed(mgc_heap* heap, mgc_stats_data before) {
  const mgc_stats_data after = counters(heap);
  return memcmp(&before, &after, sizeof after) != 0;
}

static void bad_requests_change_nothing(world* w) {
  const mgc_stats_data before = counters(w->heap);
  int local;
  CHECK(mgc_malloc(w->mutator, 8, NULL, 0) == NULL);
  CHECK(failed_with(w->heap, MGC_BAD_TYPE, "malloc missing type"));
  CHECK(mgc_new(w->mutator, NULL) == NULL && mgc_new_array(w->mutator, NULL, 3) == NULL);
  CHECK(failed_with(w->heap, MGC_BAD_TYPE, "malloc missing type"));
  CHECK(mgc_alloc_slot_of(w->mutator, NULL) == NULL);
  CHECK(mgc_malloc(w->mutator, 8, w->node_type, MGC_NOZERO) == NULL);
  CHECK(failed_with(w->heap, MGC_BAD_ARGUMENT, ""));
  CHECK(mgc_malloc_aligned(w->mutator, 8, NULL, MGC_NOSCAN, 3) == NULL);
  CHECK(failed_with(w->heap, MGC_BAD_ARGUMENT, "alignment is not a power of two"));
  CHECK(mgc_malloc_aligned(w->mutator, 8, NULL, MGC_NOSCAN, 16384) == NULL);
  CHECK(mgc_new_array(w->mutator, w->node_type, -1) == NULL);
  CHECK(failed_with(w->heap, MGC_BAD_SIZE, "allocation size out of range"));
  CHECK(mgc_new_array(w->mutator, w->node_type, INTPTR_MAX) == NULL);
  CHECK(failed_with(w->heap, MGC_BAD_SIZE, "allocation size out of range"));
  CHECK(mgc_malloc(w->mutator, SIZE_MAX, w->node_type, 0) == NULL);
  CHECK(failed_with(w->heap, MGC_BAD_SIZE, "allocation size out of range"));
  CHECK(mgc_raw(w->mutator, SIZE_MAX) == NULL);

  CHECK(mgc_set_finalizer(w->heap, NULL, nothing, NULL) == MGC_BAD_POINTER);
  CHECK(failed_with(w->heap, MGC_BAD_POINTER, "first argument is nil"));
  CHECK(mgc_set_finalizer(w->heap, &local, nothing, NULL) == MGC_OK); /* static: silent */
  CHECK(mgc_set_finalizer(w->heap, mgc_malloc(w->mutator, 0, NULL, 0), nothing, NULL) == MGC_OK);
  CHECK(mgc_add_cleanup(w->heap, &local, NULL, NULL) == 0);
  CHECK(failed_with(w->heap, MGC_BAD_ARGUMENT, "second argument is nil, not a function"));
  CHECK(mgc_add_cleanup(w->heap, NULL, nothing, NULL) == 0);
  CHECK(failed_with(w->heap, MGC_BAD_POINTER, "first argument is nil"));

  CHECK(mgc_handle_get(w->heap, 12345) == NULL && failed_with(w->heap, MGC_BAD_ARGUMENT, "not a handle"));
  CHECK(mgc_handle_free(w->heap, 0) == MGC_BAD_ARGUMENT);
  CHECK(mgc_handle_new(w->heap, NULL) == 0 && mgc_last_status(w->heap) == MGC_BAD_POINTER);
  CHECK(mgc_weak_new(w->heap, &local) == 0 && mgc_last_status(w->heap) == MGC_BAD_POINTER);
  CHECK(mgc_weak_get(w->heap, 99) == NULL && failed_with(w->heap, MGC_BAD_ARGUMENT, "not a weak handle"));
  CHECK(mgc_remove_roots(w->heap, &local) == MGC_BAD_ARGUMENT);
  CHECK(failed_with(w->heap, MGC_BAD_ARGUMENT, "not a registered root range"));
  CHECK(mgc_set_debug(w->heap, 1u << 30, 0) == MGC_BAD_ARGUMENT);
  CHECK(mgc_add_cycle_hook(w->heap, NULL, NULL) == MGC_BAD_ARGUMENT);
  CHECK(mgc_mutator_detach(w->mutator) == MGC_BAD_ARGUMENT);
  CHECK(mgc_type_by_id(w->heap, 1000) == NULL && mgc_type_by_id(w->heap, 0) == NULL && mgc_type_id(NULL) == 0);
  CHECK(!changed(w->heap, before));
}

static void a_freed_handle_is_stale(world* w) {
  node* n = new_node(w, 8);
  const mgc_handle handle = mgc_handle_new(w->heap, n);
  const mgc_weak weak = mgc_weak_new(w->heap, n);
  mgc_handle next;
  CHECK(mgc_handle_free(w->heap, handle) == MGC_OK);
  CHECK(mgc_weak_free(w->heap, weak) == MGC_OK);
  next = mgc_handle_new(w->heap, n);
  CHECK(next != handle);
  CHECK(mgc_handle_free(w->heap, handle) == MGC_STALE_HANDLE);
  CHECK(mgc_handle_get(w->heap, handle) == NULL && failed_with(w->heap, MGC_STALE_HANDLE, "handle is stale"));
  CHECK(mgc_weak_get(w->heap, weak) == NULL && failed_with(w->heap, MGC_STALE_HANDLE, "weak handle is stale"));
  CHECK(mgc_handle_get(w->heap, next) == n);
  CHECK(mgc_set_finalizer(w->heap, &n->value, nothing, NULL) == MGC_BAD_POINTER);
  CHECK(failed_with(w->heap, MGC_BAD_POINTER, "pointer not at beginning of allocated block"));
  CHECK(mgc_set_finalizer(w->heap, n, nothing, NULL) == MGC_OK);
  CHECK(mgc_set_finalizer(w->heap, n, nothing, NULL) == MGC_FINALIZER);
  CHECK(failed_with(w->heap, MGC_FINALIZER, "finalizer already set"));
  CHECK(mgc_add_cleanup(w->heap, n, nothing, n) == 0 && mgc_last_status(w->heap) == MGC_BAD_ARGUMENT);
  CHECK(mgc_clear_finalizer(w->heap, n) == MGC_OK && mgc_handle_free(w->heap, next) == MGC_OK);
  CHECK(mgc_collect(w->heap) == MGC_OK);
  CHECK(mgc_set_finalizer(w->heap, n, nothing, NULL) == MGC_BAD_POINTER);
  CHECK(failed_with(w->heap, MGC_BAD_POINTER, "pointer not in allocated block"));
}

static void bad_types_are_named(world* w) {
  const mgc_stats_data before = counters(w->heap);
  static const uint32_t mask[] = {2};
  static const uint32_t program[] = {MGC_PROG_POINTERS, 3};
  mgc_type type = w->node_type;
  mgc_type_info info;
  memset(&info, 0, sizeof info);
  info.name = "short";
  info.size = sizeof(void*);
  info.pointers.mask = mask;
  CHECK(mgc_type_define(w->heap, &info, &type) == MGC_BAD_TYPE && type == NULL);
  CHECK(failed_with(w->heap, MGC_BAD_TYPE, "type 'short': "));
  info.pointers.mask = NULL;
  info.pointers.program = program;
  info.pointers.program_words = 2;
  CHECK(mgc_type_define(w->heap, &info, &type) == MGC_BAD_TYPE && type == NULL);
  info.size = 0;
  CHECK(mgc_type_define(w->heap, &info, &type) == MGC_BAD_TYPE && type == NULL);
  info.size = 3 * sizeof(void*);
  info.align = 24;
  CHECK(mgc_type_define(w->heap, &info, &type) == MGC_BAD_TYPE && type == NULL);
  CHECK(mgc_type_define(w->heap, NULL, &type) == MGC_BAD_TYPE && type == NULL);
  CHECK(!changed(w->heap, before));
}

static void the_shadow_stack_has_an_end(world* w) {
  mgc_mutator* small = mgc_mutator_attach_sized(w->heap, 10);
  void** top = mgc_frame_save(small);
  void** first = mgc_frame_push(small, 4);
  void** second = mgc_frame_push(small, 3);
  CHECK(first != NULL && second != NULL);
  CHECK(mgc_frame_push(small, 1) == NULL);
  CHECK(failed_with(w->heap, MGC_SHADOW_STACK, "shadow stack overflow"));
  CHECK(mgc_frame_pop(small, first) == MGC_SHADOW_STACK);
  CHECK(failed_with(w->heap, MGC_SHADOW_STACK, "frame popped out of order"));
  CHECK(mgc_frame_pop(small, second) == MGC_OK && mgc_frame_pop(small, first) == MGC_OK);
  CHECK(mgc_frame_pop(small, first) == MGC_SHADOW_STACK);
  CHECK(failed_with(w->heap, MGC_SHADOW_STACK, "shadow stack underflow"));
  mgc_frame_push(small, 2);
  mgc_frame_push(small, 2);
  CHECK(mgc_frame_restore(small, top + 100) == MGC_SHADOW_STACK);
  CHECK(mgc_frame_restore(small, top) == MGC_OK && mgc_frame_save(small) == top);
  CHECK(mgc_mutator_detach(small) == MGC_OK);
}

static void heaps_are_made_and_unmade(void) {
  static union {
    unsigned char bytes[MGC_HEAP_STORAGE_BYTES + 16];
    uint64_t align;
  } storage;
  unsigned char* place = storage.bytes + (16 - (uintptr_t)storage.bytes % 16) % 16;
  mgc_heap* heaps[8];
  mgc_heap* heap = (mgc_heap*)(void*)place;
  mgc_options options;
  int i;
  memset(&options, 0, sizeof options);
  options.max_bytes = 16 << 20;
  for (i = 0; i < 8; ++i) CHECK(mgc_heap_create(&options, &heaps[i]) == MGC_OK);
  for (i = 0; i < 8; ++i) CHECK(mgc_raw(mgc_main_mutator(heaps[i]), 100) != NULL);
  for (i = 0; i < 8; ++i) mgc_heap_destroy(heaps[i]);
  CHECK(mgc_heap_storage_bytes() <= MGC_HEAP_STORAGE_BYTES);
  CHECK(mgc_heap_create_in(place + 1, MGC_HEAP_STORAGE_BYTES, &options, &heap) == MGC_BAD_ARGUMENT && heap == NULL);
  CHECK(mgc_heap_create_in(place, 100, &options, &heap) == MGC_BAD_ARGUMENT && heap == NULL);
  CHECK(mgc_heap_create_in(place, MGC_HEAP_STORAGE_BYTES, &options, &heap) == MGC_OK && (void*)heap == (void*)place);
  CHECK(mgc_last_status(heap) == MGC_OK && strcmp(mgc_last_error(heap), "") == 0);
  mgc_heap_set_data(heap, &options);
  CHECK(mgc_heap_data(heap) == &options && mgc_mutator_heap(mgc_main_mutator(heap)) == heap);
  CHECK(mgc_fail(heap, MGC_FINALIZER, "ours") == MGC_FINALIZER && failed_with(heap, MGC_FINALIZER, "ours"));
  mgc_heap_destroy(heap);
  options.initial_bytes = 32 << 20;
  CHECK(mgc_heap_create(&options, &heap) == MGC_BAD_ARGUMENT && heap == NULL);
  CHECK(strcmp(mgc_last_error(NULL), "") != 0 && mgc_last_status(NULL) == MGC_BAD_ARGUMENT);
  mgc_heap_destroy(NULL);
  CHECK(mgc_abi_version() == MGC_ABI_VERSION);
}

/* A list grows at its old end, without a barrier anywhere. */
static void no_barriers_means_the_stop_mode(void) {
  mgc_options options;
  world w;
  node** frame;
  node* last;
  int i;
  memset(&options, 0, sizeof options);
  options.max_bytes = (uint64_t)64 << 20;
  options.min_heap_bytes = (uint64_t)64 << 10;
  options.no_barriers = 1;
#if !MALLOCGC_FLAVOUR_LEAN
  options.mode = MGC_MODE_GENERATIONAL;
  CHECK(mgc_heap_create(&options, &w.heap) == MGC_BAD_ARGUMENT && w.heap == NULL);
  options.mode = MGC_MODE_AUTO;
#endif
  CHECK(mgc_heap_create(&options, &w.heap) == MGC_OK);
  w.mutator = mgc_main_mutator(w.heap);
  CHECK(define_node(&w) == MGC_OK);
  frame = (node**)(void*)mgc_frame_push(w.mutator, 1);
  last = frame[0] = new_node(&w, 0);
  for (i = 1; i < 50000; ++i) {
    node* const next = new_node(&w, i);
    if (next == NULL) break;
    last->next = next;
    last = next;
  }
  for (i = 0, last = frame[0]; last != NULL && last->value == i; last = last->next) ++i;
  CHECK(i == 50000);
#if !MALLOCGC_FLAVOUR_LEAN
  CHECK(mgc_collect_minor(w.heap) == MGC_BAD_ARGUMENT);
  CHECK(mgc_start_cycle(w.heap) == MGC_BAD_ARGUMENT);
#endif
  CHECK(mgc_set_no_barriers(w.heap) == MGC_OK);
  CHECK(mgc_collect(w.heap) == MGC_OK);
  CHECK(mgc_frame_pop(w.mutator, (void**)(void*)frame) == MGC_OK);
  end_world(&w);
}

int main(void) {
  static void (*const chapters[])(world*) = {exhausted_memory_is_an_error, bad_requests_change_nothing,
                                             a_freed_handle_is_stale, bad_types_are_named, the_shadow_stack_has_an_end};
  NEEDS("error texts");
  heaps_are_made_and_unmade();
  no_barriers_means_the_stop_mode();
  return run_chapters(chapters, sizeof chapters / sizeof *chapters);
}
