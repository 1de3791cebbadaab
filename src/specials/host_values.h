// Host values: numbers for the JS values that heap objects hold in `js` fields (B2). The host keeps an array of values
// and stores an index in the field; 0 means none. When an object dies, the sweeper releases the indices of its fields;
// the host pulls the released ones later and drops the values. Each entry is one 32-bit word, its state and the next
// entry of the list it is in, so releasing during a sweep allocates nothing.
//
//            acquire                  release (sweep)            next_released (host)
//     free ───────────► live ───────────────────────► released ────────────────────► free
//                        └───────────── free (host) ────────────────────────────────►
//
// inv.host.count: live + released + free + 1 = issued entries, since entry 0 is no value; both lists are
// first-in-first-out and as long as counted.
// Doors: alloc/ sweeping one span (release), heap/ and the JS bridge (the rest).
#pragma once

#include "base/text.h"
#include "tables/chunk_array.h"

namespace mallocgc {

class HostTable {
 public:
  static constexpr uint32_t kChunkEntries = 1024;
  static constexpr uint32_t kMaxIndex = (uint32_t{1} << 24) - 1;

  constexpr HostTable() : chunks_(MetaCategory::kRoots) {}
  constexpr void init(Metadata& metadata) { chunks_.init(metadata); }

  // A live index >= 1. kOutOfMemory: no memory, or kMaxIndex values are taken; nothing is changed.
  Status acquire(uint32_t* index);
  // The object that held the index is dead. False, and no effect: the index is 0 or not live (a field may hold
  // anything). Allocates nothing.
  bool release(uint32_t index);
  // The index that was released first, which is free from now on; 0: none.
  uint32_t next_released();
  // The host gives up a live index itself, after overwriting the field. kBadArgument "not a live host value: …".
  Status free(uint32_t index, ErrorText& error);
  bool is_live(uint32_t index) const;

  // Gives the memory behind the highest number in use back. Cost: linear in the numbers.
  void trim();
  void trim_if_sparse() {
    if (issued_ >= 4 * kChunkEntries && live_ + released_.count <= issued_ / 4) trim();
  }

  uint32_t live_count() const { return live_; }
  uint32_t released_count() const { return released_.count; }
  size_t bytes() const { return chunks_.bytes(); }
  // Null if all hold, otherwise the name of the first invariant that does not.
  const char* verify() const;

 private:
  enum State : uint32_t { kFree = 0, kLive = 1, kReleased = 2 };
  static constexpr uint32_t kStateBits = 2;

  struct Chunk {
    uint32_t entries[kChunkEntries];  // next * 4 + state; next == 0: the last
  };
  struct Queue {
    uint32_t first = 0;
    uint32_t last = 0;
    uint32_t count = 0;
  };
  uint32_t& entry(uint32_t index) const { return chunks_.chunk(index / kChunkEntries).entries[index % kChunkEntries]; }
  static State state_of(uint32_t entry) { return static_cast<State>(entry & ((1u << kStateBits) - 1)); }
  static uint32_t next_of(uint32_t entry) { return entry >> kStateBits; }
  void push(Queue& queue, uint32_t index, State state);
  uint32_t pop(Queue& queue);
  bool queue_holds(const Queue& queue, State state) const;

  ChunkArray<Chunk> chunks_;
  Queue free_;
  Queue released_;
  uint32_t issued_ = 1;  // entries [1, issued_) have been used
  uint32_t live_ = 0;
};

}  // namespace mallocgc
