// The search, and the way back.
#include "inspect/path.h"

#include "gc/weak_pass.h"
#include "types/weak_words.h"

namespace mallocgc {

bool PathSearch::init() {
  size_t slots = 0;
  for (const Span* span = spans_.first(); span != nullptr; span = spans_.after(*span)) slots += span->slot_count;
  table_bytes_ = slots * sizeof(Seen);
  table_ = metadata_.try_block(table_bytes_, MetaCategory::kDebug);
  if (table_ == nullptr) return false;
  Address part = Address::of(table_);
  for (Span* span = spans_.first(); span != nullptr; span = spans_.after(*span)) {
    span->inspection = part.pointer<uint64_t>();
    part = part + span->slot_count * sizeof(Seen);
  }
  return true;
}

PathSearch::~PathSearch() {
  for (Span* span = spans_.first(); span != nullptr; span = spans_.after(*span)) span->inspection = nullptr;
  metadata_.free_block(table_, table_bytes_, MetaCategory::kDebug);
}

void PathSearch::reach(const ObjectSlot& object, Address via) {
  Seen& place = seen(object);
  if (!place.via.is_null()) return;
  place.via = via;
  if (waiting_.is_null()) {
    waiting_ = object.base();
  } else {
    seen(last_).next = object.base();
  }
  last_ = object;
}

void PathSearch::follow() {
  do {
    while (!waiting_.is_null() && seen(target_).via.is_null()) {
      const ObjectSlot object = object_around(spans_, waiting_);
      for (PointerWalk walk(spans_, types_, object); walk.next();) reach(walk.target(), walk.word());
      waiting_ = seen(object).next;
    }
  } while (seen(target_).via.is_null() && settle());
}

bool PathSearch::is_seen(Address target) const {
  const ObjectSlot object = object_around(spans_, target);
  return object.span == nullptr || !seen(object).via.is_null();
}

// Follows, when nothing else is left, the values of ephemerons whose keys are seen, in objects that are seen. Returns
// true if one is new. The path goes by the word of the value.
bool PathSearch::settle() {
  bool found = false;
  for (Span* span = spans_.first_weak(); span != nullptr; span = span->weak_next) {
    const size_t words = object_words(*span);
    for (uint32_t slot = 0; slot < span->slot_count; ++slot) {
      const ObjectSlot holder{span, slot};
      if (seen(holder).via.is_null()) continue;
      const Layout& layout = *span->type->layout;
      for_each_ephemeron(layout, holder.base(), words, 0, words, [&](Address key, Address value) {
        if (value.is_null() || !is_seen(weak_target(layout, key)) || is_seen(weak_target(layout, value))) return;
        found = true;
        reach(object_around(spans_, weak_target(layout, value)), value);
      });
    }
  }
  return found;
}

bool PathSearch::run(const ObjectSlot& target, size_t offset_bytes, uint64_t asking, LinkBuffer& out) {
  out.count = 0;
  if (!init()) return false;
  target_ = target;
  const auto is_asking = [asking](const mgc_link& link) { return link.kind == MGC_LINK_HANDLE && link.at == asking; };
  bool asked_only = false;
  for_each_root([&](const ObjectSlot& object, const mgc_link& link) {
    if (!is_asking(link)) return reach(object, kRoot);
    asked_only = asked_only || object == target;
  });
  follow();
  asked_only = asked_only && seen(target).via.is_null();
  if (asked_only) seen(target).via = kRoot;
  if (seen(target).via.is_null()) return true;
  const ObjectSlot first = write(offset_bytes, out);
  bool named = false;
  for_each_root([&](const ObjectSlot& object, const mgc_link& link) {
    if (named || object != first || is_asking(link) != asked_only) return;
    out.put(0, link);
    named = true;
  });
  return true;
}

// Writes the path, backwards from the target. Links are counted first, so that each knows its place. Gives the object
// that the root points to.
ObjectSlot PathSearch::write(size_t offset_bytes, LinkBuffer& out) const {
  out.count = 2;
  for (ObjectSlot object = target_; seen(object).via != kRoot; ++out.count)
    object = object_around(spans_, seen(object).via);
  ObjectSlot object = target_;
  for (size_t index = out.count - 1;; --index) {
    out.put(index, link_of(object, types_, offset_bytes));
    const Address via = seen(object).via;
    if (via == kRoot) return object;
    object = object_around(spans_, via);
    offset_bytes = via - object.base();
  }
}

}  // namespace mallocgc
