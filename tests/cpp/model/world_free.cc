// In these operations the client ends objects by hand, and makes uncollectable ones (clauses M16, M17); see world.h.
// The client behaves: before it ends an object, it takes back every pointer to it.
#include <algorithm>

#include "model/world.h"

namespace mallocgc::model {

// Makes null of every word of a typed pointer or a root that points into the block. Contexts and arguments may go on
// naming what is gone.
void World::forget_pointers_to(const Block& target) {
  const auto inside = [&](Word value) { return value != 0 && value - target.base < target.extent; };
  for (auto& [base, block] : reference_.blocks) {
    for (size_t i = 0; block.shape != nullptr && i < block.words(); ++i) {
      if (inside(block.pointer(i))) store(block, i, 0);
    }
  }
  for (Activation& activation : activations_) {
    size_t depth = 0;
    for (Frame& frame : activation.frames) {
      void** const slots = activation.slots[depth++];
      for (size_t i = 0; i < frame.size(); ++i) {
        if (!inside(frame[i])) continue;
        frame[i] = 0;
        slots[i] = nullptr;
      }
    }
  }
  for (GlobalRange& range : reference_.globals) {
    for (size_t i = 0; i < range.count; ++i) {
      if (inside(range.shape->pointer_in(i, range.words[i]))) range.words[i] = 0;
    }
  }
  for (auto& [id, value] : reference_.handles) {
    if (inside(value) && accept(heap_->handle_set(id, nullptr), "handle_set")) value = 0;
  }
}

// Ends what the reference knows of records that are tied to [from, from + bytes) of the block.
void World::end_records(Block& block, Word from, size_t bytes) {
  const auto inside = [&](Word address) { return address - from < bytes; };
  std::erase_if(block.finalizers, [&](const auto& entry) { return inside(entry.first); });
  std::erase_if(block.weaks, [&](const auto& entry) {
    if (inside(entry.first)) reference_.weaks[entry.second].target = 0;
    return inside(entry.first);
  });
  reference_.ready.remove_if([&](const Pending& pending) { return pending.finalizer && inside(pending.object); });
}

void World::free_block() {
  Target target = reachable();
  const bool pinned = random_.one_in(4) && !reference_.pinned.empty();
  if (pinned) target = {reference_.find(reference_.pinned.back()), reference_.pinned.back()};
  if (target.block == nullptr) return;
  Block& block = *target.block;
  if (block.shared) {
    end_records(block, target.address, 1);
    accept(heap_->free_object(Address(target.address).pointer()), "free");
    return;
  }
  if (block.extent > 1 && random_.one_in(8)) {
    const Status inner = heap_->free_object(Address(block.base + 1 + random_.below(block.extent - 1)).pointer());
    return expect_error(inner != Status::kOk, Status::kBadPointer, "pointer not at beginning of allocated block",
                        "M16: an inner address");
  }
  forget_pointers_to(block);
  end_records(block, block.base, block.extent);
  for (size_t i = 0; block.shape != nullptr && i < block.words(); ++i) {
    if (block.shape->host_at(i) && block.word(i) != 0)
      reference_.released_hosts.insert(static_cast<uint32_t>(block.word(i)));
  }
  void* const object = Address(block.base).pointer();
  std::erase(reference_.pinned, block.base);
  reference_.blocks.erase(block.base);
  if (failed() || !accept(heap_->free_object(object), "free")) return;
  expect_error(heap_->free_object(object) != Status::kOk, Status::kBadPointer, "pointer not in allocated block",
               "M16: freed twice");
  pull_host_values();
}

void World::allocate_pinned() {
  if (reference_.pinned.size() > 12) return free_block();
  Request request = small_request();
  request.flags |= MGC_OWN_BLOCK;
  void* const object =
      heap_->allocate_uncollectable(*activations_.back().mutator, request.size, types_[request.shape], request.flags);
  sync();
  if (object == nullptr) {
    accept(heap_->last_status(), "an uncollectable allocation");
    return;
  }
  Block* const block = enter(request, Address::of(object).value());
  if (block == nullptr) return;
  reference_.pinned.push_back(block->base);
  const Target other = reachable();
  for (size_t i = 0; other.block != nullptr && block->shape != nullptr && i < block->words(); ++i) {
    if (block->pointer_at(i) && random_.one_in(3)) store(*block, i, some_value(other));
  }
}

}  // namespace mallocgc::model
