// Creation, reuse and retirement of ids; see the header for the picture.
#include "tables/generation_table.h"

namespace mallocgc {

Status GenerationTable::reserve() {
  if (oldest_free_ != kNone || issued_ < chunks_.chunk_count() * kChunkEntries) return Status::kOk;
  if (chunks_.dropped_count() != 0) return restore_chunk();
  if (issued_ == kMaxEntries) return Status::kOutOfMemory;
  if (const Status status = chunks_.add_chunk(); status != Status::kOk) return status;
  // These numbers may have been in use before.
  if (issued_ < ever_) {
    for (Entry& entry : chunks_.chunk(chunks_.chunk_count() - 1).entries) entry.generation = reached_;
  }
  return Status::kOk;
}

Status GenerationTable::restore_chunk() {
  uint32_t index = 0;
  while (chunks_.has(index)) ++index;
  if (const Status status = chunks_.restore(index); status != Status::kOk) return status;
  for (uint32_t i = 0; i < kChunkEntries; ++i) {
    chunks_.chunk(index).entries[i] = Entry{kNone, reached_};
    add_free(index * kChunkEntries + i);
  }
  return Status::kOk;
}

uint32_t GenerationTable::take_index() {
  if (oldest_free_ == kNone) {
    if (issued_ == ever_) ++ever_;
    return issued_++;
  }
  const uint32_t index = oldest_free_;
  oldest_free_ = static_cast<uint32_t>(place_of(index).entry().word);
  if (oldest_free_ == kNone) newest_free_ = kNone;
  free_ -= 1;
  return index;
}

Status GenerationTable::create(uintptr_t word, uint64_t* id) {
  if (const Status status = reserve(); status != Status::kOk) return status;
  const uint32_t index = take_index();
  const Place place = place_of(index);
  Entry& entry = place.entry();
  entry.word = word;
  entry.generation += 1;
  place.chunk->live[place.in_chunk / kBitsPerWord] |= bit_of(place.in_chunk);
  note_change(place);
  live_ += 1;
  *id = (uint64_t{entry.generation} << MGC_HANDLE_INDEX_BITS) | index;
  return Status::kOk;
}

GenerationTable::Found GenerationTable::find(uint64_t id) const {
  const uint32_t index = index_of(id);
  const uint64_t generation = generation_of(id);
  if (generation == 0) return Found::kUnknown;
  if (!has(index)) return index < ever_ && generation <= reached_ ? Found::kStale : Found::kUnknown;
  const Place place = place_of(index);
  if (generation > place.entry().generation) return Found::kUnknown;
  return generation == place.entry().generation && place.is_live() ? Found::kLive : Found::kStale;
}

GenerationTable::Place GenerationTable::live_place(uint64_t id) const {
  MGC_CHECK(try_word(id) != nullptr, "id table: the id is not live");
  return place_of(index_of(id));
}

void GenerationTable::set(uint64_t id, uintptr_t word) {
  const Place place = live_place(id);
  place.entry().word = word;
  note_change(place);
}

void GenerationTable::free(uint64_t id) {
  const Place place = live_place(id);
  Chunk& chunk = *place.chunk;
  chunk.live[place.in_chunk / kBitsPerWord] &= ~bit_of(place.in_chunk);
  chunk.changed[place.in_chunk / kBitsPerWord] &= ~bit_of(place.in_chunk);
  live_ -= 1;
  place.entry().word = kNone;
  if (place.entry().generation == max_generation_) {
    retired_ += 1;
    return;
  }
  add_free(index_of(id));
}

// Puts an entry at the end of the list of free ones.
void GenerationTable::add_free(uint32_t index) {
  place_of(index).entry().word = kNone;
  if (newest_free_ == kNone) {
    oldest_free_ = index;
  } else {
    place_of(newest_free_).entry().word = index;
  }
  newest_free_ = index;
  free_ += 1;
}

// Whether no entry of the chunk is live, and none is retired: only its own generation tells that an entry is retired.
bool GenerationTable::may_drop(uint32_t chunk_index, uint32_t* reached) const {
  if (!chunks_.has(chunk_index)) return false;
  const Chunk& chunk = chunks_.chunk(chunk_index);
  for (const uint64_t live : chunk.live) {
    if (live != 0) return false;
  }
  uint32_t highest = 0;
  for (const Entry& entry : chunk.entries) highest = entry.generation > highest ? entry.generation : highest;
  if (highest >= max_generation_) return false;
  if (highest > *reached) *reached = highest;
  return true;
}

void GenerationTable::trim() {
  const uint32_t count = chunks_.chunk_count();
  // Chunks are marked first, and then the lists are cleared of their entries: the word of a free entry is its link.
  bool any = false;
  for (uint32_t i = 0; i < count; ++i) {
    if (!may_drop(i, &reached_)) continue;
    chunks_.chunk(i).is_dropped = true;
    any = true;
  }
  if (!any) return;
  forget_free_entries_of_dropped();
  Chunk** link = &changed_;
  while (*link != nullptr) {
    if ((*link)->is_dropped) {
      *link = (*link)->next_changed;
    } else {
      link = &(*link)->next_changed;
    }
  }
  for (uint32_t i = count; i-- != 0;) {
    if (chunks_.has(i) && chunks_.chunk(i).is_dropped) chunks_.drop(i);
  }
  const uint32_t end = chunks_.chunk_count() * kChunkEntries;
  if (issued_ > end) issued_ = end;
}

void GenerationTable::forget_free_entries_of_dropped() {
  uint32_t index = oldest_free_;
  oldest_free_ = newest_free_ = kNone;
  free_ = 0;
  while (index != kNone) {
    const Place place = place_of(index);
    const uint32_t next = static_cast<uint32_t>(place.entry().word);
    if (!place.chunk->is_dropped) add_free(index);
    index = next;
  }
}

void GenerationTable::note_change(const Place& place) {
  if constexpr (kPrefersSize) return;  // a full collection looks at all
  Chunk& chunk = *place.chunk;
  chunk.changed[place.in_chunk / kBitsPerWord] |= bit_of(place.in_chunk);
  if (chunk.in_changed_list) return;
  chunk.in_changed_list = true;
  chunk.next_changed = changed_;
  changed_ = &chunk;
}

void GenerationTable::forget_changes() {
  while (changed_ != nullptr) {
    Chunk& chunk = *changed_;
    changed_ = chunk.next_changed;
    for (uint64_t& word : chunk.changed) word = 0;
    chunk.next_changed = nullptr;
    chunk.in_changed_list = false;
  }
}

bool GenerationTable::free_list_holds() const {
  uint32_t length = 0;
  uint32_t last = kNone;
  for (uint32_t index = oldest_free_; index != kNone; index = static_cast<uint32_t>(place_of(index).entry().word)) {
    if (length == free_ || !has(index)) return false;
    const Place place = place_of(index);
    if (place.is_live() || place.entry().generation >= max_generation_) return false;
    last = index;
    length += 1;
  }
  return length == free_ && last == newest_free_;
}

const char* GenerationTable::verify() const {
  uint32_t live = 0;
  uint32_t retired = 0;
  uint32_t dropped = 0;
  for (uint32_t index = 0; index < issued_; ++index) {
    if (!has(index)) {
      dropped += 1;
      continue;
    }
    const Place place = place_of(index);
    if (place.entry().generation == 0 || place.entry().generation > max_generation_) return "inv.ids.count";
    const bool is_changed = (place.chunk->changed[place.in_chunk / kBitsPerWord] & bit_of(place.in_chunk)) != 0;
    if (is_changed && (!place.is_live() || !place.chunk->in_changed_list)) return "inv.ids.changed";
    if (place.is_live()) {
      live += 1;
    } else if (place.entry().generation == max_generation_) {
      retired += 1;
    }
  }
  if (live != live_ || retired != retired_ || live + retired + free_ + dropped != issued_) return "inv.ids.count";
  return free_list_holds() ? nullptr : "inv.ids.free";
}

}  // namespace mallocgc
