// Finalizers, cleanups, weak handles, host values, and questions about one object. A call that names an object sweeps
// its span first, or asks its mark while nothing may be swept. So it meets the object as the last marking left it
// (C10).
#include "heap/heap.h"
#include "inspect/diagnosis.h"

namespace mallocgc {

namespace {

// A flavour without them says this: a record that nothing ever looks at would be a promise that is not kept.
constexpr const char* kNoRecords = "this flavour of the heap has no finalizers, cleanups and weak handles";

}  // namespace

bool Heap::object_at(Address address, ObjectRef* out) {
  ++lookups_;
  Span* const span = map_.span_at(address);
  if (span == nullptr) return false;
  const size_t offset = address - span->base;
  if (offset >= span->limit_bytes) return false;
  const uint32_t slot = span->slot_at(offset);
  if (needs_sweep(*span, sweep_.epochs)) {
    // Nothing is swept before everything is resolved. Until then the mark tells what lives, and the object that is
    // asked about is resolved here. That may mark it, so weak words are cleared first.
    if (!sweep_.is_resolving) {
      sweep_span(*span, sweep_);
    } else if (kHasLifecycles && !span->is_marked(slot, sweep_.epochs.mark)) {
      if (span->specials != nullptr) resolver_.finish_weak();
      if (!resolve_object(*span, slot, sweep_)) return false;
    }
  }
  if (!is_allocated(*span, slot)) return false;
  *out = ObjectRef{span, slot, span->slot_address(slot)};
  return true;
}

ObjectPlace Heap::place_of(const ObjectRef& object) {
  return ObjectPlace{&object.span->specials, object.span->slot_count, object.slot, object.base};
}

bool Heap::find_object(const void* address, FoundObject* found) {
  *found = FoundObject{};
  if (usable() != Status::kOk) return false;
  const Work work(busy_, "question about an object");
  ObjectRef object;
  if (!object_at(Address::of(address), &object)) return false;
  const Span& span = *object.span;
  found->base = object.base.pointer();
  found->size = span.is_large() ? span.limit_bytes : span.slot_bytes;
  const uint32_t type_id = span.slot_types != nullptr ? span.slot_types[object.slot]
                           : span.type != nullptr     ? span.type->id
                                                      : 0;
  found->type = types_.by_id(type_id);
  return true;
}

bool Heap::is_tiny_block(const Span& span) {
  return kHasTinyBlocks && span.span_class == &classes_.noscan(SpanClassTable::kSharedBlocks);
}

// F4: errors come in Go's order. Static data and empty objects are not the heap's: they have no span, which is no
// error, and there is nothing to do.
Status Heap::find_living(void* object, ObjectRef* out) {
  if (usable() != Status::kOk) return last_status_;
  if (object == nullptr) return fail(Status::kBadPointer, "first argument is nil");
  const Address address = Address::of(object);
  const Work work(busy_, "question about an object");
  if (object_at(address, out) || !pages_.is_owned(address)) return Status::kOk;
  return fail(Status::kBadPointer, "pointer not in allocated block");
}

// The same for a finalizer, which is tied to the first byte of an object; in a tiny block any byte may be the first.
Status Heap::find_finalizable(void* object, ObjectRef* out) {
  const Status status = find_living(object, out);
  if (out->span == nullptr || Address::of(object) == out->base || is_tiny_block(*out->span)) return status;
  return fail(Status::kBadPointer, "pointer not at beginning of allocated block");
}

Status Heap::set_finalizer(void* object, FinalizerFn function, void* context, uint64_t token, bool is_unordered) {
  if constexpr (!kHasLifecycles) return fail(Status::kBadArgument, kNoRecords);
  ObjectRef found;
  const Status status = find_finalizable(object, &found);
  if (status != Status::kOk || found.span == nullptr) return status;
  if (!is_unordered) diagnose_registration(found, "finalizer");
  const FinalizerInfo info{function, Address::of(context), token};
  return with_records("registration of a finalizer", [&] {
    return specials_.set_finalizer(place_of(found), Address::of(object), info, last_error_, is_unordered);
  });
}

Status Heap::clear_finalizer(void* object) {
  ObjectRef found;
  const Status status = find_finalizable(object, &found);
  if (status != Status::kOk || found.span == nullptr) return status;
  const Work work(busy_, "removal of a finalizer");
  if (found.span->specials != nullptr) specials_.clear_finalizer(place_of(found), Address::of(object));
  return Status::kOk;
}

Status Heap::add_cleanup(void* object, FinalizerFn function, void* argument, uint64_t token, uint64_t* id) {
  *id = 0;
  if constexpr (!kHasLifecycles) return fail(Status::kBadArgument, kNoRecords);
  ObjectRef found;
  const Status status = find_living(object, &found);
  if (status != Status::kOk || found.span == nullptr) return status;
  diagnose_registration(found, "cleanup");
  const CleanupInfo info{function, Address::of(argument), token};
  return with_records("registration of a cleanup", [&] {
    return specials_.add_cleanup(place_of(found), Address::of(object), info, id, last_error_);
  });
}

Status Heap::stop_cleanup(uint64_t id) {
  if (usable() != Status::kOk) return last_status_;
  const Work work(busy_, "removal of a cleanup");
  return note(specials_.stop_cleanup(id, last_error_));
}

// The records of what runs lie in the heap, because unwinding past a drain may leave nothing that points into its frame
// (F11). The outermost one has its place in the heap object and needs no memory.
RunningRecord* Heap::try_running() {
  if (running_ == nullptr) return &outermost_running_;
  return static_cast<RunningRecord*>(metadata_.try_block(sizeof(RunningRecord), MetaCategory::kSpecials));
}

// Ends what runs, down to `last`: what is above it was left by unwinding.
void Heap::end_running(const RunningRecord* last) {
  for (bool is_last = running_ == nullptr; !is_last;) {
    RunningRecord* const ended = running_;
    is_last = ended == last || ended->outer == nullptr;
    running_ = ended->outer;
    if (ended != &outermost_running_) metadata_.free_block(ended, sizeof(RunningRecord), MetaCategory::kSpecials);
  }
}

MGC_NOINLINE void Heap::drop_unwound_records() {
  while (running_ != nullptr && running_->mark.is_gone()) end_running(running_);
}

// One executor, in order (F6). A record without a function stops it: the host pulls that with pop_ready. A record is
// out of the queue when it runs, and alive through running_ until it returns.
size_t Heap::run_finalizers(size_t max) {
  size_t ran = 0;
  drop_unwound_records();
  while (ran < max && usable() == Status::kOk && !specials_.next_is_hosts() && specials_.ready_count() != 0) {
    Ready ready;
    RunningRecord* const running = try_running();
    if (running == nullptr) {
      refuse_memory();
      break;
    }
    {
      const Work work(busy_, "taking of a finalizer");
      specials_.pop_ready(&ready);
      *running = RunningRecord{ready.object, ready.info.context, running_};
      running_ = running;
    }
    ++ran;
    ++(ready.kind == RecordKind::kCleanup ? cleanups_run_ : finalizers_run_);
    running->mark.call([&] {
      ready.info.fn(reinterpret_cast<mgc_mutator*>(&main_mutator_), ready.object.pointer(),
                    ready.info.context.pointer());
    });
    end_running(running);
  }
  if (ran != 0) events_.emit(MGC_EVENT_FINALIZER_RUN, ran);
  return ran;
}

bool Heap::pop_ready(Ready* out, uint64_t* handle) {
  *handle = 0;
  if (usable() != Status::kOk || specials_.ready_count() == 0) return false;
  // The handle is made first, for an object not yet known, so that the record stays queued where there is no memory for
  // one.
  if (with_records("making of a handle", [&] { return handles_.create(Address(), handle); }) != Status::kOk)
    return false;
  const Work work(busy_, "taking of a finalizer");
  specials_.pop_ready(out);
  const bool cleanup = out->kind == RecordKind::kCleanup;
  ++(cleanup ? cleanups_run_ : finalizers_run_);
  const Status bound = cleanup ? handles_.free(*handle, last_error_) : handles_.set(*handle, out->object, last_error_);
  if (cleanup) *handle = 0;
  return note(bound) == Status::kOk;
}

Status Heap::weak_new(void* object, uint64_t* id) {
  *id = 0;
  if constexpr (!kHasLifecycles) return fail(Status::kBadArgument, kNoRecords);
  if (usable() != Status::kOk) return last_status_;
  if (object == nullptr) return fail(Status::kBadPointer, "weak handle of a null pointer");
  const Address address = Address::of(object);
  ObjectRef found;
  {
    const Work work(busy_, "question about an object");
    if (!object_at(address, &found)) return fail(Status::kBadPointer, "pointer not in allocated block");
  }
  diagnose_registration(found, "weak handle");
  return with_records("making of a weak handle",
                      [&] { return specials_.weak_create(place_of(found), address - found.base, id); });
}

// An object may be dead and not resolved yet. Its mark tells, so that no read takes longer than another.
bool Heap::is_found_dead(Address address) const {
  const Span* const span = map_.span_at(address);
  return span != nullptr && needs_sweep(*span, sweep_.epochs) &&
         !span->is_marked(span->slot_at(address - span->base), sweep_.epochs.mark);
}

void* Heap::weak_get(uint64_t id) {
  if (usable() != Status::kOk) return nullptr;
  const Work work(busy_, "reading of a weak handle");
  Address target;
  if (note(specials_.weak_get(id, &target, last_error_)) != Status::kOk || target.is_null()) return nullptr;
  if (is_found_dead(target)) return nullptr;
  ++lookups_;
  if (collector_.slicing() && sweep_.epochs.is_marking()) marker_.shade(target);
  return target.pointer();
}

Status Heap::weak_free(uint64_t id) {
  if (usable() != Status::kOk) return last_status_;
  const Work work(busy_, "release of a weak handle");
  return note(specials_.weak_free(id, last_error_));
}

Status Heap::host_acquire(uint32_t* index) {
  *index = 0;
  if constexpr (!kHasLifecycles) return fail(Status::kBadArgument, "this flavour of the heap has no host values");
  if (usable() != Status::kOk) return last_status_;
  return with_records("making of a host value", [&] { return host_values_.acquire(index); });
}

Status Heap::host_free(uint32_t index) {
  if (usable() != Status::kOk) return last_status_;
  const Work work(busy_, "release of a host value");
  return note(host_values_.free(index, last_error_));
}

// F10, at registration: reports a record that is tied to a shared tiny block, since that lives as long as its
// neighbours.
void Heap::diagnose_registration(const ObjectRef& object, const char* what) {
  if constexpr (!kDebugFlavour) return;
  if ((debug_flags_ & MGC_DEBUG_FINALIZER_CHECKS) == 0 || !is_tiny_block(*object.span)) return;
  ErrorText text;
  text.add(what).add(" on a tiny block, which other objects may share: ").add_hex(object.base.value());
  events_.emit(MGC_EVENT_DIAGNOSIS, 0, 0, 0, 0, text.c_str());
}

// F10, after each cycle: reports records that keep their own object alive.
void Heap::diagnose_lifecycles() {
  Diagnosis diagnosis(spans_, types_, metadata_, events_);
  diagnosis.run();
}

}  // namespace mallocgc
