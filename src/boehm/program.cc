// This is the heap of the program: when it is made, and what follows a collection.
#include "boehm/program.h"

#include <mallocgc/boehm/gc_mark.h>

#include <cstdio>
#include <cstdlib>

#include "boehm/descriptors.h"

namespace mallocgc::boehm {

Program program;

namespace {

constexpr bool kIs64Bit = sizeof(void*) == 8;
constexpr uint64_t kGenerousBytes = uint64_t{64} << 30;  // of address space, where there is plenty

void listen(const mgc_event* event, void*) {
  if (event->kind == MGC_EVENT_CYCLE_END) {
    program.cycle_ended = true;
    add_cycle_to_counters(*event);
    GC_gc_no = event->cycle;
  }
  tell_of_collection(*event);
}

bool try_make(uint64_t max_bytes) {
  mgc_options options = {};
  options.max_bytes = max_bytes;
  options.no_barriers = 1;
  return mgc_heap_create(&options, &program.heap) == MGC_OK;
}

void must(mgc_status status) {
  if (status != MGC_OK) stop(mgc_last_error(program.heap));
}

}  // namespace

void stop(const char* text) {
  if (const GC_abort_func function = GC_get_abort_func()) function(text);
  std::fprintf(stderr, "mallocgc: %s\n", text);
  std::abort();
}

void make_heap() {
  const uint64_t wanted = program.max_bytes != 0 ? program.max_bytes : kIs64Bit ? kGenerousBytes : 0;
  if (!try_make(wanted) && !try_make(0)) stop(mgc_last_error(nullptr));
  program.mutator = mgc_main_mutator(program.heap);
  mgc_type_info info = {};
  info.name = "GC_malloc";
  info.size = sizeof(void*);
  info.tail = MGC_TAIL_CONSERVATIVE;
  must(mgc_type_define(program.heap, &info, &program.words));
  must(mgc_enable_c_stack(program.mutator));
  must(mgc_enable_static_data(program.heap));
  must(mgc_add_cycle_hook(
      program.heap,
      [](void*) {
        toggle_references();
        tell_of_start();
      },
      nullptr));
  must(mgc_add_enumerator(
      program.heap, [](mgc_visitor* visitor, void*) { visit_other_roots(visitor); }, nullptr));
  mgc_set_listener(program.heap, listen, nullptr);
  apply_settings();
}

void after_collection() {
  program.cycle_ended = false;
  program.freed_bytes = 0;
  apply_settings();
  check_guards();
  if (!has_links() && !has_finalizers()) return;
  constexpr uint32_t kAllSpans = UINT32_MAX;
  mgc_sweep(program.heap, kAllSpans);  // dead objects are found no more
  clear_dead_links();
  forget_toggled_deaths();
  notify_or_run_finalizers();
}

void* finish_slowly(void* object, size_t bytes) {
  if (program.cycle_ended) after_collection();
  mgc_keep_alive(object);
  return object != nullptr ? object : out_of_memory(bytes);
}

}  // namespace mallocgc::boehm

using namespace mallocgc::boehm;

extern "C" {

GC_word GC_gc_no;
int GC_parallel;
int GC_use_entire_heap;
char* GC_stackbottom;

void GC_init(void) {
  ensure();
  apply_settings();
}
int GC_is_init_called(void) { return program.heap != nullptr; }
void GC_deinit(void) {}
unsigned GC_get_version(void) { return GC_VERSION_MAJOR << 16 | GC_VERSION_MINOR << 8 | GC_VERSION_MICRO; }

}  // extern "C"
