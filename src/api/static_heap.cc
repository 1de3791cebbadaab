// The heap of a program that has one: constructed by the compiler, so that no code writes zeros to memory that is zero.
#include "api/mgc_heap.h"

constinit mgc_heap mgc_static_heap;

mgc_status mgc_static_heap_create(const mgc_options* options) {
  mgc_heap* made = nullptr;
  return mallocgc::api::make(&mgc_static_heap, options, &made);
}
