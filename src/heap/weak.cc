// The client reads weak words of objects here. Between two collections they are plain words. While a full cycle marks
// in slices, what is read stays alive until that cycle is over: the marker gets it. After that, until the weak pass has
// come by (gc/weak_pass.h), the object's mark tells, and a word of a dead one is cleared here.
#include "heap/heap.h"
#include "types/weak_words.h"

namespace mallocgc {

namespace {

bool is_cleared(const Layout& layout, Address place) {
  const uintptr_t word = platform::load_word(place).value();
  if (word != static_cast<uintptr_t>(layout.weak_cleared)) return false;
  return value_distance(layout) == 1 || platform::load_word(place + kWordBytes).value() ==
                                            static_cast<uintptr_t>(layout.weak_cleared >> 32 % (kWordBytes * 8));
}

struct FoundWeak {
  Address place;  // null: there is none
  Address value;  // of a key
};

// Returns the first weak word, or the first key, in [from, words) of an object.
MGC_NOINLINE FoundWeak first_of(WeakWalk::Over over, const Layout& layout, Address base, size_t words, size_t from) {
  for (WeakWalk walk(layout, over, base, words, from, words); walk.next();) {
    // Of a key before `from` only the value is not.
    if (walk.place() - base >= from * kWordBytes) return {walk.place(), walk.value()};
  }
  return {};
}

// Returns the first of either.
FoundWeak find_next(const Layout& layout, Address base, size_t words, size_t from) {
  const FoundWeak weak = first_of(WeakWalk::Over::kWords, layout, base, words, from);
  const FoundWeak key = first_of(WeakWalk::Over::kEphemerons, layout, base, words, from);
  return key.place.is_null() || (!weak.place.is_null() && weak.place < key.place) ? weak : key;
}

}  // namespace

void* Heap::weak_load(const void* slot) {
  if (slot == nullptr) return refuse(Status::kBadPointer, "first argument is nil");
  if (usable() != Status::kOk) return nullptr;
  const Address place = Address::of(slot);
  const Span* const span = map_.span_at(place);
  if (kHasWeakWords && span != nullptr && span->has_weak && place - span->base < span->limit_bytes) {
    if (collector_.slicing() && sweep_.epochs.is_marking()) {
      marker_.shade(weak_target(*span->type->layout, place));
    } else if (sweep_.is_resolving || collector_.phase() == Phase::kMarked) {
      const uint32_t holder = span->slot_at(place - span->base);
      const size_t word = (place - span->slot_address(holder)) / kWordBytes;
      (void)resolver_.clear_words(*span, holder, word, word + 1);
    }
  }
  return platform::load_word(place).pointer();
}

bool Heap::weak_next(const void* object, size_t* at, mgc_weak_entry* entry) {
  if (usable() != Status::kOk) return false;
  const Address base = Address::of(object);
  const Span* const span = map_.span_at(base);
  if (span == nullptr || base - span->base >= span->limit_bytes ||
      span->slot_address(span->slot_at(base - span->base)) != base) {
    (void)fail(Status::kBadPointer, "pointer not at beginning of allocated block");
    return false;
  }
  if (!kHasWeakWords || !span->has_weak) return false;
  const Layout& layout = *span->type->layout;
  const size_t words = object_words(*span);
  for (size_t from = (*at + kWordBytes - 1) / kWordBytes;;) {
    const FoundWeak found = find_next(layout, base, words, from);
    if (found.place.is_null()) return false;
    from = (found.place - base) / kWordBytes + 1;
    (void)weak_load(found.place.pointer());
    if (is_cleared(layout, found.place)) continue;
    *at = from * kWordBytes;
    *entry = mgc_weak_entry{.key = platform::load_word(found.place).pointer(),
                            .value = found.value.is_null() ? nullptr : platform::load_word(found.value).pointer(),
                            .slot = found.place.pointer<void*>()};
    return true;
  }
}

}  // namespace mallocgc
