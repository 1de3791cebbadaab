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

// Finds the first weak word or key in [from, words), and the value of the key.
bool find_next(const Layout& layout, Address base, size_t words, size_t from, Address* key, Address* value) {
  size_t weak = words;
  size_t count = 0;
  size_t of_key = words;
  if (!WeakCursor(layout, words, from).next(&weak, &count)) weak = words;
  if (!KeyCursor(layout, words, from).next(&of_key, &count)) of_key = words;
  const size_t first = weak < of_key ? weak : of_key;
  const size_t distance = value_distance(layout);
  *key = base + first * kWordBytes;
  *value = first == of_key && first + distance < words ? *key + distance * kWordBytes : Address();
  return first < words;
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
  Address key;
  Address value;
  for (size_t from = (*at + kWordBytes - 1) / kWordBytes; find_next(layout, base, words, from, &key, &value);) {
    from = (key - base) / kWordBytes + 1;
    (void)weak_load(key.pointer());
    if (is_cleared(layout, key)) continue;
    *at = from * kWordBytes;
    *entry = mgc_weak_entry{.key = platform::load_word(key).pointer(),
                            .value = value.is_null() ? nullptr : platform::load_word(value).pointer(),
                            .slot = key.pointer<void*>()};
    return true;
  }
  return false;
}

}  // namespace mallocgc
