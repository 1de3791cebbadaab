// Links: which words of an object, or of a root range, point into which objects. They answer questions about single
// objects; marking has loops of its own. The code is simple and small, and only allocated objects count.
// Doors: inspect/path.cc, inspect/referrers.cc; on to types/cursor.h.
#pragma once

#include <type_traits>

#include "roots/root_set.h"
#include "spans/span_heap.h"
#include "types/cursor.h"
#include "types/type_table.h"

namespace mallocgc {

struct ObjectSlot {
  Span* span = nullptr;
  uint32_t slot = 0;

  Address base() const { return span->slot_address(slot); }
  size_t size_bytes() const { return span->is_large() ? span->limit_bytes : span->slot_bytes; }
  uint32_t type_id() const {
    return span->slot_types != nullptr ? span->slot_types[slot] : span->type != nullptr ? span->type->id : 0;
  }
  bool operator==(const ObjectSlot&) const = default;
};

// The allocated object that an address is in; its span is null if there is none.
ObjectSlot object_around(const SpanHeap& spans, Address address);

// This walks over the words of an object, or of a root range, that point or may point, one after the other.
class PointerWalk {
 public:
  // Walks `words` words from `base` on, as `layout` lays them out.
  PointerWalk(const SpanHeap& spans, const Layout& layout, Address base, size_t words)
      : spans_(spans), layout_(&layout), words_(words), cursor_(PointerCursor(layout, words)), base_(base) {}
  // Walks an object.
  PointerWalk(const SpanHeap& spans, TypeTable& types, const ObjectSlot& object);

  // Moves to the next word that points into an object; false if there is none.
  bool next();
  // Moves to the next word that is not null, wherever it points.
  bool next_value();
  Address word() const { return word_; }
  Address value() const { return value_; }  // the layout reads it so: a tagged word is what its filter gives
  // Returns whether the word is declared as a pointer, so that it may not hold anything else.
  bool is_sure() const { return is_sure_; }
  const ObjectSlot& target() const { return target_; }  // after next()

 private:
  // Exact pointers come first, then tagged words, then ambiguous ones, then what a trace function reports,
  // kSlotsAtATime slots at a time.
  enum class Stage : uint8_t { kExact, kTagged, kAmbiguous, kTraced };
  static constexpr size_t kSlotsAtATime = 32;
  bool next_run();
  bool next_traced();
  void trace();

  const SpanHeap& spans_;
  const Layout* layout_;
  size_t words_;
  AnyCursor cursor_;
  Stage stage_ = Stage::kExact;
  Address base_;
  size_t first_ = 0;
  size_t count_ = 0;
  Address word_;
  Address value_;
  bool is_sure_ = false;
  ObjectSlot target_;
  size_t traced_ = 0;  // slots that the trace function has reported before those in slots_
  size_t place_ = 0;   // in slots_, of which there are slot_count_
  size_t slot_count_ = 0;
  Address slots_[kSlotsAtATime];
  Certainty certainties_[kSlotsAtATime];
};

// The object as the client sees it; `offset_bytes` is that of the word that points on.
mgc_link link_of(const ObjectSlot& object, TypeTable& types, size_t offset_bytes);

// Where links are written for the client. What does not fit is counted only.
struct LinkBuffer {
  mgc_link* links = nullptr;
  size_t capacity = 0;
  size_t count = 0;  // of all links, also of those that did not fit

  void add(const mgc_link& link) {
    if (count < capacity) links[count] = link;
    ++count;
  }
  // Writes link number `index` of `count`. Where not all fit, the first ones and the last ones are kept, half of the
  // room each.
  void put(size_t index, const mgc_link& link) {
    const size_t head = capacity / 2;
    if (count > capacity && index >= head) {
      if (index < count - (capacity - head)) return;
      index -= count - capacity;
    }
    links[index] = link;
  }
};

// Visits the roots that point into objects, in the order of RootSet::visit, named as mgc_link says.
class RootLinks {
 public:
  using Visitor = void (*)(void* context, const ObjectSlot& object, const mgc_link& link);

  RootLinks(const RootSet& roots, const SpanHeap& spans, TypeTable& types)
      : roots_(roots), spans_(spans), types_(types) {}
  // f(const ObjectSlot&, const mgc_link&)
  template <class F>
  void visit(F&& f) {
    using Function = std::remove_reference_t<F>;
    run([](void* context, const ObjectSlot& object,
           const mgc_link& link) { (*static_cast<Function*>(context))(object, link); },
        &f);
  }

  // The calls that RootSet::visit makes.
  void about(RootKind kind, uint64_t at);
  void root(Address value);
  void maybe_root(Address value) { root(value); }
  void contents(Address address);
  void range(Address base, size_t words, const Layout& layout);

 private:
  void run(Visitor visitor, void* context);

  const RootSet& roots_;
  const SpanHeap& spans_;
  TypeTable& types_;
  Visitor visitor_ = nullptr;
  void* context_ = nullptr;
  mgc_link link_{};  // of the root that is being visited
};

}  // namespace mallocgc
