// Mutator: one thread of control as the heap sees it: a shadow stack, the slots of its Locals, and the allocation cache
// that it takes objects from. Suspended activations (coroutines, promises) are mutators too, since their frames do not
// nest; those of one thread share its cache.
// inv.mutator.abi: the mgc_mutator_abi is at offset 0, because compiled code holds pointers to it.
#pragma once

#include "alloc/cache.h"
#include "base/list.h"
#include "roots/client_stacks.h"
#include "roots/local_slots.h"
#include "roots/shadow_stack.h"

namespace mallocgc {

class Heap;

struct Mutator : mgc_mutator_abi, ListLink {
  constexpr Mutator(Heap& owner, AllocCache& shared_cache)
      : mgc_mutator_abi{}, heap(&owner), cache(&shared_cache), stack(*this), locals(*this) {
    type_slots = shared_cache.type_windows;
  }
  Mutator(const Mutator&) = delete;
  Mutator& operator=(const Mutator&) = delete;

  void remember(Status status, const ErrorText& text) {
    last_status = static_cast<uint32_t>(status);
    last_error.set(text.c_str());
  }

  Heap* heap;
  AllocCache* cache;
  ShadowStack stack;
  LinearStack linear;
  ShadowChain chain;
  LocalSlots locals;
  ErrorText last_error;  // of the last failed call that was given this mutator
};

}  // namespace mallocgc
