// These exports are the walk for viewers, and who points to whom: records, slots and links come in buffers of a fixed
// size, which the host reads and asks for again until it has all.
#include "cells.h"
#include "door.h"

namespace {
door::WalkCells cells;
}

MGC_EXPORT(mgc_walk) uint32_t door_walk() { return door::address_of(&cells); }
MGC_EXPORT(mgc_walk_spans) uint32_t door_walk_spans(uint32_t from) {
  return mgc_walk_spans(door::heap(), door::at(from), cells.spans, door::kWalkSpans);
}
MGC_EXPORT(mgc_walk_slots) uint32_t door_walk_slots(uint32_t base, uint32_t first) {
  return mgc_walk_slots(door::heap(), door::at(base), first, cells.slots, door::kWalkSlots);
}

// Returns how many links there are, of which at most kWalkLinks are in the cells. A negative number says that
// mgc_status has the reason.
MGC_EXPORT(mgc_why_alive) int32_t door_why_alive(uint32_t address, double asking) {
  size_t length = 0;
  const mgc_status status =
      mgc_why_alive(door::heap(), door::at(address), door::integer_of(asking), cells.links, door::kWalkLinks, &length);
  return status == MGC_OK ? static_cast<int32_t>(length) : -1;
}
MGC_EXPORT(mgc_referrers) int32_t door_referrers(uint32_t address, double asking) {
  size_t count = 0;
  const mgc_status status =
      mgc_referrers(door::heap(), door::at(address), door::integer_of(asking), cells.links, door::kWalkLinks, &count);
  return status == MGC_OK ? static_cast<int32_t>(count) : -1;
}
