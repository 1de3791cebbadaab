// Heap: owns one of each part and is the whole heap as its clients see it. Each function of the face checks its
// arguments and goes down one floor. An error leaves its status and text in last_status and last_error, and changes
// nothing else.
//   malloc.cc      allocation
//   visits.cc      what the client's enumerators and trace functions report
//   trigger.cc     which collection is due
//   room.cc        out of memory, the soft limit
//   heap.cc        creation, mutators, types, roots; options.h: what is wrong with a heap's options
//   collect.cc     collections that the client asks for
//   free.cc        objects that the client ends and resizes
//   lifecycle.cc   finalizers, cleanups, weak handles, host values; weak.cc: weak words of objects
//   stats.cc       MemStats, gctrace; walk.cc: spans and slots for viewers, and who points to whom
//   debug.cc       checks and records of the debug flavour; verify.cc has the walk over all structures
// There is no global state: tests make many heaps. A heap is not thread-safe: it belongs to one thread at a time.
#pragma once

#include "alloc/known_entries.h"
#include "gc/assist.h"
#include "gc/collector.h"
#include "heap/busy.h"
#include "heap/damage.h"
#include "heap/hooks.h"
#include "heap/terms.h"
#include "specials/host_values.h"

namespace mallocgc {

class Reach;
struct AllocTotals;  // heap/stats.cc

class Heap {
 public:
  // `max_handle_generation`: uses of a handle's index before it is retired (R4); tests make it small.
  // Its parts know each other from here on, so that the compiler can do that for a static heap.
  explicit constexpr Heap(uint32_t max_handle_generation = GenerationTable::kMaxGeneration)
      : handles_(max_handle_generation) {
    metadata_.init(pages_);
    types_.init(metadata_, kHasVisitors ? &visitor_ : nullptr);
    spans_.init(pages_, map_, metadata_);
    if constexpr (kHasLifecycles) {
      specials_.init(metadata_);
      host_values_.init(metadata_);
    }
    handles_.init(metadata_);
    globals_.init(metadata_);
    cache_.init(metadata_);
    allocator_.init(spans_, counters_, sweep_, young_);
    sweeper_.init(spans_, pages_, sweep_, events_);
  }
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  // `source` outlives the heap. kOutOfMemory: no address range or tables; kBadArgument: an option is out of range.
  Status init(const mgc_options& options, platform::MemorySource& source);
  // Gives all memory back; runs nothing (F6).
  void destroy();

  Mutator& main_mutator() { return main_mutator_; }
  Mutator* attach(uint32_t shadow_slots);
  Status detach(Mutator& mutator);

  // Allocation: null on failure. May collect, before the object is chosen (M11).
  void* mallocgc(Mutator& mutator, size_t size, Type* type, uint32_t flags, size_t align = 0);
  void* newobject(Mutator& mutator, Type* type);
  void* newarray(Mutator& mutator, Type* type, intptr_t count);
  void* rawmem(Mutator& mutator, size_t size);
  static size_t roundupsize(size_t size);
  Status free_object(void* object);
  void* reallocate(Mutator& mutator, void* object, size_t size);
  void* allocate_uncollectable(Mutator& mutator, size_t size, Type* type, uint32_t flags);
  // Returns where inlined code bumps objects of the type (0), or of `bytes` of it. It stays once it is not used up.
  mgc_alloc_slot* type_window(Mutator& mutator, Type* type, size_t bytes = 0);
  mgc_alloc_slot* noscan_window(Mutator& mutator, size_t size);

  Status define_type(const mgc_type_info& info, Type** out);
  Status set_filter(const mgc_filter& filter);
  Type* type_by_id(uint32_t id) { return types_.by_id(id); }

  // Whether the last marking that is over reached the object, for checks.
  bool is_marked(const void* address) const;

  // Collection.
  Status collect();
  Status set_no_barriers();  // as mgc_options.no_barriers
  // Frees young objects only. It is collect() where there are no minor cycles, or one would not pay.
  Status collect_minor();
  // 0: no full cycle is due; 1: one in one piece is, or, where collections are forbidden, anything; 2: one in slices.
  int32_t collection_due();
  // Does what is due, as the next slow path would; false: nothing is, or collections are forbidden.
  bool poll();
  // These go in slices. They give kBadArgument, and take no step, where collections are forbidden. True says that
  // nothing is left, sweeping included.
  Status start_cycle();
  bool step_work(uint64_t units);
  bool step(uint64_t budget_ns);
  // Where the cycle is, for checks: kSlicing while a cycle in slices marks.
  Phase collection_phase() const { return collector_.resolving() ? Phase::kResolving : collector_.phase(); }
  // The phases, for a host that times them. `forced`: counted and traced as asked for by the client.
  Status phase_start(bool forced = false);
  Status phase_mark();
  Status phase_finish();
  // Sweeps up to `spans` spans; true when none is left.
  bool sweep(uint32_t spans);
  int32_t set_gc_percent(int32_t percent);
  uint64_t set_memory_limit(uint64_t bytes);
  // Collects, and gives everything back that is not needed then (room.cc). The result is the bytes that came free.
  uint64_t trim();
  Status add_cycle_hook(CycleHook hook, void* context);
  Status remove_cycle_hook(CycleHook hook, void* context);
  // Roots that the client's code reports (visits.cc).
  Status add_enumerator(Enumerator function, void* context);
  Status remove_enumerator(Enumerator function, void* context);
  Visitor& visitor() { return visitor_; }
  void set_pressure(PressureCallback callback, void* context);
  // Between the two no collection starts, whatever asks for it (C2).
  void forbid_collection() { ++no_collection_depth_; }
  void allow_collection() { no_collection_depth_ -= no_collection_depth_ != 0; }

  // Roots.
  Status frame_push(Mutator& mutator, size_t slot_count, void*** slots);
  Status frame_pop(Mutator& mutator, void** slots);
  Status frame_restore(Mutator& mutator, void** top);
  Status stack_copy(Mutator& mutator, void** from, void** to, size_t capacity, size_t* needed);
  Status stack_put_back(Mutator& mutator, const void* const* copy);
  // For gc.h. Room for the Local of an object that is to be made; may collect.
  Status local_room(Mutator& mutator);
  // Makes sure of a free slot for a Local that cannot be refused; ends the program where there is none.
  void local_slot(Mutator& mutator);
  void scope_end(Mutator& mutator, void** scope) { mutator.stack.end_scope(scope); }
  Status handle_new(void* object, uint64_t* handle);
  void* handle_get(uint64_t handle);
  Status handle_set(uint64_t handle, void* object);
  Status handle_free(uint64_t handle);
  Status add_roots(void* base, size_t bytes, Type* type, bool is_barriered = false);
  Status remove_roots(void* base);
  Status add_stack(Mutator& mutator, const void* low_cell, const void* base);
  Status remove_stack(Mutator& mutator);
  Status add_shadow_chain(Mutator& mutator, const void* head);
  Status enable_c_stack(bool enable);
  Status enable_static_data(bool enable);

  // Lifecycle. A null function with a token is the host's.
  Status set_finalizer(void* object, FinalizerFn function, void* context, uint64_t token, bool is_unordered = false);
  Status clear_finalizer(void* object);
  Status add_cleanup(void* object, FinalizerFn function, void* argument, uint64_t token, uint64_t* id);
  Status stop_cleanup(uint64_t id);
  size_t run_finalizers(size_t max);
  // The next queued record, for a host that calls its own functions; its object is rooted by *handle (0 for cleanups).
  bool pop_ready(Ready* out, uint64_t* handle);
  uint64_t ready_count() const { return specials_.ready_count(); }
  Status weak_new(void* object, uint64_t* id);
  void* weak_get(uint64_t id);
  Status weak_free(uint64_t id);
  void* weak_load(const void* slot);
  bool weak_next(const void* object, size_t* at, mgc_weak_entry* entry);
  Status host_acquire(uint32_t* index);
  Status host_free(uint32_t index);
  uint32_t host_next_released() { return host_values_.next_released(); }

  // Observation.
  bool find_object(const void* address, FoundObject* found);
  // Spans in address order, and the slots of one: by value, and nothing is changed (mallocgc.h says the rest).
  uint32_t walk_spans(const void* from, mgc_span_info* spans, uint32_t capacity);
  uint32_t walk_slots(const void* base, uint32_t first, uint32_t* slots, uint32_t capacity);
  // A path from a root, and what points to an object (mallocgc.h).
  Status why_alive(const void* address, uint64_t asking, LinkBuffer& out);
  bool is_root(const void* address);
  Status referrers(const void* address, uint64_t asking, LinkBuffer& out);
  void stats(mgc_stats_data* out);
  Status set_debug(uint32_t flags, uint32_t stress_every);
  Recorder& recorder() { return recorder_; }
  Status verify();             // in the debug flavour
  Status verify_structures();  // the same walk, for tests of every flavour
  void set_listener(Listener listener, void* context);
  void set_damage_handler(DamageHandler handler, void* context);
  Status last_status() const { return last_status_; }
  // The failure of a call that was given the mutator.
  Status note_for(Mutator& mutator, Status status) {
    if (status != Status::kOk) mutator.remember(status, last_error_);
    return note(status);
  }
  const char* last_error() const { return last_error_.c_str(); }
  // What api/ reports when it refuses an argument itself.
  MGC_ALWAYS_INLINE Status fail(Status status, const char* text) {
    return kHasTexts ? fail_with(status, text) : note(status);
  }
  // The address of every empty object (M1).
  static void* zero_base();
  // Whether an address lies in this heap or, where all heaps have one range, in any.
  bool owns(Address a) const {
    return source_->range().contains(a) && (platform::kHeapsHaveOneRange || pages_.is_owned(a));
  }

 private:
  // While such a scope is open, the heap changes its structures for a request that is not a slow path.
  using Work = BusyWord::Work;

  // Allocation, from malloc.cc.
  void* allocate_small(Mutator& mutator, size_t size, Type* type, uint32_t flags, uint32_t size_class);
  void* allocate_tiny(Mutator& mutator, size_t size, size_t asked);
  void* allocate_large(size_t size, Type* type, uint32_t flags);
  void* allocate_fast(Mutator& mutator, size_t size, Type* type, uint32_t flags, size_t align);
  static CacheEntry& usual_entry(KnownEntries& known, size_t size, Type* type, uint32_t flags);
  Address take_near(CacheEntry& entry);
  void* finished(Address object, const CacheEntry& entry, size_t size, uint32_t flags);
  void* allocate_beyond_window(Mutator& mutator, size_t size, Type* type, uint32_t flags, CacheEntry& entry);
  void* allocate_slow(Mutator& mutator, size_t size, Type* type, uint32_t flags, size_t align);
  void* try_allocate(Mutator& mutator, size_t size, Type* type, uint32_t flags, size_t align);
  CacheEntry* entry_for(Mutator& mutator, Type* type, uint32_t size_class);
  CacheEntry* entry_by_last_resort(Mutator& mutator, Type* type, uint32_t size_class);
  Address take_fast(CacheEntry& entry);
  Address take_slow(CacheEntry& entry, bool counted = false);
  void collect_if_due(size_t bytes);
  void do_what_is_due(bool stressed, size_t bytes);
  void set_poll(bool is_due);
  void update_trigger();
  uint64_t full_at(uint64_t goal) const;
  bool is_due(size_t bytes);
  bool minor_is_due(size_t bytes);
  bool is_still_due(size_t bytes);
  void begin_slices(bool forced);
  void assist(size_t bytes, bool stressed);
  bool refuses_for_want_of_barriers();
  bool slices_full_cycle_at(uint64_t live) const;
  bool mode_has_slices() const { return kHasModes && (mode_ == MGC_MODE_INCREMENTAL || mode_ == kModeBoth); }
  bool runs_minor_cycles() const { return kHasModes && collector_.generations().enabled() && pacer_.gc_percent() >= 0; }
  bool stress_due();
  void update_run_cap();

  // Room, from room.cc.
  bool make_room(uint32_t pages, LastResort& step);
  bool try_grow(uint32_t pages, bool exact);
  bool limit_is_due() const;
  bool at_the_end() const;
  void collect_now(bool forced);
  void pace_changed();
  void give_back_all_but_the_goal();
  void give_back_what_stayed_free();
  uint64_t table_bytes() const;
  uint64_t sys_bytes() const;
  std::nullptr_t refuse_memory();
  Status refuse_metadata();
  // Runs `call`, which never collects, and once more after the sweep if it finds no memory. kTryAgain says that
  // collecting may help.
  template <class F>
  Status with_records(const char* activity, F call) {
    const auto work_on = [&] {
      const Work work(busy_, activity);
      return call();
    };
    Status status = work_on();
    if (status == Status::kOutOfMemory && sweep_rest()) status = work_on();
    if (status == Status::kOutOfMemory) return refuse_metadata();
    told_to_collect_ = false;
    return note(status);
  }
  bool sweep_rest();

  // As usable(), for calls that a callback of the heap may make: those that let go of roots.
  Status intact() { return busy_.is_busy() && busy_.was_interrupted() ? usable() : Status::kOk; }
  Status usable() { return note(busy_.check(last_error_)); }
  Status try_attach(uint32_t shadow_slots, Mutator** out);
  Status note(Status status) {
    if (status != Status::kOk) last_status_ = status;
    return status;
  }
  Status fail_with(Status status, const char* text);
  std::nullptr_t refuse_for(Mutator& mutator, Status status, const char* text) {
    (void)note_for(mutator, fail(status, text));
    return nullptr;
  }
  Status out_of_memory() { return fail(Status::kOutOfMemory, "out of memory"); }
  // It is always inlined, because what visits the roots later is called from the function that begins.
  MGC_ALWAYS_INLINE Status begin(const char* activity) {
    const Status status = note(busy_.enter(activity, last_error_));
    if constexpr (kHasMachineStack) {
      if (machine_stack_.is_enabled() && status == Status::kOk)
        machine_stack_.capture(Address::of(__builtin_frame_address(0)));
    }
    return status;
  }
  void end() { busy_.leave(); }
  // For functions that refuse by a null result.
  MGC_ALWAYS_INLINE std::nullptr_t refuse(Status status, const char* text) {
    if constexpr (kHasTexts) return refuse_with(status, text);
    (void)note(status);
    return nullptr;
  }
  std::nullptr_t refuse_with(Status status, const char* text);
  Status init_main_stack(const mgc_options& options);
  void start_mutator(Mutator& mutator);
  void run_hooks();
  static void call_client(void* heap, ClientCode::Run run, void* argument);
  void note_complaint();
  Status outcome();
  static void release_host_value(void* table, uint32_t index) { static_cast<HostTable*>(table)->release(index); }
  static void tell_listener(const mgc_event* event, void* heap);
  void complete_cycle();
  void note_rounds(bool is_over);
  void after_cycle();
  void after_minor();
  bool slice(uint64_t units);
  void verify_after_cycle();
  Audit audit();
  void record_roots();
  void before_minor();
  void drop_expected();
  void check_marking();
  void check_reach();
  void tell_damage();
  // The allocated object around an address, its span swept (C10); false: none.
  bool object_at(Address address, ObjectRef* out);
  bool is_found_dead(Address address) const;
  bool is_freed(Address address);
  RootSet roots();
  Status begin_question(const void* address, ObjectRef* out);
  Status find_living(void* object, ObjectRef* out);
  Status find_finalizable(void* object, ObjectRef* out);
  static ObjectPlace place_of(const ObjectRef& object);
  bool is_tiny_block(const Span& span);
  Status find_own(void* object, ObjectRef* out);
  void end_records(const ObjectRef& object, Address address);
  void release(const ObjectRef& object);
  bool resize_in_place(const ObjectRef& object, size_t size);
  void* move_object(Mutator& mutator, const ObjectRef& object, Address from, size_t size);
  Status pin_new(Mutator& mutator, void* object, uint64_t handle);
  void add_totals(const AllocTotals& totals, mgc_stats_data* out);
  void add_work(mgc_stats_data* out);
  void trace_cycle();
  Status set_recording(uint32_t flags);
  void* recorded(void* object, size_t size, const Type* type);
  RunningRecord* try_running();
  void end_running(const RunningRecord* last);
  void drop_unwound_records();
  void diagnose_registration(const ObjectRef& object, const char* what);
  void diagnose_lifecycles();

  platform::MemorySource* source_ = nullptr;
  PageHeap pages_;
  PageMap map_;
  Metadata metadata_;
  TypeTable types_;
  SpanClassTable classes_;
  SpanHeap spans_;
  Specials specials_;
  HostTable host_values_;
  HandleTable handles_;
  GlobalRoots globals_;
  Visitor visitor_;
  Enumerators enumerators_{visitor_};
  AllocCounters counters_;
  YoungSpans young_;
  SweepContext sweep_{.counters = &counters_,
                      .specials = &specials_,
                      .types = &types_,
                      .release_host = kHasLifecycles ? release_host_value : nullptr,
                      .release_context = &host_values_,
                      .recorder = &recorder_};
  Allocator allocator_;
  AllocCache cache_;
  Mutator main_mutator_{*this, cache_};
  List<Mutator> mutators_;
  MachineStack machine_stack_;
  StaticData static_data_;
  Marker marker_;
  Resolver resolver_;
  Sweeper sweeper_;
  Pacer pacer_;
  Collector collector_;
  Assists assists_;
  Events events_;
  Recorder recorder_;

  BusyWord busy_;
  Status last_status_ = Status::kOk;
  ErrorText last_error_;
  uint32_t debug_flags_ = 0;            // MGC_DEBUG_*
  bool sticky_check_ = false;           // marked objects need not be reachable after the marking that is under way
  Reach* expected_ = nullptr;           // while a minor cycle marks: all that it may mark
  Status client_status_ = Status::kOk;  // of the last collection: what the client's code reported in it
  DamageReport damage_;                 // what the checks of the last cycle found
  uint32_t stress_every_ = 0, stress_countdown_ = 0, stress_turn_ = 0;
  uint32_t no_collection_depth_ = 0;
  uint32_t mode_ = MGC_MODE_STOP;                      // MGC_MODE_*, and what the default stands for
  bool poll_ = false;                                  // what every mutator's poll word says
  bool mode_is_default_ = true, no_barriers_ = false;  // nobody asked for one; the client marks no cards
  bool cycle_requested_ = false;                       // in the stop mode: by start_cycle, for the next step
  CycleHooks hooks_;
  PressureCallback pressure_ = nullptr;
  Listener listener_ = nullptr;
  void *listener_context_ = nullptr, *pressure_context_ = nullptr;
  RunningRecord *running_ = nullptr, outermost_running_;  // the first: the innermost one
  uint32_t shadow_slots_ = kLeastShadowSlots;             // of an attached mutator
  uint64_t created_ns_ = 0, lookups_ = 0, finalizers_run_ = 0, cleanups_run_ = 0;
  uint64_t last_resorts_ = 0, limit_passes_ = 0;  // the second: growths beyond the soft limit
  uint64_t told_at_cycle_ = 0;                    // kTryAgain, as told_to_collect_
  bool told_to_collect_ = false;
};

}  // namespace mallocgc
