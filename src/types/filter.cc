// Checks what a filter says: it may not read a tag out of an address, or an address out of an integer.
#include "types/filter.h"

namespace mallocgc {

namespace {

constexpr uint32_t kTagBitsMax = 3;  // objects are aligned to 8 bytes
constexpr uint32_t kAddressBits = kIs64Bit ? 47 : 32;
constexpr uint64_t kTagBits = (uint64_t{1} << kTagBitsMax) - 1;
constexpr uint64_t kOfAddress = ((uint64_t{1} << kAddressBits) - 1) & ~kTagBits;

}  // namespace

const char* fault_of(const mgc_filter& description) {
  if (description.tag_bits > kTagBitsMax) {
    return "filter: more than 3 tag bits, but objects are aligned to 8 bytes";
  }
  if (description.pointer_tags == 0) return "filter: no tag is that of a pointer";
  if ((uint64_t{description.pointer_tags} >> (uint32_t{1} << description.tag_bits)) != 0) {
    return "filter: a pointer tag is larger than the tag bits hold";
  }
  if ((description.box_value & ~description.box_mask) != 0) return "filter: box_value has bits outside box_mask";
  if ((description.box_mask & (kOfAddress | kTagBits)) != 0) return "filter: box_mask covers bits of addresses";
  if ((description.clear & kOfAddress) != 0) return "filter: clear covers bits of addresses";
  if ((description.flags & ~uint32_t{MGC_FILTER_WIDE}) != 0) return "filter: unknown flags";
  if (!kIs64Bit && description.box_mask != 0 && (description.flags & MGC_FILTER_WIDE) == 0) {
    return "filter: a box_mask, but words of 32 bits";
  }
  return nullptr;
}

Filter make_filter(const mgc_filter& description) {
  return Filter{.box_mask = description.box_mask,
                .box_value = description.box_value,
                .clear = static_cast<uintptr_t>(description.clear),
                .tag_mask = static_cast<uint8_t>((uint32_t{1} << description.tag_bits) - 1),
                .pointer_tags = static_cast<uint8_t>(description.pointer_tags),
                .is_wide = (description.flags & MGC_FILTER_WIDE) != 0};
}

}  // namespace mallocgc
