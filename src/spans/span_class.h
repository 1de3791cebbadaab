// SpanClass: (size class, layout), the key by which allocation finds its spans. There are three families:
//
//   pointer-free   unnamed memory: one for each size class, and one for the tiny blocks that objects share (M3)
//   mixed          one for each size class: types with few objects share its spans
//   typed          one for each (size class, type) that has outgrown the mixed spans (T7)
//
// A span class keeps its spans in three lists:
//
//   todo    spans to be looked at for free slots
//   young   spans that allocation has taken since the last cycle (spans/young_spans.h); those with slots that were
//   freed
//           by hand come first
//   done    spans that are left out until the next full cycle, because they are full, or what is free in them lies in
//           too small pieces
//
// A full cycle moves all of `done` back in front of `todo`, in constant time, when the class is next touched (touch).
//
// inv.class.lists: every span in use of a class is in exactly one of its three lists.
// inv.class.pages: `pages` is the sum over them.
#pragma once

#include "pages/metadata.h"
#include "spans/size_class.h"
#include "spans/span.h"
#include "types/type.h"

namespace mallocgc {

struct SpanClass {
  uint32_t index = 0;
  uint32_t size_class = 0;
  const Type* type = nullptr;
  uint32_t slot_bytes = 0;
  uint32_t list_cycle = 0;
  uint32_t pages = 0;  // of its spans
  uint64_t scan_mask = 0;
  ScanKind scan_kind = ScanKind::kPointerFree;
  bool mixed = false;
  bool promoted = false;  // a typed class: its type has outgrown the mixed spans (T7)
  bool has_host = false;
  bool zero_on_take = false;  // M9: runs of slots with pointers are zeroed when taken, others by the request
  bool has_young = false;     // it is in the chain of classes with young spans, which may be gone again
  SpanClass* next_young = nullptr;
  List<Span> todo;
  List<Span> young;
  List<Span> done;

  void touch(uint32_t cycle) {
    if (list_cycle == cycle) return;
    list_cycle = cycle;
    todo.prepend(done);
  }
};

// How objects of `words` words with this type's layout are scanned.
struct ScanPlan {
  ScanKind kind = ScanKind::kPointerFree;
  uint64_t mask = 0;
};
ScanPlan plan_scan(const Type* type, size_t words);

// All span classes of a heap. Typed ones are found by hashing (type id, size class); until a type has filled
// kPromotionBytes of mixed spans of a size class, its entry is only a count.
class SpanClassTable {
 public:
  static constexpr uint32_t kPromotionBytes = 8 * 1024;
  static constexpr uint32_t kNoscanFirst = 0;   // index = kNoscanFirst + size class
  static constexpr uint32_t kSharedBlocks = 0;  // in place of a size class: large objects have no span class
  static constexpr uint32_t kMixedFirst = kSizeClassCount;  // index = kMixedFirst + size class
  static constexpr uint32_t kTypedFirst = 2 * kSizeClassCount;

  void init(Metadata& metadata);
  SpanClass& noscan(uint32_t size_class) { return noscan_.of[size_class]; }
  SpanClass& mixed(uint32_t size_class) { return mixed_.of[size_class]; }

  // The class for one more object of this type and size class: its own once it is promoted, else the mixed one. Falls
  // back to the mixed one when memory for a new entry is exhausted. Does not collect. Types with weak words never share
  // a span, so that their objects are found by span: a mixed class for such a one means that memory is exhausted.
  SpanClass& for_object(const Type& type, uint32_t size_class);
  // The type's own class, made if there is none yet. That alone promotes nothing: for_object gives it out once the type
  // has allocated enough (T7). The mixed one where memory is exhausted.
  SpanClass& own_class(const Type& type, uint32_t size_class);
  uint64_t promotions() const { return promotions_; }
  uint32_t count() const { return next_index_; }

  template <class F>
  void for_each(F&& f) {
    for (uint32_t i = kHasTinyBlocks ? kSharedBlocks : 1; i < kSizeClassCount; ++i) f(noscan_.of[i]);
    for (uint32_t i = 1; i < kSizeClassCount; ++i) f(mixed_.of[i]);
    for (uint32_t i = 0; i < capacity_; ++i) {
      if (entries_[i].span_class != nullptr) f(*entries_[i].span_class);
    }
  }

 private:
  struct Entry {
    uint32_t type_id = 0;  // 0: free
    uint32_t size_class = 0;
    uint32_t mixed_bytes = 0;
    SpanClass* span_class = nullptr;  // null until it is asked for
  };
  // Constructed by init(), so that a static heap is zero memory but for a few words.
  union BySizeClass {
    constexpr BySizeClass() : none(0) {}
    char none;
    SpanClass of[kSizeClassCount];
  };
  Entry* find(uint32_t type_id, uint32_t size_class);
  Entry* find_or_add(uint32_t type_id, uint32_t size_class);
  bool grow();
  SpanClass* make_class(const Type& type, uint32_t size_class);

  Metadata* metadata_ = nullptr;
  BySizeClass noscan_;
  BySizeClass mixed_;
  Entry* entries_ = nullptr;
  uint32_t capacity_ = 0;
  uint32_t used_ = 0;
  uint32_t next_index_ = kTypedFirst;
  uint64_t promotions_ = 0;
};

}  // namespace mallocgc
