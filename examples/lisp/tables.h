// These hash tables have weak keys: an entry is gone when its key is found dead. The entries are ephemerons of the
// heap, so a value may refer to its own key and does not keep it. Keys that are no objects (fixnums, constants) are
// never dead.
//
// The addressing is open. A dead key leaves its place to be probed past, which `used` remembers, until the table is
// rebuilt.
// inv.tables.used: an entry with a key is at a used place, and every place from that of its hash on to it is used.
#pragma once

#include "value.h"

namespace lisp {

class WeakTables {
 public:
  explicit WeakTables(gc::Heap& heap) : heap_(heap) {}
  // Makes an empty table. May collect.
  gc::Fresh<Table> make(gc::Frame& frame) const;
  // Returns the value, or null. Never collects.
  Object* get(const Table& table, const Object* key) const;
  // May collect. Returns false when memory is exhausted.
  bool put(gc::Frame& frame, const gc::Local<Table>& table, const Value& key, const Value& value) const;
  // Returns how many entries have keys that live. Never collects.
  uint32_t count(const Table& table) const;

 private:
  // Gives the table empty places. Returns false when memory is exhausted; then the table is as it was.
  bool give_places(gc::Frame& frame, const gc::Local<Table>& table, uint32_t places) const;
  // Makes the table anew without the dead, with room for one more.
  bool rebuild(gc::Frame& frame, const gc::Local<Table>& table) const;

  gc::Heap& heap_;
};

}  // namespace lisp
