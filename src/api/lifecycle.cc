// Finalizers, cleanups, weak handles and host values of the C face.
#include "api/mgc_heap.h"

using namespace mallocgc;
using namespace mallocgc::api;

mgc_status mgc_set_finalizer(mgc_heap* heap, void* object, mgc_finalizer finalizer, void* context) {
  if (finalizer == nullptr) return mgc_clear_finalizer(heap, object);
  return code(heap->set_finalizer(object, finalizer, context, 0));
}

mgc_status mgc_set_finalizer_unordered(mgc_heap* heap, void* object, mgc_finalizer finalizer, void* context) {
  if (finalizer == nullptr) return code(heap->clear_finalizer(object));
  return code(heap->set_finalizer(object, finalizer, context, 0, true));
}

mgc_status mgc_set_finalizer_token(mgc_heap* heap, void* object, uint64_t token) {
  return code(heap->set_finalizer(object, nullptr, nullptr, token));
}

mgc_status mgc_clear_finalizer(mgc_heap* heap, void* object) { return code(heap->clear_finalizer(object)); }

mgc_cleanup mgc_add_cleanup(mgc_heap* heap, void* object, mgc_finalizer cleanup, void* arg) {
  if (object != nullptr && cleanup == nullptr) {
    static_cast<void>(heap->fail(Status::kBadArgument, "second argument is nil, not a function"));
    return 0;
  }
  uint64_t id = 0;
  return heap->add_cleanup(object, cleanup, arg, 0, &id) == Status::kOk ? id : 0;
}

mgc_cleanup mgc_add_cleanup_token(mgc_heap* heap, void* object, uint64_t token) {
  uint64_t id = 0;
  return heap->add_cleanup(object, nullptr, nullptr, token, &id) == Status::kOk ? id : 0;
}

mgc_status mgc_stop_cleanup(mgc_heap* heap, mgc_cleanup cleanup) { return code(heap->stop_cleanup(cleanup)); }

size_t mgc_run_finalizers(mgc_heap* heap, size_t max) { return heap->run_finalizers(max); }

uint32_t mgc_ready_next(mgc_heap* heap, mgc_ready* ready) {
  *ready = mgc_ready{};
  Ready next;
  uint64_t handle = 0;
  if (!heap->pop_ready(&next, &handle)) return MGC_READY_NONE;
  const bool is_cleanup = next.kind == RecordKind::kCleanup;
  *ready = mgc_ready{is_cleanup ? MGC_READY_CLEANUP : MGC_READY_FINALIZER,
                     next.object.pointer(),
                     next.info.fn,
                     next.info.context.pointer(),
                     next.info.token,
                     handle};
  return ready->kind;
}

size_t mgc_ready_count(const mgc_heap* heap) { return static_cast<size_t>(heap->ready_count()); }

mgc_weak mgc_weak_new(mgc_heap* heap, void* object) {
  uint64_t id = 0;
  return heap->weak_new(object, &id) == Status::kOk ? id : 0;
}
void* mgc_weak_get(mgc_heap* heap, mgc_weak weak) { return heap->weak_get(weak); }
mgc_status mgc_weak_free(mgc_heap* heap, mgc_weak weak) { return code(heap->weak_free(weak)); }

uint32_t mgc_host_new(mgc_heap* heap) {
  uint32_t index = 0;
  return heap->host_acquire(&index) == Status::kOk ? index : 0;
}
mgc_status mgc_host_free(mgc_heap* heap, uint32_t index) { return code(heap->host_free(index)); }
uint32_t mgc_host_next_released(mgc_heap* heap) { return heap->host_next_released(); }
