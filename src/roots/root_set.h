// RootSet: everything that marking starts from (R1), in one place: shadow stacks, Locals, stacks of the client's, what
// its enumerators report, handles, global ranges, queued finalizers and cleanups with their arguments, and the contents
// of objects that have a finalizer (not the objects themselves).
#pragma once

#include "base/client_call.h"
#include "roots/enumerators.h"
#include "roots/global_roots.h"
#include "roots/handles.h"
#include "roots/mutator.h"
#include "specials/specials.h"

namespace mallocgc {

// A finalizer or cleanup that is running: out of the queue, and alive until it returns. Drains nest.
struct RunningRecord {
  Address object;
  Address context;
  RunningRecord* outer = nullptr;
  CallMark mark = {};  // of the call, which may be left by unwinding
};

enum class RootKind : uint32_t {
  kStack = MGC_LINK_STACK,
  kHandle = MGC_LINK_HANDLE,
  kRange = MGC_LINK_RANGE,
  kFinalizer = MGC_LINK_FINALIZER,
  kContext = MGC_LINK_CONTEXT,
  kQueued = MGC_LINK_QUEUED,
  kRunning = MGC_LINK_RUNNING,
  kClientStack = MGC_LINK_CLIENT_STACK,
  kChain = MGC_LINK_CHAIN,
  kEnumerated = MGC_LINK_ENUMERATED,
};

struct RootSet {
  List<Mutator>* mutators = nullptr;
  HandleTable* handles = nullptr;
  GlobalRoots* globals = nullptr;
  Specials* specials = nullptr;
  RunningRecord* const* running = nullptr;
  const MachineStack* machine_stack = nullptr;  // null: none
  const StaticData* static_data = nullptr;      // null: none
  const Enumerators* enumerators = nullptr;     // null: none

  // F is a visitor with: root(Address), maybe_root(Address) for words that need not be pointers, contents(Address
  // object), and range(Address base, size_t words, const Layout&). The marker and the checkmark visit the same roots,
  // each in its own way. A visitor that also has about(RootKind, uint64_t at) is told before each call what root it is,
  // with `at` as in mgc_link.
  template <class F>
  void visit(F&& f) const {
    visit_stacks(f);
    if constexpr (kIsTold<F&>) {
      handles->visit_named([&](uint64_t handle, Address target) {
        f.about(RootKind::kHandle, handle);
        f.root(target);
      });
    } else {
      handles->visit([&](Address target) { f.root(target); });
    }
    visit_ranges(f);
    if constexpr (!kHasLifecycles) return;
    visit_lifecycles(f);
    visit_running(f);
  }

  // What nobody watches, so that every marking reads it to the end: stacks, ranges, and what runs. A marking, whose
  // visitor has range() for parts too, reads of barriered ranges what their cards tell of.
  template <class F>
  void visit_unwatched(F&& f) const {
    visit_stacks(f);
    if constexpr (kHasModes && kReadsParts<F&>) {
      globals->visit_changed(f);
    } else {
      visit_ranges(f);
    }
    if constexpr (kHasLifecycles) visit_running(f);
  }
  // The handles that were made or changed since the last call, or since forget_changes().
  template <class F>
  void visit_changed_handles(F&& f) const {
    handles->visit_changed([&](Address target) { f.root(target); });
    handles->forget_changes();
  }
  // What may point to an object that was allocated since forget_changes(): what nobody watches, and of the others what
  // is new or changed (C10).
  template <class F>
  void visit_new(F&& f) const {
    visit_unwatched(f);
    handles->visit_changed([&](Address target) { f.root(target); });
    if constexpr (!kHasLifecycles) return;
    specials->visit_new_finalizer_objects([&](Address object, Address context, bool) {
      f.contents(object);
      f.maybe_root(context);
    });
    specials->visit_new_cleanup_args([&](Address argument) { f.maybe_root(argument); });
    specials->visit_new_ready([&](Address object, Address argument) {
      f.root(object);
      f.maybe_root(argument);
    });
  }
  // A cycle has seen everything. Costs a step for each chunk of handles in which there was a change.
  void forget_changes() const {
    handles->forget_changes();
    if constexpr (kHasLifecycles) specials->forget_new();
  }

  // The bytes that the pacer counts as roots (C6).
  uint64_t bytes() const {
    uint64_t total = globals->total_bytes() + handles->live_count() * sizeof(Address);
    for (Mutator* m = mutators->first(); m != nullptr; m = mutators->after(m)) {
      total += (m->stack.used_slots() + m->locals.capacity_slots()) * kWordBytes;
      if constexpr (kHasClientStacks) total += m->linear.bytes();
    }
    if (kHasClientStacks && machine_stack != nullptr) total += machine_stack->bytes();
    if (kHasClientStacks && static_data != nullptr) total += static_data->bytes();
    if (kHasVisitors && enumerators != nullptr) total += enumerators->bytes();
    return total;
  }

 private:
  template <class F>
  void visit_stacks(F& f) const {
    const auto visit_slot = [&](void*& slot) {
      tell(f, RootKind::kStack, Address::of(&slot));
      f.root(Address::of(slot));
    };
    for (Mutator* m = mutators->first(); m != nullptr; m = mutators->after(m)) {
      m->stack.visit(visit_slot);
      m->locals.visit(visit_slot);
    }
    if constexpr (kHasClientStacks) visit_client_stacks(f);
    if constexpr (kHasVisitors) visit_enumerated(f);
  }

  template <class F>
  MGC_NOINLINE void visit_enumerated(F& f) const {
    if (enumerators == nullptr) return;
    const auto take = [&f](Address slot, Address value, Certainty certainty) {
      tell(f, RootKind::kEnumerated, slot);
      if constexpr (requires { f.counted(); }) f.counted();
      certainty == Certainty::kExact ? f.root(value) : f.maybe_root(value);
    };
    enumerators->visit(take);
  }

  template <class F>
  void visit_ranges(F& f) const {
    globals->visit_ranges([&](Address base, size_t words, const Layout* layout) {
      tell(f, RootKind::kRange, base);
      f.range(base, words, *layout);
    });
  }

  template <class F>
  void visit_client_stacks(F& f) const {
    const auto maybe = [&](Address at) {
      tell(f, RootKind::kClientStack, at);
      f.maybe_root(platform::load_word(at));
    };
    for (Mutator* m = mutators->first(); m != nullptr; m = mutators->after(m)) {
      m->linear.visit(maybe);
      m->chain.visit([&](Address at) {
        tell(f, RootKind::kChain, at);
        f.root(platform::load_word(at));
      });
    }
    if (machine_stack != nullptr) machine_stack->visit(maybe);
    if (static_data == nullptr) return;
    static_data->visit([&](Address at) {
      tell(f, RootKind::kRange, at);
      f.maybe_root(platform::load_word(at));
    });
  }

  template <class F>
  void visit_lifecycles(F& f) const {
    specials->visit_finalizer_objects([&](Address object, Address context, bool is_unordered) {
      tell(f, RootKind::kFinalizer, object);
      if (!is_unordered || !kLeavesUnordered<F>) f.contents(object);
      tell(f, RootKind::kContext, object);
      f.maybe_root(context);
    });
    specials->visit_cleanup_args([&](Address argument) {
      tell(f, RootKind::kContext, Address());
      f.maybe_root(argument);
    });
    specials->visit_ready([&](Address object, Address argument) {
      tell(f, RootKind::kQueued, object);
      f.root(object);
      f.maybe_root(argument);
    });
  }

  template <class F>
  void visit_running(F& f) const {
    for (const RunningRecord* record = *running; record != nullptr; record = record->outer) {
      tell(f, RootKind::kRunning, record->object);
      f.root(record->object);
      f.maybe_root(record->context);
    }
  }

  template <class F>
  static constexpr bool kReadsParts = requires(F f, const Layout& layout) { f.range(Address(), 0, layout, 0, 0); };
  template <class F>
  static constexpr bool kIsTold = requires(F f) { f.about(RootKind::kStack, uint64_t{}); };
  // Whether a visitor leaves out the contents of objects with unordered finalizers. The marker does: it asks for them
  // once all else is marked (Specials::unordered_died). Whoever looks at the result of a marking visits them with the
  // others: the objects of those that are still registered live.
  template <class F>
  static constexpr bool kLeavesUnordered = requires { F::kLeavesUnordered; };
  template <class F>
  static void tell(F& f, RootKind kind, Address at) {
    if constexpr (kIsTold<F&>) f.about(kind, at.value());
  }
};

}  // namespace mallocgc
