// Events (O5): what happens in the heap, told to one listener as it happens. Statistics, traces and the demo page are
// listeners; the core keeps no history.
#pragma once

#include <mallocgc/abi.h>

#include "platform/platform.h"

namespace mallocgc {

using Listener = void (*)(const mgc_event* event, void* context);

class Events {
 public:
  void set_listener(Listener listener, void* context) {
    listener_ = listener;
    context_ = context;
  }
  bool heard() const { return kHasEvents && listener_ != nullptr; }
  void emit(uint32_t kind, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0, uint64_t d = 0,
            const char* text = nullptr) const {
    if (!kHasEvents || listener_ == nullptr) return;
    const mgc_event event{kind, cycle, platform::now_ns(), {a, b, c, d}, text};
    listener_(&event, context_);
  }

  uint32_t cycle = 0;

 private:
  Listener listener_ = nullptr;
  void* context_ = nullptr;
};

}  // namespace mallocgc
