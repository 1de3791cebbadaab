// Survival: a full cycle tells whether minor ones would pay. Before it marks, a sample of the youngest objects is
// noted, of those that a minor cycle would have looked at now; when it has marked, they are looked at. Where much of
// the sample lives, no trial is needed to know that minor cycles do not pay (gc/generations.h).
//
// A sample is the objects of one word of bits, from every so many of the spans that were taken last in each class.
// Doors: gc/collector.cc.
#pragma once

#include "spans/young_spans.h"

namespace mallocgc {

class Survival {
 public:
  static constexpr uint32_t kSamples = kHasModes ? 32 : 1;
  static constexpr uint32_t kMostSpans = 1024;   // are counted, and classes
  static constexpr uint32_t kLeastObjects = 64;  // fewer of them say nothing

  void forget() { count_ = 0; }
  // Takes the sample from the last part in `parts` of what is young. Precondition: no cache owns a run, and the marks
  // of `epoch`, which are those of old objects, still count. Gives how many spans and classes were visited.
  uint32_t note(const YoungSpans& young, uint32_t epoch, uint64_t parts) {
    count_ = 0;
    uint32_t seen = 0;
    uint32_t picked = 0;
    uint32_t stride = 1;
    for (const SpanClass* c = young.first_class(); c != nullptr && seen < kMostSpans; c = c->next_young) {
      const List<Span>& spans = c->young;
      const uint32_t before = ++seen;
      for (const Span* span = spans.first(); span != nullptr && seen < kMostSpans; span = spans.after(span)) ++seen;
      uint64_t rest = (seen - before + parts - 1) / parts;
      for (const Span* span = spans.last(); rest != 0; span = spans.before(span), --rest) {
        if (picked++ % stride == 0) stride = add(*span, epoch, stride);
      }
    }
    return seen + picked;
  }
  // Whether more than one in `share` of the bytes of the sample are marked in `epoch`.
  bool exceeds(uint32_t epoch, uint64_t share) const {
    uint64_t objects = 0;
    uint64_t bytes = 0;
    uint64_t marked_bytes = 0;
    for (uint32_t i = 0; i < count_; ++i) {
      const Span& span = *samples_[i].span;
      const uint64_t marked = span.mark_cycle == epoch ? samples_[i].young & span.marks[samples_[i].word].mark : 0;
      objects += count_bits(samples_[i].young);
      bytes += count_bits(samples_[i].young) * span.slot_bytes;
      marked_bytes += count_bits(marked) * span.slot_bytes;
    }
    return objects >= kLeastObjects && marked_bytes > bytes / share;
  }

 private:
  struct Sample {
    const Span* span = nullptr;
    uint32_t word = 0;
    uint64_t young = 0;
  };
  // Where all samples are taken, every other one makes room, and the next are taken half as often. Gives the stride.
  uint32_t add(const Span& span, uint32_t epoch, uint32_t stride) {
    const uint32_t word = count_ % bitmap_words(span.slot_count);
    const uint64_t young = span.allocated[word] & ~(span.mark_cycle == epoch ? span.marks[word].mark : 0);
    if (young == 0) return stride;
    if (count_ == kSamples) {
      for (count_ = 0; count_ < kSamples / 2; ++count_) samples_[count_] = samples_[2 * count_];
      stride *= 2;
    }
    samples_[count_++] = {&span, word, young};
    return stride;
  }

  uint32_t count_ = 0;
  Sample samples_[kSamples]{};
};

}  // namespace mallocgc
