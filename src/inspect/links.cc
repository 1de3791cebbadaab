// The search for what a word points to: from an address to the allocated object around it, and from an object or a root
// range to those of its words that point into objects.
#include "inspect/links.h"

#include "alloc/cache.h"
#include "platform/sanitizer.h"
#include "types/pointers.h"
#include "types/type_table.h"

namespace mallocgc {

namespace {

const Layout& layout_of(const ObjectSlot& object, TypeTable& types) {
  const Type* const type = types.by_id(object.type_id());
  return *(type == nullptr ? types.noscan_layout() : type->layout);
}

}  // namespace

ObjectSlot object_around(const SpanHeap& spans, Address address) {
  Span* const span = spans.span_at(address);
  if (span == nullptr || address - span->base >= span->limit_bytes) return ObjectSlot{};
  const uint32_t slot = span->slot_at(address - span->base);
  return is_allocated(*span, slot) ? ObjectSlot{span, slot} : ObjectSlot{};
}

PointerWalk::PointerWalk(const SpanHeap& spans, TypeTable& types, const ObjectSlot& object)
    : PointerWalk(spans, layout_of(object, types), object.base(), object.size_bytes() / kWordBytes) {}

bool PointerWalk::next_run() {
  while (!cursor_.next(&first_, &count_)) {
    if (!layout_->has_special()) return false;
    if (stage_ == Stage::kAmbiguous) {
      stage_ = Stage::kTraced;
      if (layout_->trace != nullptr) trace();
      return false;
    }
    if (stage_ == Stage::kExact) {
      stage_ = Stage::kTagged;
      cursor_ = TaggedCursor(*layout_, words_);
    } else {
      stage_ = Stage::kAmbiguous;
      cursor_ = AmbiguousCursor(*layout_, words_);
    }
  }
  return true;
}

// Gets the next slots that the trace function reports, after those that it has reported before.
void PointerWalk::trace() {
  traced_ += slot_count_;
  place_ = slot_count_ = 0;
  size_t number = 0;
  const auto take = [&](Address slot, Address, Certainty certainty) {
    if (number >= traced_ && slot_count_ < kSlotsAtATime) {
      certainties_[slot_count_] = certainty;
      slots_[slot_count_++] = slot;
    }
    ++number;
  };
  layout_->visitor->trace(layout_->trace, traced_part(base_, words_, 0, words_), take);
}

bool PointerWalk::next_traced() {
  for (;;) {
    if (place_ == slot_count_) {
      if (slot_count_ < kSlotsAtATime) return false;
      trace();
      continue;
    }
    word_ = slots_[place_];
    is_sure_ = certainties_[place_++] == Certainty::kExact;
    value_ = platform::load_word(word_);
    if (!value_.is_null()) return true;
  }
}

bool PointerWalk::next_value() {
  if (stage_ == Stage::kTraced) return next_traced();
  for (;;) {
    if (count_ == 0 && !next_run()) return stage_ == Stage::kTraced && next_traced();
    word_ = base_ + first_ * kWordBytes;
    ++first_;
    --count_;
    value_ = stage_ == Stage::kTagged ? layout_->filter.pointer_in(word_) : platform::load_word(word_);
    is_sure_ = stage_ != Stage::kAmbiguous && !layout_->conservative;
    if (!value_.is_null()) return true;
  }
}

bool PointerWalk::next() {
  while (next_value()) {
    target_ = object_around(spans_, value_);
    if (target_.span != nullptr) return true;
  }
  return false;
}

mgc_link link_of(const ObjectSlot& object, TypeTable& types, size_t offset_bytes) {
  const Type* const type = types.by_id(object.type_id());
  const Address base = object.base();
  return mgc_link{.at = (base + offset_bytes).value(),
                  .base = base.pointer(),
                  .size = object.size_bytes(),
                  .offset = offset_bytes,
                  .kind = MGC_LINK_OBJECT,
                  .type_id = type != nullptr ? type->id : 0};
}

void RootLinks::run(Visitor visitor, void* context) {
  visitor_ = visitor;
  context_ = context;
  roots_.visit(*this);
}

void RootLinks::about(RootKind kind, uint64_t at) {
  link_ = mgc_link{};
  link_.at = at;
  link_.kind = static_cast<uint32_t>(kind);
}

void RootLinks::root(Address value) {
  const ObjectSlot object = object_around(spans_, value);
  if (object.span != nullptr) visitor_(context_, object, link_);
}

// An object with a finalizer keeps everything that it points to, except itself.
void RootLinks::contents(Address address) {
  const ObjectSlot object = object_around(spans_, address);
  if (object.span == nullptr) return;
  for (PointerWalk walk(spans_, types_, object); walk.next();) {
    if (walk.target() == object) continue;
    mgc_link link = link_of(object, types_, walk.word() - object.base());
    link.kind = link_.kind;
    visitor_(context_, walk.target(), link);
  }
}

void RootLinks::range(Address base, size_t words, const Layout& layout) {
  for (PointerWalk walk(spans_, layout, base, words); walk.next();) {
    link_.at = walk.word().value();
    visitor_(context_, walk.target(), link_);
  }
}

}  // namespace mallocgc
