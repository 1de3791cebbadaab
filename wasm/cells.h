// The host reads these cells after a call that has more than one result. describe.cc publishes the offsets.
#ifndef MALLOCGC_WASM_CELLS_H
#define MALLOCGC_WASM_CELLS_H

#include <mallocgc/mallocgc.h>
#include <stdint.h>

namespace door {

struct ReadyCell {
  uint32_t kind;     // MGC_READY_*
  uint32_t address;  // what is finalized; 0 for a cleanup
  double token;
  double handle;  // keeps the object until the host frees it; 0 for a cleanup
};

struct FoundCell {
  uint32_t base;
  uint32_t size;
  uint32_t type_id;  // 0: not known
};

inline constexpr uint32_t kWalkSpans = 64;
inline constexpr uint32_t kWalkSlots = 1024;

inline constexpr uint32_t kWalkLinks = 128;

struct WalkCells {
  mgc_span_info spans[kWalkSpans];
  union {
    uint32_t slots[kWalkSlots];
    mgc_link links[kWalkLinks];
  };
};

}  // namespace door

#endif
