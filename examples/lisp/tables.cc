// These are weak-keyed hash tables (see tables.h).
#include "tables.h"

namespace lisp {
namespace {

constexpr uint32_t kFirstPlaces = 8;

uint32_t first_place(const Table& table, const Object* key) {
  // This is multiplicative hashing (Knuth 6.4) of the address without the bits that are always the same.
  const uint64_t hash = (uint64_t{reinterpret_cast<uintptr_t>(key)} >> 1) * 0x9e3779b97f4a7c15u;
  return static_cast<uint32_t>(hash >> 32) & (table.places - 1);
}

uint32_t next_place(const Table& table, uint32_t place) { return (place + 1) & (table.places - 1); }

// Returns the entry of a key that lives: the words of dead keys are cleared before their addresses are taken again.
Entry* find(const Table& table, const Object* key) {
  for (uint32_t i = first_place(table, key); table.used[i] != 0; i = next_place(table, i)) {
    if (table.entries[i].is_of(key)) return &table.entries[i];
  }
  return nullptr;
}

void add(Table& table, Object* key, Object* value) {
  uint32_t i = first_place(table, key);
  while (table.used[i] != 0) i = next_place(table, i);
  table.used[i] = 1;
  ++table.taken;
  table.entries[i].set(key, value);
}

}  // namespace

bool WeakTables::give_places(gc::Frame& frame, const gc::Local<Table>& table, uint32_t places) const {
  const gc::Local<Entry> entries = frame.make_array<Entry>(static_cast<std::ptrdiff_t>(places));
  const gc::Local<char> used = frame.make_array<char>(static_cast<std::ptrdiff_t>(places));
  if (!entries || !used) return false;
  table->entries = entries;
  table->used = used;
  table->places = places;
  table->taken = 0;
  return true;
}

gc::Fresh<Table> WeakTables::make(gc::Frame& frame) const {
  gc::Local<Table> table = frame.make<Table>();
  if (!table) return table.fresh();
  table->kind = kTable;
  if (!give_places(frame, table, kFirstPlaces)) table = nullptr;
  return table.fresh();
}

Object* WeakTables::get(const Table& table, const Object* key) const {
  const Entry* const entry = find(table, key);
  return entry == nullptr ? nullptr : entry->value_of(key);
}

uint32_t WeakTables::count(const Table& table) const {
  uint32_t count = 0;
  for (uint32_t i = 0; i < table.places; ++i) count += table.entries[i].key(heap_) != nullptr ? 1 : 0;
  return count;
}

bool WeakTables::rebuild(gc::Frame& frame, const gc::Local<Table>& table) const {
  const gc::Local<Entry> old(frame, table->entries);
  const uint32_t old_places = table->places;
  uint32_t places = kFirstPlaces;
  while (places < 3 * (count(*table) + 1)) places *= 2;
  if (!give_places(frame, table, places)) return false;
  for (uint32_t i = 0; i < old_places; ++i) {
    Object* const key = old[i].key(heap_);
    if (key != nullptr) add(*table, key, old[i].value_of(key));
  }
  return true;
}

bool WeakTables::put(gc::Frame& frame, const gc::Local<Table>& table, const Value& key, const Value& value) const {
  if (Entry* const entry = find(*table, key.get())) {
    entry->set(key.get(), value.get());
    return true;
  }
  if (4 * (table->taken + 1) > 3 * table->places && !rebuild(frame, table)) return false;
  add(*table, key.get(), value.get());
  return true;
}

}  // namespace lisp
