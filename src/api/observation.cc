// Questions, counters, events and checks of the C face, and the cells of the standalone module.
#include "api/mgc_heap.h"

using namespace mallocgc;
using namespace mallocgc::api;

int32_t mgc_is_root(mgc_heap* heap, const void* address) { return heap->is_root(address); }

int32_t mgc_find_object(mgc_heap* heap, const void* address, mgc_found* found) {
  FoundObject object;
  const bool is_found = heap->find_object(address, &object);
  if (found != nullptr) *found = mgc_found{object.base, object.size, face(object.type)};
  return is_found;
}

mgc_type mgc_type_of(mgc_heap* heap, const void* address) {
  FoundObject object;
  return heap->find_object(address, &object) ? face(object.type) : nullptr;
}

uint32_t mgc_walk_spans(mgc_heap* heap, const void* from, mgc_span_info* spans, uint32_t capacity) {
  return heap->walk_spans(from, spans, capacity);
}
uint32_t mgc_walk_slots(mgc_heap* heap, const void* base, uint32_t first, uint32_t* slots, uint32_t capacity) {
  return heap->walk_slots(base, first, slots, capacity);
}

mgc_status mgc_why_alive(mgc_heap* heap, const void* address, mgc_handle asking, mgc_link* links, size_t capacity,
                         size_t* length) {
  LinkBuffer out{.links = links, .capacity = capacity};
  const Status status = heap->why_alive(address, asking, out);
  *length = out.count;
  return code(status);
}
mgc_status mgc_referrers(mgc_heap* heap, const void* address, mgc_handle asking, mgc_link* links, size_t capacity,
                         size_t* count) {
  LinkBuffer out{.links = links, .capacity = capacity};
  const Status status = heap->referrers(address, asking, out);
  *count = out.count;
  return code(status);
}

void mgc_stats(mgc_heap* heap, mgc_stats_data* stats) { heap->stats(stats); }

void mgc_set_listener(mgc_heap* heap, mgc_listener listener, void* context) { heap->set_listener(listener, context); }

mgc_status mgc_set_debug(mgc_heap* heap, uint32_t flags, uint32_t stress_every) {
  return code(heap->set_debug(flags, stress_every));
}
const mgc_record* mgc_records(mgc_heap* heap, uint32_t* count, uint64_t* lost) {
  const Recorder& recorder = heap->recorder();
  *count = recorder.count();
  *lost = recorder.lost();
  return recorder.records();
}
void mgc_records_clear(mgc_heap* heap) { heap->recorder().clear(); }
void mgc_set_damage_handler(mgc_heap* heap, mgc_damage_handler handler, void* context) {
  heap->set_damage_handler(handler, context);
}
mgc_status mgc_verify(mgc_heap* heap) { return code(heap->verify()); }

double* mgc_host_clock(void) { return platform::host_clock_cell(); }
uint32_t* mgc_host_memory_end(void) { return platform::host_memory_end_cell(); }
const char* mgc_last_words(void) { return platform::last_words(); }
size_t mgc_reserved_end(void) { return platform::reserved_end(); }
