// RootSet: everything that marking starts from (R1), in one place: shadow stacks, handles, global ranges, queued finalizers and
// cleanups with their arguments, and the contents of objects that have a finalizer (not the objects themselves).
#pragma once

#include "gc/marker.h"
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
};

struct RootSet {
  List<Mutator>* mutators = nullptr;
  HandleTable* handles = nullptr;
  GlobalRoots* globals = nullptr;
  Specials* specials = nullptr;
  RunningRecord* const* running = nullptr;

  // F is a visitor with: root(Address), maybe_root(Address) for words that need not be pointers, contents(Address object), and
  // range(Address base, size_t words, const Layout&). The marker and the checkmark visit the same roots, each in its own way.
  template <class F>
  void visit(F&& f) const {
    for (Mutator* m = mutators->first(); m != nullptr; m = mutators->after(m)) {
      m->stack.visit([&](void* value) { f.root(Address::of(value)); });
    }
    handles->visit([&](Address target) { f.root(target); });
    globals->visit_ranges([&](Address base, size_t words, const Layout* layout) { f.range(base, words, *layout); });
    specials->visit_finalizer_objects([&](Address object, Address context) {
      f.contents(object);
      f.maybe_root(context);
    });
    specials->visit_cleanup_args([&](Address argument) { f.maybe_root(argument); });
    specials->visit_ready([&](Address object, Address argument) {
      f.root(object);
      f.maybe_root(argument);
    });
    for (const RunningRecord* record = *running; record != nullptr; record = record->outer) {
      f.root(record->object);
      f.maybe_root(record->context);
    }
  }

  // What the pacer counts as roots (C6).
  uint64_t bytes() const {
    uint64_t total = globals->total_bytes() + handles->live_count() * sizeof(Address);
    for (Mutator* m = mutators->first(); m != nullptr; m = mutators->after(m)) total += m->stack.used_slots() * kWordBytes;
    return total;
  }
};

}  // namespace mallocgc
