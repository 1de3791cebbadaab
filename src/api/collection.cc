// Collection and its settings in the C face.
#include "api/mgc_heap.h"

using namespace mallocgc;
using namespace mallocgc::api;

mgc_status mgc_collect(mgc_heap* heap) { return code(heap->collect()); }

mgc_status mgc_collect_minor(mgc_heap* heap) { return code(heap->collect_minor()); }
mgc_status mgc_set_no_barriers(mgc_heap* heap) { return code(heap->set_no_barriers()); }

mgc_status mgc_start_cycle(mgc_heap* heap) { return code(heap->start_cycle()); }
int32_t mgc_step(mgc_heap* heap, uint64_t budget_ns) { return heap->step(budget_ns); }
int32_t mgc_step_work(mgc_heap* heap, uint64_t units) { return heap->step_work(units); }

int32_t mgc_poll(mgc_mutator* mutator) { return heap_of(mutator).poll(); }
int32_t mgc_collection_due(mgc_heap* heap) { return heap->collection_due(); }
mgc_status mgc_phase_start(mgc_heap* heap, int32_t forced) { return code(heap->phase_start(forced != 0)); }
mgc_status mgc_phase_mark(mgc_heap* heap) { return code(heap->phase_mark()); }
mgc_status mgc_phase_finish(mgc_heap* heap) { return code(heap->phase_finish()); }
int32_t mgc_sweep(mgc_heap* heap, uint32_t spans) { return heap->sweep(spans); }

void mgc_forbid_collection(mgc_heap* heap) { heap->forbid_collection(); }
void mgc_allow_collection(mgc_heap* heap) { heap->allow_collection(); }

int32_t mgc_set_gc_percent(mgc_heap* heap, int32_t percent) { return heap->set_gc_percent(percent); }
uint64_t mgc_trim(mgc_heap* heap) { return heap->trim(); }

uint64_t mgc_set_memory_limit(mgc_heap* heap, uint64_t bytes) { return heap->set_memory_limit(bytes); }

mgc_status mgc_add_cycle_hook(mgc_heap* heap, mgc_cycle_hook hook, void* context) {
  return code(heap->add_cycle_hook(hook, context));
}
mgc_status mgc_remove_cycle_hook(mgc_heap* heap, mgc_cycle_hook hook, void* context) {
  return code(heap->remove_cycle_hook(hook, context));
}
void mgc_set_pressure(mgc_heap* heap, mgc_pressure_callback callback, void* context) {
  heap->set_pressure(callback, context);
}
