// Interned<T>: records that are found again by a hash of their content, and by a dense number. T has `uint32_t hash`
// and `uint32_t next_in_bucket`.
//
// How it works. Records lie in segments of 16, 32, 64, … so they never move, a small table is small, and number →
// record is a count of leading zeros. Buckets hold the number + 1 of their first record, 0 for none, and chain through
// the records; there are as many as records at least, so a lookup is constant time on average and n insertions are
// linear.
//
// Segments are persistent; the bucket array is a block that is given back when it is outgrown.
// inv.interned.chain: every record is in exactly one chain, that of its hash.
#pragma once

#include <new>

#include "base/bits.h"
#include "pages/metadata.h"

namespace mallocgc {

template <class T>
class Interned {
 public:
  uint32_t count() const { return count_; }
  T* at(uint32_t index) const {
    const uint32_t place = index + kFirstSegment;
    const uint32_t segment = segment_of(place);
    return segments_[segment] + (place - (kFirstSegment << segment));
  }

  // Chain walk: for (T* t = first(hash); t; t = next(t)).
  T* first(uint32_t hash) const {
    return bucket_count_ == 0 ? nullptr : from_link(buckets_[hash & (bucket_count_ - 1)]);
  }
  T* next(const T* record) const { return from_link(record->next_in_bucket); }

  // Makes room for one more record. False: memory is out, and only the capacity may have changed.
  bool reserve(Metadata& metadata) { return reserve_segment(metadata) && reserve_buckets(metadata); }

  // A new record with the contents `value`, after reserve(). Its number is count() before the call.
  T* append(const T& value) {
    const uint32_t index = count_++;
    T* const record = new (at(index)) T(value);
    link(index);
    return record;
  }

 private:
  bool reserve_segment(Metadata& metadata) {
    const uint32_t segment = segment_of(count_ + kFirstSegment);
    if (segment >= kSegments) return false;
    if (segments_[segment] != nullptr) return true;
    const size_t bytes = (size_t{kFirstSegment} << segment) * sizeof(T);
    segments_[segment] = static_cast<T*>(metadata.persistentalloc(bytes, alignof(T), MetaCategory::kTypes));
    return segments_[segment] != nullptr;
  }

  bool reserve_buckets(Metadata& metadata) {
    if (count_ < bucket_count_) return true;
    const uint32_t wanted = bucket_count_ == 0 ? kFirstSegment : bucket_count_ * 2;
    void* const buckets = metadata.try_block(bucket_bytes(wanted), MetaCategory::kTypes);
    if (buckets == nullptr) return false;
    metadata.free_block(buckets_, bucket_bytes(bucket_count_), MetaCategory::kTypes);
    buckets_ = static_cast<uint32_t*>(buckets);
    bucket_count_ = wanted;
    for (uint32_t i = 0; i < count_; ++i) link(i);
    return true;
  }

  static constexpr size_t bucket_bytes(uint32_t count) { return size_t{count} * sizeof(uint32_t); }

  static constexpr uint32_t kFirstSegment = 16;
  // Beyond any memory; a power of two, so that the compiler sees that an index is inside.
  static constexpr uint32_t kSegments = 32;

  // Record i is at place i + 16: segment s holds places [16 << s, 32 << s).
  static constexpr uint32_t segment_of(uint32_t place) {
    return (27 - static_cast<uint32_t>(std::countl_zero(place))) % kSegments;
  }
  T* from_link(uint32_t link) const { return link == 0 ? nullptr : at(link - 1); }
  void link(uint32_t index) {
    T* const record = at(index);
    uint32_t& bucket = buckets_[record->hash & (bucket_count_ - 1)];
    record->next_in_bucket = bucket;
    bucket = index + 1;
  }

  T* segments_[kSegments] = {};
  uint32_t* buckets_ = nullptr;
  uint32_t bucket_count_ = 0;
  uint32_t count_ = 0;
};

}  // namespace mallocgc
