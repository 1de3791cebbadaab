// The walk over all homes of records: a list, which is worked off from its front.
#include "gc/resolver.h"

namespace mallocgc {

void Resolver::begin() {
  units_ = 0;
  home_ = nullptr;
  context_->is_resolving = true;
  weak_.begin();
  if constexpr (kHasLifecycles) context_->specials->begin_resolving();
}

void Resolver::finish_weak() {
  if (!kHasWeakWords || weak_.done()) return;
  Budget budget;
  (void)weak_.some(budget);
  units_ += budget.spent;
}

uint64_t Resolver::clear_early() {
  Budget budget;
  weak_.begin();
  (void)weak_.some(budget);
  return budget.spent;
}

bool Resolver::some(uint64_t units) {
  if constexpr (kHasLifecycles) {
    Budget budget{.left = units};
    if (kHasWeakWords && !weak_.some(budget)) {
      units_ += budget.spent;
      return false;
    }
    Specials& specials = *context_->specials;
    bool done = false;
    while (!done && !budget.is_spent()) {
      SpanSpecials* const home = specials.next_unresolved();
      done = home == nullptr;
      if (done) break;
      if (home != home_) bucket_ = 0;
      home_ = home;
      const ObjectNode* const node = first_object(*home);
      Span* const span = node == nullptr ? nullptr : map_->span_at(node->base);
      budget.spend(1);
      if (span != nullptr && !resolve_records(*span, *context_, &bucket_, budget)) continue;
      specials.pass_unresolved();
    }
    units_ += budget.spent;
    if (!done) return false;
  }
  context_->is_resolving = false;
  return true;
}

}  // namespace mallocgc
