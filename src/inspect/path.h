// Why is this object alive? The answer is a shortest path to it from a root (O7). The search goes in breadth from all
// roots at once. It looks at each object once, and ends where it meets the target. It marks nothing and roots nothing.
//
// One table, of two words for each slot, notes how the search came to an object and which object is next in the waiting
// line. Its memory is metadata, and is given back whole.
//
//   roots ─► [ seen: the word that points to it | next in line ] ─► … ─► target      (read backwards, this is the path)
//
// The table does not keep which root a path begins at. So the roots are visited a second time, for the one that points
// to the first object of the path.
//
// inv.path.tables: span.inspection is null outside a search, as it is outside a checkmark: the two share the member.
// Doors: heap/walk.cc (why_alive); on to inspect/links.h.
#pragma once

#include "inspect/links.h"

namespace mallocgc {

class PathSearch {
 public:
  PathSearch(const SpanHeap& spans, TypeTable& types, Metadata& metadata, const RootSet& roots)
      : spans_(spans), types_(types), metadata_(metadata), roots_(roots) {}
  PathSearch(const PathSearch&) = delete;
  PathSearch& operator=(const PathSearch&) = delete;
  ~PathSearch();

  // Writes the root and then the objects down to the target, whose link has `offset_bytes`; no link at all if nothing
  // keeps it alive. The handle `asking` counts only if nothing else does. False: no memory for the side table.
  bool run(const ObjectSlot& target, size_t offset_bytes, uint64_t asking, LinkBuffer& out);

 private:
  struct Seen {
    Address via;   // the word that points to it; kRoot; null: not seen
    Address next;  // in the waiting line
  };
  static constexpr Address kRoot{1};

  Seen& seen(const ObjectSlot& object) const { return reinterpret_cast<Seen*>(object.span->inspection)[object.slot]; }
  bool init();
  template <class F>
  void for_each_root(F&& f) const {
    RootLinks(roots_, spans_, types_).visit(f);
  }
  void reach(const ObjectSlot& object, Address via);
  void follow();
  bool settle();
  bool is_seen(Address target) const;
  ObjectSlot write(size_t offset_bytes, LinkBuffer& out) const;

  const SpanHeap& spans_;
  TypeTable& types_;
  Metadata& metadata_;
  const RootSet& roots_;
  void* table_ = nullptr;
  size_t table_bytes_ = 0;
  ObjectSlot target_;
  ObjectSlot last_;  // in the waiting line
  Address waiting_;  // the first of it
};

}  // namespace mallocgc
