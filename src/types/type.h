// Type: what an allocation is an instance of: size, alignment, name, layout, and fields for tools and typed views (T1).
//
// Types are made by TypeTable::define, never change and never go away, so a `Type*` is good for the life of its heap.
// Equal descriptions are one Type. The collector reads the layout only; names and fields serve snapshots, `typeOf` and
// the JS views. The members under "owned by alloc/" are the one part that others write: this room sets them to zero and
// never reads them.
#pragma once

#include "types/layout.h"

namespace mallocgc {

struct Type;

struct Field {
  const char* name;    // never null; may be empty
  uint32_t offset;     // bytes from the start of the object
  uint32_t kind;       // MGC_FIELD_*
  const Type* target;  // referred to or embedded; null: none, any, or not defined yet when this type was: ask by_id
  uint32_t target_type_id;  // 0: none or any
  uint32_t count;           // elements of an array, bytes of MGC_FIELD_BYTES; else 1
};

// Type::flags.
enum : uint32_t {
  kTypeNamed = 1 << 0,
  kTypeNoScan = 1 << 1,   // no pointer words (there may be host values)
  kTypeHasHost = 1 << 2,  // sweeping its objects releases host values
  kTypeConservative = 1 << 3,
};

struct Type {
  uint32_t id;           // from 1
  const char* name;      // null: unnamed
  size_t size_bytes;     // of one object, or array element; of the head where the tail has a layout of its own
  uint32_t align_bytes;  // power of two up to a page; 0: natural
  uint32_t flags;        // kType*
  const Layout* layout;  // never null
  const Field* fields;
  uint32_t field_count;
  uint32_t tail;      // MGC_TAIL_*, as described
  size_t tail_bytes;  // of one element, MGC_TAIL_ELEMENTS only; else 0

  // Owned by the table's index.
  uint32_t hash;
  uint32_t next_in_bucket;

  bool is_named() const { return name != nullptr; }
  bool is_noscan() const { return !layout->has_pointers; }
};
static_assert(kIs64Bit || sizeof(Type) <= 64, "T7: types are cheap");

}  // namespace mallocgc
