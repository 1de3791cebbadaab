// The collector forgets an object that the client ends (heap/free.cc). Between two cycles it knows the object's age.
// While a full one goes on in slices, it knows the object's marks, pointers to it that wait in a buffer, and how far it
// has read the contents of an object with a finalizer.
#include "gc/collector.h"

namespace mallocgc {

void Collector::forget_object(Span& span, uint32_t slot) {
  if (!slicing()) {
    if (span.is_marked(slot, epochs().mark)) generations_.old_freed(span.slot_bytes);
    return;
  }
  if (epochs().is_marking()) parts_.marker->forget(span, slot);
  if (slices_.object - span.slot_address(slot) >= span.slot_bytes) return;
  slices_.object = Address();
  slices_.word = 0;
}

// Takes back what the object was counted as. The grey bit of a large object is gone once its first piece was scanned.
void Marker::forget(Span& span, uint32_t slot) {
  if (buffered_) {
    const size_t last = buffers_.region_of(map_->page_at(span.base) + span.page_count - 1);
    for (size_t region = buffers_.region_of(map_->page_at(span.base)); region <= last; ++region) {
      if (region < buffers_.regions()) empty_buffer(static_cast<uint32_t>(region));
    }
  }
  if (span.mark_cycle != cycle_) return;
  MarkWord& word = span.marks[slot / kBitsPerWord];
  const bool waits = (word.grey & bit_of(slot)) != 0 || (span.is_large() && span.grey != GreyState::kNone);
  if ((word.mark & bit_of(slot)) != 0 && !waits) work_.bytes_marked -= span.slot_bytes;
  word.mark &= ~bit_of(slot);
  word.grey &= ~bit_of(slot);
}

}  // namespace mallocgc
