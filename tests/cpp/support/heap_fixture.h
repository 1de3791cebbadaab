// The tests of heap/ stand on this heap over a fake source, with types, frames and questions in one line. After each
// test the heap must pass its own walk, unless the test says that it is damaged.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "heap/heap.h"
#include "platform/fake.h"
#include "platform/sanitizer.h"
#include "support/flavour.h"

namespace mallocgc {

struct Node {
  Node* left;
  Node* right;
};

// Walks over all structures. The tests have this walk in every flavour.
inline Status verified(Heap& heap) { return heap.verify_structures(); }

struct HeapFixture {
  static constexpr size_t kMiB = size_t{1} << 20;
  // A type of many words has as many as every flavour can describe.
  static constexpr size_t kBlockWords = kHasPrograms ? 512 : 64;
  using SourceOptions = platform::FakeSource::Options;

  explicit HeapFixture(const mgc_options& options = quiet(),
                       const SourceOptions& source_options = {.total_bytes = 32 * kMiB})
      : source(source_options) {
    EXPECT_EQ(heap.init(options, source), Status::kOk) << heap.last_error();
    node = define("Node", 2, 3);
  }
  HeapFixture(const HeapFixture&) = delete;
  HeapFixture& operator=(const HeapFixture&) = delete;
  ~HeapFixture() {
    if (!damaged) {
      EXPECT_EQ(verified(heap), Status::kOk) << heap.last_error();
    }
    platform::unpoison(source.range().low, source.range().bytes);
    heap.destroy();
  }

  // These options are for a heap that collects only where the test asks for it.
  static mgc_options quiet() {
    mgc_options options{};
    options.gc_percent = -1;
    options.shadow_slots = 4096;
    return options;
  }

  // These options are for a mode, with every check after each cycle that the flavour has.
  static constexpr uint32_t kCycleChecks =
      kDebugFlavour ? MGC_DEBUG_CHECKMARK | MGC_DEBUG_VERIFY | MGC_DEBUG_POISON : 0;
  static mgc_options checked(uint32_t mode) {
    mgc_options options = quiet();
    options.mode = mode;
    options.debug_flags = kCycleChecks;
    return options;
  }

  Type* define(const mgc_type_info& info) {
    Type* type = nullptr;
    EXPECT_EQ(heap.define_type(info, &type), Status::kOk) << heap.last_error();
    return type;
  }
  Type* define(const char* name, size_t words, uint32_t mask, uint32_t tail = MGC_TAIL_REPEAT) {
    mgc_type_info info{};
    info.name = name;
    info.size = words * kWordBytes;
    info.tail = tail;
    std::vector<uint32_t> bits(words / 32 + 1);
    bits[0] = mask;
    if (mask != 0) info.pointers.mask = bits.data();
    return define(info);
  }
  // Defines a type whose second word is a host value.
  Type* define_with_host(const char* name) {
    const uint32_t pointers = 1;
    const uint32_t host = 2;
    mgc_type_info info{};
    info.name = name;
    info.size = 2 * kWordBytes;
    info.pointers.mask = &pointers;
    info.host.mask = &host;
    return define(info);
  }

  Mutator& mutator() { return heap.main_mutator(); }
  void* malloc(size_t size, Type* type, uint32_t flags = 0, size_t align = 0) {
    return heap.mallocgc(mutator(), size, type, flags, align);
  }
  void* bytes(size_t size, uint32_t flags = MGC_NOSCAN) { return heap.mallocgc(mutator(), size, nullptr, flags); }
  Node* make() { return static_cast<Node*>(heap.newobject(mutator(), node)); }
  Node* make(Node* left, Node* right) {
    Node* const made = make();
    *made = Node{left, right};
    return made;
  }
  void collect() { EXPECT_EQ(heap.collect(), Status::kOk) << heap.last_error(); }
  bool alive(const void* address) {
    FoundObject found;
    return heap.find_object(address, &found);
  }
  FoundObject find(const void* address) {
    FoundObject found;
    EXPECT_TRUE(heap.find_object(address, &found));
    return found;
  }
  mgc_stats_data stats() {
    mgc_stats_data data;
    heap.stats(&data);
    return data;
  }
  // Returns the span of a small object, found through the cache's span classes.
  Span* span_of(const void* object) {
    Span* result = nullptr;
    const Address address = Address::of(object);
    const auto look = [&](const List<Span>& list) {
      for (Span* span = list.first(); span != nullptr; span = list.after(span)) {
        if (address - span->base < span->limit_bytes) result = span;
      }
    };
    mutator().cache->for_each([&](CacheEntry& entry) {
      look(entry.span_class->todo);
      look(entry.span_class->young);
      look(entry.span_class->done);
    });
    return result;
  }
  void expect_error(Status status, const char* prefix) {
    EXPECT_EQ(heap.last_status(), status);
    EXPECT_TEXT_BEGINS(heap.last_error(), prefix);
  }

  platform::FakeSource source;
  Heap heap;
  Type* node = nullptr;
  bool damaged = false;
};

// A frame has slots of the main mutator's shadow stack, for the scope of a block.
class Frame {
 public:
  Frame(HeapFixture& fixture, size_t slots) : fixture_(fixture) {
    EXPECT_EQ(fixture.heap.frame_push(fixture.mutator(), slots, &slots_), Status::kOk) << fixture.heap.last_error();
  }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame() {
    EXPECT_EQ(fixture_.heap.frame_pop(fixture_.mutator(), slots_), Status::kOk) << fixture_.heap.last_error();
  }
  void*& operator[](size_t index) { return slots_[index]; }
  Node* node(size_t index) { return static_cast<Node*>(slots_[index]); }

 private:
  HeapFixture& fixture_;
  void** slots_ = nullptr;
};

// The log has the events that a heap emitted, in order.
struct EventLog {
  struct Entry {
    uint32_t kind;
    uint32_t cycle;
    uint64_t values[4];
    std::string text;
  };
  explicit EventLog(Heap& heap) {
    heap.set_listener(
        [](const mgc_event* event, void* log) {
          Entry entry{event->kind, event->cycle, {}, event->text == nullptr ? "" : event->text};
          std::memcpy(entry.values, event->values, sizeof entry.values);
          static_cast<EventLog*>(log)->entries.push_back(entry);
        },
        this);
  }
  std::vector<Entry> of(uint32_t kind) const {
    std::vector<Entry> result;
    for (const Entry& entry : entries) {
      if (entry.kind == kind) result.push_back(entry);
    }
    return result;
  }
  std::vector<uint32_t> kinds() const {
    std::vector<uint32_t> result;
    for (const Entry& entry : entries) result.push_back(entry.kind);
    return result;
  }
  std::vector<Entry> entries;
};

// This is a small generator, so that runs are equal everywhere.
struct Random {
  uint64_t state;
  uint32_t next() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>(state >> 33);
  }
  uint32_t below(uint32_t bound) { return next() % bound; }
};

}  // namespace mallocgc
