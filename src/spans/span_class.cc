// Interning of span classes, and the choice of how their objects are scanned.
#include "spans/span_class.h"

#include <new>

#include "types/layout.h"

namespace mallocgc {

ScanPlan plan_scan(const Type* type, size_t words) {
  if (type == nullptr || !type->layout->has_pointers) return {};
  const Layout& layout = *type->layout;
  if (layout.conservative) return {ScanKind::kConservative, 0};
  if (kHasWeakWords && layout.has_weak) return {ScanKind::kWeak, 0};
  if (layout.has_special()) {
    const uint64_t tagged = words <= kBitsPerWord ? tagged_mask64(layout, words) : 0;
    const bool only_tagged = tagged != 0 && !layout.has_ambiguous && mask64(layout, words) == 0;
    return {only_tagged ? ScanKind::kTagged : ScanKind::kLayout, 0};
  }
  if (words <= kBitsPerWord) {
    const uint64_t mask = mask64(layout, words);
    if (mask == low_bits(2)) return {ScanKind::kPair, mask};
    return {mask == low_bits(static_cast<uint32_t>(words)) ? ScanKind::kAll : ScanKind::kMask, mask};
  }
  return {all_pointers(layout) ? ScanKind::kAll : ScanKind::kLayout, 0};
}

void SpanClassTable::init(Metadata& metadata) {
  metadata_ = &metadata;
  for (uint32_t i = 1; i < kSizeClassCount; ++i) {
    SpanClass& noscan = *new (&noscan_.of[i]) SpanClass;
    noscan.index = kNoscanFirst + i;
    SpanClass& mixed = *new (&mixed_.of[i]) SpanClass;
    mixed.index = kMixedFirst + i;
    mixed.scan_kind = ScanKind::kMixed;
    mixed.mixed = true;
    mixed.has_host = true;
    mixed.zero_on_take = true;
    noscan.size_class = mixed.size_class = i;
    noscan.slot_bytes = mixed.slot_bytes = size_class_bytes(i);
  }
  if constexpr (!kHasTinyBlocks) return;
  SpanClass& shared = *new (&noscan_.of[kSharedBlocks]) SpanClass;
  shared.index = kNoscanFirst + kSharedBlocks;
  shared.size_class = kTinySizeClass;
  shared.slot_bytes = size_class_bytes(kTinySizeClass);
}

SpanClass& SpanClassTable::for_object(const Type& type, uint32_t size_class) {
  if (kHasWeakWords && type.layout->has_weak) return own_class(type, size_class);
  Entry* const entry = find_or_add(type.id, size_class);
  if (entry == nullptr) return mixed_.of[size_class];
  if (entry->span_class != nullptr && entry->span_class->promoted) return *entry->span_class;
  entry->mixed_bytes += size_class_bytes(size_class);
  if (entry->mixed_bytes <= kPromotionBytes) return mixed_.of[size_class];
  if (entry->span_class == nullptr) entry->span_class = make_class(type, size_class);
  if (entry->span_class == nullptr) return mixed_.of[size_class];
  entry->span_class->promoted = true;
  ++promotions_;
  return *entry->span_class;
}

SpanClass& SpanClassTable::own_class(const Type& type, uint32_t size_class) {
  Entry* const entry = find_or_add(type.id, size_class);
  if (entry == nullptr) return mixed_.of[size_class];
  if (entry->span_class == nullptr) entry->span_class = make_class(type, size_class);
  return entry->span_class != nullptr ? *entry->span_class : mixed_.of[size_class];
}

// Null where memory for a new entry is exhausted.
SpanClassTable::Entry* SpanClassTable::find_or_add(uint32_t type_id, uint32_t size_class) {
  Entry* entry = find(type_id, size_class);
  if (entry != nullptr && entry->type_id != 0) return entry;
  if ((used_ + 1) * 4 > capacity_ * 3) {
    if (!grow()) return nullptr;
    entry = find(type_id, size_class);
  }
  *entry = Entry{type_id, size_class, 0, nullptr};
  ++used_;
  return entry;
}

// The entry of the key, or the free one where it would go; null while there is no table.
SpanClassTable::Entry* SpanClassTable::find(uint32_t type_id, uint32_t size_class) {
  if (capacity_ == 0) return nullptr;
  const uint32_t mask = capacity_ - 1;
  uint32_t place = (type_id * 0x9E3779B1u + size_class * 0x85EBCA6Bu);
  place ^= place >> 15;
  for (place &= mask;; place = (place + 1) & mask) {
    Entry& entry = entries_[place];
    if (entry.type_id == 0 || (entry.type_id == type_id && entry.size_class == size_class)) return &entry;
  }
}

bool SpanClassTable::grow() {
  const uint32_t old_capacity = capacity_;
  Entry* const old_entries = entries_;
  const uint32_t capacity = old_capacity == 0 ? 64 : old_capacity * 2;
  auto* const entries = static_cast<Entry*>(metadata_->try_block(capacity * sizeof(Entry), MetaCategory::kSpans));
  if (entries == nullptr) return false;
  entries_ = entries;
  capacity_ = capacity;
  for (uint32_t i = 0; i < old_capacity; ++i) {
    if (old_entries[i].type_id != 0) *find(old_entries[i].type_id, old_entries[i].size_class) = old_entries[i];
  }
  if (old_capacity != 0) metadata_->free_block(old_entries, old_capacity * sizeof(Entry), MetaCategory::kSpans);
  return true;
}

SpanClass* SpanClassTable::make_class(const Type& type, uint32_t size_class) {
  void* const memory = metadata_->persistentalloc(sizeof(SpanClass), alignof(SpanClass), MetaCategory::kSpans);
  if (memory == nullptr) return nullptr;
  auto* const span_class = new (memory) SpanClass;
  span_class->index = next_index_++;
  span_class->size_class = size_class;
  span_class->type = &type;
  span_class->slot_bytes = size_class_bytes(size_class);
  const ScanPlan plan = plan_scan(&type, span_class->slot_bytes / kWordBytes);
  span_class->scan_kind = plan.kind;
  span_class->scan_mask = plan.mask;
  span_class->has_host = type.layout->has_host;
  span_class->zero_on_take = plan.kind != ScanKind::kPointerFree || type.layout->has_host;
  return span_class;
}

}  // namespace mallocgc
