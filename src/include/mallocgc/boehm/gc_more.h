/* Settings and counters of Boehm's interface: part of gc.h, which includes it. What steers a mechanism that is not here
 * is remembered, given back by its getter, and has no effect. None of it collects, but for what says so. Door: gc.h.
 */
#ifndef MALLOCGC_BOEHM_GC_MORE_H
#define MALLOCGC_BOEHM_GC_MORE_H

#ifdef __cplusplus
extern "C" {
#endif

/* ---- With effect ---- */

/* The heap may grow by 300 / divisor per cent of what lives before it is collected. */
void GC_set_free_space_divisor(GC_word value);
GC_word GC_get_free_space_divisor(void);
/* Before the first call of another function: the most that the heap may take. Later: where it is collected harder. */
void GC_set_max_heap_size(GC_word bytes);
/* Finalizers run from GC_invoke_finalizers only; the notifier is called after a collection that left some to run. */
void GC_set_finalize_on_demand(int on);
int GC_get_finalize_on_demand(void);
typedef void (*GC_finalizer_notifier_proc)(void);
void GC_set_finalizer_notifier(GC_finalizer_notifier_proc function);
GC_finalizer_notifier_proc GC_get_finalizer_notifier(void);
/* Collections happen by GC_gcollect and its like only. */
void GC_set_disable_automatic_collection(int on);
int GC_get_disable_automatic_collection(void);
/* GC_gcollect asks `stop` once, before it begins; if that gives anything but 0, it does nothing. */
void GC_set_stop_func(GC_stop_func stop);
GC_stop_func GC_get_stop_func(void);
typedef enum {
  GC_EVENT_START,
  GC_EVENT_MARK_START,
  GC_EVENT_MARK_END,
  GC_EVENT_RECLAIM_START,
  GC_EVENT_RECLAIM_END,
  GC_EVENT_END
} GC_EventType;
/* Hears START and END of each collection, and the size of the heap when it has grown. It may not call the heap. */
typedef void (*GC_on_collection_event_proc)(GC_EventType event);
void GC_set_on_collection_event(GC_on_collection_event_proc function);
GC_on_collection_event_proc GC_get_on_collection_event(void);
typedef void (*GC_on_heap_resize_proc)(GC_word bytes);
void GC_set_on_heap_resize(GC_on_heap_resize_proc function);
GC_on_heap_resize_proc GC_get_on_heap_resize(void);
typedef void (*GC_abort_func)(const char* text);
void GC_set_abort_func(GC_abort_func function);
GC_abort_func GC_get_abort_func(void);
void GC_abort_on_oom(void);
/* References that are strong or weak as `function` says, which is asked for each of them before a collection. It may
 * not call the heap. GC_NO_MEMORY, or GC_SUCCESS. */
typedef enum { GC_TOGGLE_REF_DROP, GC_TOGGLE_REF_STRONG, GC_TOGGLE_REF_WEAK } GC_ToggleRefStatus;
typedef GC_ToggleRefStatus (*GC_toggleref_func)(void* object);
void GC_set_toggleref_func(GC_toggleref_func function);
GC_toggleref_func GC_get_toggleref_func(void);
int GC_toggleref_add(void* object, int is_strong);
/* Runs all finalizers of the interface, whether their objects are reachable or not, and takes them away. */
void GC_finalize_all(void);
/* f(object, bytes, data) for each object that the last collection left, and each made since. It may not allocate. */
typedef void (*GC_reachable_object_proc)(void* object, size_t bytes, void* data);
void GC_enumerate_reachable_objects_inner(GC_reachable_object_proc function, void* data);

/* What a program says when it is compiled counts from GC_INIT on: each GC_ macro named here, if it is defined. */
#ifdef GC_FREE_SPACE_DIVISOR
#define GC_INIT_CONF_FREE_SPACE_DIVISOR GC_set_free_space_divisor(GC_FREE_SPACE_DIVISOR)
#else
#define GC_INIT_CONF_FREE_SPACE_DIVISOR (void)0
#endif
#ifdef GC_MAXIMUM_HEAP_SIZE
#define GC_INIT_CONF_MAXIMUM_HEAP_SIZE GC_set_max_heap_size(GC_MAXIMUM_HEAP_SIZE)
#else
#define GC_INIT_CONF_MAXIMUM_HEAP_SIZE (void)0
#endif
#ifdef GC_DONT_EXPAND
#define GC_INIT_CONF_DONT_EXPAND GC_set_dont_expand(1)
#else
#define GC_INIT_CONF_DONT_EXPAND (void)0
#endif
#ifdef GC_FORCE_UNMAP_ON_GCOLLECT
#define GC_INIT_CONF_FORCE_UNMAP_ON_GCOLLECT GC_set_force_unmap_on_gcollect(GC_FORCE_UNMAP_ON_GCOLLECT)
#else
#define GC_INIT_CONF_FORCE_UNMAP_ON_GCOLLECT (void)0
#endif
#ifdef GC_ALLOCD_BYTES_PER_FINALIZER
#define GC_INIT_CONF_ALLOCD_BYTES_PER_FINALIZER GC_set_allocd_bytes_per_finalizer(GC_ALLOCD_BYTES_PER_FINALIZER)
#else
#define GC_INIT_CONF_ALLOCD_BYTES_PER_FINALIZER (void)0
#endif
#ifdef GC_FULL_FREQ
#define GC_INIT_CONF_FULL_FREQ GC_set_full_freq(GC_FULL_FREQ)
#else
#define GC_INIT_CONF_FULL_FREQ (void)0
#endif
#ifdef GC_TIME_LIMIT
#define GC_INIT_CONF_TIME_LIMIT GC_set_time_limit(GC_TIME_LIMIT)
#else
#define GC_INIT_CONF_TIME_LIMIT (void)0
#endif
#ifdef GC_MARKERS
#define GC_INIT_CONF_MARKERS GC_set_markers_count(GC_MARKERS)
#else
#define GC_INIT_CONF_MARKERS (void)0
#endif
#ifdef GC_IGNORE_WARN
#define GC_INIT_CONF_IGNORE_WARN GC_set_warn_proc(GC_ignore_warn_proc)
#else
#define GC_INIT_CONF_IGNORE_WARN (void)0
#endif
#ifdef GC_INITIAL_HEAP_SIZE
#define GC_INIT_CONF_INITIAL_HEAP_SIZE (void)GC_expand_hp(GC_INITIAL_HEAP_SIZE)
#else
#define GC_INIT_CONF_INITIAL_HEAP_SIZE (void)0
#endif
#if defined(GC_DONT_GC)
#define GC_INIT_CONF_MAX_RETRIES (void)(GC_dont_gc = 1)
#elif defined(GC_MAX_RETRIES)
#define GC_INIT_CONF_MAX_RETRIES GC_set_max_retries(GC_MAX_RETRIES)
#else
#define GC_INIT_CONF_MAX_RETRIES (void)0
#endif
#define GC_INIT_CONF_ROOTS (void)0
#define GC_INIT()                            \
  {                                          \
    GC_INIT_CONF_FREE_SPACE_DIVISOR;         \
    GC_INIT_CONF_MAXIMUM_HEAP_SIZE;          \
    GC_INIT_CONF_DONT_EXPAND;                \
    GC_INIT_CONF_FORCE_UNMAP_ON_GCOLLECT;    \
    GC_INIT_CONF_ALLOCD_BYTES_PER_FINALIZER; \
    GC_INIT_CONF_FULL_FREQ;                  \
    GC_INIT_CONF_TIME_LIMIT;                 \
    GC_INIT_CONF_MARKERS;                    \
    GC_INIT_CONF_IGNORE_WARN;                \
    GC_INIT_CONF_MAX_RETRIES;                \
    GC_init();                               \
    GC_INIT_CONF_INITIAL_HEAP_SIZE;          \
  }

/* These are settings and counters as variables. GC_init and each collection look at those of GC_disable and of the
 * divisor, and nothing looks at GC_stackbottom. The others count when they matter. */
extern int GC_dont_gc;
extern GC_word GC_free_space_divisor;
extern int GC_finalize_on_demand;
extern GC_finalizer_notifier_proc GC_finalizer_notifier;
extern GC_oom_func GC_oom_fn;
extern GC_on_heap_resize_proc GC_on_heap_resize;
extern GC_word GC_gc_no;
extern int GC_parallel;
extern int GC_use_entire_heap;
extern char* GC_stackbottom;

/* ---- Counters, in bytes where nothing else is said ---- */

GC_word GC_get_gc_no(void);
size_t GC_get_heap_size(void);
size_t GC_get_free_bytes(void);
size_t GC_get_unmapped_bytes(void);
size_t GC_get_bytes_since_gc(void);
size_t GC_get_expl_freed_bytes_since_gc(void);
size_t GC_get_total_bytes(void);
size_t GC_get_memory_use(void);
size_t GC_get_obtained_from_os_bytes(void);
size_t GC_get_size_map_at(int units);
void GC_get_heap_usage_safe(GC_word* heap, GC_word* free_bytes, GC_word* unmapped, GC_word* since_gc, GC_word* total);
struct GC_prof_stats_s {
  GC_word heapsize_full;
  GC_word free_bytes_full;
  GC_word unmapped_bytes;
  GC_word bytes_allocd_since_gc;
  GC_word allocd_bytes_before_gc;
  GC_word non_gc_bytes;
  GC_word gc_no;
  GC_word markers_m1;
  GC_word bytes_reclaimed_since_gc;
  GC_word reclaimed_bytes_before_gc;
  GC_word expl_freed_bytes_since_gc;
  GC_word obtained_from_os_bytes;
};
/* Fills as much of it as `size` says; gives the bytes filled. */
size_t GC_get_prof_stats(struct GC_prof_stats_s* out, size_t size);
size_t GC_get_prof_stats_unsafe(struct GC_prof_stats_s* out, size_t size);
void GC_start_performance_measurement(void);
unsigned long GC_get_full_gc_total_time(void); /* milliseconds */

/* ---- One thread ---- */

struct GC_stack_base {
  void* mem_base;
};
typedef void* (*GC_fn_type)(void* data);
typedef void* (*GC_stack_base_func)(struct GC_stack_base* base, void* data);
void* GC_call_with_alloc_lock(GC_fn_type function, void* data);
void* GC_do_blocking(GC_fn_type function, void* data);
void* GC_call_with_gc_active(GC_fn_type function, void* data);
void* GC_call_with_stack_base(GC_stack_base_func function, void* data);
int GC_get_stack_base(struct GC_stack_base* base);
void* GC_get_my_stackbottom(struct GC_stack_base* base);
void GC_set_stackbottom(void* thread, const struct GC_stack_base* base);
void GC_alloc_lock(void);
void GC_alloc_unlock(void);
void GC_start_mark_threads(void);
void GC_set_handle_fork(int how);
void GC_atfork_prepare(void);
void GC_atfork_parent(void);
void GC_atfork_child(void);

/* ---- Without effect ---- */

void GC_enable_incremental(void);
int GC_is_incremental_mode(void);
#define GC_PROTECTS_POINTER_HEAP 1
#define GC_PROTECTS_PTRFREE_HEAP 2
#define GC_PROTECTS_STATIC_DATA 4
#define GC_PROTECTS_STACK 8
#define GC_PROTECTS_NONE 0
int GC_incremental_protection_needs(void);
void GC_start_incremental_collection(void);
/* 1, as if it had worked. */
int GC_expand_hp(size_t bytes);
int GC_get_parallel(void);
void GC_set_markers_count(unsigned count);
void GC_set_log_fd(int file);
#define GC_TIME_UNLIMITED 999999
struct GC_timeval_s {
  unsigned long tv_ms;
  unsigned long tv_nsec;
};
void GC_set_time_limit_tv(struct GC_timeval_s limit);
struct GC_timeval_s GC_get_time_limit_tv(void);
/* X(name, type): GC_set_name, GC_get_name, and the variable itself. */
/* clang-format off */
#define MALLOCGC_BOEHM_SETTINGS(X) \
  X(find_leak, int) \
  X(java_finalization, int) \
  X(dont_expand, int) \
  X(full_freq, int) \
  X(non_gc_bytes, GC_word) \
  X(no_dls, int) \
  X(max_retries, GC_word) \
  X(dont_precollect, int) \
  X(time_limit, unsigned long) \
  X(allocd_bytes_per_finalizer, GC_word) \
  X(pages_executable, int) \
  X(min_bytes_allocd, size_t) \
  X(rate, int) \
  X(max_prior_attempts, int) \
  X(force_unmap_on_gcollect, int) \
  X(manual_vdb_allowed, int)
/* clang-format on */
#define MALLOCGC_BOEHM_SETTING(name, type) \
  extern type GC_##name;                   \
  void GC_set_##name(type value);          \
  type GC_get_##name(void);
MALLOCGC_BOEHM_SETTINGS(MALLOCGC_BOEHM_SETTING)
#undef MALLOCGC_BOEHM_SETTING
extern int GC_all_interior_pointers;
typedef int (*GC_has_static_roots_func)(const char* library, void* begin, size_t bytes);
void GC_register_has_static_roots_callback(GC_has_static_roots_func function);
typedef void (*GC_await_finalize_proc)(void* object);
void GC_set_await_finalize_proc(GC_await_finalize_proc function);
GC_await_finalize_proc GC_get_await_finalize_proc(void);

#ifdef __cplusplus
}
#endif

#endif
