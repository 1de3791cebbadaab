/* The memory cannot grow, as Emscripten links it without flags (M12). Garbage is collected in it for ever, a full
 * memory gives null and a status and never ends the program, and the heap's own tables are sized by the memory there
 * is. Natively the maximum of the heap stands for it. Where there is no memory for another heap, wrong options are told
 * even so. */
#if defined(__linux__)
#include <sys/resource.h>
#endif

#include "world.h"

enum { kMemoryBytes = 16 << 20, kBlockBytes = 1024, kHandles = kMemoryBytes / kBlockBytes };

static mgc_handle handles[kHandles];

static int is_refused(const mgc_options* options, mgc_status status, const char* text) {
  mgc_heap* heap = (mgc_heap*)(void*)handles;
  return mgc_heap_create(options, &heap) == status && heap == NULL && mgc_last_status(NULL) == status &&
         strcmp(mgc_last_error(NULL), MALLOCGC_FLAVOUR_LEAN ? "" : text) == 0;
}

/* Runs while the memory is full; natively the system is told to give no more. */
static void no_room_for_another_heap(void) {
  mgc_options options = {0};
  mgc_heap* heap = NULL;
#if defined(__linux__)
  struct rlimit usual;
  struct rlimit none;
  CHECK(getrlimit(RLIMIT_AS, &usual) == 0);
  none = usual;
  none.rlim_cur = 0;
  CHECK(setrlimit(RLIMIT_AS, &none) == 0);
#endif
#if defined(__linux__) || defined(__wasm__)
  CHECK(mgc_heap_create(NULL, &heap) == MGC_OUT_OF_MEMORY && heap == NULL);
  CHECK(strncmp(mgc_last_error(NULL), MALLOCGC_FLAVOUR_LEAN ? "" : "out of memory", 13) == 0);
#endif
  options.shadow_slots = 1u << 27;
  CHECK(is_refused(&options, MGC_BAD_ARGUMENT, "shadow_slots is out of range"));
  options.shadow_slots = 0;
  options.shadow_slots_max = 1u << 27;
  CHECK(is_refused(&options, MGC_BAD_ARGUMENT, "shadow_slots is out of range"));
  options.shadow_slots_max = 0;
  options.mode = 7;
  CHECK(is_refused(&options, MGC_BAD_ARGUMENT, "mode is none of MGC_MODE_*"));
  options.mode = MGC_MODE_AUTO;
  options.debug_flags = 1u << 31;
  CHECK(is_refused(&options, MGC_BAD_ARGUMENT, "unknown debug flags"));
  options.debug_flags = 0;
  options.max_bytes = 1 << 20;
  options.initial_bytes = 2 << 20;
  CHECK(is_refused(&options, MGC_BAD_ARGUMENT, "initial_bytes is above max_bytes"));
#if defined(__linux__)
  CHECK(setrlimit(RLIMIT_AS, &usual) == 0);
#endif
}

int main(void) {
  mgc_options options = {0};
#if !defined(__wasm__)
  options.max_bytes = kMemoryBytes;
#endif
  mgc_heap* heap = NULL;
  CHECK(mgc_heap_create(&options, &heap) == MGC_OK);
  if (heap == NULL) {
    printf("no heap: %s\n", mgc_last_error(NULL));
    return 1;
  }
  mgc_mutator* const mutator = mgc_main_mutator(heap);
#if defined(__wasm__)
  mgc_stats_data stats;
  mgc_stats(heap, &stats);
  CHECK(stats.sys < kMemoryBytes / 8);
#endif
  for (int i = 0; i < 100000; ++i) CHECK(mgc_malloc(mutator, kBlockBytes, NULL, MGC_NOSCAN) != NULL);

  int kept = 0;
  for (; kept < kHandles; ++kept) {
    void* const block = mgc_malloc(mutator, kBlockBytes, NULL, MGC_NOSCAN);
    if (block == NULL) break;
    handles[kept] = mgc_handle_new(heap, block);
    if (handles[kept] == 0) break;
  }
  CHECK(kept > kHandles / 2 && kept < kHandles);
  CHECK(mgc_last_status(heap) == MGC_OUT_OF_MEMORY || mgc_last_status(heap) == MGC_TRY_AGAIN);
  CHECK(mgc_malloc(mutator, kMemoryBytes, NULL, MGC_NOSCAN) == NULL);
  CHECK(mgc_last_status(heap) == MGC_OUT_OF_MEMORY);
  no_room_for_another_heap();

  for (int i = 0; i < kept / 2; ++i) CHECK(mgc_handle_free(heap, handles[i]) == MGC_OK);
  for (int i = 0; i < 10000; ++i) CHECK(mgc_malloc(mutator, kBlockBytes, NULL, MGC_NOSCAN) != NULL);
  mgc_heap_destroy(heap);
  return closing_line();
}
