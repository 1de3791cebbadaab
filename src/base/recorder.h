// The recorder (O8): what a collection did, object by object, and what each allocation and free was, for replays and
// for those who hunt one object. Only the debug flavour records: elsewhere the questions are constants, and whoever
// asks them is compiled to nothing.
//
// Records go into a buffer of fixed length that the heap takes from metadata while recording is on. Nobody is called:
// the host reads them when it likes. What comes after the buffer is full is counted and lost, so that what was kept has
// a beginning.
// Doors: alloc/ (allocations, sweeping), gc/ (marking); heap/debug.cc starts it, and mgc_records reads it.
#pragma once

#include <mallocgc/abi.h>

#include "base/address.h"

namespace mallocgc {

class Recorder {
 public:
  static constexpr uint32_t kCapacity = 32 * 1024;

  // `records` has room for kCapacity; null: nothing is recorded. What is there already stays, if the buffer does.
  // `flags` as MGC_DEBUG_*.
  void use(mgc_record* records, uint32_t flags) {
    if (records != records_) clear();
    records_ = records;
    flags_ = records == nullptr ? 0 : flags;
  }
  bool cycles() const { return kDebugFlavour && (flags_ & MGC_DEBUG_RECORD_CYCLES) != 0; }
  bool allocations() const { return kDebugFlavour && (flags_ & MGC_DEBUG_RECORD_ALLOCATIONS) != 0; }
  bool any() const { return kDebugFlavour && flags_ != 0; }

  // One record; call it only where one of the above is true.
  void add(uint32_t kind, uint32_t number, uint64_t a, uint64_t b = 0) {
    if (count_ == kCapacity) {
      ++lost_;
      return;
    }
    records_[count_++] = mgc_record{kind, number, a, b};
  }

  mgc_record* records() const { return records_; }
  uint32_t count() const { return count_; }
  uint64_t lost() const { return lost_; }
  void clear() {
    count_ = 0;
    lost_ = 0;
  }

 private:
  mgc_record* records_ = nullptr;
  uint32_t flags_ = 0;
  uint32_t count_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace mallocgc
