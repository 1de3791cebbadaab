// The sweep of one span: host values of the dead, and the bitmaps word by word.
#include "alloc/sweep_span.h"

#include "platform/sanitizer.h"
#include "types/cursor.h"
#include "types/layout.h"

namespace mallocgc {

namespace {

// Gives how many words that were.
uint64_t release_host_values(const Span& span, uint32_t slot, const SweepContext& context) {
  const Type* const type = span.slot_types == nullptr ? span.type : context.types->by_id(span.slot_types[slot]);
  if (type == nullptr || !type->layout->has_host) return 0;
  const Address object = span.slot_address(slot);
  HostCursor cursor(*type->layout, (span.is_large() ? span.limit_bytes : span.slot_bytes) / kWordBytes);
  size_t first = 0;
  size_t count = 0;
  uint64_t words = 0;
  for (; cursor.next(&first, &count); words += count) {
    for (size_t i = 0; i < count; ++i) {
      const uintptr_t index = platform::load_word(object + (first + i) * kWordBytes).value();
      if (index != 0) context.release_host(context.release_context, static_cast<uint32_t>(index));
    }
  }
  return words;
}

uint32_t type_id_of(const Span& span, uint32_t slot) {
  return span.slot_types != nullptr ? span.slot_types[slot] : span.type != nullptr ? span.type->id : 0;
}

void poison_slot(const Span& span, uint32_t slot, const SweepContext& context) {
  const Address object = span.slot_address(slot);
  if (kDebugFlavour && context.poison) {
    platform::unpoison(object, span.slot_bytes);
    __builtin_memset(object.pointer(), kPoisonByte, span.slot_bytes);
  }
  platform::poison(object, span.slot_bytes);
}

}  // namespace

SweepResult sweep_span(Span& span, const SweepContext& context) {
  MGC_DCHECK(span.owner == nullptr && span.grey == GreyState::kNone,
             "swept a span that is in use by a cache or the marker");
  if (span.mark_cycle != context.epochs.sweep) start_mark_cycle(span, context.epochs.sweep);
  if constexpr (kHasLifecycles) context.specials->trim(span.specials);
  SweepResult result;
  const bool look_at_dead = (kHasLifecycles && span.has_host) || (kDebugFlavour && context.poison) || platform::kAsan ||
                            context.recorder->any();
  const uint32_t words = bitmap_words(span.slot_count);
  constexpr uint32_t kWordsPerUnit = 64 / (sizeof(MarkWord) + sizeof(uint64_t));
  result.units = 1 + words / kWordsPerUnit;
  for (uint32_t word = 0; word < words; ++word) {
    const uint64_t allocated = span.allocated[word];
    const uint64_t live = allocated & span.marks[word].mark;
    uint64_t dead = allocated ^ live;
    span.allocated[word] = live;
    result.live += count_bits(live);
    result.freed += count_bits(dead);
    for (; look_at_dead && dead != 0; dead &= dead - 1) {
      const uint32_t slot = word * kBitsPerWord + lowest_bit(dead);
      if (kHasLifecycles && span.has_host) result.units += release_host_values(span, slot, context);
      if (context.recorder->any())
        context.recorder->add(MGC_RECORD_FREE, type_id_of(span, slot), span.slot_address(slot).value(),
                              span.slot_bytes);
      poison_slot(span, slot, context);
    }
  }
  span.needs_zero = span.needs_zero || result.freed != 0;
  span.next_slot = 0;
  span.sweep_cycle = context.epochs.sweep;
  AllocCounters& counters = *context.counters;
  counters.frees[span.size_class] += result.freed;
  if (span.is_large()) counters.large_bytes_freed += result.freed * span.slot_bytes;
  ++counters.spans_swept;
  if (context.recorder->cycles())
    context.recorder->add(MGC_RECORD_SWEEP_SPAN, result.freed, span.base.value(), result.live);
  return result;
}

void free_slot(Span& span, uint32_t slot, const SweepContext& context) {
  if (kHasLifecycles && span.has_host) release_host_values(span, slot, context);
  if (context.recorder->any())
    context.recorder->add(MGC_RECORD_FREE, type_id_of(span, slot), span.slot_address(slot).value(), span.slot_bytes);
  poison_slot(span, slot, context);
  span.allocated[slot / kBitsPerWord] &= ~bit_of(slot);
  span.marks[slot / kBitsPerWord].mark &= ~bit_of(slot);
  span.marks[slot / kBitsPerWord].grey &= ~bit_of(slot);
  span.needs_zero = true;
  AllocCounters& counters = *context.counters;
  ++counters.frees[span.size_class];
  if (span.is_large()) counters.large_bytes_freed += span.slot_bytes;
}

}  // namespace mallocgc
