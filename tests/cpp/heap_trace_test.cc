// The client's trace functions (T10) report pointers that no description finds, in every mode. The tests say what a
// function gets asked for, and what it may not do.
#include <mallocgc/mallocgc.h>

#include <algorithm>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kVisitors);

// A vector begins with the number of its slots that are in use. The others hold anything.
struct Vector {
  size_t count;
  void* slots[1];
};

struct Asked {
  void* object;
  size_t from;
  size_t to;
};

struct Traced : HeapFixture {
  explicit Traced(uint32_t mode = MGC_MODE_STOP) : HeapFixture(checked(mode)) {
    current() = this;
    EXPECT_EQ(heap.frame_push(mutator(), 8, &slots), Status::kOk);
    vector = define_traced("Vector", trace);
  }
  ~Traced() { current() = nullptr; }
  static Traced*& current() {
    static Traced* test = nullptr;
    return test;
  }
  static Visitor& core(mgc_visitor* visitor) { return *reinterpret_cast<Visitor*>(visitor); }
  static void trace(mgc_visitor* visitor, void* object, size_t from, size_t to) {
    auto* const self = static_cast<Vector*>(object);
    current()->asked.push_back({object, from, to});
    for (size_t i = 0; i < self->count; ++i) {
      const size_t offset = offsetof(Vector, slots) + i * sizeof(void*);
      if (offset >= from && offset < to) core(visitor).report_slot(Address::of(&self->slots[i]), MGC_EXACT);
    }
    if (current()->action != nullptr) current()->action(*current(), visitor, object);
  }
  Type* define_traced(const char* name, mgc_trace function) {
    mgc_type_info info{};
    info.name = name;
    info.size = sizeof(size_t);
    info.trace = function;
    return define(info);
  }
  Vector* make_vector(size_t capacity) {
    auto* const made = static_cast<Vector*>(malloc(sizeof(size_t) + capacity * sizeof(void*), vector));
    EXPECT_NE(made, nullptr) << heap.last_error();
    return made;
  }
  static void push(Vector* to, void* object) {
    mgc_store(&to->slots[to->count], object);
    ++to->count;
  }

  Type* vector = nullptr;
  void** slots = nullptr;
  std::vector<Asked> asked;
  void (*action)(Traced& self, mgc_visitor* visitor, void* object) = nullptr;
};

TEST(TraceFunctions, T10_WhatIsReportedLivesAndNothingElse) {
  for (const size_t capacity :
       {size_t{3}, size_t{60}, size_t{1000}, size_t{30000}}) {  // mixed, uniform and large spans
    Traced h;
    Vector* const object = h.make_vector(capacity);
    h.slots[0] = object;
    for (int i = 0; i < 3; ++i) Traced::push(object, h.make(h.make(), nullptr));
    void* const behind = h.make();
    if (capacity > 3) object->slots[3] = behind;
    h.collect();
    EXPECT_EQ(h.stats().heap_objects, 7u) << capacity;
    object->count = 1;
    h.collect();
    EXPECT_EQ(h.stats().heap_objects, 3u) << capacity;
  }
}

TEST(TraceFunctions, T10_InEveryModeStoresWithABarrierAreFound) {
  for (const uint32_t mode :
       {uint32_t{MGC_MODE_STOP}, uint32_t{MGC_MODE_INCREMENTAL}, uint32_t{MGC_MODE_GENERATIONAL}, kModeBoth}) {
    Traced h(mode);
    Random random{mode + 3};
    h.slots[0] = h.make_vector(3000);
    h.slots[1] = h.make_vector(20);
    for (int i = 0; i < 4000; ++i) {
      auto* const into = static_cast<Vector*>(h.slots[random.below(2)]);
      const size_t capacity = into == h.slots[0] ? 3000 : 20;
      if (into->count < capacity && random.below(3) != 0) {
        Traced::push(into, h.make());
      } else if (into->count != 0) {
        mgc_store(&into->slots[random.below(static_cast<uint32_t>(into->count))], h.make());
      }
      if (i % 200 == 0) {
        ASSERT_EQ(h.heap.start_cycle(), Status::kOk);
      }
      if (i % 3 == 0) h.heap.step_work(random.below(40));
      if (i % 150 == 0) {
        ASSERT_EQ(h.heap.collect_minor(), Status::kOk) << h.heap.last_error();
      }
    }
    h.collect();
    uint64_t expected = 2;
    for (int v = 0; v < 2; ++v) {
      auto* const from = static_cast<Vector*>(h.slots[v]);
      expected += from->count;
      for (size_t i = 0; i < from->count; ++i) EXPECT_TRUE(h.alive(from->slots[i])) << mode;
    }
    EXPECT_EQ(h.stats().heap_objects, expected) << mode;
  }
}

TEST(TraceFunctions, T10_ALargeObjectIsAskedForInPiecesThatCoverIt) {
  Traced h(MGC_MODE_INCREMENTAL);
  constexpr size_t kCapacity = 100000;
  Vector* const object = h.make_vector(kCapacity);
  h.slots[0] = object;
  for (size_t i = 0; i < kCapacity; i += 1000) {
    object->count = i;
    Traced::push(object, h.make());
  }
  ASSERT_EQ(h.heap.set_debug(0, 0), Status::kOk);  // checks ask for everything at once
  ASSERT_EQ(h.heap.start_cycle(), Status::kOk);
  while (!h.heap.step_work(1)) {}
  h.asked.erase(std::remove_if(h.asked.begin(), h.asked.end(), [&](const Asked& a) { return a.object != object; }),
                h.asked.end());
  ASSERT_GT(h.asked.size(), 10u);
  EXPECT_EQ(h.asked[0].from, 0u);
  for (const Asked& part : h.asked) EXPECT_LE(part.to - part.from, Marker::kPieceWords * kWordBytes + kCardBytes);
  h.collect();
  EXPECT_EQ(h.stats().heap_objects, 1 + kCapacity / 1000);
}

TEST(TraceFunctions, T10_ADirtyCardAsksForItsRangeOnly) {
  Traced h(MGC_MODE_GENERATIONAL);
  Vector* const object = h.make_vector(4000);
  h.slots[0] = object;
  object->count = 4000;
  h.collect();
  h.collect();
  h.asked.clear();
  Node* const young = h.make();
  mgc_store(&object->slots[1700], young);
  ASSERT_EQ(h.heap.set_debug(0, 0), Status::kOk);  // checks ask for everything at once
  ASSERT_EQ(h.heap.collect_minor(), Status::kOk);
  EXPECT_TRUE(h.alive(young));
  ASSERT_EQ(h.asked.size(), 1u);
  const size_t offset = offsetof(Vector, slots) + 1700 * sizeof(void*);
  EXPECT_LE(h.asked[0].from, offset);
  EXPECT_GT(h.asked[0].to, offset);
  EXPECT_LE(h.asked[0].to - h.asked[0].from, kCardBytes);
}

// What was scanned in a slice, and then stored into, is asked for again, by the card: the same range for an object on
// one card, and never more than the card's.
TEST(TraceFunctions, T10_AfterASliceTheSameRangeIsAskedForAgain) {
  for (const size_t capacity : {size_t{4}, size_t{1000}, size_t{30000}}) {  // mixed, uniform and large spans
    Traced h(MGC_MODE_INCREMENTAL);
    ASSERT_EQ(h.heap.set_debug(0, 0), Status::kOk);  // checks ask for everything at once
    Vector* const object = h.make_vector(capacity);
    h.slots[0] = object;
    object->count = capacity;
    for (int i = 0; i < 500; ++i) h.slots[1] = h.make(static_cast<Node*>(h.slots[1]), nullptr);
    h.collect();
    void** const stored = &object->slots[capacity - 2];
    const auto offset = static_cast<size_t>(reinterpret_cast<char*>(stored) - reinterpret_cast<char*>(object));
    const auto was_asked = [&] {
      return std::any_of(h.asked.begin(), h.asked.end(),
                         [&](const Asked& a) { return a.object == object && a.from <= offset && offset < a.to; });
    };
    h.asked.clear();
    ASSERT_EQ(h.heap.start_cycle(), Status::kOk);
    while (!was_asked()) ASSERT_FALSE(h.heap.step_work(1)) << capacity;
    const size_t whole = h.asked.back().to;
    h.asked.clear();
    mgc_store(stored, h.make());
    while (!h.heap.step_work(1)) {}
    EXPECT_TRUE(h.alive(*stored)) << capacity;
    const Address card = Address::of(stored).aligned_down(kCardBytes);
    const size_t from = card > Address::of(object) ? card - Address::of(object) : 0;
    const size_t to = std::min(card + kCardBytes - Address::of(object), whole);
    ASSERT_TRUE(was_asked()) << capacity;
    for (const Asked& again : h.asked) {
      EXPECT_EQ(again.object, object) << capacity;
      EXPECT_EQ(again.from, from) << capacity;
      EXPECT_EQ(again.to, to) << capacity;
    }
  }
}

TEST(TraceFunctions, T10_BesideDescribedWordsAndWithAFinalizer) {
  Traced h;
  const uint32_t mask = 2;
  mgc_type_info info{};
  info.name = "Both";
  info.size = 4 * kWordBytes;
  info.pointers.mask = &mask;
  info.trace = [](mgc_visitor* visitor, void* object, size_t, size_t) {
    Traced::core(visitor).report_range(Address::of(static_cast<void**>(object) + 2), 2 * sizeof(void*), MGC_AMBIGUOUS);
  };
  Type* const both = h.define(info);
  auto** const object = static_cast<void**>(h.heap.newobject(h.mutator(), both));
  for (int i = 0; i < 4; ++i) object[i] = h.make();
  object[3] = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(object[3]) + 5);
  h.slots[0] = object;
  h.collect();
  EXPECT_EQ(h.stats().heap_objects, 4u);
  ASSERT_EQ(h.heap.set_finalizer(
                object, [](mgc_mutator*, void*, void*) {}, nullptr, 0),
            Status::kOk);
  h.slots[0] = nullptr;
  h.collect();
  EXPECT_EQ(h.stats().heap_objects, 4u);
  EXPECT_EQ(h.heap.run_finalizers(SIZE_MAX), 1u);
  h.collect();
  EXPECT_EQ(h.stats().heap_objects, 0u);
}

// ---- Misuse ----

TEST(TraceFunctions, T10_RubbishIsAnErrorWithATextAndTheRestCounts) {
  int elsewhere = 0;
  static void* outside = nullptr;
  outside = &elsewhere;
  Traced h;
  Vector* const object = h.make_vector(10);
  h.slots[0] = object;
  Traced::push(object, h.make());
  const auto refused = [&](void (*action)(Traced&, mgc_visitor*, void*), const char* text) {
    h.action = action;
    EXPECT_EQ(h.heap.collect(), Status::kBadArgument);
    h.expect_error(Status::kBadArgument, text);
    EXPECT_EQ(h.stats().heap_objects, 2u);
    h.action = nullptr;
    h.collect();
  };
  refused([](Traced&, mgc_visitor* v, void*) { Traced::core(v).report_slot(Address::of(&outside), MGC_EXACT); },
          "a trace function reported a slot outside its object");
  refused([](Traced&, mgc_visitor* v,
             void* o) { Traced::core(v).report_slot(Address::of(o) + kWordBytes * 1000, MGC_EXACT); },
          "a trace function reported a slot outside its object");
  refused([](Traced&, mgc_visitor* v, void* o) { Traced::core(v).report_slot(Address::of(o) + 1, MGC_EXACT); },
          "a trace function reported a slot that is null or not aligned to a word");
  refused([](Traced&, mgc_visitor* v, void* o) { Traced::core(v).report_range(Address::of(o), SIZE_MAX, MGC_EXACT); },
          "a trace function reported a range that is outside the memory");
  refused([](Traced&, mgc_visitor* v, void* o) { Traced::core(v).report_value(Address::of(o), MGC_EXACT); },
          "a trace function reported a value, and not the address of its slot");
}

TEST(TraceFunctions, T10_OneThatAllocatesIsRefused) {
  Traced h;
  Vector* const object = h.make_vector(2);
  h.slots[0] = object;
  Traced::push(object, h.make());
  h.action = [](Traced& self, mgc_visitor*, void*) {
    EXPECT_EQ(self.heap.newobject(self.mutator(), self.node), nullptr);
    EXPECT_TEXT_BEGINS(self.heap.last_error(), "re-entered from a callback of the heap");
    EXPECT_EQ(self.heap.collect(), Status::kBadArgument);
  };
  h.collect();
  EXPECT_EQ(h.stats().heap_objects, 2u);
}

TEST(TraceFunctions, T6_ATypeIsOneWithItsFunction) {
  Traced h;
  EXPECT_EQ(h.define_traced("Vector", Traced::trace), h.vector);
  const mgc_trace other = [](mgc_visitor*, void*, size_t, size_t) {};
  EXPECT_NE(h.define_traced("Vector", other), h.vector);
  EXPECT_FALSE(h.vector->is_noscan());
  mgc_type_info info{};
  info.name = "Wrong";
  info.size = 16;
  info.tail = MGC_TAIL_CONSERVATIVE;
  info.trace = Traced::trace;
  Type* type = nullptr;
  EXPECT_EQ(h.heap.define_type(info, &type), Status::kBadType);
  h.expect_error(Status::kBadType, "type 'Wrong': a conservative type has no trace function of its own");
}

// ---- Who asks besides the marker ----

TEST(TraceFunctions, O7_PathsAndReferrersGoThroughThem) {
  Traced h;
  Vector* const object = h.make_vector(100);
  h.slots[0] = object;
  for (int i = 0; i < 99; ++i) Traced::push(object, h.make());
  Node* const last = h.make();
  Traced::push(object, last);
  mgc_link links[4];
  LinkBuffer path{.links = links, .capacity = 4};
  ASSERT_EQ(h.heap.why_alive(last, 0, path), Status::kOk);
  ASSERT_EQ(path.count, 3u);
  EXPECT_EQ(links[1].base, object);
  EXPECT_EQ(links[1].offset, offsetof(Vector, slots) + 99 * sizeof(void*));
  LinkBuffer found{.links = links, .capacity = 4};
  ASSERT_EQ(h.heap.referrers(last, 0, found), Status::kOk);
  EXPECT_EQ(found.count, 1u);
}

}  // namespace
}  // namespace mallocgc
