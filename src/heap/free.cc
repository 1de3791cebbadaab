// Objects that the client ends by hand, resizes, or keeps without a root of its own: what shims for malloc and for
// other collectors stand on. An object ends as if the sweeper had found it dead, but none of its functions runs: its
// records end with it, the marker lets go of it (Collector::forget_object), and its slot is free.
//
// Between two cycles the slot may be taken again at once (Allocator::reopen); while a cycle goes on in slices, only
// after that (Allocator::set_aside), since pointers to the dead object may still wait in what the cycle has in hand.
// A span without objects goes back at once in the first case, and with the sweep in the second.
//
// An uncollectable object is one with a handle that its node remembers (ObjectNode::pin).
// Doors: from api/; on to specials/, gc/ and alloc/.
#include "heap/heap.h"
#include "platform/sanitizer.h"
#include "types/layout.h"

namespace mallocgc {

namespace {

constexpr const char* kNotHere = "this flavour of the heap has no objects that the client frees";

uint32_t type_id_in(const Span& span, uint32_t slot) {
  return span.slot_types != nullptr ? span.slot_types[slot] : span.type != nullptr ? span.type->id : 0;
}

bool has_objects(const Span& span) {
  for (uint32_t word = 0; word < bitmap_words(span.slot_count); ++word) {
    if (span.allocated[word] != 0) return true;
  }
  return false;
}

}  // namespace

// Finds the object that begins at the address, or the tiny block around it. Begins the activity, unless it fails. A
// cycle that a host runs phase by phase is ended first.
Status Heap::find_own(void* object, ObjectRef* out) {
  if (begin("free") != Status::kOk) return last_status_;
  if (collector_.phase() != Phase::kIdle && !collector_.slicing()) complete_cycle();
  const Address address = Address::of(object);
  const char* problem = nullptr;
  if (object == nullptr) {
    problem = "first argument is nil";
  } else if (!object_at(address, out)) {
    problem = "pointer not in allocated block";
  } else if (address != out->base && !is_tiny_block(*out->span)) {
    problem = "pointer not at beginning of allocated block";
  }
  if (problem == nullptr) return Status::kOk;
  end();
  return fail(Status::kBadPointer, problem);
}

Status Heap::free_object(void* object) {
  if constexpr (!kHasExplicitFree) return fail(Status::kBadArgument, kNotHere);
  if (object == nullptr || object == zero_base()) return Status::kOk;
  ObjectRef found;
  if (find_own(object, &found) != Status::kOk) return last_status_;
  end_records(found, Address::of(object));
  if (!is_tiny_block(*found.span)) release(found);
  end();
  return Status::kOk;
}

// Ends the records of the object; in a tiny block only those that are tied to the address.
void Heap::end_records(const ObjectRef& object, Address address) {
  const bool shares = is_tiny_block(*object.span);
  const Address base = shares ? address : object.base;
  const size_t bytes = shares ? 1 : object.span->slot_bytes;
  if (specials_.ready_count() != 0) specials_.end_queued(base, bytes);
  for (RunningRecord* running = running_; running != nullptr; running = running->outer) {
    if (running->object - base < bytes) running->object = Address();
  }
  SpanSpecials*& home = object.span->specials;
  if (home == nullptr) return;
  if (shares) return specials_.end_address(home, object.slot, address, address - object.base);
  const uint64_t pin = specials_.unpin(home, object.slot);
  if (pin != 0) (void)handles_.free(pin, last_error_);
  if (home != nullptr) specials_.end_object(home, object.slot);
}

// Frees the slot of an object that has no records any more.
void Heap::release(const ObjectRef& object) {
  Span& span = *object.span;
  collector_.forget_object(span, object.slot);
  free_slot(span, object.slot, sweep_);
  counters_.heap_live -= span.slot_bytes;
  const bool cycle_goes_on = collector_.slicing();
  if (!cycle_goes_on && span.owner == nullptr && !has_objects(span)) {
    specials_.trim(span.specials);
    return sweeper_.give_back(span);
  }
  if (span.is_large()) return;
  cycle_goes_on ? allocator_.set_aside(span, object.slot) : allocator_.reopen(span, object.slot);
}

void* Heap::reallocate(Mutator& mutator, void* object, size_t size) {
  if constexpr (!kHasExplicitFree) return refuse(Status::kBadArgument, kNotHere);
  if (size > kMaxObjectBytes) return refuse(Status::kBadSize, "allocation size out of range");
  ObjectRef found;
  if (find_own(object, &found) != Status::kOk) return nullptr;
  const Type* const type = types_.by_id(type_id_in(*found.span, found.slot));
  const bool has_host = type != nullptr && type->layout->has_host;
  if (type != nullptr && type->layout->has_weak && collector_.resolving()) resolver_.finish_weak();
  const bool done = !has_host && size != 0 && resize_in_place(found, size);
  end();
  if (has_host) return refuse(Status::kBadType, "an object that holds host values cannot be resized");
  if (done) return object;
  if (size != 0) return move_object(mutator, found, Address::of(object), size);
  return free_object(object) == Status::kOk ? zero_base() : nullptr;
}

// Resizes without moving, where the slot or the pages stay as they are. The length of a large object does not change
// while it is being scanned.
bool Heap::resize_in_place(const ObjectRef& object, size_t size) {
  Span& span = *object.span;
  if (is_tiny_block(span)) return false;
  if (span.is_large()) {
    if (size <= kMaxSmallBytes || pages_for_bytes(size) != span.page_count) return size == span.limit_bytes;
    if (collector_.slicing()) return size == span.limit_bytes;
    platform::unpoison(object.base, size);
    if (size > span.limit_bytes)
      __builtin_memset((object.base + span.limit_bytes).pointer(), 0, size - span.limit_bytes);
    span.limit_bytes = size;
    platform::poison(object.base + size, span.slot_bytes - size);
    return true;
  }
  if (size > kMaxSmallBytes || size_class_of(size) != span.size_class) return false;
  platform::unpoison(object.base, span.slot_bytes);
  if (span.scan_kind != ScanKind::kPointerFree)
    __builtin_memset((object.base + size).pointer(), 0, span.slot_bytes - size);
  platform::poison(object.base + size, span.slot_bytes - size);
  return true;
}

// Moves the contents to a new object of the same type. The old object is a root until it is copied. The pin goes along:
// its handle is set to the new object last, when nothing can fail any more.
void* Heap::move_object(Mutator& mutator, const ObjectRef& object, Address from, size_t size) {
  const Span& span = *object.span;
  const size_t bytes = is_tiny_block(span) ? object.base + span.slot_bytes - from
                       : span.is_large()   ? span.limit_bytes
                                           : span.slot_bytes;
  Type* const type = types_.by_id(type_id_in(span, object.slot));
  const ObjectNode* const node = specials_.try_find(span.specials, object.slot);
  const uint64_t handle = node == nullptr ? 0 : node->pin;
  void** slot = nullptr;
  if (frame_push(mutator, 1, &slot) != Status::kOk) return nullptr;
  slot[0] = from.pointer();
  void* const moved = mallocgc(mutator, size, type, MGC_OWN_BLOCK | (type == nullptr ? uint32_t{MGC_NOSCAN} : 0));
  if (moved != nullptr) platform::copy_bytes(Address::of(moved), from, bytes < size ? bytes : size);
  const Status pinned = moved == nullptr || handle == 0 ? Status::kOk : pin_new(mutator, moved, handle);
  (void)frame_pop(mutator, slot);
  if (moved == nullptr) return nullptr;
  if (pinned != Status::kOk) {
    (void)free_object(moved);
    (void)note(pinned);
    return nullptr;
  }
  ObjectRef old;
  if (handle != 0 && object_at(from, &old)) {
    (void)specials_.unpin(old.span->specials, old.slot);
    (void)handles_.set(handle, Address::of(moved), last_error_);
  }
  return free_object(from.pointer()) == Status::kOk ? moved : nullptr;
}

// Notes the handle that keeps a new object, which nothing else may keep yet. It collects where there is no memory for
// the record.
Status Heap::pin_new(Mutator& mutator, void* object, uint64_t handle) {
  const auto pin = [&] {
    ObjectRef found;
    (void)object_at(Address::of(object), &found);
    return with_records("making of an uncollectable object", [&] { return specials_.pin(place_of(found), handle); });
  };
  Status status = pin();
  if (status != Status::kTryAgain) return status;
  void** slot = nullptr;
  if (frame_push(mutator, 1, &slot) != Status::kOk) return last_status_;
  slot[0] = object;
  if (collect() == Status::kOk) status = pin();
  (void)frame_pop(mutator, slot);
  return status;
}

// The handle is made first, of nothing yet, as it may be refused.
void* Heap::allocate_uncollectable(Mutator& mutator, size_t size, Type* type, uint32_t flags) {
  if constexpr (!kHasExplicitFree) return refuse(Status::kBadArgument, kNotHere);
  if (usable() != Status::kOk) return nullptr;
  uint64_t handle = 0;
  const auto make_handle = [&] {
    return with_records("making of a handle", [&] { return handles_.create(Address(), &handle); });
  };
  Status status = make_handle();
  if (status == Status::kTryAgain && collect() == Status::kOk) status = make_handle();
  if (status != Status::kOk) return nullptr;
  void* object = mallocgc(mutator, size, type, flags | (size == 0 ? 0 : MGC_OWN_BLOCK));
  if (object != nullptr && size != 0) {
    const Status pinned = pin_new(mutator, object, handle);
    if (pinned != Status::kOk) {
      (void)free_object(object);
      (void)note(pinned);
      object = nullptr;
    }
  }
  if (object != nullptr && size != 0) {
    (void)handles_.set(handle, Address::of(object), last_error_);
  } else {
    (void)handles_.free(handle, last_error_);
  }
  return object;
}

}  // namespace mallocgc
