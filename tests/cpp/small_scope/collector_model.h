// This model of the collector is as small as its rules. It has three objects with one pointer each, each on a card of
// its own, what a mutator may do to them, and the steps of a full cycle in slices and of a minor cycle. It shares no
// code with the heap. Every rule of the collector can be taken out, to see that it is needed (collector_model_test.cc).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mallocgc::scope {

// This is a set of the three objects.
using Objects = uint8_t;

enum class Rule : uint8_t {
  kBarrier,           // C7: a store dirties the card of its place
  kMarkedOnCards,     // C9: the targets of marked objects on a dirty card are marked
  kArmedOnCards,      // C9: so are those of unmarked objects with a finalizer, whose contents are roots
  kCardsKeepTheirs,   // a card that was stored to is clean again only after a look at it
  kRootsAtTheEnd,     // the last step reads the roots once more
  kArmedAtTheEnd,     // it also reads the contents of what was armed meanwhile
  kCardsAtTheEnd,     // it also looks at the cards
  kPromotion,         // what a minor cycle reached is old: marked, also when the next one begins
  kOldCardsInMinors,  // a minor cycle marks what old objects on dirty cards point to
  kArmedInMinors,     // it also marks what objects that were armed since then point to
  kMinorsPause,       // no minor cycle runs while a full one marks
  kWeakReads,         // a weak handle reads null from when its object was found dead
  kCount
};

enum class Mode : uint8_t { kIncremental, kGenerational, kBoth };

struct World {
  Objects allocated = 0;
  Objects rooted = 0;
  Objects armed = 0;   // a finalizer is set
  Objects queued = 0;  // it waits to run, and is a root
  Objects weak = 0;    // a weak handle is there, and not cleared
  Objects marked = 0;
  Objects grey = 0;
  Objects dirty = 0;  // cards
  Objects read = 0;   // contents of armed objects that were read as roots, and are not new any more
  bool marking = false;
  uint8_t next[3] = {3, 3, 3};  // 3: null

  uint64_t key() const;  // the same for worlds that differ only in the numbering of objects
};

// Gives the worlds that one more step of the mutator, or of the collector, can make of a world. `wrong` says what is
// broken in one of them: then nothing else matters.
class CollectorModel {
 public:
  explicit CollectorModel(Mode mode, Rule without = Rule::kCount) : mode_(mode), without_(without) {}

  void mutate(const World& from, std::vector<World>& out) const;
  void collect(const World& from, std::vector<World>& out);
  const char* wrong() const { return wrong_; }

 private:
  bool has(Rule rule) const { return rule != without_; }
  void store(const World& from, uint32_t i, uint8_t value, std::vector<World>& out) const;
  void slice(const World& from, std::vector<World>& out);
  void finish_full(World world, std::vector<World>& out);
  void minor(World world, std::vector<World>& out);
  void clean_card(World& world, uint32_t i) const;
  void resolve(World& world);

  Mode mode_;
  Rule without_;
  const char* wrong_ = nullptr;
};

}  // namespace mallocgc::scope
