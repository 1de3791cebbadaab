// These operations allocate, in every kind and size (clauses M1-M12, T2, T3); see world.h.
#include <algorithm>
#include <cstring>

#include "model/world.h"

namespace mallocgc::model {

bool World::is_shared(const Request& request) const {
  if (request.size >= kTinyBlockBytes || (request.flags & MGC_OWN_BLOCK) != 0) return false;
  if (request.shape == kNoShape) return true;
  const Shape& shape = shapes_[request.shape];
  const bool scanned = shape.has_pointers() && (request.flags & MGC_NOSCAN) == 0;
  return shape.name.empty() && !scanned && shape.align <= 1;
}

// Returns a size that the shape allows: one unit, an array, an array with a partial last element, or a tail.
size_t World::size_for(size_t index) {
  const Shape& shape = shapes_[index];
  const size_t unit = shape.bytes();
  if (shape.tail_kind == MGC_TAIL_ELEMENTS) {
    const size_t elements = random_.below(20) * shape.tail_bytes();
    return unit + elements + random_.below(2) * sizeof(Word);
  }
  if (shape.tail_kind == MGC_TAIL_OPAQUE) return unit + random_.below(200);
  if (shape.has_host() || random_.one_in(2)) return unit;
  const size_t most = std::max<size_t>(1, options_.largest_bytes / unit);
  const size_t array =
      unit * random_.between(1, static_cast<uint32_t>(std::min<size_t>(most, random_.one_in(10) ? 600 : 20)));
  return random_.one_in(3) ? array + random_.below(unit) : array;
}

World::Request World::small_request() {
  Request request;
  // Low numbers are taken far more often, so that some types are promoted and others stay rare.
  request.shape = random_.below(shapes_.size());
  request.shape = std::min<size_t>(request.shape, random_.below(shapes_.size()));
  request.size = size_for(request.shape);
  if (random_.one_in(30) && !shapes_[request.shape].has_host()) request.flags = MGC_NOSCAN;
  return request;
}

World::Request World::choose_request() {
  Request request;
  switch (random_.below(12)) {
    case 0:
    case 1:
      request.size = random_.between(1, 15);
      request.flags = MGC_NOSCAN | (random_.one_in(4) ? uint32_t{MGC_OWN_BLOCK} : 0u);
      return request;
    case 2:
      request.size = random_.between(16, 3000);
      request.flags = MGC_NOSCAN | (random_.one_in(2) ? uint32_t{MGC_NOZERO} : 0u);
      return request;
    case 3:
      request = small_request();
      if (request.size < kTinyBlockBytes) return request;
      request.align = size_t{1} << random_.between(0, 13);
      return request;
    case 4:
      request = small_request();
      if (request.size >= kTinyBlockBytes) request.flags |= MGC_END_POINTERS;
      return request;
    case 5:
      if (!random_.one_in(8) || options_.largest_bytes <= kMaxSmallBytes) return small_request();
      request.size = random_.between(kMaxSmallBytes - 100, options_.largest_bytes);
      request.flags = MGC_NOSCAN | (random_.one_in(2) ? uint32_t{MGC_NOZERO} : 0u);
      if (random_.one_in(3)) return request;
      request.shape = random_.below(shapes_.size());
      request.flags = 0;
      if (shapes_[request.shape].has_host()) request.size = shapes_[request.shape].bytes();
      return request;
    default:
      return small_request();
  }
}

Word World::call_heap(const Request& request, uint32_t way) {
  Mutator& mutator = *activations_.back().mutator;
  Type* const type = request.shape == kNoShape ? nullptr : types_[request.shape];
  const bool plain = type != nullptr && request.flags == 0 && request.align == 0;
  const size_t unit = request.shape == kNoShape ? 0 : shapes_[request.shape].bytes();
  void* result = nullptr;
  if (plain && way == 0 && request.size == unit) {
    result = heap_->newobject(mutator, type);
  } else if (plain && way <= 1 && request.size % unit == 0 && shapes_[request.shape].tail_kind == MGC_TAIL_REPEAT) {
    result = heap_->newarray(mutator, type, static_cast<intptr_t>(request.size / unit));
  } else {
    result = heap_->mallocgc(mutator, request.size, type, request.flags, request.align);
  }
  sync();
  return Address::of(result).value();
}

void World::fill(Block& block, Word address, size_t size, bool zeroed) {
  uint8_t* const memory = Address(address).pointer<uint8_t>();
  uint8_t* const copy = block.bytes.data() + (address - block.base);
  for (size_t i = 0; zeroed && i < size; ++i) {
    if (memory[i] != 0)
      return fail("M9: byte " + std::to_string(i) + " of a new object of " + std::to_string(size) +
                  " bytes is not zero");
  }
  if (zeroed) std::memset(copy, 0, size);
  const bool raw = !zeroed || block.shape == nullptr;
  for (size_t i = 0; raw && i < size; ++i) memory[i] = copy[i] = static_cast<uint8_t>(random_.next());
}

// A tiny object either opens a shared block or joins one that is allocated.
Block* World::enter_shared(const Request& request, Word address) {
  const Word base = address & ~Word{kTinyBlockBytes - 1};
  const size_t n = request.size;
  const size_t natural = n % 8 == 0 || (n == 12 && !kIs64Bit) ? 8 : n % 4 == 0 ? 4 : n % 2 == 0 ? 2 : 1;
  if (address % natural != 0) fail("M4: a tiny object of " + std::to_string(n) + " bytes is misaligned");
  if (address + n > base + kTinyBlockBytes) fail("M3: a tiny object crosses its block");
  Block* block = reference_.find(base);
  if (block == nullptr) {
    Block fresh;
    fresh.base = base;
    fresh.size = fresh.extent = kTinyBlockBytes;
    fresh.shared = true;
    fresh.bytes.resize(kTinyBlockBytes);
    fresh.defined.resize(kTinyBlockBytes);
    block = reference_.add(std::move(fresh));
  }
  if (block == nullptr || !block->shared) {
    fail("M3: a tiny object lies in a block that is not shared");
    return nullptr;
  }
  for (size_t i = address - base; i < address - base + n; ++i) {
    if (block->defined[i]) fail("M3: tiny objects overlap");
    block->defined[i] = true;
  }
  fill(*block, address, n, (request.flags & MGC_NOZERO) == 0);
  return block;
}

Block* World::enter(const Request& request, Word address) {
  FoundObject found;
  if (!heap_->find_object(Address(address).pointer(), &found)) {
    fail("M14: a new object of " + std::to_string(request.size) + " bytes was not found");
    return nullptr;
  }
  if (is_shared(request)) return enter_shared(request, address);
  Block block;
  block.base = address;
  block.size = request.size;
  block.extent = found.size;
  block.shape = request.shape == kNoShape || (request.flags & MGC_NOSCAN) != 0 ? nullptr : &shapes_[request.shape];
  block.bytes.resize((request.size + sizeof(Word) - 1) & ~(sizeof(Word) - 1));
  if (Address::of(found.base).value() != address) fail("M14: a new object lies inside another");
  if (found.size < request.size) fail("M14: a new object is smaller than requested");
  const bool typed =
      request.shape != kNoShape && !shapes_[request.shape].name.empty() && (request.flags & MGC_NOSCAN) == 0;
  if (typed && found.type != types_[request.shape]) fail("M14: a new object has another type");
  size_t align = request.size % 16 == 0 && (request.flags & MGC_END_POINTERS) == 0 ? 16 : request.size >= 8 ? 8 : 1;
  align = std::max(align, request.align);
  if (request.shape != kNoShape) align = std::max(align, size_t{shapes_[request.shape].align});
  if (address % align != 0)
    fail("M8: a new object of " + std::to_string(request.size) + " bytes is not aligned to " + std::to_string(align) +
         ", flags " + std::to_string(request.flags) + ", align " + std::to_string(request.align) + ", found size " +
         std::to_string(found.size));
  if ((request.flags & MGC_END_POINTERS) != 0 && found.size == request.size) fail("T5: no room for an end pointer");
  Block* entered = reference_.add(std::move(block));
  if (entered == nullptr) {
    fail("a new object of " + std::to_string(request.size) + " bytes overlaps one that is alive");
    return nullptr;
  }
  fill(*entered, address, request.size, (request.flags & MGC_NOZERO) == 0);
  return entered;
}

// Allocates, and enters the new block in the reference. Returns its address, or 0.
Word World::perform(const Request& request, uint32_t way) {
  const Word address = call_heap(request, way);
  if (address == 0) {
    accept(heap_->last_status(), "allocation");
    return 0;
  }
  Block* const block = enter(request, address);
  if (block == nullptr) return 0;
  for (uint32_t tries = 0; block->shape != nullptr && tries < 3; ++tries) {
    const Target target = reachable();
    if (target.block == nullptr || block->words() == 0) continue;
    const size_t index = random_.below(block->words());
    if (block->pointer_at(index)) {
      store(*block, index, some_value(target));
    } else if (!block->shape->host_at(index)) {
      write_data(*block, index, target.address);  // an address where no pointer is keeps nothing alive
    }
  }
  return address;
}

void World::allocate() {
  if (random_.one_in(40)) {
    const void* const zero = heap_->mallocgc(*activations_.back().mutator, 0, nullptr, 0);
    const void* const again = heap_->rawmem(*activations_.back().mutator, 0);
    if (zero == nullptr || zero != again) fail("M1: empty objects differ");
    return;
  }
  const Word address = perform(choose_request(), random_.below(3));
  if (address != 0 && !random_.one_in(8)) keep(address);
}

// Builds a list that is so long that marking by recursion could not bear it.
void World::build_list() {
  if (!random_.one_in(10)) return allocate();
  const uint32_t length = random_.between(10, options_.longest_list);
  push_frame();
  if (activations_.back().frames.empty() || activations_.back().frames.back().empty()) return;
  for (uint32_t i = 0; i < length && !failed(); ++i) {
    const Request request{.size = shapes_[1].bytes(), .shape = 1};
    const Word address = call_heap(request, 0);
    if (address == 0) {
      accept(heap_->last_status(), "a list's node");
      return;
    }
    Block* const block = enter(request, address);
    if (block == nullptr) return;
    Frame& frame = activations_.back().frames.back();
    store(*block, 0, frame[0]);
    frame[0] = address;
    activations_.back().slots.back()[0] = Address(address).pointer();
  }
}

// Makes calls that are refused: errors change nothing (M2, M9, M10).
void World::allocate_misused() {
  Mutator& mutator = *activations_.back().mutator;
  switch (random_.below(4)) {
    case 0:
      return expect_error(heap_->mallocgc(mutator, 8, nullptr, 0) == nullptr, Status::kBadType, "malloc missing type",
                          "M2");
    case 1:
      return expect_error(heap_->newarray(mutator, types_[0], -1) == nullptr, Status::kBadSize,
                          "allocation size out of range", "M10");
    case 2:
      return expect_error(heap_->newarray(mutator, types_[0], INTPTR_MAX / 2) == nullptr, Status::kBadSize,
                          "allocation size out of range", "M10");
    default:
      return expect_error(heap_->mallocgc(mutator, 64, types_[0], MGC_NOZERO) == nullptr, Status::kBadArgument, "",
                          "M9");
  }
}

}  // namespace mallocgc::model
