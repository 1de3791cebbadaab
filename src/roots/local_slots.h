// The slots of gc.h's Locals: roots that may be made and dropped in any order, which the frames of a shadow stack
// cannot (a temporary dies after what it initialises; a Local in a container or a coroutine dies whenever that does).
// So each Local has a slot of its own, taken from a list of free ones and put back there, both inline (cpp/pointers.h).
//
//   block ─► [ next block | slots ][ object | born ][ object | born ] …
//   In a free slot `born` is 0, and `object` is the next free slot.
//
// `born` is the number of the newest Frame when the Local was made. What unwinds past C++ destructors ends Frames by
// putting the top of the shadow stack back (R2); it ends the Locals that are younger than the oldest of those Frames
// with them.
//
// A new block has as many slots as there are already, up to kBlockSlots. Above the limit no more blocks are made for
// new objects. Locals of pointers that are there already cannot be refused, so they may take an eighth more (kReserve).
// Once there are many blocks, the empty ones go back to the metadata after a collection.
//
// inv.locals.free: the list of free slots holds exactly the slots with born == 0, each once.
// inv.locals.count: capacity_slots() is the sum over the blocks.
// Doors: from heap/ and the marking of roots.
#pragma once

#include "base/address.h"
#include "base/status.h"
#include "base/text.h"
#include "pages/metadata.h"

namespace mallocgc {

class LocalSlots {
 public:
  // abi->free_local belongs to the slots from init() on; `abi` outlives them.
  explicit constexpr LocalSlots(mgc_mutator_abi& abi) : abi_(abi) {}
  LocalSlots(const LocalSlots&) = delete;
  LocalSlots& operator=(const LocalSlots&) = delete;

  void init(Metadata& metadata, size_t limit_slots) {
    metadata_ = &metadata;
    limit_slots_ = limit_slots == 0 ? 1 : limit_slots;
  }
  // Gives all memory back; all Locals end.
  void release();

  // At least one slot is free afterwards. kShadowStack "shadow stack overflow: …"; kOutOfMemory without a text.
  Status make_room(ErrorText& error);
  // The same for a Local that cannot be refused: it may take from the reserve too.
  Status make_room_in_reserve(ErrorText& error);

  // Ends the Locals that were born in this Frame or later; for unwinding.
  void release_since(uint64_t born);
  // Gives empty blocks back where most slots are free. A slot is free afterwards if one was.
  void trim();

  size_t capacity_slots() const { return capacity_slots_; }
  size_t count_live() const;  // linear in the capacity
  static constexpr size_t bytes_of_slots(size_t slots) { return slots * sizeof(mgc_local_slot); }

  // f(void*& object) for every Local, from the oldest block on.
  template <class F>
  void visit(F&& f) const {
    for (Block* block = blocks_; block != nullptr; block = block->next) {
      for (size_t i = 0; i < block->count; ++i) {
        if (block->slots[i].born != 0) f(block->slots[i].object);
      }
    }
  }
  // Null if all hold, otherwise the name of the first invariant that does not.
  const char* verify() const;

  static constexpr size_t kBlockSlots = 4095;
  static constexpr size_t kFirstSlots = 63;
  static constexpr size_t kKeptSlots = 1024;  // below, nothing is trimmed
  static constexpr size_t kReserve = 8;       // one part in so many

 private:
  struct Block {
    Block* next;
    size_t count;
    alignas(uint64_t) mgc_local_slot slots[1];  // count of them
  };
  static size_t block_bytes(size_t slots) { return sizeof(Block) + (slots - 1) * sizeof(mgc_local_slot); }

  void free(mgc_local_slot& slot) {
    slot.born = 0;
    slot.object = abi_.free_local;
    abi_.free_local = &slot;
  }
  Status add_block(size_t slots);
  Status refuse(ErrorText& error) const;

  mgc_mutator_abi& abi_;
  Metadata* metadata_ = nullptr;
  Block* blocks_ = nullptr;
  Block* last_ = nullptr;
  size_t capacity_slots_ = 0;
  size_t limit_slots_ = 1;
};

}  // namespace mallocgc
