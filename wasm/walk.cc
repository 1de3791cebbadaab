// The walk for viewers: records and slots in buffers of a fixed size, which the host reads and asks for again until it has all.
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
