// The scan loop of the lean flavour, in place of all those in marker.cc.
#include "gc/greying.h"
#include "platform/sanitizer.h"

namespace mallocgc {

using platform::load_word;

// One loop for all ways of finding pointers, and for objects of all sizes. Only the lean flavour uses it.
void Marker::scan_compact(Span& span) {
  if constexpr (!kPrefersSize) return;
  const size_t words = (span.is_large() ? span.limit_bytes : span.slot_bytes) / kWordBytes;
  const uint64_t mask = span.scan_mask;
  scan_grey(span, [&](Address object, uint32_t slot) {
    for (uint64_t bits = mask; bits != 0; bits &= bits - 1) {
      const Address value = load_word(object + lowest_bit(bits) * kWordBytes);
      const size_t offset = value - span.base;
      if (offset < span.limit_bytes) {
        make_grey<false>(span, span.slot_at(offset));
      } else if (!value.is_null()) {
        shade(value);
      }
    }
    if (mask != 0) return;
    const Type* const type = span.slot_types != nullptr ? types_->by_id(span.slot_types[slot]) : span.type;
    if (type != nullptr) shade_range(object, words, *type->layout);
  });
}

}  // namespace mallocgc
