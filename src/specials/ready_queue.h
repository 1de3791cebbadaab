// The ready queue: finalizers and cleanups whose time has come, first in first out (F6). A record itself moves in when
// its object dies, so queueing allocates nothing; the host's drain takes it out. Everything queued is a root (R1).
// inv.ready.count: count() is the length of the list.
// inv.ready.new: the records pushed since forget_new() are those from first_new_ to the end.
#pragma once

#include "specials/records.h"

namespace mallocgc {

class ReadyQueue {
 public:
  uint64_t count() const { return count_; }
  const Record* first() const { return records_.first(); }
  const Record* first_new() const { return first_new_; }
  const Record* after(const Record* record) const { return records_.after(record); }

  void push(Record* record) {
    records_.push_back(record);
    if (first_new_ == nullptr) first_new_ = record;
    count_ += 1;
  }
  // The oldest, or null.
  Record* try_pop() {
    Record* const record = records_.first();
    if (record != nullptr) remove(record);
    return record;
  }
  void remove(Record* record) {
    if (record == first_new_) first_new_ = records_.after(record);
    record->unlink();
    count_ -= 1;
  }
  // f(Record*) for each, which may remove it.
  template <class F>
  void for_each(F&& f) {
    for (Record* record = records_.first(); record != nullptr;) {
      Record* const next = records_.after(record);
      f(record);
      record = next;
    }
  }
  void forget_new() { first_new_ = nullptr; }
  // renew() makes all of them new again; pass_new() makes the first new one old.
  void renew() { first_new_ = records_.first(); }
  void pass_new() { first_new_ = records_.after(first_new_); }

  // Null if all hold, otherwise the name of the first invariant that does not.
  const char* verify() const {
    uint64_t count = 0;
    bool new_found = first_new_ == nullptr;
    for (const Record* record = records_.first(); record != nullptr; record = records_.after(record)) {
      if (record->node != nullptr || record->kind == RecordKind::kFree || ++count > count_) return "inv.ready.count";
      new_found = new_found || record == first_new_;
    }
    if (count != count_) return "inv.ready.count";
    return new_found ? nullptr : "inv.ready.new";
  }

 private:
  List<Record> records_;
  Record* first_new_ = nullptr;
  uint64_t count_ = 0;
};

}  // namespace mallocgc
