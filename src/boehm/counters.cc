// These are counters, settings that are remembered and have no effect, and what a program with one thread asks.
#include <cstring>

#include "boehm/program.h"
#include "boehm/walk.h"

namespace mallocgc::boehm {

namespace {

mgc_stats_data stats() {
  ensure();
  mgc_stats_data data;
  mgc_stats(program.heap, &data);
  return data;
}
size_t bytes(uint64_t count) { return static_cast<size_t>(count); }
size_t free_bytes(const mgc_stats_data& s) { return bytes(s.heap_sys > s.heap_alloc ? s.heap_sys - s.heap_alloc : 0); }
size_t since_cycle(const mgc_stats_data& s) {
  return bytes(s.heap_live > program.live_bytes ? s.heap_live - program.live_bytes : 0);
}

constexpr uint32_t kNsPerMs = 1000000;

GC_await_finalize_proc await_finalize;
GC_timeval_s time_limit = {GC_TIME_UNLIMITED, 0};

}  // namespace

// `event` is the end of a collection. Its values are: live before, live after, the next goal, nanoseconds.
void add_cycle_to_counters(const mgc_event& event) {
  program.live_bytes = event.values[1];
  program.pause_ns += event.values[3];
}

}  // namespace mallocgc::boehm

using namespace mallocgc::boehm;

extern "C" {

GC_word GC_get_gc_no(void) { return static_cast<GC_word>(stats().num_gc); }
size_t GC_get_heap_size(void) { return bytes(stats().heap_sys); }
size_t GC_get_free_bytes(void) { return free_bytes(stats()); }
size_t GC_get_unmapped_bytes(void) { return bytes(stats().heap_released); }
size_t GC_get_bytes_since_gc(void) { return since_cycle(stats()); }
size_t GC_get_expl_freed_bytes_since_gc(void) { return bytes(program.freed_bytes); }
size_t GC_get_total_bytes(void) { return bytes(stats().total_alloc); }
size_t GC_get_memory_use(void) { return bytes(stats().heap_alloc); }
size_t GC_get_obtained_from_os_bytes(void) { return bytes(stats().sys); }
size_t GC_get_size_map_at(int units) {
  return units < 0 ? ~size_t{0} : mgc_roundup(static_cast<size_t>(units) * kUnit) / kUnit;
}

void GC_get_heap_usage_safe(GC_word* heap, GC_word* free, GC_word* unmapped, GC_word* since_gc, GC_word* total) {
  const mgc_stats_data now = stats();
  if (heap != nullptr) *heap = bytes(now.heap_sys);
  if (free != nullptr) *free = free_bytes(now);
  if (unmapped != nullptr) *unmapped = bytes(now.heap_released);
  if (since_gc != nullptr) *since_gc = since_cycle(now);
  if (total != nullptr) *total = bytes(now.total_alloc);
}

size_t GC_get_prof_stats(GC_prof_stats_s* out, size_t size) {
  const mgc_stats_data now = stats();
  GC_prof_stats_s all = {};
  all.heapsize_full = bytes(now.heap_sys);
  all.free_bytes_full = free_bytes(now);
  all.unmapped_bytes = bytes(now.heap_released);
  all.bytes_allocd_since_gc = since_cycle(now);
  all.allocd_bytes_before_gc = bytes(now.total_alloc) - since_cycle(now);
  all.gc_no = static_cast<GC_word>(now.num_gc);
  all.reclaimed_bytes_before_gc = bytes(now.total_alloc - now.heap_live);
  all.expl_freed_bytes_since_gc = bytes(program.freed_bytes);
  all.obtained_from_os_bytes = bytes(now.sys);
  if (size > sizeof all) size = sizeof all;
  std::memcpy(out, &all, size);
  return size;
}
size_t GC_get_prof_stats_unsafe(GC_prof_stats_s* out, size_t size) { return GC_get_prof_stats(out, size); }
void GC_start_performance_measurement(void) { program.pause_ns = 0; }
unsigned long GC_get_full_gc_total_time(void) { return static_cast<unsigned long>(program.pause_ns / kNsPerMs); }

void GC_enumerate_reachable_objects_inner(GC_reachable_object_proc function, void* data) {
  ensure();
  for_each_object([&](void* object, uint32_t) { function(object, GC_size(object), data); });
}

#define DEFINE_SETTING(name, type)                      \
  type GC_##name;                                       \
  void GC_set_##name(type value) { GC_##name = value; } \
  type GC_get_##name(void) { return GC_##name; }
MALLOCGC_BOEHM_SETTINGS(DEFINE_SETTING)
#undef DEFINE_SETTING
int GC_all_interior_pointers = 1;
void GC_set_all_interior_pointers(int) {}
int GC_get_all_interior_pointers(void) { return 1; }
void GC_set_time_limit_tv(GC_timeval_s limit) { time_limit = limit; }
GC_timeval_s GC_get_time_limit_tv(void) { return time_limit; }
void GC_set_await_finalize_proc(GC_await_finalize_proc function) { await_finalize = function; }
GC_await_finalize_proc GC_get_await_finalize_proc(void) { return await_finalize; }
void GC_enable_incremental(void) { ensure(); }
int GC_is_incremental_mode(void) { return 0; }
int GC_incremental_protection_needs(void) { return GC_PROTECTS_NONE; }
void GC_start_incremental_collection(void) {}
int GC_expand_hp(size_t) {
  ensure();
  return 1;
}
int GC_get_parallel(void) { return 0; }
void GC_set_markers_count(unsigned) {}
void GC_set_log_fd(int) {}

void* GC_call_with_alloc_lock(GC_fn_type function, void* data) { return function(data); }
void* GC_do_blocking(GC_fn_type function, void* data) { return function(data); }
void* GC_call_with_gc_active(GC_fn_type function, void* data) { return function(data); }
void* GC_call_with_stack_base(GC_stack_base_func function, void* data) {
  GC_stack_base base = {__builtin_frame_address(0)};
  return function(&base, data);
}
int GC_get_stack_base(GC_stack_base*) { return GC_UNIMPLEMENTED; }
void* GC_get_my_stackbottom(GC_stack_base* base) {
  base->mem_base = __builtin_frame_address(0);
  return nullptr;
}
void GC_set_stackbottom(void*, const GC_stack_base*) {}
void GC_alloc_lock(void) {}
void GC_alloc_unlock(void) {}
void GC_start_mark_threads(void) {}
void GC_set_handle_fork(int) {}
void GC_atfork_prepare(void) {}
void GC_atfork_parent(void) {}
void GC_atfork_child(void) {}

}  // extern "C"
