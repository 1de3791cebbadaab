// This file has the rules of the collector, one by one (see the header).
#include "small_scope/collector_model.h"

namespace mallocgc::scope {

namespace {

constexpr uint32_t kObjects = 3;
constexpr uint8_t kNull = kObjects;

constexpr Objects only(uint32_t i) { return static_cast<Objects>(1u << i); }
constexpr bool in(Objects set, uint32_t i) { return (set & only(i)) != 0; }
void add(Objects& set, uint32_t i) { set = static_cast<Objects>(set | only(i)); }
void remove(Objects& set, uint32_t i) { set = static_cast<Objects>(set & ~only(i)); }

Objects closure(const World& world, Objects set) {
  for (uint32_t round = 0; round < kObjects; ++round) {
    for (uint32_t i = 0; i < kObjects; ++i) {
      if (in(set, i) && world.next[i] != kNull) add(set, world.next[i]);
    }
  }
  return set;
}

// Returns what the mutator can reach.
Objects reachable(const World& world) { return closure(world, static_cast<Objects>(world.rooted | world.queued)); }

// Returns what armed objects point to, except themselves (R1, F3).
Objects contents(const World& world, Objects of) {
  Objects set = 0;
  for (uint32_t i = 0; i < kObjects; ++i) {
    if (in(of, i) && world.next[i] != kNull && world.next[i] != i) add(set, world.next[i]);
  }
  return set;
}

void shade(World& world, uint32_t i) {
  if (i == kNull || in(world.marked, i)) return;
  add(world.marked, i);
  add(world.grey, i);
}
void shade_all(World& world, Objects set) {
  for (uint32_t i = 0; i < kObjects; ++i) {
    if (in(set, i)) shade(world, i);
  }
}
void drain(World& world) {
  while (world.grey != 0) {
    for (uint32_t i = 0; i < kObjects; ++i) {
      if (!in(world.grey, i)) continue;
      remove(world.grey, i);
      shade(world, world.next[i]);
    }
  }
}

uint64_t pack(const World& world, const uint8_t (&name)[kObjects]) {
  const auto renamed = [&](Objects set) {
    uint64_t bits = 0;
    for (uint32_t i = 0; i < kObjects; ++i) bits |= uint64_t{in(set, i)} << name[i];
    return bits;
  };
  uint64_t key = world.marking;
  for (const Objects set : {world.allocated, world.rooted, world.armed, world.queued, world.weak, world.marked,
                            world.grey, world.dirty, world.read}) {
    key = key << kObjects | renamed(set);
  }
  uint64_t pointers = 0;
  for (uint32_t i = 0; i < kObjects; ++i) {
    pointers |= uint64_t{world.next[i] == kNull ? kNull : name[world.next[i]]} << 2 * name[i];
  }
  return key << 2 * kObjects | pointers;
}

}  // namespace

uint64_t World::key() const {
  constexpr uint8_t kNames[6][kObjects] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  uint64_t least = ~uint64_t{0};
  for (const auto& names : kNames) {
    const uint64_t packed = pack(*this, names);
    if (packed < least) least = packed;
  }
  return least;
}

void CollectorModel::store(const World& from, uint32_t i, uint8_t value, std::vector<World>& out) const {
  World world = from;
  world.next[i] = value;
  if (has(Rule::kBarrier)) add(world.dirty, i);
  out.push_back(world);
}

void CollectorModel::mutate(const World& from, std::vector<World>& out) const {
  const Objects reached = reachable(from);
  for (uint32_t i = 0; i < kObjects; ++i) {
    World world = from;
    if (!in(from.allocated, i)) {
      add(world.allocated, i);
      add(world.rooted, i);
      out.push_back(world);
      continue;
    }
    if (in(from.rooted, i)) {
      remove(world.rooted, i);
      out.push_back(world);
    } else if (in(reached, i) || in(from.weak, i)) {
      add(world.rooted, i);
      out.push_back(world);
    }
    if (!in(reached, i)) continue;
    if (from.next[i] != kNull) store(from, i, kNull, out);
    for (uint8_t j = 0; j < kObjects; ++j) {
      if (in(reached, j) && from.next[i] != j) store(from, i, j, out);
    }
    if (!in(from.armed, i) && !in(from.queued, i)) {
      world = from;
      add(world.armed, i);
      remove(world.read, i);
      out.push_back(world);
    }
    if (!in(from.weak, i)) {
      world = from;
      add(world.weak, i);
      out.push_back(world);
    }
  }
  if (from.queued != 0) {
    World world = from;
    world.queued = 0;
    out.push_back(world);
  }
}

void CollectorModel::collect(const World& from, std::vector<World>& out) {
  if (mode_ != Mode::kGenerational) slice(from, out);
  if (mode_ != Mode::kIncremental && (!from.marking || !has(Rule::kMinorsPause))) minor(from, out);
}

// Cleans a card. What lies on it was perhaps read before somebody stored there, so its pointers are shaded again.
void CollectorModel::clean_card(World& world, uint32_t i) const {
  remove(world.dirty, i);
  const bool black = in(world.marked, i) && !in(world.grey, i);
  if (black && has(Rule::kMarkedOnCards)) shade(world, world.next[i]);
  if (!in(world.marked, i) && in(world.armed, i) && in(world.read, i) && has(Rule::kArmedOnCards) &&
      world.next[i] != i) {
    shade(world, world.next[i]);
  }
}

void CollectorModel::slice(const World& from, std::vector<World>& out) {
  World world = from;
  if (!from.marking) {
    // Marks are forgotten by number, and all cards are clean.
    world.marked = world.grey = world.dirty = world.read = 0;
    world.marking = true;
    out.push_back(world);
    return;
  }
  shade_all(world, static_cast<Objects>(world.rooted | world.queued));
  out.push_back(world);
  for (uint32_t i = 0; i < kObjects; ++i) {
    world = from;
    if (in(from.armed, i) && !in(from.read, i)) {
      add(world.read, i);
      shade_all(world, contents(world, only(i)));
      out.push_back(world);
      world = from;
    }
    if (in(from.grey, i)) {
      remove(world.grey, i);
      shade(world, world.next[i]);
      out.push_back(world);
      world = from;
    }
    if (in(from.dirty, i)) {
      if (has(Rule::kCardsKeepTheirs)) {
        clean_card(world, i);
      } else {
        remove(world.dirty, i);
      }
      out.push_back(world);
    }
  }
  finish_full(from, out);
}

// Does the last step in one piece.
void CollectorModel::finish_full(World world, std::vector<World>& out) {
  for (uint32_t i = 0; i < kObjects && has(Rule::kCardsAtTheEnd); ++i) {
    if (in(world.dirty, i)) clean_card(world, i);
  }
  if (has(Rule::kRootsAtTheEnd)) shade_all(world, static_cast<Objects>(world.rooted | world.queued));
  if (has(Rule::kArmedAtTheEnd)) shade_all(world, contents(world, static_cast<Objects>(world.armed & ~world.read)));
  drain(world);
  world.marking = false;
  resolve(world);
  out.push_back(world);
}

// Does a minor cycle in one piece. Old is what is marked.
void CollectorModel::minor(World world, std::vector<World>& out) {
  for (uint32_t i = 0; i < kObjects; ++i) {
    if (in(world.dirty, i) && in(world.marked, i) && has(Rule::kOldCardsInMinors)) shade(world, world.next[i]);
  }
  world.dirty = 0;
  shade_all(world, static_cast<Objects>(world.rooted | world.queued));
  if (has(Rule::kArmedInMinors)) shade_all(world, contents(world, static_cast<Objects>(world.armed & ~world.read)));
  const Objects old = world.marked & static_cast<Objects>(~world.grey);
  drain(world);
  resolve(world);
  if (!has(Rule::kPromotion)) world.marked = static_cast<Objects>(world.marked & old);
  out.push_back(world);
}

// What is not marked is dead. It must not be reachable, and armed objects must not point to it.
void CollectorModel::resolve(World& world) {
  const Objects needed =
      closure(world, static_cast<Objects>(world.rooted | world.queued | contents(world, world.armed)));
  const Objects dead = static_cast<Objects>(world.allocated & ~world.marked);
  if ((needed & dead) != 0) wrong_ = "an object that is needed was found dead";
  for (uint32_t i = 0; i < kObjects; ++i) {
    if (!in(dead, i)) continue;
    if (has(Rule::kWeakReads)) remove(world.weak, i);
    if (in(world.armed, i)) {
      remove(world.armed, i);
      add(world.queued, i);
      add(world.marked, i);
    } else {
      if (in(world.weak, i)) wrong_ = "a weak handle reads what is free";
      remove(world.allocated, i);
      world.next[i] = kNull;
    }
  }
  world.read = world.armed;
}

}  // namespace mallocgc::scope
