// These operations use finalizers, cleanups, weak handles and host values (clauses F1-F8, B2); see world.h.
#include <algorithm>

#include "model/world.h"

namespace mallocgc::model {

void World::arm_finalizer() {
  const Target target = reachable();
  if (target.block == nullptr) return;
  Block& block = *target.block;
  // F4: an inner address is legal only in a shared tiny block.
  const Word address = block.shared ? target.address : block.base;
  if (block.finalizers.count(address) != 0) {
    const Status again = heap_->set_finalizer(Address(address).pointer(), &World::on_finalizer, nullptr, 0);
    return expect_error(again != Status::kOk, Status::kFinalizer, "finalizer already set", "F4");
  }
  Armed armed{.token = next_token_++, .context = 0};
  const Target other = reachable();
  if (random_.one_in(4) && other.block != nullptr && other.block != target.block) armed.context = other.address;
  const Status status = heap_->set_finalizer(Address(address).pointer(), &World::on_finalizer,
                                             Address(armed.context).pointer(), armed.token);
  if (accept(status, "set_finalizer")) block.finalizers[address] = armed;
}

void World::disarm_finalizer() {
  for (uint32_t tries = 0; tries < 10; ++tries) {
    const Target target = reachable();
    if (target.block == nullptr || target.block->finalizers.empty()) continue;
    const Word address = target.block->finalizers.begin()->first;
    if (accept(heap_->clear_finalizer(Address(address).pointer()), "clear_finalizer"))
      target.block->finalizers.erase(address);
    return;
  }
}

void World::misuse_finalizer() {
  const auto refused = [&](Word address) {
    return heap_->set_finalizer(Address(address).pointer(), &World::on_finalizer, nullptr, 0) != Status::kOk;
  };
  if (random_.one_in(4)) return expect_error(refused(0), Status::kBadPointer, "first argument is nil", "F4");
  const Target target = reachable();
  if (target.block == nullptr) return;
  // An object of 16 bytes without a type could be a shared block: nobody can tell.
  const bool like_shared = target.block->shape == nullptr && target.block->extent == kTinyBlockBytes;
  if (random_.one_in(2) && !like_shared && target.block->extent > 1) {
    const Word inner = target.block->base + 1 + random_.below(target.block->extent - 1);
    const std::string what = "F4: an inner address of a block of " + std::to_string(target.block->size) + " bytes";
    return expect_error(refused(inner), Status::kBadPointer, "pointer not at beginning of allocated block",
                        what.c_str());
  }
  // The neighbour of a block is a free slot where the reference knows no block.
  const Word beside = target.block->base + target.block->extent;
  if (target.block->extent > kMaxSmallBytes || reference_.find(beside) != nullptr || beside % kPageBytes == 0) return;
  const std::string what = "F4: what lies behind a block of " + std::to_string(target.block->size) + " bytes";
  expect_error(refused(beside), Status::kBadPointer, "pointer not in allocated block", what.c_str());
}

void World::add_cleanup() {
  const Target target = reachable();
  const Target other = reachable();
  if (target.block == nullptr || other.block == nullptr) return;
  // No other cleanup has the argument: a callback is told nothing else, so two of them could not be told apart. One
  // that names no object is no heap address.
  Cleanup cleanup{.token = next_token_++, .id = 0, .arg = 0};
  cleanup.arg = static_cast<Word>(2 * cleanup.token + 1);
  if (other.block != target.block && random_.one_in(3) && !reference_.is_argument(other.address))
    cleanup.arg = other.address;
  const Status status = heap_->add_cleanup(Address(target.address).pointer(), &World::on_cleanup,
                                           Address(cleanup.arg).pointer(), cleanup.token, &cleanup.id);
  if (!accept(status, "add_cleanup")) return;
  target.block->cleanups.push_back(cleanup);
  cleanup_ids_.push_back(cleanup.id);
}

// F7: stopping works once, and is harmless afterwards.
void World::stop_cleanup() {
  if (cleanup_ids_.empty() || !random_.one_in(3)) return;
  const size_t which = random_.below(cleanup_ids_.size());
  const uint64_t id = cleanup_ids_[which];
  Block* owner = nullptr;
  const Cleanup* const cleanup = reference_.find_cleanup(id, &owner);
  cleanup_ids_.erase(cleanup_ids_.begin() + static_cast<std::ptrdiff_t>(which));
  if (!accept(heap_->stop_cleanup(id), "stop_cleanup")) return;
  if (cleanup == nullptr) {  // a queued one will not run; one that is gone stays so
    for (auto it = reference_.ready.begin(); it != reference_.ready.end(); ++it) {
      if (it->id != id) continue;
      reference_.ready.erase(it);
      return;
    }
    return;
  }
  owner->cleanups.erase(owner->cleanups.begin() + (cleanup - owner->cleanups.data()));
}

// F8: an address has one weak handle, with the same number each time.
void World::make_weak() {
  const Target target = reachable();
  if (target.block == nullptr) return;
  uint64_t id = 0;
  if (!accept(heap_->weak_new(Address(target.address).pointer(), &id), "weak_new")) return;
  const auto known = target.block->weaks.find(target.address);
  if (known != target.block->weaks.end()) {
    if (known->second != id) return fail("F8: two weak handles for one address");
    ++reference_.weaks[id].uses;
    return;
  }
  if (reference_.weaks.count(id) != 0) return fail("F8: a new weak handle has the number of another");
  target.block->weaks[target.address] = id;
  reference_.weaks[id] = {target.address, 1};
}

// Reads a weak handle. Sometimes it makes the target reachable again, or frees the handle.
void World::read_weak() {
  if (reference_.weaks.empty()) return;
  auto it = reference_.weaks.begin();
  std::advance(it, random_.below(reference_.weaks.size()));
  const auto [id, weak] = *it;
  const Word target = Address::of(heap_->weak_get(id)).value();
  if (target != weak.target)
    return fail(target == 0 ? "F8: a weak handle was cleared too early" : "F8: a weak handle was not cleared");
  if (target != 0 && random_.one_in(4)) return set_root(target);
  if (reference_.weaks.size() < 50 && !random_.one_in(4)) return;
  if (!accept(heap_->weak_free(id), "weak_free")) return;
  if (--it->second.uses != 0) return;
  if (target != 0) reference_.find(target)->weaks.erase(target);
  reference_.weaks.erase(it);
}

void World::set_host_value() {
  if (!options_.host_values) return;
  const Target target = reachable();
  if (target.block == nullptr || target.block->shape == nullptr || !target.block->shape->has_host()) return;
  const size_t index = random_.below(target.block->words());
  if (!target.block->shape->host_at(index)) return;
  uint32_t value = 0;
  if (!accept(heap_->host_acquire(&value), "host_acquire")) return;
  const uint32_t old = static_cast<uint32_t>(target.block->word(index));
  if (old != 0 && !accept(heap_->host_free(old), "host_free")) return;
  write_data(*target.block, index, value);
}

void World::pull_host_values() {
  while (const uint32_t value = heap_->host_next_released()) {
    const auto it = reference_.released_hosts.find(value);
    if (it == reference_.released_hosts.end()) return fail("B2: a host value was released while its object lives");
    reference_.released_hosts.erase(it);
  }
}

// A finalizer or a cleanup runs. It must be one that is ready, in order of cycles, with its object intact (F1, F5, F6).
void World::ran(bool finalizer, Word object, Word argument) {
  ++drained_;
  const auto expected = reference_.find_ready(finalizer, object, argument);
  if (expected == reference_.ready.end())
    return fail(finalizer ? "F1: a finalizer ran that was not ready" : "F7: a cleanup ran that was not ready");
  // A minor cycle sweeps at once what it finds dead, also while a full one before it is not swept to its end.
  const bool in_order = options_.heap.mode == MGC_MODE_STOP || options_.heap.mode == MGC_MODE_INCREMENTAL;
  if (in_order && expected->cycle != reference_.oldest_ready_cycle())
    return fail("F6: a record ran before those of an earlier cycle");
  reference_.ready.erase(expected);
  if (!finalizer) return;
  const Block* const block = reference_.find(object);
  if (block == nullptr) return fail("F1: a finalizer's object is gone");
  check_block(*block);
  if (random_.one_in(3)) set_root(object);
}

// The executor runs some records. Finalizers allocate too, and what they allocate may be kept.
void World::drain() {
  const uint32_t most = random_.between(1, 20);
  drained_ = 0;
  const size_t before = heap_->ready_count();
  const size_t count = heap_->run_finalizers(most);
  if (count != drained_) return fail("F6: run_finalizers says another number than it ran");
  if (count < std::min<size_t>(before, most)) fail("F6: run_finalizers left records that were ready");
}

// The host pulls one record instead.
void World::pop_one() {
  Ready ready;
  uint64_t handle = 0;
  const bool popped = heap_->pop_ready(&ready, &handle);
  if (!popped) return;
  const bool finalizer = ready.kind == RecordKind::kFinalizer;
  const auto expected = reference_.find_ready(finalizer, ready.object.value(), ready.info.context.value());
  if (expected == reference_.ready.end()) return fail("F6: a record was popped that was not ready");
  if (finalizer && expected->token != ready.info.token) return fail("F6: a popped record has another token");
  if (finalizer != (handle != 0)) return fail("B3: a finalizer, and only that, comes with a handle");
  if (finalizer && Address::of(heap_->handle_get(handle)) != ready.object)
    return fail("B3: the handle names another object");
  ran(finalizer, ready.object.value(), ready.info.context.value());
  if (finalizer) accept(heap_->handle_free(handle), "handle_free");
}

void World::on_finalizer(mgc_mutator*, void* object, void* context) {
  World& world = *current_;
  world.sync();
  world.ran(true, Address::of(object).value(), Address::of(context).value());
  if (world.failed() || !world.random_.one_in(4)) return;
  world.reference_.running = {Address::of(object).value(), Address::of(context).value()};
  const Word address = world.perform(world.small_request(), 2);
  if (address != 0) world.keep(address);
  world.reference_.running.clear();
}

void World::on_cleanup(mgc_mutator*, void*, void* argument) {
  World& world = *current_;
  world.sync();
  world.ran(false, 0, Address::of(argument).value());
}

}  // namespace mallocgc::model
