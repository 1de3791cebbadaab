// From a type's description (abi.h: mgc_type_info) to a layout in normal form, or to an error that says what is wrong
// (T6).
//
// How it works. The description is checked as a whole, each of its up to twelve sets of words is compiled (program.h)
// into scratch nodes of the caller, and the sets are put together by the kind of tail. Every error text names the type,
// the cause and the byte offset it is about: "type 'Node': the pointer mask is longer than the size, at byte offset 16
// of 16".
//
// Doors: from TypeTable::define; on to program.h and layout.h.
#pragma once

#include "base/status.h"
#include "base/text.h"
#include "types/layout.h"

namespace mallocgc {

// Whether the parts of `info` that have nothing to do with words of memory make sense: sizes, alignment, tail, fields.
// What scratch_bound() and layout_of() are given has passed.
Status check_definition(const mgc_type_info& info, ErrorText& error);

// How many scratch nodes layout_of() needs.
uint64_t scratch_bound(const mgc_type_info& info);

// *out gets the layout, in normal form, except for what the table owns: id, hash and chain. Its nodes lie in `scratch`.
// `inherited`: the filter of tagged words where `info` has none; null: there is none.
Status layout_of(const mgc_type_info& info, const Filter* inherited, PatternNode* scratch, Layout* out,
                 ErrorText& error);

// The start of every error text about a type: "type 'name': ", or "unnamed type: ". Long names are cut.
ErrorText& begin_error(const mgc_type_info& info, ErrorText& error);

// Null and "" are both no name.
inline bool is_named(const mgc_type_info& info) {
  return kHasTypeNames && info.name != nullptr && info.name[0] != '\0';
}

}  // namespace mallocgc
