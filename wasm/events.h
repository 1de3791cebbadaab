// The event ring in memory, as the host reads it. Record n is at n % capacity; `written` counts all events that there
// ever were. If the host writes how far it has read, `lost` counts exactly what it missed; otherwise `lost` counts what
// was overwritten.
#ifndef MALLOCGC_WASM_EVENTS_H
#define MALLOCGC_WASM_EVENTS_H

#include <mallocgc/abi.h>

namespace door {

inline constexpr uint32_t kEventCapacity = 256;
inline constexpr uint32_t kTextCapacity = 32;
inline constexpr uint32_t kTextBytes = 256;

struct EventRing {
  uint32_t written;
  uint32_t capacity;
  uint32_t lost;
  uint32_t read;  // the host's
  mgc_event records[kEventCapacity];
};

}  // namespace door

#endif
