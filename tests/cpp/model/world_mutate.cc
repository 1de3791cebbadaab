// These operations change roots, store, move and ask (clauses R1-R5, C7, M14, T5); see world.h.
#include <cstring>

#include "model/world.h"

namespace mallocgc::model {

Word World::any_root() {
  switch (random_.below(8)) {
    case 0: {
      if (reference_.handles.empty()) return 0;
      auto it = reference_.handles.lower_bound(random_.next() % (reference_.handles.rbegin()->first + 1));
      return it == reference_.handles.end() ? 0 : it->second;
    }
    case 1: {
      if (reference_.globals.empty()) return 0;
      const GlobalRange& range = reference_.globals[random_.below(reference_.globals.size())];
      const size_t index = random_.below(range.count);
      return range.shape->pointer_in(index, range.words[index]);
    }
    case 2:
      return reference_.pinned.empty() ? 0 : reference_.pinned[random_.below(reference_.pinned.size())];
    default: {
      auto activation = activations_.begin();
      std::advance(activation, random_.below(activations_.size()));
      if (activation->frames.empty()) return 0;
      auto frame = activation->frames.begin();
      std::advance(frame, random_.below(activation->frames.size()));
      return frame->empty() ? 0 : (*frame)[random_.below(frame->size())];
    }
  }
}

// Returns where the word points to, read as the client has to: weak words and keys through the heap, and a value after
// its key (T11).
Word World::follow(const Block& block, size_t index) {
  const Shape& shape = *block.shape;
  if (shape.value_at(index)) (void)follow(block, index - 1);
  if (shape.weak_at(index) || shape.key_at(index)) {
    const Word read = Address::of(heap_->weak_load(Address(block.base + index * sizeof(Word)).pointer())).value();
    if (read != block.word(index)) fail("T11: a weak word reads " + std::to_string(read) + ", not as it should");
  }
  return block.pointer(index);
}

// The walk over a table finds what is there.
void World::read_weak_words() {
  const Target target = reachable();
  if (target.block == nullptr || !target.block->has_weak()) return query();
  const Block& block = *target.block;
  size_t at = 0;
  mgc_weak_entry entry{};
  for (size_t i = 0; i < block.words(); ++i) {
    const bool is_key = block.shape->key_at(i);
    if ((!is_key && !block.shape->weak_at(i)) || block.word(i) == block.shape->weak_cleared) continue;
    if (!heap_->weak_next(Address(block.base).pointer(), &at, &entry)) return fail("T11: the walk misses an entry");
    const Word value = is_key && i + 1 < block.words() ? block.word(i + 1) : 0;
    if (Address::of(entry.slot).value() != block.base + i * sizeof(Word) || at != (i + 1) * sizeof(Word) ||
        Address::of(entry.key).value() != block.word(i) || Address::of(entry.value).value() != value) {
      return fail("T11: the walk finds another entry");
    }
  }
  // Behind the object there may be slack with null words.
  while (heap_->weak_next(Address(block.base).pointer(), &at, &entry)) {
    if (entry.key != nullptr || at <= block.size) return fail("T11: the walk finds too much");
  }
}

// Returns some object that the client can reach: from a root, a few pointers on.
World::Target World::reachable() {
  Target target;
  for (uint32_t tries = 0; tries < 4 && target.block == nullptr; ++tries) {
    target.address = any_root();
    target.block = reference_.find(target.address);
  }
  for (uint32_t steps = random_.below(6); steps != 0 && target.block != nullptr; --steps) {
    const Block& block = *target.block;
    if (block.shape == nullptr || block.words() == 0) break;
    const Word next = follow(block, random_.below(block.words()));
    Block* const there = reference_.find(next);
    if (there != nullptr) target = {there, next};
  }
  return target;
}

// Returns the object itself, or an address inside it (T5), or what a pointer slot may hold besides: null, and addresses
// outside the heap.
Word World::some_value(const Target& target) {
  switch (random_.below(8)) {
    case 0:
      return 0;
    case 1:
      return Address::of(&globals_).value() + random_.below(sizeof globals_);
    case 2:
      return target.block->base + random_.below(target.block->size);
    case 3:
      return target.block->extent > target.block->size ? target.block->base + target.block->size : target.block->base;
    default:
      return target.address;
  }
}

void World::set_root(Word value) {
  auto activation = activations_.begin();
  std::advance(activation, random_.one_in(4) ? random_.below(activations_.size()) : activations_.size() - 1);
  if (activation->frames.empty()) return;
  size_t depth = random_.one_in(2) ? random_.below(activation->frames.size()) : activation->frames.size() - 1;
  auto frame = activation->frames.begin();
  std::advance(frame, depth);
  if (frame->empty()) return;
  const size_t index = random_.below(frame->size());
  (*frame)[index] = value;
  activation->slots[depth][index] = Address(value).pointer();
}

void World::keep(Word value) {
  if (random_.one_in(8)) return change_handle();
  if (random_.one_in(2)) return set_root(value);
  const Target target = reachable();
  if (target.block == nullptr || target.block->words() == 0) return set_root(value);
  const size_t index = random_.below(target.block->words());
  if (target.block->pointer_at(index)) return store(*target.block, index, value);
  set_root(value);
}

// The client stores a half of an ephemeron after a look at its key, as it has to (T11).
void World::store(Block& block, size_t index, Word value) {
  const Shape* const shape = block.shape;
  if (shape != nullptr && (shape->key_at(index) || shape->value_at(index))) (void)follow(block, index);
  void** const slot = Address(block.base + index * sizeof(Word)).pointer<void*>();
  mgc_store(slot, Address(value).pointer());
  block.set_word(index, value);
}

void World::write_data(Block& block, size_t index, Word value) {
  *Address(block.base + index * sizeof(Word)).pointer<Word>() = value;
  block.set_word(index, value);
}

void World::mutate() {
  const Target from = reachable();
  const Target to = reachable();
  if (from.block == nullptr || to.block == nullptr || from.block->words() == 0 || from.block->shared) return;
  const size_t index = random_.below(from.block->words());
  const Shape* const shape = from.block->shape;
  if (shape != nullptr && shape->tagged_at(index) && random_.one_in(2)) {
    return store(*from.block, index, (to.address & ~Word{3}) | random_.below(4));  // T8: every tag, integers included
  }
  if (shape != nullptr && shape->ambiguous_at(index) && random_.one_in(2)) {
    // T4: it may also name a free slot, slack, or what will be allocated one day.
    return store(*from.block, index, to.block->base + random_.below(8 * to.block->extent) - 4 * to.block->extent);
  }
  if (from.block->pointer_at(index)) return store(*from.block, index, some_value(to));
  if (shape != nullptr && shape->host_at(index)) return;
  write_data(*from.block, index, random_.one_in(2) ? to.address : static_cast<Word>(random_.next()));
}

// Moves whole units of a layout inside one block by mgc_move. They may overlap.
void World::move_words() {
  const Target target = reachable();
  if (target.block == nullptr || target.block->shape == nullptr) return;
  Block& block = *target.block;
  const Shape& shape = *block.shape;
  if (shape.tail_kind != MGC_TAIL_REPEAT || shape.has_host() || shape.has_weak() || block.size < 2 * shape.bytes())
    return;
  const size_t units = block.size / shape.bytes();
  const size_t count = random_.between(1, static_cast<uint32_t>(units));
  const size_t from = random_.below(units - count + 1) * shape.bytes();
  const size_t to = random_.below(units - count + 1) * shape.bytes();
  mgc_move(Address(block.base + to).pointer(), Address(block.base + from).pointer(), count * shape.bytes());
  std::memmove(block.bytes.data() + to, block.bytes.data() + from, count * shape.bytes());
}

// Makes plain stores over a range of a block, then one barrier for all of it.
void World::write_range() {
  const Target target = reachable();
  if (target.block == nullptr || target.block->shape == nullptr || target.block->words() == 0) return;
  Block& block = *target.block;
  const size_t first = random_.below(block.words());
  const size_t last = std::min(block.words(), first + 20);
  for (size_t i = first; i < last; ++i) {
    if (!block.pointer_at(i)) continue;
    const Target to = reachable();
    const Word value = to.block == nullptr ? 0 : some_value(to);
    *Address(block.base + i * sizeof(Word)).pointer<Word>() = value;
    block.set_word(i, value);
  }
  mgc_write_barrier_range(Address(block.base + first * sizeof(Word)).pointer(), (last - first) * sizeof(Word));
}

void World::push_frame() {
  Activation& activation = activations_.back();
  if (activation.frames.size() >= 24) return;
  const size_t slots = random_.between(1, 12);
  void** place = nullptr;
  if (!accept(heap_->frame_push(*activation.mutator, slots, &place), "frame_push")) return;
  for (size_t i = 0; i < slots; ++i) {
    if (place[i] != nullptr) return fail("R2: a new frame's slot is not null");
  }
  activation.frames.emplace_back(slots, Word{0});
  activation.slots.push_back(place);
}

void World::pop_frame() {
  Activation& activation = activations_.back();
  if (activation.frames.size() > 1 && random_.one_in(8)) {
    const Status status = heap_->frame_pop(*activation.mutator, activation.slots.front());
    return expect_error(status != Status::kOk, Status::kShadowStack, "frame popped out of order", "R2");
  }
  if (activation.frames.size() <= 1) return push_frame();
  if (!accept(heap_->frame_pop(*activation.mutator, activation.slots.back()), "frame_pop")) return;
  activation.frames.pop_back();
  activation.slots.pop_back();
}

// Ends the run: every stack loses a frame, and the other mutators go.
void World::unwind() {
  while (activations_.size() > 1 && !failed()) change_mutators();
  while (activations_.back().frames.size() > 1 && !failed()) pop_frame();
}

void World::drop_roots() {
  if (random_.one_in(6)) return pop_frame();
  for (uint32_t n = random_.between(1, 3); n != 0; --n) set_root(0);
}

// Makes handles that come and go without being used: numbers from before are stale then.
void World::wear_out_handles() {
  uint64_t id = 0;
  for (uint32_t n = random_.between(1, 300); n != 0; --n) {
    if (!accept(heap_->handle_new(&globals_, &id), "handle_new") || !accept(heap_->handle_free(id), "handle_free"))
      return;
    if (reference_.handles.count(id) != 0) return fail("R4: a handle was given out twice");
  }
  if (id != 0) stale_handles_.push_back(id);
}

void World::change_handle() {
  if (random_.one_in(10)) return wear_out_handles();
  if (!stale_handles_.empty() && random_.one_in(6)) {
    const uint64_t stale = stale_handles_[random_.below(stale_handles_.size())];
    return expect_error(heap_->handle_get(stale) == nullptr, Status::kStaleHandle, "stale", "R4");
  }
  if (reference_.handles.size() > 20 || (random_.one_in(3) && !reference_.handles.empty())) {
    auto it = reference_.handles.begin();
    std::advance(it, random_.below(reference_.handles.size()));
    if (!accept(heap_->handle_free(it->first), "handle_free")) return;
    stale_handles_.push_back(it->first);
    if (stale_handles_.size() > 100) stale_handles_.erase(stale_handles_.begin());
    reference_.handles.erase(it);
    return;
  }
  const Target target = reachable();
  if (target.block == nullptr) return;
  uint64_t id = 0;
  if (!accept(heap_->handle_new(Address(target.address).pointer(), &id), "handle_new")) return;
  if (id == 0 || id >> 53 != 0 || !reference_.handles.emplace(id, target.address).second)
    fail("R4: the new handle's number is not new");
}

// Registers a range of globals with some layout, barriered or not, removes one, or stores into one.
void World::change_globals() {
  const uint32_t which = random_.below(kGlobals);
  Word* const words = globals_[which];
  auto range = reference_.globals.begin();
  while (range != reference_.globals.end() && range->words != words) ++range;
  if (range == reference_.globals.end()) {
    const size_t shape = random_.below(shapes_.size());
    if (shapes_[shape].has_host() || shapes_[shape].has_weak() || shapes_[shape].is_traced) return;
    if (shapes_[shape].tail_kind != MGC_TAIL_REPEAT) return;
    std::memset(words, 0, sizeof globals_[which]);
    const size_t count = random_.between(4, kGlobalWords);
    const bool is_barriered = random_.one_in(2);
    if (!accept(heap_->add_roots(words, count * sizeof(Word), types_[shape], is_barriered), "add_roots")) return;
    reference_.globals.push_back({words, count, &shapes_[shape], is_barriered});
  } else if (random_.one_in(4)) {
    if (accept(heap_->remove_roots(words), "remove_roots")) reference_.globals.erase(range);
  } else {
    const Target target = reachable();
    if (target.block == nullptr) return;
    Word& word = words[random_.below(range->count)];
    word = target.address;
    if (range->is_barriered) mgc_write_barrier(&word);
  }
}

// A second and a third mutator come and go, with frames of their own. Allocation goes through the newest.
void World::change_mutators() {
  if (activations_.size() > 2 || (activations_.size() > 1 && (random_.one_in(2) || operation_ > options_.operations))) {
    Activation& last = activations_.back();
    while (!last.frames.empty() && !failed()) {
      if (!accept(heap_->frame_pop(*last.mutator, last.slots.back()), "frame_pop")) return;
      last.frames.pop_back();
      last.slots.pop_back();
    }
    if (!accept(heap_->detach(*last.mutator), "detach")) return;
    reference_.stacks.pop_back();
    activations_.pop_back();
    return;
  }
  Mutator* const mutator = heap_->attach(1024);
  if (mutator == nullptr) {
    accept(heap_->last_status(), "attach");
    return;
  }
  activations_.emplace_back();
  activations_.back().mutator = mutator;
  reference_.stacks.push_back(&activations_.back().frames);
  push_frame();
}

// findObject agrees with the reference for any address (M14): inside a block, in slack, in free slots, and outside the
// heap.
void World::query() {
  for (uint32_t n = 0; n < 8; ++n) {
    const Target target = reachable();
    Word address = static_cast<Word>(random_.next());
    if (target.block != nullptr && !random_.one_in(8))
      address = target.block->base + random_.below(4 * target.block->extent) - target.block->extent;
    const Block* const expected = reference_.find(address);
    FoundObject found;
    const bool hit = heap_->find_object(Address(address).pointer(), &found);
    if (hit && expected == nullptr) {
      return fail("M14: findObject found " + std::to_string(found.size) + " bytes that are not allocated, " +
                  std::to_string(static_cast<std::ptrdiff_t>(address - target.address)) + " bytes from a block of " +
                  std::to_string(target.block == nullptr ? 0 : target.block->extent));
    }
    if (!hit && expected != nullptr)
      return fail("M14: findObject missed a block of " + std::to_string(expected->size) + " bytes");
    if (hit && Address::of(found.base).value() != expected->base) return fail("M14: findObject found another block");
  }
}

// Collects. Half of these collections leave their sweep to the allocations that follow.
void World::collect() {
  if (random_.one_in(2) && operation_ <= options_.operations) return collect_minor();
  ++collections_;
  const bool lazy = random_.one_in(2) && operation_ <= options_.operations;
  if (lazy) {
    if (!accept(heap_->phase_start(), "phase_start") || !accept(heap_->phase_mark(), "phase_mark")) return;
    if (!accept(heap_->phase_finish(), "phase_finish")) return;
  } else if (!accept(heap_->collect(), "collect")) {
    return;
  }
  if (cycles_seen_.empty()) return fail("C1: no cycle was run");
  sync();
  if (lazy) return;
  if (heap_->ready_count() != reference_.ready.size()) {
    return fail("C1: " + std::to_string(heap_->ready_count()) + " records are ready, not " +
                std::to_string(reference_.ready.size()));
  }
  if (stats().heap_objects != reference_.blocks.size()) {
    return fail("C1: " + std::to_string(stats().heap_objects) + " objects are left, not " +
                std::to_string(reference_.blocks.size()));
  }
  if (stats().heap_live != stats().heap_alloc) return fail("O1: after a sweep, live bytes are not allocated bytes");
  pull_host_values();
  if (!failed() && !reference_.released_hosts.empty()) fail("C1: host values of dead objects were not released");
}

// Asks for a minor cycle. The heap runs a full one in modes without minor cycles, and where a minor one would not pay.
void World::collect_minor() {
  ++collections_;
  if (!accept(heap_->collect_minor(), "collect_minor")) return;
  if (cycles_seen_.empty()) return fail("C1: no cycle was run");
  sync();
  if (failed() || random_.one_in(2)) return;
  heap_->sweep(UINT32_MAX);
  if (stats().heap_objects != reference_.blocks.size()) {
    return fail("C1: a minor cycle left " + std::to_string(stats().heap_objects) + " objects, not " +
                std::to_string(reference_.blocks.size()));
  }
  if (stats().heap_live != stats().heap_alloc) fail("O1: after a minor cycle, live bytes are not allocated bytes");
}

}  // namespace mallocgc::model
