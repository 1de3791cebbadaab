// This is the loop of the model test, with its comparisons (see world.h).
#include "model/world.h"

#include <cstring>
#include <new>

#include "support/heap_fixture.h"

namespace mallocgc::model {

World* World::current_ = nullptr;

namespace {

// Handles have few generations, so that some are retired (R4).
constexpr uint32_t kHandleGenerations = 3;

}  // namespace

World::World(const WorldOptions& options, platform::MemorySource& source) : options_(options), random_(options.seed) {
  heap_ = ::new (heap_storage_) Heap(kHandleGenerations);
  const Status status = heap_->init(options.heap, source);
  if (status != Status::kOk) {
    fail("the heap was not made");
    return;
  }
  heap_->set_listener(&World::on_event, this);
  activations_.emplace_back();
  activations_.front().mutator = &heap_->main_mutator();
  reference_.stacks.push_back(&activations_.front().frames);
  shapes_ = every_kind_of_shape(random_, options.extra_shapes);
  define_shapes();
  current_ = this;
}

World::~World() { heap_->destroy(); }

void World::define_shapes() {
  for (const Shape& shape : shapes_) {
    const ShapeInfo info(shape);
    Type* type = nullptr;
    if (heap_->define_type(info.info(), &type) != Status::kOk) {
      if (!options_.may_fail) return fail(std::string("type not defined: ") + heap_->last_error());
      shapes_.resize(types_.size());
      return;
    }
    types_.push_back(type);
  }
}

void World::fail(const std::string& what) {
  if (failed()) return;
  failure_ = "seed " + std::to_string(options_.seed) + ", operation " + std::to_string(operation_) + ": " + what;
}

bool World::accept(Status status, const char* what) {
  if (status == Status::kOk) return true;
  if ((status == Status::kOutOfMemory || status == Status::kTryAgain) && options_.may_fail) {
    ++refusals_;
    return false;
  }
  fail(std::string(what) + ": status " + std::to_string(static_cast<int>(status)) + ", " + heap_->last_error());
  return false;
}

void World::expect_error(bool refused, Status status, const char* text, const char* what) {
  if (!refused) return fail(std::string(what) + " was not refused");
  if (heap_->last_status() != status) {
    return fail(std::string(what) + ": status " + std::to_string(static_cast<int>(heap_->last_status())) + ", " +
                heap_->last_error());
  }
  if (std::strstr(heap_->last_error(), text) == nullptr) fail(std::string(what) + ": text is " + heap_->last_error());
}

void World::on_event(const mgc_event* event, void* world) {
  World* const self = static_cast<World*>(world);
  const bool sliced = event->kind == MGC_EVENT_CYCLE_START && event->values[2] != 0;
  if (event->kind == MGC_EVENT_CYCLE_START) self->kind_ = sliced ? Reference::Kind::kSliced : Reference::Kind::kExact;
  if (event->kind == MGC_EVENT_MINOR_START) self->kind_ = Reference::Kind::kMinor;
  if (event->kind == MGC_EVENT_PHASE && event->values[0] == static_cast<uint64_t>(Phase::kMarked)) self->see_marked();
  if (event->kind != MGC_EVENT_DIAGNOSIS || event->text == nullptr) return;
  self->fail(std::string("diagnosis: ") + event->text);
}

// A cycle has marked and not swept yet. At this moment the mutator can see what the cycle does.
void World::see_marked() {
  Cycle cycle{.kind = kind_, .marked = {}};
  for (const auto& [base, block] : reference_.blocks) {
    if (kind_ != Reference::Kind::kExact && heap_->is_marked(Address(base).pointer())) cycle.marked.insert(base);
  }
  cycles_seen_.push_back(cycle);
}

void World::sync() {
  for (; !cycles_seen_.empty(); cycles_seen_.pop_front()) {
    const std::string problem = reference_.collect(cycles_seen_.front().kind, cycles_seen_.front().marked);
    if (!problem.empty()) return fail(problem);
  }
}

void World::check_block(const Block& block) {
  const uint8_t* const memory = Address(block.base).pointer<uint8_t>();
  // Until the collector has come by, a read of a weak word clears it if its object is dead.
  const bool reads = block.has_weak() && heap_->collection_phase() == Phase::kResolving;
  for (size_t i = 0; reads && i < block.words(); ++i) (void)follow(block, i);
  if (!block.shared) {
    if (std::memcmp(memory, block.bytes.data(), block.size) == 0) return;
    for (size_t i = 0; i < block.size; ++i) {
      if (memory[i] != block.bytes[i]) {
        return fail("byte " + std::to_string(i) + " of a block of " + std::to_string(block.size) + " bytes is " +
                    std::to_string(memory[i]) + ", not " + std::to_string(block.bytes[i]));
      }
    }
  }
  for (size_t i = 0; i < block.size; ++i) {
    if (block.defined[i] && memory[i] != block.bytes[i]) return fail("a byte of a tiny block has changed");
  }
}

void World::check_counters() {
  const mgc_stats_data now = stats();
  if (now.heap_objects != now.mallocs - now.frees) fail("O1: HeapObjects is not Mallocs - Frees");
  if (now.heap_idle + now.heap_inuse != now.heap_sys) fail("O1: HeapIdle + HeapInuse is not HeapSys");
  if (now.live_handles != reference_.handles.size() + reference_.pinned.size())
    fail("the number of live handles differs");
  size_t finalizers = 0;
  size_t cleanups = 0;
  for (const auto& [base, block] : reference_.blocks) {
    finalizers += block.finalizers.size();
    cleanups += block.cleanups.size();
  }
  if (now.ready_queued > reference_.ready.size()) fail("more records are ready than died");
  if (now.finalizers_registered + now.cleanups_registered < finalizers + cleanups)
    fail("a registered finalizer or cleanup was lost");
}

void World::check_all() {
  for (const auto& [base, block] : reference_.blocks) {
    if (failed()) return;
    check_block(block);
    FoundObject found;
    const void* inside = Address(base + random_.below(block.extent)).pointer();
    if (!heap_->find_object(inside, &found))
      return fail("M14: an allocated block of " + std::to_string(block.size) + " bytes was not found");
    if (Address::of(found.base).value() != base || found.size != block.extent)
      return fail("M14: another block was found");
  }
  for (const Activation& activation : activations_) {
    size_t index = 0;
    for (const Frame& frame : activation.frames) {
      void** const slots = activation.slots[index++];
      for (size_t i = 0; i < frame.size(); ++i) {
        if (Address::of(slots[i]).value() != frame[i]) return fail("a frame's slot has changed");
      }
    }
  }
  for (const auto& [id, value] : reference_.handles) {
    if (Address::of(heap_->handle_get(id)).value() != value) return fail("a handle names another object");
  }
  for (const auto& [id, weak] : reference_.weaks) {
    if (Address::of(heap_->weak_get(id)).value() != weak.target) return fail("F8: a weak handle reads differently");
  }
  if (verified(*heap_) != Status::kOk) return fail(std::string("verify: ") + heap_->last_error());
  check_counters();
}

mgc_stats_data World::stats() {
  mgc_stats_data data = {};
  heap_->stats(&data);
  return data;
}

void World::step() {
  switch (random_.below(34)) {
    default:
      return allocate();
    case 9:
      return allocate_misused();
    case 10:
      return build_list();
    case 11:
    case 12:
    case 13:
      return mutate();
    case 14:
      return move_words();
    case 15:
      return write_range();
    case 16:
      return push_frame();
    case 17:
      return pop_frame();
    case 18:
      return drop_roots();
    case 19:
      return change_handle();
    case 20:
      return random_.one_in(4) ? change_mutators() : change_globals();
    case 21:
      return query();
    case 22:
      return random_.one_in(4) ? explain() : read_weak_words();
    case 23:
      return options_.collect_often || random_.one_in(8) ? collect() : query();
    case 24:
      return arm_finalizer();
    case 25:
      return random_.one_in(3) ? disarm_finalizer() : misuse_finalizer();
    case 26:
      return add_cleanup();
    case 27:
      return stop_cleanup();
    case 28:
      return make_weak();
    case 29:
      return read_weak();
    case 30:
      return random_.one_in(2) ? set_host_value() : pull_host_values();
    case 31:
      return random_.one_in(2) ? drain() : pop_one();
    case 32:
      return random_.one_in(3) ? allocate_pinned() : free_block();
    case 33:
      return random_.one_in(4) ? free_block() : allocate();
  }
}

// The collector takes its steps between any two operations.
void World::slice() {
  if (options_.slice_units == 0 || random_.one_in(3)) return;
  if (random_.one_in(40) && !accept(heap_->start_cycle(), "start_cycle")) return;
  heap_->step_work(random_.below(options_.slice_units));
  sync();
}

std::string World::run() {
  for (operation_ = 1; operation_ <= options_.operations && !failed(); ++operation_) {
    step();
    sync();
    slice();
    if (!failed() && operation_ % options_.check_every == 0) check_all();
  }
  if (failed()) return failure_;
  unwind();
  collect();
  check_all();
  return failure_;
}

}  // namespace mallocgc::model
