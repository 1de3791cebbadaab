// The pass over all objects.
#include "inspect/referrers.h"

#include "alloc/cache.h"
#include "gc/weak_pass.h"
#include "types/weak_words.h"

namespace mallocgc {

void find_referrers(const ReferrerQuestion& question, const ObjectSlot& target, LinkBuffer& out) {
  out.count = 0;
  RootLinks(question.roots, question.spans, question.types).visit([&](const ObjectSlot& object, const mgc_link& link) {
    // The contents of objects with a finalizer come as objects, below.
    const bool is_asking = link.kind == MGC_LINK_HANDLE && link.at == question.asking;
    if (object == target && link.kind != MGC_LINK_FINALIZER && !is_asking) out.add(link);
  });
  for (Span* span = question.spans.first(); span != nullptr; span = question.spans.after(*span)) {
    if (span->scan_kind == ScanKind::kPointerFree) continue;
    for (uint32_t slot = 0; slot < span->slot_count; ++slot) {
      if (!is_allocated(*span, slot)) continue;
      const ObjectSlot object{span, slot};
      for (PointerWalk walk(question.spans, question.types, object); walk.next();) {
        if (walk.target() == target) out.add(link_of(object, question.types, walk.word() - object.base()));
      }
      if (!span->has_weak) continue;
      // Weak words and keys point to nothing in this sense; values do.
      const size_t words = object_words(*span);
      for_each_ephemeron(*span->type->layout, object.base(), words, 0, words, [&](Address, Address value) {
        if (value.is_null()) return;
        if (object_around(question.spans, weak_target(*span->type->layout, value)) == target)
          out.add(link_of(object, question.types, value - object.base()));
      });
    }
  }
}

}  // namespace mallocgc
