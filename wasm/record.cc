// The debug flavour records for a host that reads it in place: it says itself how a record lies in memory and what its
// kinds are called. Only the debug flavour has this file; its exports are in exports.debug.txt.
#include <stddef.h>

#include "door.h"

namespace {

struct RecordCells {
  uint32_t records;  // address; 0: nothing is recorded
  uint32_t count;
  uint32_t lost;
  uint32_t stride;
  uint32_t kind;  // offsets in a record
  uint32_t number;
  uint32_t a;
  uint32_t b;
};
RecordCells cells = {0,
                     0,
                     0,
                     sizeof(mgc_record),
                     offsetof(mgc_record, kind),
                     offsetof(mgc_record, number),
                     offsetof(mgc_record, a),
                     offsetof(mgc_record, b)};

// The names stand in the order of MGC_RECORD_*, which begin at 1.
constexpr char kKinds[] =
    "cycleStart\0root\0scanSpan\0shade\0scan\0mark\0markEnd\0free\0queued\0sweepSpan\0spanFreed\0cycleEnd\0allocation\0"
    "tiny\0run\0span\0newSpan\0growth\0";
constexpr uint32_t count_names() {
  uint32_t count = 0;
  for (size_t i = 0; i + 1 < sizeof kKinds; ++i) count += kKinds[i] == '\0';
  return count;
}
static_assert(count_names() == MGC_RECORD_GROWTH);

}  // namespace

MGC_EXPORT(mgc_records) uint32_t door_records() {
  uint64_t lost = 0;
  cells.records = door::address_of(mgc_records(door::heap(), &cells.count, &lost));
  cells.lost = lost < UINT32_MAX ? static_cast<uint32_t>(lost) : UINT32_MAX;
  return door::address_of(&cells);
}
MGC_EXPORT(mgc_record_kinds) uint32_t door_record_kinds() { return door::address_of(kKinds); }
MGC_EXPORT(mgc_records_clear) void door_records_clear() { mgc_records_clear(door::heap()); }
