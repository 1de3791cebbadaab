// The structure walk (C8): recomputes every counter and every relation between structures, and names the first that
// does not hold. It changes nothing, and costs a pass over everything. Each structure checks itself (its own verify);
// the relations between them are here:
//
//   inv.span.map    each page of a span in use maps to it, no other page maps to anything
//   inv.span.tail   no bit at or above slot_count
//   inv.class.lists every small span is in a list of its class; large spans are in none
//   inv.young       an object in a swept span that is not young is marked
//   inv.cache.owner a span's owner holds it, and the run's bits are set
//   inv.weak        no weak word or key of a living object points to a dead one, but while the resolver is at work
//   inv.resolved    no record hangs at a dead object, but while the resolver is at work
//   inv.count       allocated bits = mallocs - frees, for each size class
//   inv.colour      no grey object outside a marking
#pragma once

#include "alloc/allocator.h"
#include "roots/global_roots.h"
#include "roots/handles.h"
#include "roots/mutator.h"
#include "specials/host_values.h"
#include "specials/specials.h"

namespace mallocgc {

struct VerifiedParts {
  const SpanHeap& spans;
  SpanClassTable& classes;
  const PageHeap& pages;
  const Metadata& metadata;
  const TypeTable& types;
  const Specials& specials;
  const HostTable& host_values;
  const HandleTable& handles;
  const GlobalRoots& globals;
  const List<Mutator>& mutators;
  const AllocCounters& counters;
  const SweepContext& sweep;
};

class Verifier {
 public:
  explicit Verifier(const VerifiedParts& parts) : parts_(parts) {}
  // kCorrupt: `error` names the invariant and the place.
  Status run(ErrorText& error);

 private:
  Status check_parts(ErrorText& error) const;
  Status check_span(const Span& span, ErrorText& error);
  Status check_bitmaps(const Span& span, ErrorText& error) const;
  bool has_unresolved(const Span& span) const;
  bool is_living(const Span& span, uint32_t slot) const;
  Status check_weak_words(const Span& span, ErrorText& error) const;
  Status check_totals(ErrorText& error);
  Status check_lists(ErrorText& error);
  bool hides_young(const List<Span>& list) const;

  VerifiedParts parts_;
  uint64_t allocated_[kSizeClassCount] = {};
  uint64_t large_bytes_ = 0;
  uint64_t pages_in_spans_ = 0;
  uint32_t spans_ = 0;
  uint32_t small_spans_ = 0;
};

}  // namespace mallocgc
