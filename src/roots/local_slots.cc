// Blocks of slots: made, given back, walked; see the header.
#include "roots/local_slots.h"

namespace mallocgc {

void LocalSlots::release() {
  while (blocks_ != nullptr) {
    Block* const block = blocks_;
    blocks_ = block->next;
    metadata_->free_block(block, block_bytes(block->count), MetaCategory::kRoots);
  }
  last_ = nullptr;
  capacity_slots_ = 0;
  abi_.free_local = nullptr;
}

// The list begins with the block's first slot, so that Locals lie in the order in which they were made.
Status LocalSlots::add_block(size_t slots) {
  auto* const block = static_cast<Block*>(metadata_->try_block(block_bytes(slots), MetaCategory::kRoots));
  if (block == nullptr) return Status::kOutOfMemory;
  block->count = slots;
  for (size_t i = slots; i-- != 0;) free(block->slots[i]);
  (last_ == nullptr ? blocks_ : last_->next) = block;
  last_ = block;
  capacity_slots_ += slots;
  return Status::kOk;
}

Status LocalSlots::refuse(ErrorText& error) const {
  error.set("shadow stack overflow: all ").add_number(capacity_slots_).add(" Locals are in use");
  return Status::kShadowStack;
}

Status LocalSlots::make_room(ErrorText& error) {
  if (abi_.free_local != nullptr) return Status::kOk;
  if (capacity_slots_ >= limit_slots_) return refuse(error);
  size_t slots = capacity_slots_ < kFirstSlots ? kFirstSlots : capacity_slots_ + 1;
  if (slots > kBlockSlots) slots = kBlockSlots;
  if (slots > limit_slots_ - capacity_slots_) slots = limit_slots_ - capacity_slots_;
  return add_block(slots);
}

// Makes one slot at a time, so that new objects do not take what is meant for Locals that cannot be refused.
Status LocalSlots::make_room_in_reserve(ErrorText& error) {
  if (abi_.free_local != nullptr) return Status::kOk;
  if (capacity_slots_ < limit_slots_) return make_room(error);
  if (capacity_slots_ - limit_slots_ >= limit_slots_ / kReserve + kReserve) return refuse(error);
  return add_block(1);
}

void LocalSlots::release_since(uint64_t born) {
  for (Block* block = blocks_; block != nullptr; block = block->next) {
    for (size_t i = 0; i < block->count; ++i) {
      if (block->slots[i].born >= born) free(block->slots[i]);
    }
  }
}

size_t LocalSlots::count_live() const {
  size_t live = 0;
  visit([&live](void*&) { ++live; });
  return live;
}

// The list is built anew, in order of address, from the blocks that stay.
void LocalSlots::trim() {
  if (capacity_slots_ <= kKeptSlots || count_live() > capacity_slots_ / 4) return;
  abi_.free_local = nullptr;
  last_ = nullptr;
  Block** link = &blocks_;
  size_t kept = 0;
  while (*link != nullptr) {
    Block* const block = *link;
    size_t live = 0;
    for (size_t i = 0; i < block->count; ++i) live += block->slots[i].born != 0;
    if (live == 0 && kept >= kFirstSlots && abi_.free_local != nullptr) {
      *link = block->next;
      capacity_slots_ -= block->count;
      metadata_->free_block(block, block_bytes(block->count), MetaCategory::kRoots);
      continue;
    }
    kept += block->count;
    for (size_t i = block->count; i-- != 0;) {
      if (block->slots[i].born == 0) free(block->slots[i]);
    }
    last_ = block;
    link = &block->next;
  }
}

const char* LocalSlots::verify() const {
  size_t capacity = 0;
  size_t free_slots = 0;
  for (const Block* block = blocks_; block != nullptr; block = block->next) {
    capacity += block->count;
    for (size_t i = 0; i < block->count; ++i) free_slots += block->slots[i].born == 0;
  }
  if (capacity != capacity_slots_) return "inv.locals.count";
  for (const mgc_local_slot* slot = abi_.free_local; slot != nullptr;
       slot = static_cast<const mgc_local_slot*>(slot->object)) {
    if (slot->born != 0 || free_slots == 0) return "inv.locals.free";
    --free_slots;
  }
  return free_slots == 0 ? nullptr : "inv.locals.free";
}

}  // namespace mallocgc
