/* The memory cannot grow, as Emscripten links it without flags (M12). Garbage is collected in it for ever, a full
 * memory gives null and a status and never ends the program, and the heap's own tables are sized by the memory there
 * is. Natively the maximum of the heap stands for it. */
#include "world.h"

enum { kMemoryBytes = 16 << 20, kBlockBytes = 1024, kHandles = kMemoryBytes / kBlockBytes };

static mgc_handle handles[kHandles];

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

  for (int i = 0; i < kept / 2; ++i) CHECK(mgc_handle_free(heap, handles[i]) == MGC_OK);
  for (int i = 0; i < 10000; ++i) CHECK(mgc_malloc(mutator, kBlockBytes, NULL, MGC_NOSCAN) != NULL);
  mgc_heap_destroy(heap);
  return closing_line();
}
