// The heap's answers about paths and referrers are compared with a search over the reference.
#include <algorithm>
#include <deque>

#include "inspect/links.h"
#include "model/world.h"

namespace mallocgc::model {

namespace {

// Calls f(Word) for each root word of the reference, without the contents of objects with a finalizer.
template <class F>
void each_root(const Reference& reference, F f) {
  for (const std::list<Frame>* stack : reference.stacks) {
    for (const Frame& frame : *stack) std::for_each(frame.begin(), frame.end(), f);
  }
  for (const auto& [id, value] : reference.handles) f(value);
  for (const Word value : reference.pinned) f(value);
  for (const GlobalRange& range : reference.globals) {
    for (size_t i = 0; i < range.count; ++i) {
      f(range.shape->pointer_in(i, range.words[i]));
    }
  }
  for (const Word value : reference.running) f(value);
  for (const Pending& pending : reference.ready) {
    f(pending.object);
    f(pending.argument);
  }
  for (const auto& [base, block] : reference.blocks) {
    for (const auto& [address, armed] : block.finalizers) f(armed.context);
    for (const Cleanup& cleanup : block.cleanups) f(cleanup.arg);
  }
}

template <class F>
void each_word(const Block& block, F f) {
  const size_t words = block.shape == nullptr        ? 0
                       : block.shape->conservative() ? block.bytes.size() / sizeof(Word)
                                                     : block.words();
  for (size_t i = 0; i < words; ++i) {
    if (block.shape->strong_at(i)) f(block.pointer(i));
  }
}
// Calls f(Word key, Word value) for each ephemeron.
template <class F>
void each_ephemeron(const Block& block, F f) {
  for (size_t i = 0; block.has_weak() && i + 1 < block.words(); ++i) {
    if (block.shape->key_at(i)) f(block.pointer(i), block.pointer(i + 1));
  }
}

constexpr size_t kSomeDistance = ~size_t{0};

// Returns how many objects are on a shortest path to each block that is alive, the block itself included. It is
// kSomeDistance for those that only ephemerons keep alive.
std::map<const Block*, size_t> distances(Reference& reference) {
  std::map<const Block*, size_t> found;
  std::deque<const Block*> line;
  const auto meet = [&](Word value, size_t distance) {
    const Block* const block = reference.find(value);
    if (block != nullptr && found.emplace(block, distance).second) line.push_back(block);
  };
  each_root(reference, [&](Word value) { meet(value, 1); });
  for (const auto& [base, block] : reference.blocks) {
    if (block.finalizers.empty()) continue;
    each_word(block, [&, &self = block](Word value) {
      if (value - self.base >= self.extent) meet(value, 1);
    });
  }
  const auto lives = [&](Word value) {
    const Block* const block = reference.find(value);
    return block == nullptr || found.count(block) != 0;
  };
  for (bool by_ephemerons = false;; by_ephemerons = true) {
    for (; !line.empty(); line.pop_front()) {
      const size_t next = by_ephemerons ? kSomeDistance : found[line.front()] + 1;
      each_word(*line.front(), [&](Word value) { meet(value, next); });
    }
    for (const auto& [base, block] : reference.blocks) {
      if (found.count(&block) == 0) continue;
      each_ephemeron(block, [&](Word key, Word value) {
        if (lives(key)) meet(value, kSomeDistance);
      });
    }
    if (line.empty()) return found;
  }
}

}  // namespace

void World::check_path(const Block& target, size_t distance) {
  mgc_link links[32];
  LinkBuffer out{.links = links, .capacity = 32};
  if (!accept(heap_->why_alive(Address(target.base).pointer(), 0, out), "why_alive")) return;
  const bool by_ephemerons = distance == kSomeDistance && out.count > 2;
  if (!by_ephemerons && out.count != (distance == 0 ? 0 : distance + 1)) {
    return fail("a path of " + std::to_string(out.count) + " links to a block at distance " + std::to_string(distance));
  }
  if (out.count == 0) return;
  if (links[0].kind == MGC_LINK_OBJECT) return fail("a path does not begin with a root");
  const size_t kept = std::min<size_t>(out.count, 32);
  if (Address::of(links[kept - 1].base).value() != target.base) return fail("a path ends elsewhere");
  for (size_t i = 1; i + 1 < kept; ++i) {
    if (out.count > kept && i == kept / 2 - 1) continue;  // the next one was left out
    const Block* const from = reference_.find(Address::of(links[i].base).value());
    const Block* const to = reference_.find(Address::of(links[i + 1].base).value());
    if (from == nullptr || to == nullptr || from->base != Address::of(links[i].base).value())
      return fail("a path leads through no object");
    if (reference_.find(from->pointer(links[i].offset / sizeof(Word))) != to) {
      return fail("a link of a path does not point to the next one");
    }
  }
}

void World::explain() {
  if (reference_.blocks.empty()) return;
  auto it = reference_.blocks.begin();
  std::advance(it, random_.below(static_cast<uint32_t>(std::min<size_t>(reference_.blocks.size(), 200))));
  const Block& target = it->second;
  const std::map<const Block*, size_t> found = distances(reference_);
  const auto distance = found.find(&target);
  check_path(target, distance == found.end() ? 0 : distance->second);
  size_t expected = 0;
  const auto count = [&](Word value) { expected += value - target.base < target.extent; };
  each_root(reference_, count);
  for (const auto& [base, block] : reference_.blocks) {
    each_word(block, count);
    each_ephemeron(block, [&](Word, Word value) { count(value); });
  }
  LinkBuffer out;
  if (!accept(heap_->referrers(Address(target.base).pointer(), 0, out), "referrers")) return;
  if (out.count != expected) fail(std::to_string(out.count) + " referrers, not " + std::to_string(expected));
}

}  // namespace mallocgc::model
