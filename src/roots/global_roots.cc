// The sorted chunks of root ranges; see the header.
#include "roots/global_roots.h"

#include <mallocgc/abi.h>

#include "platform/platform.h"

namespace mallocgc {
namespace {

constexpr uint32_t kFirstIndexCapacity = 8;
constexpr size_t kCardBytes = size_t{1} << MGC_CARD_SHIFT;
constexpr size_t kCardWords = kCardBytes / kWordBytes;

// The words of a range on cards that are the range's alone: [begin, end), which is empty for all others.
struct OwnCards {
  size_t begin = 0;
  size_t end = 0;

  explicit OwnCards(const RootRange& range) {
    if (!kHasModes || !range.is_barriered) return;
    const size_t words = range.bytes / kWordBytes;
    const size_t head = (range.base.aligned_up(kCardBytes) - range.base) / kWordBytes;
    if (head >= words) return;
    begin = head;
    end = head + (words - head) / kCardWords * kCardWords;
  }
  bool empty() const { return begin == end; }
  platform::Range of(const RootRange& range) const {
    return platform::Range{range.base + begin * kWordBytes, (end - begin) * kWordBytes};
  }
};

void disown(const RootRange& range) {
  const OwnCards own(range);
  if (!own.empty()) platform::give_back_cards(own.of(range));
}

unsigned char& card_of(Address address) { return mgc_cards.base[(address.value() >> MGC_CARD_SHIFT) & mgc_cards.mask]; }

[[maybe_unused]] MGC_NOINLINE void describe(ErrorText& error, const char* text, Address place) {
  error.set(text).add_hex(place.value());
}

MGC_ALWAYS_INLINE Status refuse(Status status, ErrorText& error, const char* text, Address place) {
  if constexpr (kHasTexts) describe(error, text, place);
  return status;
}

// The number of the first of `count` things that is not below, by their order.
template <class IsBelow>
uint32_t lower_bound(uint32_t count, IsBelow&& is_below) {
  uint32_t low = 0;
  while (low < count) {
    const uint32_t middle = low + (count - low) / 2;
    if (is_below(middle)) {
      low = middle + 1;
    } else {
      count = middle;
    }
  }
  return low;
}

// Returns whether the cards of these words begin with eight clean ones that lie in one unit of memory.
bool eight_are_clean(Address address, size_t words) {
  const unsigned char* const first = &card_of(address);
  if (words < 8 * kCardWords || !Address::of(first).is_aligned(sizeof(uint64_t))) return false;
  uint64_t eight;
  __builtin_memcpy(&eight, first, sizeof eight);
  return eight == 0;
}

}  // namespace

// The chunk is the last one that begins at or below `base`, or the first of all.
GlobalRoots::Place GlobalRoots::find(Address base) const {
  if (chunk_count_ == 0) return Place{};
  const uint32_t above = lower_bound(chunk_count_, [&](uint32_t i) { return index_[i].first <= base; });
  const uint32_t number = above == 0 ? 0 : above - 1;
  const Chunk& chunk = *index_[number].chunk;
  const auto count = static_cast<uint32_t>(chunk.count);
  return Place{number, lower_bound(count, [&](uint32_t i) { return chunk.ranges[i].base < base; })};
}

const RootRange* GlobalRoots::try_find_end_above(Address address) const {
  if (chunk_count_ == 0) return nullptr;
  const Place place = find(address);
  const Chunk& chunk = *index_[place.chunk].chunk;
  if (place.position != 0) {
    const RootRange& before = chunk.ranges[place.position - 1];
    if (address - before.base < before.bytes) return &before;
  }
  if (place.position < chunk.count) return &chunk.ranges[place.position];
  return place.chunk + 1 < chunk_count_ ? &index_[place.chunk + 1].chunk->ranges[0] : nullptr;
}

Status GlobalRoots::check(const RootRange& range, const Place& place, ErrorText& error) const {
  if (range.base.is_null()) return refuse(Status::kBadPointer, error, "root range is null: ", range.base);
  if (!range.base.is_aligned(kWordBytes))
    return refuse(Status::kBadPointer, error, "root range is not word aligned: ", range.base);
  if (range.bytes == 0) return refuse(Status::kBadSize, error, "root range is empty: ", range.base);
  // The last byte must have an address; the first one after it need not.
  if ((range.base + (range.bytes - 1)) < range.base)
    return refuse(Status::kBadPointer, error, "root range wraps around: ", range.base);
  if (chunk_count_ == 0) return Status::kOk;
  const Chunk& chunk = *index_[place.chunk].chunk;
  const RootRange* next = nullptr;
  if (place.position < chunk.count) {
    next = &chunk.ranges[place.position];
  } else if (place.chunk + 1 < chunk_count_) {
    next = &index_[place.chunk + 1].chunk->ranges[0];
  }
  if (next != nullptr && next->base - range.base < range.bytes)
    return refuse(Status::kBadArgument, error, "root range overlaps the one at ", next->base);
  const RootRange* const before = place.position != 0 ? &chunk.ranges[place.position - 1] : nullptr;
  if (before != nullptr && range.base - before->base < before->bytes)
    return refuse(Status::kBadArgument, error, "root range overlaps the one at ", before->base);
  return Status::kOk;
}

// Sets the own cards that begin in the words [from, to).
void GlobalRoots::set_cards(const RootRange& range, size_t from, size_t to, unsigned char value) {
  const OwnCards own(range);
  size_t word = from <= own.begin ? own.begin : own.begin + align_up(from - own.begin, kCardWords);
  if (to > own.end) to = own.end;
  for (; word < to; word += kCardWords) card_of(range.base + word * kWordBytes) = value;
}

// Moves the piece on to the next words that may have changed, and cleans their cards; false if there are none.
bool GlobalRoots::next_changed(const RootRange& range, Piece& piece) {
  const size_t words = range.bytes / kWordBytes;
  const OwnCards own(range);
  size_t at = piece.to;
  if (at < own.begin || own.empty()) {
    piece = Piece{at, own.empty() ? words : own.begin};
    return at < words;
  }
  const auto dirty = [&] { return at < own.end && card_of(range.base + at * kWordBytes) != 0; };
  while (at < own.end && !dirty())
    at += kCardWords * (eight_are_clean(range.base + at * kWordBytes, own.end - at) ? 8 : 1);
  piece.from = at;
  if (at >= own.end) {
    piece.to = words;
    return at < words;
  }
  for (; dirty(); at += kCardWords) card_of(range.base + at * kWordBytes) = 0;
  piece.to = at;
  return true;
}

void GlobalRoots::forget_changes() const {
  for (uint32_t i = 0; i < chunk_count_; ++i) {
    const Chunk& chunk = *index_[i].chunk;
    for (uint32_t j = 0; j < chunk.count; ++j) set_cards(chunk.ranges[j], 0, chunk.ranges[j].bytes, 0);
  }
}

void GlobalRoots::give_back_cards() const {
  for (uint32_t i = 0; i < chunk_count_; ++i) {
    const Chunk& chunk = *index_[i].chunk;
    for (uint32_t j = 0; j < chunk.count; ++j) disown(chunk.ranges[j]);
  }
}

bool GlobalRoots::try_make_room_in_index() {
  if (chunk_count_ < index_capacity_) return true;
  const uint32_t capacity = index_capacity_ == 0 ? kFirstIndexCapacity : index_capacity_ * 2;
  auto* const grown = static_cast<Entry*>(metadata_->try_block(capacity * sizeof(Entry), MetaCategory::kRoots));
  if (grown == nullptr) return false;
  if (index_ != nullptr) {
    __builtin_memcpy(grown, index_, chunk_count_ * sizeof(Entry));
    metadata_->free_block(index_, index_capacity_ * sizeof(Entry), MetaCategory::kRoots);
  }
  index_ = grown;
  index_capacity_ = capacity;
  return true;
}

void GlobalRoots::insert_chunk(uint32_t at, Chunk* chunk) {
  __builtin_memmove(index_ + at + 1, index_ + at, (chunk_count_ - at) * sizeof(Entry));
  index_[at] = Entry{chunk->ranges[0].base, chunk};
  ++chunk_count_;
}

void GlobalRoots::drop_chunk(uint32_t at) {
  metadata_->free_block(index_[at].chunk, sizeof(Chunk), MetaCategory::kRoots);
  --chunk_count_;
  __builtin_memmove(index_ + at, index_ + at + 1, (chunk_count_ - at) * sizeof(Entry));
}

// Splits a full chunk in the middle. Where ranges arrive in order, before or behind all others, it is split at that
// end, so that chunks fill.
bool GlobalRoots::try_make_room(Place& place) {
  if (chunk_count_ != 0 && index_[place.chunk].chunk->count < kChunkRanges) return true;
  if (!try_make_room_in_index()) return false;
  auto* const fresh = static_cast<Chunk*>(metadata_->try_block(sizeof(Chunk), MetaCategory::kRoots));
  if (fresh == nullptr) return false;
  if (chunk_count_ == 0) {
    insert_chunk(0, fresh);
    return true;
  }
  if (place.position == 0) {
    insert_chunk(place.chunk, fresh);
    return true;
  }
  Chunk& full = *index_[place.chunk].chunk;
  const bool is_last = place.chunk + 1 == chunk_count_ && place.position == kChunkRanges;
  const uint32_t kept = is_last ? kChunkRanges : kChunkRanges / 2;
  fresh->count = kChunkRanges - kept;
  __builtin_memcpy(fresh->ranges, full.ranges + kept, fresh->count * sizeof(RootRange));
  full.count = kept;
  insert_chunk(place.chunk + 1, fresh);
  if (is_last || place.position > kept) place = Place{place.chunk + 1, place.position - kept};
  return true;
}

Status GlobalRoots::add(const RootRange& range, ErrorText& error) {
  Place place = find(range.base);
  const Status status = check(range, place, error);
  if (status != Status::kOk) return status;
  const OwnCards own(range);
  if (!own.empty() && !platform::try_own_cards(own.of(range)))
    return refuse(Status::kBadArgument, error, "root range shares its cards with other memory: ", range.base);
  if (!try_make_room(place)) {
    disown(range);
    return Status::kOutOfMemory;
  }
  set_cards(range, 0, range.bytes, 1);
  Chunk& chunk = *index_[place.chunk].chunk;
  RootRange* const here = chunk.ranges + place.position;
  __builtin_memmove(here + 1, here, (chunk.count - place.position) * sizeof(RootRange));
  *here = range;
  chunk.count += 1;
  index_[place.chunk].first = chunk.ranges[0].base;
  count_ += 1;
  total_bytes_ += range.bytes;
  return Status::kOk;
}

// Chunks that have become small are joined, so that their number follows that of the ranges.
void GlobalRoots::join_small(uint32_t at) {
  if (at + 1 >= chunk_count_) return;
  Chunk& left = *index_[at].chunk;
  const Chunk& right = *index_[at + 1].chunk;
  if (left.count + right.count > kChunkRanges / 2) return;
  __builtin_memcpy(left.ranges + left.count, right.ranges, right.count * sizeof(RootRange));
  left.count += right.count;
  drop_chunk(at + 1);
}

Status GlobalRoots::remove(Address base, ErrorText& error) {
  const Place place = find(base);
  Chunk* const chunk = chunk_count_ == 0 ? nullptr : index_[place.chunk].chunk;
  if (chunk == nullptr || place.position == chunk->count || chunk->ranges[place.position].base != base)
    return refuse(Status::kBadArgument, error, "not a registered root range: ", base);
  disown(chunk->ranges[place.position]);
  total_bytes_ -= chunk->ranges[place.position].bytes;
  count_ -= 1;
  chunk->count -= 1;
  RootRange* const here = chunk->ranges + place.position;
  __builtin_memmove(here, here + 1, (chunk->count - place.position) * sizeof(RootRange));
  if (chunk->count == 0) {
    drop_chunk(place.chunk);
    return Status::kOk;
  }
  index_[place.chunk].first = chunk->ranges[0].base;
  join_small(place.chunk);
  if (place.chunk != 0) join_small(place.chunk - 1);
  return Status::kOk;
}

const RootRange& GlobalRoots::range(uint32_t number) const {
  uint32_t i = 0;
  for (; number >= index_[i].chunk->count; ++i) number -= static_cast<uint32_t>(index_[i].chunk->count);
  return index_[i].chunk->ranges[number];
}

const char* GlobalRoots::verify() const {
  uint64_t total = 0;
  uint32_t count = 0;
  const RootRange* last = nullptr;
  for (uint32_t i = 0; i < chunk_count_; ++i) {
    const Chunk& chunk = *index_[i].chunk;
    if (chunk.count == 0 || chunk.count > kChunkRanges || index_[i].first != chunk.ranges[0].base)
      return "inv.globals.chunks";
    for (uint32_t j = 0; j < chunk.count; ++j) {
      const RootRange& range = chunk.ranges[j];
      if (range.bytes == 0) return "inv.globals.sorted";
      if (last != nullptr && (range.base <= last->base || range.base - last->base < last->bytes))
        return "inv.globals.sorted";
      total += range.bytes;
      ++count;
      last = &range;
    }
  }
  return total == total_bytes_ && count == count_ ? nullptr : "inv.globals.bytes";
}

}  // namespace mallocgc
