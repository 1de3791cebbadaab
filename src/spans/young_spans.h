// Young spans: those that allocation has taken since the last cycle, minor or full. What is young lies in them and
// nowhere else, so they are all that a minor cycle has to sweep. Small ones are in the `young` list of their class, and
// the classes that have any are chained here; large ones are in a list of their own.
//
// inv.young: an allocated object in a swept span is marked, or its span is young.
// Doors: alloc/ adds; gc/minor.cc sweeps; a full cycle takes them all back.
#pragma once

#include "spans/span_class.h"

namespace mallocgc {

class YoungSpans {
 public:
  // A cache takes the span, which is in no list.
  void add(SpanClass& span_class, Span& span) {
    note(span_class);
    span_class.young.push_back(&span);
  }
  // The same for a span that is to be taken next. It may have nothing young in it, which does no harm.
  void add_first(SpanClass& span_class, Span& span) {
    note(span_class);
    span_class.young.push_front(&span);
  }
  void add_large(Span& span) { large_.push_back(&span); }
  const List<Span>& large() const { return large_; }

  // f(Span&) for each of them, which stays what it is.
  template <class F>
  void for_each(F f) const {
    for (SpanClass* c = classes_; c != nullptr; c = c->next_young) {
      for (Span* span = c->young.first(); span != nullptr; span = c->young.after(span)) f(*span);
    }
    for (Span* span = large_.first(); span != nullptr; span = large_.after(span)) f(*span);
  }
  // The first of the classes that may have small ones; `next_young` is the next.
  const SpanClass* first_class() const { return classes_; }
  // Calls small(SpanClass&) for each class with young spans, which empties the class's list, and large(Span&) for each
  // large one, which may be destroyed. Nothing is young then.
  template <class Small, class Large>
  void take_back(Small small, Large large) {
    while (classes_ != nullptr) {
      SpanClass& span_class = *classes_;
      classes_ = span_class.next_young;
      span_class.has_young = false;
      small(span_class);
    }
    while (Span* const span = large_.pop_front()) {
      old_large_.push_back(span);
      large(*span);
    }
  }
  // A full cycle has decided about everything: nothing is young, and no span was looked at. Costs a step a class.
  void forget() {
    old_large_.prepend(large_);
    take_back([](SpanClass& span_class) { span_class.done.prepend(span_class.young); }, [](Span&) {});
  }

 private:
  void note(SpanClass& span_class) {
    if (span_class.has_young) return;
    span_class.has_young = true;
    span_class.next_young = classes_;
    classes_ = &span_class;
  }

  SpanClass* classes_ = nullptr;
  List<Span> large_;
  List<Span> old_large_;
};

}  // namespace mallocgc
