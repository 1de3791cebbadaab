// The reference heap of the model test computes what the semantics say in the simplest way there is. It never looks at
// memory. Blocks lie in an ordered map by address with a copy of their contents; a collection is one atomic step that
// marks from the roots and resolves what is unmarked (clauses R1, C1, F1-F8). The real heap may resolve in slices; its
// clients cannot tell, except by the moment at which a ready record reaches the queue. A *block* is what lives and dies
// as one: an object, or the shared block of several tiny objects (M3).
//
// A minor cycle, and a full one that marked in slices, may keep what is dead: old garbage, and what was marked before
// it died. The reference knows two sets. What typed pointers reach must survive. What else is reached may survive: in a
// minor cycle that is what the old blocks and the roots reach, words that may be pointers included. Between the two
// sets the heap decides, and says what it has marked.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/shapes.h"

namespace mallocgc::model {

using Word = uintptr_t;

struct Armed {
  uint64_t token = 0;
  Word context = 0;
};

struct Cleanup {
  uint64_t token = 0;
  uint64_t id = 0;  // the heap gave this number
  Word arg = 0;
};

struct Block {
  Word base = 0;
  size_t size = 0;    // as requested; a shared tiny block has 16
  size_t extent = 0;  // as findObject says: the slot, or the request where the object is large
  bool shared = false;
  const Shape* shape = nullptr;      // null: no pointers
  std::vector<uint8_t> bytes;        // what it must contain
  std::vector<bool> defined;         // shared blocks only: which bytes belong to a request
  std::map<Word, Armed> finalizers;  // by the address they were set for
  std::vector<Cleanup> cleanups;
  std::map<Word, uint64_t> weaks;  // by the address that they name
  uint64_t mark = 0;               // the marking that reached it last
  bool old = false;                // a cycle has seen it
  bool must = false;               // it must survive the cycle that is being repeated

  Word word(size_t index) const;
  void set_word(size_t index, Word value);
  size_t words() const { return size / sizeof(Word); }
  bool pointer_at(size_t index) const { return shape != nullptr && shape->pointer_at(index); }
  bool has_weak() const { return shape != nullptr && shape->has_weak(); }
  // Returns where the word points to, or 0 if that is nowhere.
  Word pointer(size_t index) const { return shape == nullptr ? 0 : shape->pointer_in(index, word(index)); }
};

// A finalizer or a cleanup that waits to be run. It roots its object and its context or argument.
struct Pending {
  bool finalizer = false;
  uint64_t token = 0;
  Word object = 0;  // finalizers only: the exact address
  Word argument = 0;
  uint64_t id = 0;     // cleanups only
  uint64_t cycle = 0;  // the cycle that queued it
};

struct WeakHandle {
  Word target = 0;  // 0: cleared
  uint32_t uses = 0;
};

struct GlobalRange {
  Word* words = nullptr;
  size_t count = 0;
  const Shape* shape = nullptr;
  bool is_barriered = false;
};

using Frame = std::vector<Word>;

class Reference {
 public:
  // The block that owns the address, or null: what findObject must say.
  Block* find(Word address);
  // Enters a new block. Returns null if it overlaps one that is allocated.
  Block* add(Block block);
  // Does one collection as a single step. `marked` names the blocks that the heap has marked, in kinds of cycles that
  // may mark more than is reachable. Returns what is wrong with them, or an empty text.
  enum class Kind : uint8_t { kExact, kSliced, kMinor };
  std::string collect(Kind kind, const std::set<Word>& marked = {});
  // Returns the first record that waits with these, or ready.end().
  std::list<Pending>::iterator find_ready(bool finalizer, Word object, Word argument);
  uint64_t oldest_ready_cycle() const { return ready.empty() ? 0 : ready.front().cycle; }
  Cleanup* find_cleanup(uint64_t id, Block** owner);
  // Whether a cleanup has the argument, registered or ready.
  bool is_argument(Word argument) const;

  std::map<Word, Block> blocks;
  std::vector<std::list<Frame>*> stacks;  // one per mutator
  std::map<uint64_t, Word> handles;
  std::vector<Word> pinned;  // uncollectable objects
  std::vector<GlobalRange> globals;
  std::list<Pending> ready;   // in the order of their cycles
  std::vector<Word> running;  // object and argument of the finalizer that runs
  std::map<uint64_t, WeakHandle> weaks;
  std::multiset<uint32_t> released_hosts;  // host values of dead objects that the heap has not handed out yet
  uint64_t cycles = 0;
  uint64_t resurrected = 0, died = 0;

 private:
  void mark(Word value);
  void mark_contents(Block& block, const Block* except);
  void mark_roots(bool typed);
  void mark_all(bool typed, bool from_old);
  void resolve();
  bool lives(Word value);
  bool mark_values();
  void clear_weak_words();
  std::string check_values();
  std::vector<Block*> grey_;
  uint64_t marking_ = 0;
  bool typed_ = false;  // the marking leaves out words that are only perhaps pointers
};

}  // namespace mallocgc::model
