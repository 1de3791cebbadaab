// This searches roots and objects, and has the words for what it finds.
#include "inspect/holder.h"

#include "alloc/cache.h"

namespace mallocgc {

namespace {

bool is_free_slot(const SpanHeap& spans, Address value) {
  const Span* const span = spans.span_at(value);
  if (span == nullptr || value - span->base >= span->limit_bytes) return false;
  return !is_allocated(*span, span->slot_at(value - span->base));
}

// Returns whether a word that is declared as a pointer leads into freed memory.
bool is_freed(const HolderSearch& search, Address value) {
  if (search.spans.span_at(value) == nullptr) return search.pages.was_freed(value);
  return is_free_slot(search.spans, value);
}

mgc_link link_of_word(const ObjectSlot& object, TypeTable& types, Address word) {
  return link_of(object, types, word - object.base());
}

// RootSet::visit tells this of the roots.
struct RootWords {
  const HolderSearch& search;
  Holder& out;
  mgc_link link{};

  void about(RootKind kind, uint64_t at) {
    link = mgc_link{};
    link.at = at;
    link.kind = static_cast<uint32_t>(kind);
  }
  void root(Address value) {
    if (out.found || value.is_null() || !is_free_slot(search.spans, value)) return;
    out = Holder{true, value, link};
  }
  void maybe_root(Address) {}
  // An object with a finalizer is an object like others, and its words are looked at there.
  void contents(Address object) {
    const ObjectSlot armed = object_around(search.spans, object);
    if (armed.span == nullptr || out.found) return;
    PointerWalk walk(search.spans, search.types, armed);
    if (!find(walk)) return;
    out.link = link_of_word(armed, search.types, walk.word());
    out.link.kind = MGC_LINK_FINALIZER;
  }
  void range(Address base, size_t words, const Layout& layout) {
    if (out.found) return;
    PointerWalk walk(search.spans, layout, base, words);
    if (!find(walk)) return;
    out.link = link;
    out.link.at = walk.word().value();
  }
  bool find(PointerWalk& walk) {
    while (walk.next_value()) {
      if (!walk.is_sure() || !is_freed(search, walk.value())) continue;
      out.found = true;
      out.value = walk.value();
      return true;
    }
    return false;
  }
};

// Returns the first sure word of a reachable object that `wanted(span, slot, value)` takes.
template <class F>
Holder find_in_objects(const HolderSearch& search, F wanted) {
  for (Span* span = search.spans.first(); span != nullptr; span = search.spans.after(*span)) {
    if (span->scan_kind == ScanKind::kPointerFree) continue;
    for (uint32_t slot = 0; slot < span->slot_count; ++slot) {
      if (!search.reach.reached(*span, slot) || !is_allocated(*span, slot)) continue;
      const ObjectSlot object{span, slot};
      for (PointerWalk walk(search.spans, search.types, object); walk.next_value();) {
        if (walk.is_sure() && wanted(*span, slot, walk.value()))
          return Holder{true, walk.value(), link_of_word(object, search.types, walk.word())};
      }
    }
  }
  return Holder{};
}

// Returns the first sure word of a registered range that points to the object.
Holder find_range(const HolderSearch& search, Address object, size_t bytes) {
  Holder found;
  search.roots.globals->visit_ranges([&](Address base, size_t words, const Layout* layout) {
    for (PointerWalk walk(search.spans, *layout, base, words); !found.found && walk.next_value();) {
      if (!walk.is_sure() || walk.value() - object >= bytes) continue;
      mgc_link link{};
      link.kind = MGC_LINK_RANGE;
      link.at = walk.word().value();
      found = Holder{true, walk.value(), link};
    }
  });
  return found;
}

const char* name_of_root(uint32_t kind) {
  switch (kind) {
    case MGC_LINK_STACK:
      return "a slot of a shadow stack";
    case MGC_LINK_HANDLE:
      return "handle";
    case MGC_LINK_RANGE:
      return "a registered range";
    case MGC_LINK_CHAIN:
      return "a frame of the shadow chain";
    case MGC_LINK_ENUMERATED:
      return "what an enumerator reported";
    default:
      return "a finalizer or cleanup";
  }
}

}  // namespace

Holder find_dangling(const HolderSearch& search) {
  Holder found;
  search.roots.visit(RootWords{search, found});
  if (found.found) return found;
  return find_in_objects(search, [&](const Span&, uint32_t, Address value) { return is_freed(search, value); });
}

Holder find_marked_holder(const HolderSearch& search, uint32_t cycle, Address base, size_t bytes) {
  const Holder object = find_in_objects(search, [&](const Span& span, uint32_t slot, Address value) {
    return value - base < bytes && span.is_marked(slot, cycle);
  });
  return object.found ? object : find_range(search, base, bytes);
}

void describe_object(const Span& span, uint32_t slot, ErrorText& text) {
  text.add_hex(span.slot_address(slot).value())
      .add(" (slot ")
      .add_number(slot)
      .add(" of a span of ")
      .add_number(span.slot_bytes);
  text.add("-byte objects");
  if (span.type != nullptr && span.type->name != nullptr) text.add(", type ").add(span.type->name);
  text.add(")");
}

void describe_holder(const mgc_link& link, TypeTable& types, ErrorText& text) {
  if (link.kind != MGC_LINK_OBJECT && link.kind != MGC_LINK_FINALIZER) {
    text.add(name_of_root(link.kind));
    if (link.kind == MGC_LINK_HANDLE) {
      text.add(' ').add_number(link.at);
    } else if (link.at != 0) {
      text.add(" at ").add_hex(link.at);
    }
    return;
  }
  const Type* const type = types.by_id(link.type_id);
  text.add(type != nullptr && type->name != nullptr ? type->name : "an object of an unnamed type");
  const char* const field = type != nullptr ? field_at(*type, link.offset) : nullptr;
  if (field != nullptr) text.add(".").add(field);
  text.add(" at ").add_hex(Address::of(link.base).value()).add(" + ").add_number(link.offset);
}

const char* field_at(const Type& type, size_t offset) {
  if (type.tail == MGC_TAIL_REPEAT) offset %= type.size_bytes;
  const Field* found = nullptr;
  for (uint32_t i = 0; i < type.field_count; ++i) {
    const Field& field = type.fields[i];
    if (field.offset <= offset && (found == nullptr || field.offset >= found->offset)) found = &field;
  }
  return found != nullptr ? found->name : nullptr;
}

}  // namespace mallocgc
