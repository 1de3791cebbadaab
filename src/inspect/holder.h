// A holder holds a pointer that should not be there. It is the first word, of a root or of a reachable object, that is
// surely a pointer and leads into freed memory, or to one certain object. So a report of damage names the place that a
// client has to look at, and not only what it points to (C8).
//
// Ambiguous words hold nothing: what they name need not be a pointer. A frame's slots, handles and the like count as
// freed only if they lead to a free slot among objects; words that a layout declares as pointers also if they lead into
// pages that are free again (a value that is no address may lie in a frame). Garbage counts as no holder, so what the
// client has freed by hand may still be named by what nobody reaches.
//
// Doors: heap/debug.cc, inspect/checkmark.cc; on to inspect/links.h, which walks the words.
#pragma once

#include "base/text.h"
#include "inspect/links.h"
#include "inspect/reach.h"

namespace mallocgc {

struct HolderSearch {
  const SpanHeap& spans;
  const PageHeap& pages;
  TypeTable& types;
  const RootSet& roots;
  const Reach& reach;  // complete
};

struct Holder {
  bool found = false;
  Address value;    // what the word holds
  mgc_link link{};  // the word; `kind` says of what
};

// Finds a pointer into freed memory.
Holder find_dangling(const HolderSearch& search);
// Finds a pointer into [base, base + bytes), in a marked object.
Holder find_marked_holder(const HolderSearch& search, uint32_t cycle, Address base, size_t bytes);

// Adds an object's address and what is known of it.
void describe_object(const Span& span, uint32_t slot, ErrorText& text);
// Adds "Node.next at 0x… + 8", or what kind of root it is.
void describe_holder(const mgc_link& link, TypeTable& types, ErrorText& text);
// Returns the name of the field of `type` that has the byte at `offset`, or null where the client gave none.
const char* field_at(const Type& type, size_t offset);

}  // namespace mallocgc
