/* Every public function and variable of Boehm's headers has a place, except those of threads, gcj, Windows, and the
 * printing of the collector's inside. Other programs test what each does. This one ends with "N passed, N failed". */
#define GC_REQUIRE_WCSDUP
#include "cells.h"

#include <gc/gc_backptr.h>
#include <gc/gc_disclaim.h>
#include <gc/gc_inline.h>
#include <gc/gc_mark.h>
#include <gc/gc_typed.h>
#include <gc/gc_version.h>
#include <gc/javaxfc.h>

/* clang-format off */
#define FUNCTIONS(X) \
  X(GC_abort_on_oom) X(GC_add_roots) X(GC_alloc_lock) X(GC_alloc_unlock) X(GC_atfork_child) \
  X(GC_atfork_parent) X(GC_atfork_prepare) X(GC_base) X(GC_call_with_alloc_lock) X(GC_call_with_gc_active) \
  X(GC_call_with_stack_base) X(GC_calloc_explicitly_typed) X(GC_change_stubborn) X(GC_clear_exclusion_table) \
  X(GC_clear_mark_bit) X(GC_clear_roots) X(GC_clear_stack) X(GC_collect_a_little) X(GC_debug_change_stubborn) \
  X(GC_debug_end_stubborn_change) X(GC_debug_free) X(GC_debug_generic_or_special_malloc) X(GC_debug_malloc) \
  X(GC_debug_malloc_atomic) X(GC_debug_malloc_atomic_ignore_off_page) X(GC_debug_malloc_atomic_uncollectable) \
  X(GC_debug_malloc_ignore_off_page) X(GC_debug_malloc_replacement) X(GC_debug_malloc_stubborn) \
  X(GC_debug_malloc_uncollectable) X(GC_debug_ptr_store_and_dirty) X(GC_debug_realloc) \
  X(GC_debug_realloc_replacement) X(GC_debug_register_displacement) X(GC_debug_register_finalizer) \
  X(GC_debug_register_finalizer_ignore_self) X(GC_debug_register_finalizer_no_order) \
  X(GC_debug_register_finalizer_unreachable) X(GC_debug_strdup) X(GC_debug_strndup) X(GC_debug_wcsdup) \
  X(GC_deinit) X(GC_disable) X(GC_do_blocking) X(GC_dump) X(GC_dump_finalization) X(GC_dump_named) \
  X(GC_dump_regions) X(GC_enable) X(GC_enable_incremental) X(GC_end_stubborn_change) \
  X(GC_enumerate_reachable_objects_inner) X(GC_exclude_static_roots) X(GC_expand_hp) X(GC_finalize_all) \
  X(GC_finalized_malloc) X(GC_free) X(GC_gcollect) X(GC_gcollect_and_unmap) \
  X(GC_general_register_disappearing_link) X(GC_generate_random_backtrace) X(GC_generate_random_heap_address) \
  X(GC_generate_random_valid_address) X(GC_generic_malloc) X(GC_generic_malloc_ignore_off_page) \
  X(GC_generic_malloc_many) X(GC_generic_malloc_uncollectable) X(GC_generic_or_special_malloc) \
  X(GC_get_abort_func) X(GC_get_all_interior_pointers) X(GC_get_allocd_bytes_per_finalizer) \
  X(GC_get_await_finalize_proc) X(GC_get_back_ptr_info) X(GC_get_bytes_since_gc) X(GC_get_debug_header_size) \
  X(GC_get_disable_automatic_collection) X(GC_get_dont_expand) X(GC_get_dont_precollect) \
  X(GC_get_expl_freed_bytes_since_gc) X(GC_get_finalize_on_demand) X(GC_get_finalizer_notifier) \
  X(GC_get_find_leak) X(GC_get_force_unmap_on_gcollect) X(GC_get_free_bytes) X(GC_get_free_space_divisor) \
  X(GC_get_full_freq) X(GC_get_full_gc_total_time) X(GC_get_gc_no) X(GC_get_heap_size) \
  X(GC_get_heap_usage_safe) X(GC_get_java_finalization) X(GC_get_kind_and_size) X(GC_get_manual_vdb_allowed) \
  X(GC_get_max_prior_attempts) X(GC_get_max_retries) X(GC_get_memory_use) X(GC_get_min_bytes_allocd) \
  X(GC_get_my_stackbottom) X(GC_get_no_dls) X(GC_get_non_gc_bytes) X(GC_get_obtained_from_os_bytes) \
  X(GC_get_on_collection_event) X(GC_get_on_heap_resize) X(GC_get_oom_fn) X(GC_get_pages_executable) \
  X(GC_get_prof_stats) X(GC_get_push_other_roots) X(GC_get_rate) X(GC_get_size_map_at) X(GC_get_stack_base) \
  X(GC_get_start_callback) X(GC_get_stop_func) X(GC_get_time_limit) X(GC_get_time_limit_tv) \
  X(GC_get_toggleref_func) X(GC_get_total_bytes) X(GC_get_unmapped_bytes) X(GC_get_version) \
  X(GC_get_warn_proc) X(GC_ignore_warn_proc) X(GC_incremental_protection_needs) X(GC_init) \
  X(GC_init_finalized_malloc) X(GC_invoke_finalizers) X(GC_is_disabled) X(GC_is_heap_ptr) \
  X(GC_is_incremental_mode) X(GC_is_init_called) X(GC_is_marked) X(GC_is_tmp_root) \
  X(GC_is_valid_displacement) X(GC_is_visible) X(GC_make_descriptor) X(GC_malloc) X(GC_malloc_atomic) \
  X(GC_malloc_atomic_ignore_off_page) X(GC_malloc_atomic_uncollectable) X(GC_malloc_explicitly_typed) \
  X(GC_malloc_explicitly_typed_ignore_off_page) X(GC_malloc_ignore_off_page) X(GC_malloc_kind) \
  X(GC_malloc_many) X(GC_malloc_stubborn) X(GC_malloc_uncollectable) X(GC_mark_and_push) X(GC_memalign) \
  X(GC_move_disappearing_link) X(GC_move_long_link) X(GC_new_free_list) X(GC_new_free_list_inner) \
  X(GC_new_kind) X(GC_new_kind_inner) X(GC_new_proc) X(GC_new_proc_inner) X(GC_noop1) X(GC_posix_memalign) \
  X(GC_post_incr) X(GC_pre_incr) X(GC_print_backtrace) X(GC_ptr_store_and_dirty) X(GC_push_all) \
  X(GC_push_all_eager) X(GC_push_conditional) X(GC_push_finalizer_structures) X(GC_realloc) \
  X(GC_register_describe_type_fn) X(GC_register_disappearing_link) X(GC_register_disclaim_proc) \
  X(GC_register_displacement) X(GC_register_finalizer) X(GC_register_finalizer_ignore_self) \
  X(GC_register_finalizer_no_order) X(GC_register_finalizer_unreachable) \
  X(GC_register_has_static_roots_callback) X(GC_register_long_link) X(GC_remove_roots) X(GC_same_obj) \
  X(GC_set_abort_func) X(GC_set_all_interior_pointers) X(GC_set_allocd_bytes_per_finalizer) \
  X(GC_set_await_finalize_proc) X(GC_set_disable_automatic_collection) X(GC_set_dont_expand) \
  X(GC_set_dont_precollect) X(GC_set_finalize_on_demand) X(GC_set_finalizer_notifier) X(GC_set_find_leak) \
  X(GC_set_force_unmap_on_gcollect) X(GC_set_free_space_divisor) X(GC_set_full_freq) X(GC_set_handle_fork) \
  X(GC_set_java_finalization) X(GC_set_log_fd) X(GC_set_manual_vdb_allowed) X(GC_set_mark_bit) \
  X(GC_set_max_heap_size) X(GC_set_max_prior_attempts) X(GC_set_max_retries) X(GC_set_min_bytes_allocd) \
  X(GC_set_no_dls) X(GC_set_non_gc_bytes) X(GC_set_on_collection_event) X(GC_set_on_heap_resize) \
  X(GC_set_oom_fn) X(GC_set_pages_executable) X(GC_set_push_other_roots) X(GC_set_rate) X(GC_set_stackbottom) \
  X(GC_set_start_callback) X(GC_set_stop_func) X(GC_set_time_limit) X(GC_set_time_limit_tv) \
  X(GC_set_toggleref_func) X(GC_set_warn_proc) X(GC_should_invoke_finalizers) X(GC_size) \
  X(GC_start_incremental_collection) X(GC_start_mark_threads) X(GC_start_performance_measurement) \
  X(GC_strdup) X(GC_strndup) X(GC_toggleref_add) X(GC_try_to_collect) X(GC_unregister_disappearing_link) \
  X(GC_unregister_long_link) X(GC_wcsdup)
#define VARIABLES(X) \
  X(GC_all_interior_pointers) X(GC_debug_header_size) X(GC_dont_expand) X(GC_dont_gc) X(GC_dont_precollect) \
  X(GC_finalize_on_demand) X(GC_finalizer_notifier) X(GC_find_leak) X(GC_free_space_divisor) X(GC_full_freq) \
  X(GC_gc_no) X(GC_greatest_plausible_heap_addr) X(GC_is_valid_displacement_print_proc) \
  X(GC_is_visible_print_proc) X(GC_java_finalization) X(GC_least_plausible_heap_addr) X(GC_max_retries) \
  X(GC_no_dls) X(GC_non_gc_bytes) X(GC_on_heap_resize) X(GC_oom_fn) X(GC_parallel) X(GC_same_obj_print_proc) \
  X(GC_stackbottom) X(GC_time_limit) X(GC_use_entire_heap)
/* clang-format on */

typedef void (*function)(void);
#define ROW(name) {#name, (function)(name)},
static const struct {
  const char* name;
  function place;
} functions[] = {FUNCTIONS(ROW)};
#undef ROW
#define ROW(name) {#name, &(name)},
static const struct {
  const char* name;
  const void* place;
} variables[] = {VARIABLES(ROW)};

/* Variables are settings and counters, and do what their functions do. */
static int resized;
static void on_resize(GC_word bytes) { resized += bytes != 0; }
static void* no_memory(size_t bytes) { return bytes == 0 ? &resized : NULL; }
static void variables_count(void) {
  clear_stack();
  const GC_word before = GC_get_gc_no();
  CHECK(GC_gc_no == before);
  GC_gcollect();
  CHECK(GC_gc_no == before + 1 && GC_get_gc_no() == before + 1);
  GC_dont_gc = 1;
  GC_gcollect();
  CHECK(GC_is_disabled() && GC_gc_no == before + 1);
  for (int i = 0; i < 300; ++i) CHECK(GC_MALLOC_ATOMIC(1 << 16) != NULL);
  CHECK(GC_gc_no == before + 1);
  GC_enable();
  CHECK(!GC_is_disabled() && GC_dont_gc == 0);
  GC_gcollect();
  CHECK(GC_gc_no > before + 1);
  GC_free_space_divisor = 7;
  GC_oom_fn = no_memory;
  GC_on_heap_resize = on_resize;
  GC_finalize_on_demand = 1;
  CHECK(GC_get_free_space_divisor() == 7 && GC_get_oom_fn() == no_memory && GC_get_on_heap_resize() == on_resize);
  CHECK(GC_get_finalize_on_demand() == 1 && GC_get_finalizer_notifier() == GC_finalizer_notifier);
  CHECK(GC_MALLOC((size_t)-1 / 4) == NULL);
  cell* const list = list_of(100);
  CHECK(GC_MALLOC_ATOMIC(64 << 20) != NULL && resized > 0 && length_of(list) == 100);
}

int main(void) {
  GC_INIT();
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; ++i) CHECK(functions[i].place != NULL);
  for (size_t i = 0; i < sizeof variables / sizeof variables[0]; ++i) CHECK(variables[i].place != NULL);
  CHECK(sizeof functions / sizeof functions[0] > 200 && GC_VERSION_MAJOR == 8 && GC_TMP_VERSION_MINOR == 2);
  CHECK((GC_get_version() >> 16) == GC_VERSION_MAJOR);
  variables_count();
  return closing_line();
}
