/* This program in C11 sees only the C header: it makes, collects and destroys a heap. Its argument says which flavour
 * it is to be linked with, 1 for debug. */

#include <mallocgc/mallocgc.h>
#include <stdio.h>

int main(int count, char** arguments) {
  mgc_heap* heap = NULL;
  const uint32_t debug = count > 1 && arguments[1][0] == '1';
  if (mgc_abi_version() != MGC_ABI_VERSION) return 1;
  if (mgc_flavour_debug() != debug || MALLOCGC_FLAVOUR_DEBUG != debug) {
    printf("linked with flavour %u, compiled for %d\n", (unsigned)mgc_flavour_debug(), MALLOCGC_FLAVOUR_DEBUG);
    return 2;
  }
  if (mgc_heap_create(NULL, &heap) != MGC_OK) return 3;
  if (mgc_collect(heap) != MGC_OK) return 4;
  mgc_heap_destroy(heap);
  return 0;
}
