// What the debug flavour does besides: checks of each marking (C8), the record of collections and allocations, the walk
// over all structures. Switched by MGC_DEBUG_* flags.
#include <new>

#include "heap/heap.h"
#include "heap/options.h"

namespace mallocgc {

// Makes or frees the buffer: it is there only while something is recorded.
Status Heap::set_recording(uint32_t flags) {
  constexpr size_t kBytes = Recorder::kCapacity * sizeof(mgc_record);
  flags &= MGC_DEBUG_RECORD_CYCLES | MGC_DEBUG_RECORD_ALLOCATIONS;
  mgc_record* records = recorder_.records();
  if (flags != 0 && records == nullptr) {
    records = static_cast<mgc_record*>(metadata_.try_block(kBytes, MetaCategory::kDebug));
    if (records == nullptr) return out_of_memory();
  }
  if (flags == 0) {
    metadata_.free_block(records, kBytes, MetaCategory::kDebug);
    records = nullptr;
  }
  recorder_.use(records, flags);
  return Status::kOk;
}

Status Heap::set_debug(uint32_t flags, uint32_t stress_every) {
  if (usable() != Status::kOk) return last_status_;
  const char* const refusal = refusal_of_debug(flags, stress_every);
  if (refusal != nullptr) return fail(Status::kBadArgument, refusal);
  if constexpr (kDebugFlavour) {
    if (set_recording(flags) != Status::kOk) return last_status_;
  }
  if constexpr (!kHasEvents) return Status::kOk;
  debug_flags_ = flags;
  sweep_.poison = (flags & MGC_DEBUG_POISON) != 0;
  stress_every_ = stress_countdown_ = stress_every;
  update_run_cap();
  return Status::kOk;
}

Status Heap::verify() {
  if constexpr (!kDebugFlavour)
    return fail(Status::kBadArgument, "this flavour of the heap has no verifier: use the debug flavour");
  return verify_structures();
}

Audit Heap::audit() {
  if constexpr (!kDebugFlavour) return Audit{};
  return Audit{.roots = [](void* heap) { static_cast<Heap*>(heap)->record_roots(); },
               .minor = [](void* heap) { static_cast<Heap*>(heap)->before_minor(); },
               .marking = [](void* heap) { static_cast<Heap*>(heap)->check_marking(); },
               .context = this};
}

void Heap::record_roots() {
  if (!recorder_.cycles()) return;
  RootLinks(roots(), spans_, types_).visit([this](const ObjectSlot& object, const mgc_link& link) {
    recorder_.add(MGC_RECORD_ROOT, link.kind, object.base().value(), link.at);
  });
}

// Works out, before a minor cycle marks, what it may mark.
void Heap::before_minor() {
  sticky_check_ = true;
  if ((debug_flags_ & MGC_DEBUG_CHECKMARK) == 0) return;
  void* const place = metadata_.try_block(sizeof(Reach), MetaCategory::kDebug);
  if (place == nullptr) return;
  expected_ = new (place) Reach(spans_, types_, metadata_);
  if (!expected_->init()) return drop_expected();
  expected_->marked(collector_.epochs().mark);
  roots().visit(*expected_);
  expected_->complete();
}

void Heap::drop_expected() {
  if (expected_ == nullptr) return;
  expected_->~Reach();
  metadata_.free_block(expected_, sizeof(Reach), MetaCategory::kDebug);
  expected_ = nullptr;
}

void Heap::check_marking() {
  if (!damage_.is_asked) damage_.forget();
  if ((debug_flags_ & (MGC_DEBUG_VERIFY | MGC_DEBUG_CHECKMARK)) != 0 && damage_.found.text.empty()) check_reach();
  drop_expected();
  sticky_check_ = false;
  if (!damage_.found.text.empty()) events_.emit(MGC_EVENT_DIAGNOSIS, 0, 0, 0, 0, damage_.found.text.c_str());
}

void Heap::check_reach() {
  const uint32_t cycle = collector_.epochs().mark;
  Damage& found = damage_.found;
  const bool has_checkmark = (debug_flags_ & MGC_DEBUG_CHECKMARK) != 0;
  if (expected_ != nullptr) find_unexpected(spans_, *expected_, cycle, found);
  drop_expected();  // one traversal at a time
  if (!found.text.empty()) return;
  const bool sticky = sticky_check_ || collector_.slicing();
  Reach reach(spans_, types_, metadata_, sticky ? Reach::Words::kTyped : Reach::Words::kAll);
  const RootSet from = roots();
  if (!trace_from_roots(reach, from)) {
    if (has_checkmark) events_.emit(MGC_EVENT_DIAGNOSIS, 0, 0, 0, 0, "checkmark skipped: no memory for its bitmaps");
    if (!sticky) find_zombie(spans_, cycle, found);
    return;
  }
  const HolderSearch search{.spans = spans_, .pages = pages_, .types = types_, .roots = from, .reach = reach};
  check_pointers(search, found);
  if (!found.text.empty() || !has_checkmark) return;
  sticky ? run_barrier_check(search, cycle, found) : run_checkmark(spans_, reach, cycle, found);
}

// The client hears what the checks of a collection have found: by the status of the call that asked for the collection,
// and by its handler. Where it has none and nobody asked, the program ends.
void Heap::tell_damage() {
  if constexpr (!kDebugFlavour) return;
  const Damage& found = damage_.found;
  if (found.text.empty() || damage_.is_told) return;
  if (damage_.handler == nullptr) {
    if (!damage_.is_asked) platform::die(found.text.c_str());
    return;
  }
  const Type* const type = found.holder.found ? types_.by_id(found.holder.link.type_id) : nullptr;
  const mgc_damage told{.text = found.text.c_str(),
                        .target = found.target.pointer(),
                        .holder = found.holder.found ? &found.holder.link : nullptr,
                        .field = type != nullptr ? field_at(*type, found.holder.link.offset) : nullptr};
  const bool asked = damage_.is_asked;
  damage_.is_told = true;
  damage_.is_asked = false;  // the handler need not return
  busy_.call(CallbackPlace::kWhole, [&] { damage_.handler(&told, damage_.context); });
  damage_.is_asked = asked;
}

// Returns whether an address of the heap's is in no object. Only the debug flavour asks this, for what becomes a root.
bool Heap::is_freed(Address address) {
  if (!kDebugFlavour || address.is_null()) return false;
  const Work work(busy_, "question about an object");
  ObjectRef found;
  if (map_.span_at(address) == nullptr) return pages_.was_freed(address);
  return !object_at(address, &found);
}

void Heap::set_damage_handler(DamageHandler handler, void* context) {
  damage_.handler = handler;
  damage_.context = context;
}

// Brings a cycle that is under way to its end, and to what follows every cycle.
void Heap::complete_cycle() {
  if (collector_.phase() == Phase::kIdle) return;
  collector_.complete_cycle();
  after_cycle();
}

// What follows every cycle, whoever started it.
void Heap::after_cycle() {
  note_rounds(true);
  pace_changed();
  for (Mutator* m = mutators_.first(); m != nullptr; m = mutators_.after(m)) m->locals.trim();
  handles_.trim_if_sparse();
  if constexpr (kHasLifecycles) {
    specials_.trim_tables(true);
    host_values_.trim_if_sparse();
  }
  if (kHasEvents && (debug_flags_ & MGC_DEBUG_GCTRACE) != 0) trace_cycle();
  if constexpr (kDebugFlavour) {
    if ((debug_flags_ & MGC_DEBUG_FINALIZER_CHECKS) != 0) diagnose_lifecycles();
    verify_after_cycle();
  }
  note_complaint();
  tell_damage();
}

void Heap::after_minor() {
  update_trigger();
  if constexpr (kDebugFlavour) verify_after_cycle();
  note_complaint();
  tell_damage();
}

void Heap::verify_after_cycle() {
  ErrorText& text = damage_.found.text;
  if ((debug_flags_ & MGC_DEBUG_VERIFY) == 0 || !text.empty() || verify() == Status::kOk) return;
  text.add(last_error_.c_str());
  events_.emit(MGC_EVENT_DIAGNOSIS, 0, 0, 0, 0, text.c_str());
}

}  // namespace mallocgc
