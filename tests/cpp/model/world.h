// The world of the model test is a real heap and the reference heap, and a generator that does the same random
// operations to both. After each operation the two must agree on what can be asked (statuses, findObject, weak handles,
// the ready queue), and from time to time on everything (contents of every block, counters, the heap's own walk). A run
// is a function of its options. The client behaves: it stores only pointers to objects that it can reach, roots what it
// keeps, and uses the barrier.
// Doors: model_test.cc makes worlds; world_allocate.cc, world_free.cc, world_mutate.cc and world_lifecycle.cc hold the
// operations.
#pragma once

#include <mallocgc/mallocgc.h>

#include <memory>
#include <string>

#include "heap/heap.h"
#include "model/reference.h"
#include "platform/platform.h"

namespace mallocgc::model {

struct WorldOptions {
  uint64_t seed = 1;
  uint32_t operations = 10000;
  uint32_t check_every = 500;  // operations between two comparisons of everything
  uint32_t extra_shapes = 24;
  uint32_t largest_bytes = 300 * 1024;
  uint32_t longest_list = 2000;
  bool may_fail = false;  // memory runs out: a refusal is legal, and must have changed nothing
  bool host_values = true;
  bool collect_often = false;
  uint32_t slice_units = 0;  // steps of the collector between two operations, at most; 0 is none
  mgc_options heap = {};
};

class World {
 public:
  World(const WorldOptions& options, platform::MemorySource& source);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Returns an empty text if the two heaps agreed to the end. Else it says what differed, with the number of the
  // operation.
  std::string run();
  mgc_stats_data stats();
  const Reference& reference() const { return reference_; }
  Heap& heap() { return *heap_; }
  uint64_t refusals() const { return refusals_; }

 private:
  struct Activation {  // This is a mutator with its shadow stack.
    Mutator* mutator = nullptr;
    std::list<Frame> frames;
    std::vector<void**> slots;
  };
  struct Request {
    size_t size = 0;
    size_t shape = kNoShape;
    uint32_t flags = 0;
    size_t align = 0;
  };
  struct Target {
    Block* block = nullptr;
    Word address = 0;
  };
  static constexpr size_t kNoShape = ~size_t{0};
  static constexpr size_t kGlobalWords = 136;  // some whole cards
  static constexpr size_t kGlobals = 4;

  // world.cc
  void step();
  void slice();
  void define_shapes();
  void fail(const std::string& what);
  bool failed() const { return !failure_.empty(); }
  // true: it was done; false: it was refused for want of memory, or has failed
  bool accept(Status status, const char* what);
  void expect_error(bool refused, Status status, const char* text, const char* what);
  void see_marked();
  void sync();  // repeats the collections that have happened in the heap since the last call
  void check_block(const Block& block);
  void check_all();
  void check_counters();
  static void on_event(const mgc_event* event, void* world);

  // world_allocate.cc
  void allocate();
  void allocate_misused();
  Request small_request();
  Request choose_request();
  size_t size_for(size_t shape);
  Word call_heap(const Request& request, uint32_t way);
  Word perform(const Request& request, uint32_t way);
  Block* enter(const Request& request, Word address);
  Block* enter_shared(const Request& request, Word address);
  void fill(Block& block, Word address, size_t size, bool zeroed);
  void build_list();
  bool is_shared(const Request& request) const;

  // world_mutate.cc
  Target reachable();
  Word any_root();
  Word follow(const Block& block, size_t index);
  void read_weak_words();
  Word some_value(const Target& target);
  void keep(Word value);
  void set_root(Word value);
  void store(Block& block, size_t index, Word value);
  void write_data(Block& block, size_t index, Word value);
  void mutate();
  void move_words();
  void write_range();
  void push_frame();
  void pop_frame();
  void unwind();
  void drop_roots();
  void change_handle();
  void wear_out_handles();
  void change_globals();
  void change_mutators();
  void query();
  void collect();
  void collect_minor();

  // world_free.cc
  void forget_pointers_to(const Block& target);
  void end_records(Block& block, Word from, size_t bytes);
  void free_block();
  void allocate_pinned();

  // world_paths.cc
  void explain();
  void check_path(const Block& target, size_t distance);

  // world_lifecycle.cc
  void arm_finalizer();
  void disarm_finalizer();
  void misuse_finalizer();
  void add_cleanup();
  void stop_cleanup();
  void make_weak();
  void read_weak();
  void set_host_value();
  void pull_host_values();
  void drain();
  void pop_one();
  void ran(bool finalizer, Word object, Word argument);
  static void on_finalizer(mgc_mutator* mutator, void* object, void* context);
  static void on_cleanup(mgc_mutator* mutator, void* object, void* context);

  const WorldOptions options_;
  Random random_;
  alignas(Heap) unsigned char heap_storage_[sizeof(Heap)];
  Heap* heap_ = nullptr;
  Reference reference_;
  std::vector<Shape> shapes_;
  std::vector<Type*> types_;
  std::list<Activation> activations_;  // the first is the main mutator's
  std::vector<uint64_t> stale_handles_;
  std::vector<uint64_t> cleanup_ids_;
  Word globals_[kGlobals][kGlobalWords] = {};
  uint64_t next_token_ = 1;
  struct Cycle {
    Reference::Kind kind = Reference::Kind::kExact;
    std::set<Word> marked;
  };
  std::list<Cycle> cycles_seen_;                    // the listener saw them, and they are not repeated yet
  Reference::Kind kind_ = Reference::Kind::kExact;  // the kind of the cycle that marks
  uint32_t operation_ = 0;
  uint32_t collections_ = 0;  // the world asked for so many
  uint32_t drained_ = 0;      // records that the running drain has run
  uint64_t refusals_ = 0;
  std::string failure_;
  static World* current_;  // the world of the finalizers that run
};

}  // namespace mallocgc::model
