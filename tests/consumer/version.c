/* A program in C11 that sees only the C header: a heap is made, collected and destroyed. */

#include <mallocgc/mallocgc.h>

int main(void) {
  mgc_heap* heap = NULL;
  if (mgc_heap_create(NULL, &heap) != MGC_OK) return 1;
  mgc_heap_destroy(heap);
  return 0;
}
