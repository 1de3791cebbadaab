// These functions run collections, and the settings steer them.
#include "boehm/program.h"

using namespace mallocgc::boehm;

namespace mallocgc::boehm {

namespace {

constexpr GC_word kDefaultDivisor = 3;
constexpr GC_word kPercentTimesDivisor = 300;  // 100 per cent with the default

GC_word applied_divisor;
bool is_forbidden;  // the heap knows of GC_dont_gc
bool is_manual;
GC_stop_func stop_function;
GC_warn_proc warn = GC_ignore_warn_proc;
GC_on_collection_event_proc on_collection;
GC_abort_func abort_function;

void apply_percent() {
  if (program.heap == nullptr) return;
  applied_divisor = GC_free_space_divisor;
  const GC_word percent = kPercentTimesDivisor / (applied_divisor == 0 ? kDefaultDivisor : applied_divisor);
  mgc_set_gc_percent(program.heap, is_manual ? -1 : static_cast<int32_t>(percent == 0 ? 1 : percent));
}

void apply_dont_gc() {
  if (program.heap == nullptr || is_forbidden == (GC_dont_gc != 0)) return;
  is_forbidden = !is_forbidden;
  if (is_forbidden) {
    mgc_forbid_collection(program.heap);
  } else {
    mgc_allow_collection(program.heap);
  }
}

[[noreturn]] void* no_memory_left(size_t) { stop("out of memory"); }

}  // namespace

void apply_settings() {
  if (applied_divisor != GC_free_space_divisor) apply_percent();
  apply_dont_gc();
}

void tell_of_collection(const mgc_event& event) {
  if (on_collection != nullptr && event.kind == MGC_EVENT_CYCLE_START) on_collection(GC_EVENT_START);
  if (on_collection != nullptr && event.kind == MGC_EVENT_CYCLE_END) on_collection(GC_EVENT_END);
  if (GC_on_heap_resize != nullptr && event.kind == MGC_EVENT_GROWTH)
    GC_on_heap_resize(static_cast<GC_word>(event.values[1]));
}

}  // namespace mallocgc::boehm

extern "C" {

int GC_dont_gc;
GC_word GC_free_space_divisor = kDefaultDivisor;
GC_on_heap_resize_proc GC_on_heap_resize;

int GC_try_to_collect(GC_stop_func stop) {
  ensure();
  apply_settings();
  if (GC_dont_gc != 0 || (stop != nullptr && stop() != 0)) return 0;
  mgc_collect(program.heap);
  after_collection();
  return 1;
}
void GC_gcollect(void) { (void)GC_try_to_collect(stop_function); }
void GC_gcollect_and_unmap(void) {
  GC_gcollect();
  if (GC_dont_gc == 0) mgc_trim(program.heap);
  if (program.cycle_ended) after_collection();
}
int GC_collect_a_little(void) { return 0; }

void GC_disable(void) {
  ensure();
  ++GC_dont_gc;
  apply_dont_gc();
}
void GC_enable(void) {
  if (GC_dont_gc == 0) return;
  --GC_dont_gc;
  apply_dont_gc();
}
int GC_is_disabled(void) { return GC_dont_gc != 0; }

void GC_set_free_space_divisor(GC_word value) {
  if (value == 0) return;
  GC_free_space_divisor = value;
  apply_percent();
}
GC_word GC_get_free_space_divisor(void) { return GC_free_space_divisor; }
void GC_set_disable_automatic_collection(int on) {
  ensure();
  is_manual = on != 0;
  apply_percent();
}
int GC_get_disable_automatic_collection(void) { return is_manual; }
void GC_set_max_heap_size(GC_word bytes) {
  program.max_bytes = bytes;
  if (program.heap != nullptr) mgc_set_memory_limit(program.heap, bytes);
}
void GC_set_stop_func(GC_stop_func stop) { stop_function = stop; }
GC_stop_func GC_get_stop_func(void) { return stop_function; }

void GC_set_warn_proc(GC_warn_proc function) { warn = function; }
GC_warn_proc GC_get_warn_proc(void) { return warn; }
void GC_ignore_warn_proc(char*, GC_word) {}
void GC_set_on_collection_event(GC_on_collection_event_proc function) { on_collection = function; }
GC_on_collection_event_proc GC_get_on_collection_event(void) { return on_collection; }
void GC_set_on_heap_resize(GC_on_heap_resize_proc function) { GC_on_heap_resize = function; }
GC_on_heap_resize_proc GC_get_on_heap_resize(void) { return GC_on_heap_resize; }
void GC_set_abort_func(GC_abort_func function) { abort_function = function; }
GC_abort_func GC_get_abort_func(void) { return abort_function; }
void GC_abort_on_oom(void) { no_memory_left(0); }

}  // extern "C"
