// The checks of the debug flavour have found this in the last collection, and the heap tells it to a handler
// (debug.cc).
#pragma once

#include <mallocgc/abi.h>

#include "inspect/checkmark.h"

namespace mallocgc {

using DamageHandler = void (*)(const mgc_damage* damage, void* context);

struct DamageReport {
  Damage found;
  DamageHandler handler = nullptr;
  void* context = nullptr;
  bool is_asked = false;  // a call that gives a status has asked for the collections that are under way
  bool is_told = false;   // the handler has heard of `found`

  void forget() {
    found.clear();
    is_told = false;
  }
  // `is_checked`: the marking that is under way is over, and what it has found counts.
  void ask(bool is_checked) {
    if (!is_checked) forget();
    is_asked = true;
  }
};

}  // namespace mallocgc
