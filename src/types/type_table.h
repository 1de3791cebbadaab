// TypeTable: the types and layouts of a heap, each described once and interned.
//
// How it works. `define` compiles the description into scratch memory (definition.h), looks for an equal layout, then
// for an equal type, by hash; only what is new is copied into metadata memory. Types and layouts lie in arrays of
// doubling segments, so they never move and their numbers are dense; buckets chain through the records themselves.
// Everything that can fail comes before anything is changed: when memory runs out the table is as it was (M12).
//
// Equal means: same name, size, alignment, tail, layout and fields (order included). An unnamed type (null or empty
// name) equals another unnamed one. The same name with other content is another type: a face that forbids that checks
// it itself.
//
// inv.types.ids: the type with number n is by_id(n), for n in 1..count(); the layout with number n is layout_by_id(n).
// inv.types.interned: no two types, and no two layouts, are equal; each is in the bucket of its hash.
//
// Doors: heap/ and api/ define; spans/ and alloc/ read Type and Layout.
// Source of the idea: Go's runtime/type.go and gcprog.
#pragma once

#include "base/status.h"
#include "base/text.h"
#include "types/interned.h"
#include "types/type.h"

namespace mallocgc {

class TypeTable {
 public:
  TypeTable() = default;
  TypeTable(const TypeTable&) = delete;
  TypeTable& operator=(const TypeTable&) = delete;

  // Takes no memory: the two layouts that every table has are part of it. `metadata` and the visitor must outlive the
  // table; without one there are no trace functions.
  constexpr void init(Metadata& metadata, Visitor* visitor = nullptr) {
    metadata_ = &metadata;
    visitor_ = visitor;
  }

  // Finds or makes the type that `info` describes; everything in it is copied. kBadType, kBadSize, kBadArgument:
  // `error` names the type, the cause and the byte offset (T6). kOutOfMemory: nothing is changed. Cost: linear in the
  // description.
  Status define(const mgc_type_info& info, Type** out, ErrorText& error);

  // The filter of tagged words in types that are defined from now on and have none of their own. kBadArgument: `error`
  // says what is wrong with it.
  Status set_filter(const mgc_filter& filter, ErrorText& error);

  // Null if there is no such number.
  Type* by_id(uint32_t id) const { return id != 0 && id <= types_.count() ? types_.at(id - 1) : nullptr; }
  uint32_t count() const { return types_.count(); }

  const Layout* noscan_layout() const { return &noscan_; }
  const Layout* conservative_layout() const { return &conservative_; }
  // Null if there is no such number.
  const Layout* layout_by_id(uint32_t id) const;
  uint32_t layout_count() const { return kFixedLayouts + layouts_.count(); }

  // Deep check of inv.types.*, inv.layout.* and inv.pattern.*; false: `error` names what is broken. Cost: linear in all
  // types.
  bool verify(ErrorText& error) const;

 private:
  static constexpr uint32_t kFixedLayouts = 2;

  // What `define` has worked out before it looks for an equal type.
  struct Draft {
    const mgc_type_info* info;
    Layout layout;           // its nodes are scratch
    const Layout* interned;  // the table's own, null: new
    uint32_t hash;           // of the type, if `interned`
  };

  Status intern(Draft& draft, Type** out, ErrorText& error);
  const Layout* find_layout(const Layout& wanted) const;
  Type* find_type(const Draft& draft) const;
  Status add(Draft& draft, Type** out);

  Metadata* metadata_ = nullptr;
  Visitor* visitor_ = nullptr;  // what trace functions report to
  Layout noscan_{.id = kNoScanLayoutId};
  Layout conservative_{
      .id = kConservativeLayoutId, .tail_words = 1, .conservative = true, .has_pointers = true, .tail = {.bits = 1}};
  Interned<Layout> layouts_;  // from kFixedLayouts on
  Interned<Type> types_;
  Filter filter_;
  bool has_filter_ = false;
};

}  // namespace mallocgc
