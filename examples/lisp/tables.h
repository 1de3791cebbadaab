// Hash tables with weak keys: an entry is gone when its key is found dead. The keys are weak handles outside the heap,
// the values a row in the heap; keys that are no objects (fixnums, constants) are never dead.
//
// A value that refers to its own key keeps it, and so the entry, alive for ever: the heap has no ephemerons. A table
// that died gives its place to the next one that is made.
// inv.tables.row: the value of keys[i] is values[i]; that of a dead key is let go when the table is rebuilt, at the
// latest after as many insertions as it has places.
#pragma once

#include <memory>
#include <vector>

#include "value.h"

namespace lisp {

class WeakTables {
 public:
  // May collect.
  gc::Fresh<Table> make(gc::Frame& frame);
  // The value, or null. Never collects.
  Object* get(const Table& table, const Object* key) const;
  // May collect. False when memory is exhausted.
  bool put(gc::Frame& frame, const gc::Local<Table>& table, const Value& key, const Value& value);
  // Entries whose keys live. Never collects.
  uint32_t count(const Table& table) const;
  // How many tables there is room for: not more than lived at once.
  size_t rows() const { return rows_.size(); }

 private:
  struct Key {
    const Object* address = nullptr;  // null: free
    gc::Weak<Object> object;          // of an object
    bool is_live() const { return address != nullptr && (!is_object(address) || object.get() == address); }
  };
  struct Row {
    gc::Weak<Table> table;
    std::vector<Key> keys;
    size_t taken = 0;  // places with a key, live or dead
  };

  static size_t first_place(const Row& row, const Object* key);
  static Key* find(Row& row, const Object* key);
  // Without the dead, with room for one more.
  bool rebuild(gc::Frame& frame, Row& row, const gc::Local<Table>& table);

  std::vector<std::unique_ptr<Row>> rows_;
};

}  // namespace lisp
