// The pacer decides when the next automatic collection is due (C6, after Go's mgcpacer.go). It is arithmetic over what
// it is told, and it looks at nothing by itself:
//
//   goal = marked + (marked + roots) * gcPercent / 100, at least minHeapBytes, at most the soft limit
//
// A collection is due when the live heap, which is what the last cycle marked and what was handed out since, reaches
// the goal (C12).
//
// Records. Finalizers, cleanups and weak handles have records outside the heap, often larger than their objects. The
// pacer counts the growth of these records as live bytes, from their least number after the last cycle on. It does not
// count gcPercent of the records that survived the cycle before. So a million finalizers that stay are visited again
// only when their number has doubled.
//
// The soft limit is a limit on all memory that the heap has taken, and the goal stays below it. Where the limit lies
// near or below the live heap, it alone would make the collector run all the time. So the goal then leaves room for as
// much allocation as a cycle is worth (limit_floor), and at most half of the time is collection. How much a cycle is
// worth follows from the clock: how long the last cycle took, and how long the program took for each byte before it.
// Without a clock it follows from calibrated work (kAllocationPerMarkedByte).
//
// The end of all memory. Where each collection frees only a little, the next ones would come after a handful of bytes
// each. is_exhausted says when the last full collections have freed too little to go on (M12).
//
// Doors: gc/collector.cc tells it about cycles, heap/trigger.cc asks it.
#pragma once

#include "base/config.h"

namespace mallocgc {

// What the pacer learns from a cycle that is over.
struct CycleCost {
  uint64_t live_bytes = 0;      // when marking began
  uint64_t marked_bytes = 0;    // of live_bytes
  uint64_t root_bytes = 0;      // of roots that were read
  uint64_t overhead_bytes = 0;  // memory that the limit counts but the live heap does not, tables apart
  uint64_t cycle_ns = 0;        // 0: there was no clock
  uint64_t mutator_ns = 0;      // from the end of the cycle before to the beginning of this one
};

class Pacer {
 public:
  static constexpr uint64_t kNever = UINT64_MAX;
  static constexpr uint64_t kDefaultMinHeapBytes = uint64_t{4} << 20;
  static constexpr int32_t kDefaultPercent = 100;
  // Bytes of allocation that take as long as marking one byte, or reading one of the roots. Measured with nodes of two
  // words in a module without a clock: marking takes 0.5 ns a byte in the order of allocation and 2 ns in a random
  // order, and allocating 0.15 ns.
  static constexpr uint64_t kAllocationPerMarkedByte = 8;
  static constexpr uint64_t kCycleBytes = uint64_t{64} << 10;  // the cost of a cycle that finds nothing, in bytes
  // A speed that was measured over less than this is noise.
  static constexpr uint64_t kMeasuredBytes = uint64_t{16} << 10;
  // The floor is so much higher than what a cycle is worth, because the clock's figures are of the past.
  static constexpr double kFloorMargin = 1.25;
  // Memory is at its end after so many full collections in a row that each free less than this part of max_bytes.
  static constexpr uint32_t kPoorCycles = 3;
  static constexpr uint64_t kPoorShare = 50;

  void init(int32_t gc_percent, uint64_t min_heap_bytes, uint64_t memory_limit) {
    gc_percent_ = gc_percent;
    min_heap_bytes_ = min_heap_bytes;
    memory_limit_ = memory_limit;
    update();
  }
  // How much memory there may be at most, and how much of it the tables take whose size follows from that.
  void set_memory(uint64_t max_bytes, uint64_t table_bytes) {
    max_bytes_ = max_bytes;
    table_bytes_ = table_bytes;
    update();
  }

  // After a full cycle.
  void note_cycle(const CycleCost& cost);

  // Before a cycle marks, when everything is swept: the bytes of all records, and of all that were ever made. Records
  // that were not made since the last cycle have survived it.
  void cycle_begins(uint64_t record_bytes, uint64_t record_bytes_ever) {
    const uint64_t fresh = record_bytes_ever - record_bytes_ever_;
    surviving_record_bytes_ = record_bytes > fresh ? record_bytes - fresh : 0;
    record_bytes_ever_ = record_bytes_ever;
    record_bytes_ = least_record_bytes_ = record_bytes;
  }
  // Before is_due: the bytes that records take now.
  void note_records(uint64_t bytes) {
    record_bytes_ = bytes;
    if (bytes < least_record_bytes_) least_record_bytes_ = bytes;
  }
  bool is_due(uint64_t heap_live) const {
    return heap_live >= trigger_ || (record_bytes_ != least_record_bytes_ && records_are_due(heap_live));
  }
  uint64_t record_bytes() const { return record_bytes_; }
  // By how much they have grown since they were fewest.
  uint64_t record_growth() const { return record_bytes_ - least_record_bytes_; }
  // Whether the growth of the records alone fills what is left to the goal.
  bool records_are_due(uint64_t heap_live) const;
  uint64_t goal() const { return goal_; }
  // Something else than a full cycle at the goal is due, at so many live bytes. Holds until the goal changes.
  void set_trigger(uint64_t heap_live) { trigger_ = heap_live; }
  uint64_t trigger() const { return trigger_; }
  int32_t gc_percent() const { return gc_percent_; }
  uint64_t memory_limit() const { return memory_limit_; }
  int32_t set_gc_percent(int32_t percent);
  uint64_t set_memory_limit(uint64_t bytes);

  // The live heap from which on the limit may ask for a collection, so that at most half of the time is collection.
  uint64_t limit_floor() const;
  // Whether memory is at its end, although a collection would still free a little.
  bool is_exhausted(uint64_t heap_live) const {
    return poor_cycles_ >= kPoorCycles && heap_live - marked_bytes_ < max_bytes_ / kPoorShare;
  }
  // The client was told that memory is at its end. One more collection is tried before it is told again.
  void exhaustion_told() { poor_cycles_ = kPoorCycles - 1; }

 private:
  void update();
  void update_goal();
  uint64_t share_of(uint64_t bytes) const;

  int32_t gc_percent_ = kDefaultPercent;
  uint32_t poor_cycles_ = 0;  // full collections in a row, up to the last, that freed too little
  uint64_t min_heap_bytes_ = kDefaultMinHeapBytes;
  uint64_t memory_limit_ = 0;  // 0: none
  uint64_t max_bytes_ = 0;
  uint64_t table_bytes_ = 0;
  uint64_t marked_bytes_ = 0;
  uint64_t root_bytes_ = 0;
  uint64_t overhead_bytes_ = 0;
  uint64_t last_cycle_ns_ = 0;  // of the last cycle that was timed
  uint64_t cycle_ns_ = 0;       // the shorter one of the last two, because other programs make cycles longer
  double bytes_per_ns_ = 0;     // what the program allocated between the last two cycles; 0: not known
  uint64_t record_bytes_ = 0;
  uint64_t least_record_bytes_ = 0;
  uint64_t record_bytes_ever_ = 0;
  uint64_t surviving_record_bytes_ = 0;
  uint64_t goal_ = kDefaultMinHeapBytes;
  uint64_t trigger_ = kDefaultMinHeapBytes;
};

}  // namespace mallocgc
