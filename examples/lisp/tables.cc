// Weak-keyed hash tables: see tables.h. Open addressing; a dead key leaves its place to be probed past, until the table
// is rebuilt.
#include "tables.h"

#include <utility>

namespace lisp {
namespace {

constexpr size_t kFirstPlaces = 8;

}  // namespace

gc::Fresh<Table> WeakTables::make(gc::Frame& frame) {
  gc::Local<Table> table = frame.make<Table>();
  if (!table) return table.fresh();
  table->kind = kTable;
  table->values = frame.make_array<Slot>(kFirstPlaces);
  uint32_t number = 0;
  while (number < rows_.size() && rows_[number]->table) ++number;
  if (number == rows_.size()) rows_.push_back(std::make_unique<Row>());
  Row& row = *rows_[number];
  row.table = gc::Weak<Table>(table);
  row.keys = std::vector<Key>(kFirstPlaces);
  row.taken = 0;
  table->number = number;
  return table.fresh();
}

size_t WeakTables::first_place(const Row& row, const Object* key) {
  // Multiplicative hashing (Knuth 6.4) of the address without the bits that are always the same.
  const uint64_t hash = (uint64_t{reinterpret_cast<uintptr_t>(key)} >> 1) * 0x9e3779b97f4a7c15u;
  return static_cast<size_t>(hash >> 32) & (row.keys.size() - 1);
}

WeakTables::Key* WeakTables::find(Row& row, const Object* key) {
  for (size_t i = first_place(row, key);; i = (i + 1) & (row.keys.size() - 1)) {
    Key& place = row.keys[i];
    if (place.address == nullptr) return nullptr;
    // A dead key may have had the same address.
    if (place.address == key && place.is_live()) return &place;
  }
}

Object* WeakTables::get(const Table& table, const Object* key) const {
  Row& row = *rows_[table.number];
  const Key* const place = find(row, key);
  return place == nullptr ? nullptr : table.values[static_cast<size_t>(place - row.keys.data())].get();
}

uint32_t WeakTables::count(const Table& table) const {
  uint32_t count = 0;
  for (const Key& key : rows_[table.number]->keys) count += key.is_live() ? 1 : 0;
  return count;
}

bool WeakTables::rebuild(gc::Frame& frame, Row& row, const gc::Local<Table>& table) {
  size_t live = 0;
  for (const Key& key : row.keys) live += key.is_live() ? 1 : 0;
  size_t places = kFirstPlaces;
  while (places < 3 * (live + 1)) places *= 2;
  gc::Local<Slot> values = frame.make_array<Slot>(static_cast<std::ptrdiff_t>(places));
  if (!values) return false;
  std::vector<Key> old(places);
  old.swap(row.keys);
  for (size_t i = 0; i < old.size(); ++i) {
    if (!old[i].is_live()) continue;
    size_t to = first_place(row, old[i].address);
    while (row.keys[to].address != nullptr) to = (to + 1) & (places - 1);
    row.keys[to] = std::move(old[i]);
    values[to] = table->values[i].get();
  }
  table->values = values;
  row.taken = live;
  return true;
}

bool WeakTables::put(gc::Frame& frame, const gc::Local<Table>& table, const Value& key, const Value& value) {
  Row& row = *rows_[table->number];
  if (const Key* const place = find(row, key.get())) {
    table->values[static_cast<size_t>(place - row.keys.data())] = value;
    return true;
  }
  if (4 * (row.taken + 1) > 3 * row.keys.size() && !rebuild(frame, row, table)) return false;
  size_t to = first_place(row, key.get());
  while (row.keys[to].address != nullptr) to = (to + 1) & (row.keys.size() - 1);
  ++row.taken;
  row.keys[to].address = key.get();
  if (is_object(key.get())) row.keys[to].object = gc::Weak<Object>(key);
  table->values[to] = value;
  return true;
}

}  // namespace lisp
