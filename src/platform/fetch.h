// Asks the processor to fetch what is read soon. WebAssembly has no such instruction, so nothing happens there.
// Doors: gc/greying.h.
#pragma once

#include "base/address.h"
#include "base/config.h"

namespace mallocgc::platform {

// The address may be any value at all.
MGC_ALWAYS_INLINE void fetch(Address address) { __builtin_prefetch(address.pointer()); }

}  // namespace mallocgc::platform
