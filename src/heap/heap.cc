// Creation, mutators, types, roots and hooks. Each function checks, and hands down.
#include "heap/heap.h"

#include <new>

#include "heap/options.h"

namespace mallocgc {

namespace {

constexpr const char* kFreedObject = "handle of a freed object: pointer not in allocated block";

// Flavours without them say this.
constexpr const char* kNoCallbacks = "this flavour of the heap has no hooks, listeners and other callbacks";
constexpr const char* kNoClientStacks = "this flavour of the heap has no stacks but the shadow stack";

}  // namespace

Status Heap::fail_with(Status status, const char* text) {
  last_error_.set(text);
  return note(status);
}

std::nullptr_t Heap::refuse_with(Status status, const char* text) {
  (void)fail_with(status, text);
  return nullptr;
}

RootSet Heap::roots() {
  RootSet all{&mutators_, &handles_, &globals_, &specials_, &running_};
  if (kHasMachineStack) all.machine_stack = &machine_stack_, all.static_data = &static_data_;
  if (kHasVisitors) all.enumerators = &enumerators_;
  return all;
}

Status Heap::init(const mgc_options& options, platform::MemorySource& source) {
  source_ = &source;
  created_ns_ = platform::now_ns();
  const char* const refusal = refusal_of(options);
  if (refusal != nullptr) return fail(Status::kBadArgument, refusal);
  const uint64_t max_bytes = options.max_bytes == 0 ? kDefaultMaxBytes : options.max_bytes;
  if constexpr (kHasVisitors) visitor_.init(ClientCode{.call = call_client, .heap = this});
  if (!platform::reserve_cards(source.range())) return out_of_memory();
  if (!map_.init(source)) return out_of_memory();
  if (pages_.init(source, max_bytes) != Status::kOk) return out_of_memory();
  classes_.init(metadata_);
  marker_.init(spans_, types_);
  resolver_.init(spans_, sweep_);
  marker_.start_cycle(sweep_.epochs);
  marker_.recorder = &recorder_;
  pacer_.init(options.gc_percent == 0 ? Pacer::kDefaultPercent : options.gc_percent,
              options.min_heap_bytes == 0 ? Pacer::kDefaultMinHeapBytes : options.min_heap_bytes, options.memory_limit);
  pacer_.set_memory(pages_.max_bytes(), table_bytes());
  pace_changed();
  collector_.init(Collector::Parts{.marker = &marker_,
                                   .resolver = &resolver_,
                                   .sweeper = &sweeper_,
                                   .pacer = &pacer_,
                                   .allocator = &allocator_,
                                   .spans = &spans_,
                                   .metadata = &metadata_,
                                   .types = &types_,
                                   .counters = &counters_,
                                   .sweep = &sweep_,
                                   .young = &young_,
                                   .events = &events_,
                                   .roots = roots(),
                                   .audit = audit()});
  mode_is_default_ = options.mode == MGC_MODE_AUTO;
  mode_ = mode_is_default_ ? kDefaultMode : options.mode;
  if (kHasModes && options.no_barriers != 0) {
    no_barriers_ = true;
    mode_ = MGC_MODE_STOP;
  }
  collector_.generations().init(mode_ == MGC_MODE_GENERATIONAL || mode_ == kModeBoth);
  update_trigger();
  cache_.forget_entries();
  const Status stack = init_main_stack(options);
  if (stack != Status::kOk) return stack;
  if (options.initial_bytes != 0 &&
      !pages_.try_grow(pages_for_bytes(static_cast<size_t>(options.initial_bytes)), true)) {
    return out_of_memory();
  }
  return set_debug(options.debug_flags, options.stress_every);
}

// A stack whose size was asked for is taken from the heap's memory. Otherwise the stack is a table of its own, if the
// system gives one, of which only the used part becomes memory.
Status Heap::init_main_stack(const mgc_options& options) {
  if (options.shadow_slots != 0) {
    shadow_slots_ = options.shadow_slots;
    if (main_mutator_.stack.init(metadata_, shadow_slots_) != Status::kOk) return out_of_memory();
    start_mutator(main_mutator_);
    return Status::kOk;
  }
  size_t slots = options.shadow_slots_max == 0 ? kDefaultShadowSlots : options.shadow_slots_max;
  if (!kIs64Bit) {
    const uint64_t share = pages_.max_bytes() / kShadowShareOfMemory / kWordBytes;
    if (slots > share) slots = static_cast<size_t>(share);
  }
  if (slots < kLeastShadowSlots) slots = kLeastShadowSlots;
  platform::Region table = source_->try_tables(slots * kWordBytes);
  while (table.bytes == 0 && slots > kLeastShadowSlots) {
    slots = slots / 2 < kLeastShadowSlots ? kLeastShadowSlots : slots / 2;
    table = source_->try_tables(slots * kWordBytes);
  }
  if (table.bytes == 0) return out_of_memory();
  main_mutator_.stack.init_in(table.base, slots);
  start_mutator(main_mutator_);
  return Status::kOk;
}

void Heap::start_mutator(Mutator& mutator) {
  mutator.epoch = 1;
  mutator.poll = poll_;
  mutator.locals.init(metadata_, mutator.stack.capacity_slots() / kShadowWordsOfLocal);
  mutators_.push_back(&mutator);
}

void Heap::destroy() {
  if (source_ == nullptr) return;
  globals_.give_back_cards();
  source_->release();
  source_ = nullptr;
}

Mutator* Heap::attach(uint32_t shadow_slots) {
  if (usable() != Status::kOk) return nullptr;
  Mutator* mutator = nullptr;
  const Status status = with_records("attachment of a mutator", [&] { return try_attach(shadow_slots, &mutator); });
  if (status != Status::kOk) {
    if (status == Status::kBadSize) (void)fail(Status::kBadArgument, "shadow_slots is out of range");
    return nullptr;
  }
  start_mutator(*mutator);
  return mutator;
}

Status Heap::try_attach(uint32_t shadow_slots, Mutator** out) {
  const uint32_t slots = shadow_slots == 0 ? shadow_slots_ : shadow_slots;
  if (slots > ShadowStack::kMaxSlots) return Status::kBadSize;  // before anything is taken
  void* const memory = metadata_.try_block(sizeof(Mutator), MetaCategory::kRoots);
  if (memory == nullptr) return Status::kOutOfMemory;
  auto* const mutator = new (memory) Mutator(*this, cache_);
  const Status status = mutator->stack.init(metadata_, slots);
  if (status != Status::kOk) {
    metadata_.free_block(memory, sizeof(Mutator), MetaCategory::kRoots);
  } else {
    *out = mutator;
  }
  return status;
}

Status Heap::detach(Mutator& mutator) {
  if (usable() != Status::kOk) return last_status_;
  if (&mutator == &main_mutator_) return fail(Status::kBadArgument, "the main mutator cannot be detached");
  const Work work(busy_, "detachment of a mutator");
  mutator.unlink();
  mutator.stack.release();
  mutator.locals.release();
  metadata_.free_block(&mutator, sizeof(Mutator), MetaCategory::kRoots);
  return Status::kOk;
}

Status Heap::define_type(const mgc_type_info& info, Type** out) {
  *out = nullptr;
  if (usable() != Status::kOk) return last_status_;
  return with_records("definition of a type", [&] { return types_.define(info, out, last_error_); });
}

Status Heap::set_filter(const mgc_filter& filter) {
  if (usable() != Status::kOk) return last_status_;
  if constexpr (!kHasTaggedWords) return fail(Status::kBadArgument, "this flavour of the heap has no tagged words");
  return note(types_.set_filter(filter, last_error_));
}

Status Heap::add_cycle_hook(CycleHook hook, void* context) {
  if constexpr (!kHasEvents) return fail(Status::kBadArgument, kNoCallbacks);
  if (hook == nullptr) return fail(Status::kBadArgument, "cycle hook is null");
  return hooks_.try_add(hook, context) ? Status::kOk : fail(Status::kBadArgument, "too many cycle hooks");
}

Status Heap::remove_cycle_hook(CycleHook hook, void* context) {
  if (!hooks_.try_remove(hook, context)) return fail(Status::kBadArgument, "not a registered cycle hook");
  if (!busy_.is_busy()) hooks_.drop_empty();
  return Status::kOk;
}

void Heap::run_hooks() {
  if constexpr (!kHasEvents) return;
  drop_unwound_records();
  if (hooks_.empty()) return;
  busy_.call(CallbackPlace::kWhole, [this] { hooks_.run(); });
  hooks_.drop_empty();
}

void Heap::set_pressure(PressureCallback callback, void* context) {
  if (!kHasEvents && callback != nullptr) return (void)fail(Status::kBadArgument, kNoCallbacks);
  pressure_ = callback;
  pressure_context_ = context;
}

void Heap::set_listener(Listener listener, void* context) {
  if (!kHasEvents && listener != nullptr) return (void)fail(Status::kBadArgument, kNoCallbacks);
  listener_ = listener;
  listener_context_ = context;
  events_.set_listener(listener == nullptr ? nullptr : tell_listener, this);
}

// Events are told in the middle of slow paths, so a listener that calls the heap is refused (M13).
void Heap::tell_listener(const mgc_event* event, void* heap) {
  Heap& self = *static_cast<Heap*>(heap);
  const auto tell = [&self, event] { self.listener_(event, self.listener_context_); };
  if (self.busy_.is_busy()) {
    self.busy_.call(CallbackPlace::kInside, tell);
  } else {
    tell();
  }
}

Status Heap::frame_push(Mutator& mutator, size_t slot_count, void*** slots) {
  *slots = nullptr;
  if (intact() != Status::kOk) return last_status_;
  return note(mutator.stack.push(slot_count, slots, last_error_));
}

Status Heap::frame_pop(Mutator& mutator, void** slots) { return note(mutator.stack.pop(slots, last_error_)); }

Status Heap::frame_restore(Mutator& mutator, void** top) {
  busy_.unwound();
  uint64_t epoch = 0;
  const bool had_scopes = mutator.epoch > 1;
  const Status status = mutator.stack.restore(top, last_error_, had_scopes ? &epoch : nullptr);
  if (epoch != 0) mutator.locals.release_since(epoch);
  return note(status);
}

Status Heap::stack_copy(Mutator& mutator, void** from, void** to, size_t capacity, size_t* needed) {
  return note(mutator.stack.copy(from, to, capacity, needed, last_error_));
}

Status Heap::stack_put_back(Mutator& mutator, const void* const* copy) {
  uint64_t epoch = 0;
  const Status status = mutator.stack.put_back(copy, last_error_, mutator.epoch > 1 ? &epoch : nullptr);
  if (epoch != 0) mutator.locals.release_since(epoch);
  return note(status);
}

Status Heap::local_room(Mutator& mutator) {
  if (usable() != Status::kOk) return last_status_;
  Status status = mutator.locals.make_room(last_error_);
  if (status != Status::kOutOfMemory) return note(status);
  if (begin("refill") != Status::kOk) return last_status_;
  const uint32_t pages = pages_for_bytes(LocalSlots::bytes_of_slots(LocalSlots::kBlockSlots + 1));
  for (LastResort step = LastResort::kSweep; status == Status::kOutOfMemory && make_room(pages, step);)
    status = mutator.locals.make_room(last_error_);
  end();
  if (status != Status::kOutOfMemory) return note(status);
  refuse_memory();
  return last_status_;
}

void Heap::local_slot(Mutator& mutator) {
  const Status status = mutator.locals.make_room_in_reserve(last_error_);
  if (status == Status::kOk) return;
  platform::die(status == Status::kOutOfMemory ? "out of memory: no slot for a Local" : last_error_.c_str());
}

Status Heap::handle_new(void* object, uint64_t* handle) {
  *handle = 0;
  if (usable() != Status::kOk) return last_status_;
  if (object == nullptr) return fail(Status::kBadPointer, "handle of a null pointer");
  if (is_freed(Address::of(object))) return fail(Status::kBadPointer, kFreedObject);
  return with_records("making of a handle", [&] { return handles_.create(Address::of(object), handle); });
}

void* Heap::handle_get(uint64_t handle) {
  Address target;
  if (intact() != Status::kOk || note(handles_.get(handle, &target, last_error_)) != Status::kOk) return nullptr;
  return target.pointer();
}

Status Heap::handle_set(uint64_t handle, void* object) {
  if (intact() != Status::kOk) return last_status_;
  Address before;
  const bool is_known = handles_.get(handle, &before, last_error_) == Status::kOk;
  if (is_known && !busy_.is_busy() && is_freed(Address::of(object))) return fail(Status::kBadPointer, kFreedObject);
  const Work work(busy_, "setting of a handle");
  return note(handles_.set(handle, Address::of(object), last_error_));
}

Status Heap::handle_free(uint64_t handle) {
  if (intact() != Status::kOk) return last_status_;
  const Work work(busy_, "release of a handle");
  return note(handles_.free(handle, last_error_));
}

namespace {

// Returns whether part of the range is in pages of the heap that are in use.
bool meets_pages(const PageHeap& pages, const RootRange& range) {
  const Address last = range.base + (range.bytes - 1);
  if (range.bytes == 0 || last < pages.address_of(pages.begin()) || range.base >= pages.address_of(pages.end()))
    return false;
  const uint32_t from = pages.page_of(range.base).index();
  const uint32_t to = pages.page_of(last).index() + 1;
  const uint32_t first = range.base < pages.address_of(pages.begin()) ? pages.begin().index() : from;
  const uint32_t end = last >= pages.address_of(pages.end()) ? pages.end().index() : to;
  return pages.next_in_use(first, end) != end;
}

}  // namespace

Status Heap::add_roots(void* base, size_t bytes, Type* type, bool is_barriered) {
  if (usable() != Status::kOk) return last_status_;
  if (is_barriered && no_barriers_)
    return fail(Status::kBadArgument, "the heap was made with no_barriers: no card tells what changes in a range");
  if (is_barriered && meets_pages(pages_, RootRange{.base = Address::of(base), .bytes = bytes}))
    return fail(Status::kBadArgument, "a barriered root range lies in the heap, which cleans its cards");
  const Layout* const layout = type == nullptr ? types_.conservative_layout() : type->layout;
  if (layout->has_weak) return fail(Status::kBadType, "a range of roots has no weak words");
  return with_records("registration of roots", [&] {
    return globals_.add(RootRange{Address::of(base), bytes, layout, is_barriered}, last_error_);
  });
}

Status Heap::remove_roots(void* base) {
  if (intact() != Status::kOk) return last_status_;
  const Work work(busy_, "removal of roots");
  return note(globals_.remove(Address::of(base), last_error_));
}

Status Heap::add_stack(Mutator& mutator, const void* low_cell, const void* base) {
  if constexpr (!kHasClientStacks) return fail(Status::kBadArgument, kNoClientStacks);
  if (usable() != Status::kOk) return last_status_;
  const Address cell = Address::of(low_cell);
  const Address end = Address::of(base);
  if (cell.is_null() || !cell.is_aligned(kWordBytes))
    return fail(Status::kBadPointer, "the cell of a stack is null or not word aligned");
  if (end.is_null() || !end.is_aligned(kWordBytes))
    return fail(Status::kBadPointer, "the base of a stack is null or not word aligned");
  if (mutator.linear.low_cell != nullptr && mutator.linear.low_cell != low_cell)
    return fail(Status::kBadArgument, "the mutator has a stack already: remove it first");
  mutator.linear = LinearStack{static_cast<const Address*>(low_cell), end};
  return Status::kOk;
}

Status Heap::remove_stack(Mutator& mutator) {
  if (intact() != Status::kOk) return last_status_;
  if (mutator.linear.low_cell == nullptr) return fail(Status::kBadArgument, "the mutator has no stack to remove");
  mutator.linear = LinearStack{};
  return Status::kOk;
}

Status Heap::add_shadow_chain(Mutator& mutator, const void* head) {
  if constexpr (!kHasClientStacks) return fail(Status::kBadArgument, kNoClientStacks);
  if (usable() != Status::kOk) return last_status_;
  if (!Address::of(head).is_aligned(kWordBytes))
    return fail(Status::kBadPointer, "the head of a shadow chain is not word aligned");
  mutator.chain = ShadowChain{static_cast<const ShadowChain::Entry* const*>(head)};
  return Status::kOk;
}

Status Heap::enable_c_stack(bool enable) {
  if (usable() != Status::kOk) return last_status_;
  if (!enable) {
    machine_stack_.disable();
    return Status::kOk;
  }
  if (!kHasMachineStack || !machine_stack_.enable())
    return fail(Status::kBadArgument, "the machine's stack cannot be found on this platform");
  if (!platform::is_rooted_without_barriers() || set_no_barriers() == Status::kOk) return Status::kOk;
  machine_stack_.disable();
  return last_status_;
}

Status Heap::enable_static_data(bool enable) {
  if (usable() != Status::kOk) return last_status_;
  static_data_.enable(enable);
  if (!enable || (kHasMachineStack && static_data_.bytes() != 0)) return Status::kOk;
  static_data_.enable(false);
  return fail(Status::kBadArgument, "static data cannot be found on this platform");
}

}  // namespace mallocgc
