// The reference heap of the model test: see reference.h.
#include "model/reference.h"

#include <algorithm>
#include <cstring>

namespace mallocgc::model {

Word Block::word(size_t index) const {
  Word value;
  std::memcpy(&value, bytes.data() + index * sizeof(Word), sizeof value);
  return value;
}

void Block::set_word(size_t index, Word value) {
  std::memcpy(bytes.data() + index * sizeof(Word), &value, sizeof value);
}

Block* Reference::find(Word address) {
  auto after = blocks.upper_bound(address);
  if (after == blocks.begin()) return nullptr;
  Block& block = std::prev(after)->second;
  return address - block.base < block.extent ? &block : nullptr;
}

Block* Reference::add(Block block) {
  const auto next = blocks.lower_bound(block.base);
  if (next != blocks.end() && next->first - block.base < block.extent) return nullptr;
  if (next != blocks.begin()) {
    const Block& before = std::prev(next)->second;
    if (block.base - before.base < before.extent) return nullptr;
  }
  const Word base = block.base;
  return &blocks.emplace(base, std::move(block)).first->second;
}

void Reference::mark(Word value) {
  if (value == 0) return;
  Block* block = find(value);
  if (block == nullptr || block->mark == marking_) return;
  block->mark = marking_;
  grey_.push_back(block);
}

// A pointer from `except`, an object with a finalizer, to itself does not keep it (F3).
void Reference::mark_contents(Block& block, const Block* except) {
  if (block.shape == nullptr) return;
  const size_t words = block.shape->conservative() ? block.bytes.size() / sizeof(Word) : block.words();
  for (size_t i = 0; i < words; ++i) {
    const Word value = block.pointer(i);
    if (value == 0 || !block.shape->strong_at(i) || (typed_ && block.shape->ambiguous_at(i))) continue;
    if (except == nullptr || value - except->base >= except->extent) mark(value);
  }
}

void Reference::mark_roots(bool typed) {
  for (const std::list<Frame>* stack : stacks) {
    for (const Frame& frame : *stack) {
      for (const Word value : frame) mark(value);
    }
  }
  for (const auto& [id, value] : handles) mark(value);
  for (const Word value : pinned) mark(value);
  for (const GlobalRange& range : globals) {
    for (size_t i = 0; i < range.count; ++i) {
      mark(range.shape->pointer_in(i, range.words[i]));
    }
  }
  for (const Word value : running) mark(value);
  for (const Pending& pending : ready) {
    mark(pending.object);
    if (!typed) mark(pending.argument);
  }
  for (auto& [base, block] : blocks) {
    if (!block.finalizers.empty()) mark_contents(block, &block);
    if (typed) continue;
    for (const auto& [address, armed] : block.finalizers) mark(armed.context);
    for (const Cleanup& cleanup : block.cleanups) mark(cleanup.arg);
  }
}

// Returns whether the word points into no block, or into one that is marked.
bool Reference::lives(Word value) {
  const Block* const block = find(value);
  return block == nullptr || block->mark == marking_;
}

// Marks the values of keys that live, in blocks that are marked or have a finalizer. Returns true if one was new.
bool Reference::mark_values() {
  for (auto& [base, block] : blocks) {
    if (!block.has_weak() || (block.mark != marking_ && block.finalizers.empty())) continue;
    for (size_t i = 0; i + 1 < block.words(); ++i) {
      if (!block.shape->key_at(i) || !lives(block.pointer(i))) continue;
      const Word value = block.pointer(i + 1);
      if (value != 0 && value - base >= block.extent) mark(value);
    }
  }
  return !grey_.empty();
}

// Clears what points to the dead, before anything else happens to them.
void Reference::clear_weak_words() {
  for (auto& [base, block] : blocks) {
    if (!block.has_weak() || (block.mark != marking_ && block.finalizers.empty())) continue;
    for (size_t i = 0; i < block.words(); ++i) {
      const bool is_key = block.shape->key_at(i);
      if ((!is_key && !block.shape->weak_at(i)) || lives(block.pointer(i))) continue;
      block.set_word(i, block.shape->weak_cleared);
      if (is_key && i + 1 < block.words() && block.word(i + 1) != 0) block.set_word(i + 1, block.shape->weak_cleared);
    }
  }
}

// This check is for cycles in which the heap decides what is marked: no value of a living key may die.
std::string Reference::check_values() {
  for (auto& [base, block] : blocks) {
    if (!block.has_weak() || block.mark != marking_) continue;
    for (size_t i = 0; i + 1 < block.words(); ++i) {
      if (block.shape->key_at(i) && lives(block.pointer(i)) && !lives(block.pointer(i + 1)))
        return "T11: the value of a living key died";
    }
  }
  return {};
}

// Decides for every block that was not reached what becomes of it.
void Reference::resolve() {
  for (auto it = blocks.begin(); it != blocks.end();) {
    Block& block = it->second;
    if (block.mark == marking_) {
      block.old = true;
      ++it;
      continue;
    }
    for (const auto& [address, id] : block.weaks) weaks[id].target = 0;
    block.weaks.clear();
    if (!block.finalizers.empty()) {
      for (const auto& [address, armed] : block.finalizers) {
        ready.push_back({.finalizer = true,
                         .token = armed.token,
                         .object = address,
                         .argument = armed.context,
                         .id = 0,
                         .cycle = cycles});
      }
      block.finalizers.clear();
      block.old = true;
      ++resurrected;
      ++it;
      continue;
    }
    for (const Cleanup& cleanup : block.cleanups) {
      ready.push_back({.finalizer = false,
                       .token = cleanup.token,
                       .object = 0,
                       .argument = cleanup.arg,
                       .id = cleanup.id,
                       .cycle = cycles});
    }
    for (size_t i = 0; block.shape != nullptr && block.shape->has_host() && i < block.words(); ++i) {
      if (block.shape->host_at(i) && block.word(i) != 0) released_hosts.insert(static_cast<uint32_t>(block.word(i)));
    }
    ++died;
    it = blocks.erase(it);
  }
}

void Reference::mark_all(bool typed, bool from_old) {
  ++marking_;
  typed_ = typed;
  mark_roots(typed);
  for (auto& [base, block] : blocks) {
    if (from_old && block.old) mark(base);
  }
  do {
    while (!grey_.empty()) {
      Block* block = grey_.back();
      grey_.pop_back();
      mark_contents(*block, nullptr);
    }
  } while (mark_values());
  typed_ = false;
}

std::string Reference::collect(Kind kind, const std::set<Word>& marked) {
  ++cycles;
  const bool minor = kind == Kind::kMinor;
  if (kind != Kind::kExact) {
    mark_all(true, false);
    for (auto& [base, block] : blocks) block.must = block.mark == marking_;
  }
  mark_all(false, minor);
  for (auto& [base, block] : blocks) {
    if (kind == Kind::kExact || (minor && block.old)) continue;
    const bool survives = marked.count(base) != 0;
    if (block.must && !survives) return "C1: a reachable block of " + std::to_string(block.size) + " bytes died";
    if (minor && survives && block.mark != marking_) return "C10: a minor cycle kept young garbage";
    block.mark = survives ? marking_ : 0;
  }
  const std::string problem = check_values();
  if (!problem.empty()) return problem;
  clear_weak_words();
  resolve();
  return {};
}

std::list<Pending>::iterator Reference::find_ready(bool finalizer, Word object, Word argument) {
  return std::find_if(ready.begin(), ready.end(), [&](const Pending& pending) {
    return pending.finalizer == finalizer && pending.object == object && pending.argument == argument;
  });
}

Cleanup* Reference::find_cleanup(uint64_t id, Block** owner) {
  for (auto& [base, block] : blocks) {
    for (Cleanup& cleanup : block.cleanups) {
      if (cleanup.id != id) continue;
      *owner = &block;
      return &cleanup;
    }
  }
  return nullptr;
}

bool Reference::is_argument(Word argument) const {
  const auto is_it = [argument](const Cleanup& cleanup) { return cleanup.arg == argument; };
  for (const auto& [base, block] : blocks) {
    if (std::any_of(block.cleanups.begin(), block.cleanups.end(), is_it)) return true;
  }
  return std::any_of(ready.begin(), ready.end(),
                     [argument](const Pending& pending) { return !pending.finalizer && pending.argument == argument; });
}

}  // namespace mallocgc::model
