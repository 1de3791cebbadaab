// Handles: roots that the host holds by number (R4). A handle is index + generation, never an address
// (tables/generation_table.h), so a stale one is an error with a text, and a late release cannot hit another object.
//
// inv.handles.count: live_count() is the number of handles created and not freed.
// Doors: from heap/ and the JS bridge (B1); gc/ visits them as roots, a minor cycle only the changed ones (C10).
#pragma once

#include "base/address.h"
#include "base/text.h"
#include "tables/generation_table.h"

namespace mallocgc {

class HandleTable {
 public:
  // `max_generation` as for GenerationTable; tests make it small.
  explicit constexpr HandleTable(uint32_t max_generation = GenerationTable::kMaxGeneration)
      : table_(MetaCategory::kRoots, max_generation) {}
  constexpr void init(Metadata& metadata) { table_.init(metadata); }

  // A new handle that roots the object of `target` (null is legal and roots nothing). kOutOfMemory: no memory, or 2^24
  // handles are taken; nothing is changed. Constant time, never collects.
  Status create(Address target, uint64_t* handle) { return table_.create(target.value(), handle); }
  // kStaleHandle "handle is stale: …", kBadArgument "not a handle: …".
  Status get(uint64_t handle, Address* target, ErrorText& error) const;
  Status set(uint64_t handle, Address target, ErrorText& error);
  Status free(uint64_t handle, ErrorText& error);

  uint32_t live_count() const { return table_.live_count(); }
  uint32_t retired_count() const { return table_.retired_count(); }
  size_t bytes() const { return table_.bytes(); }

  // f(Address) for every live handle's target. f may not change the table.
  template <class F>
  void visit(F&& f) const {
    table_.visit([&f](uintptr_t word) { f(Address(word)); });
  }
  // f(uint64_t handle, Address target): the same, with names.
  template <class F>
  void visit_named(F&& f) const {
    table_.visit_named([&f](uint64_t id, uintptr_t word) { f(id, Address(word)); });
  }
  // The same in pieces: `budget` entries from number `from`; returns where to go on, or kEnd. A handle made or set
  // meanwhile is also among the changed ones.
  static constexpr uint32_t kEnd = GenerationTable::kMaxEntries;
  template <class F>
  uint32_t visit_some(uint32_t from, uint32_t budget, F&& f) const {
    return table_.visit_some(from, budget, [&f](uintptr_t word) { f(Address(word)); });
  }
  // Only handles that were created or set since forget_changes().
  template <class F>
  void visit_changed(F&& f) const {
    table_.visit_changed([&f](uintptr_t word) { f(Address(word)); });
  }
  void forget_changes() { table_.forget_changes(); }
  // Gives memory back that is not needed any more (generation_table.h).
  void trim() { table_.trim(); }
  void trim_if_sparse() { table_.trim_if_sparse(); }

  const char* verify() const { return table_.verify(); }

 private:
  Status refuse(uint64_t handle, ErrorText& error) const;

  GenerationTable table_;
};

}  // namespace mallocgc
