// Programs use gc.h like this. Objects live by Locals, Members and nothing else, the fast path gives what the slow path
// gives, and what must not be written does not compile.
#include "cpp/gc_fixture.h"

#include <cstring>
#include <string>

namespace gc_test {
namespace {

// This must not compile, as far as the compiler can be asked.
static_assert(!std::is_copy_constructible_v<gc::Fresh<Node>> && !std::is_copy_assignable_v<gc::Fresh<Node>>);
static_assert(!std::is_convertible_v<gc::Fresh<Node>, Node*> && !std::is_convertible_v<gc::Local<Node>, Node*>);
static_assert(std::is_constructible_v<gc::Local<Node>, gc::Fresh<Node>> &&
              !std::is_constructible_v<gc::Local<Node>, gc::Fresh<int>>);
static_assert(!std::is_assignable_v<gc::Member<Node>&, gc::Fresh<int>> &&
              !std::is_default_constructible_v<gc::Local<Node>>);
static_assert(!std::is_copy_constructible_v<gc::Heap> && !std::is_copy_constructible_v<gc::Frame>);
static_assert(std::is_trivially_destructible_v<Node> && std::is_standard_layout_v<Node>);
static_assert(sizeof(gc::Member<Node>) == sizeof(void*));

gc::Fresh<Node> make_tree(gc::Frame& outer, int depth) {
  gc::Frame frame(outer.heap());
  gc::Local<Node> node = frame.make<Node>();
  node->value = depth;
  if (depth > 0) {
    node->left = make_tree(frame, depth - 1);
    node->right = make_tree(frame, depth - 1);
  }
  return node.fresh();
}

int count_tree(const Node* node) {
  return node == nullptr ? 0 : 1 + count_tree(node->left.get()) + count_tree(node->right.get());
}

TEST_F(GcTest, R3_WhatAFrameHoldsLivesAndNoLonger) {
  {
    gc::Frame frame(heap);
    gc::Local<Node> n = frame.make<Node>();
    n->left = frame.make<Node>();
    n->left->value = 7;
    n->right = n->left;
    EXPECT_EQ(objects_after_collection(), 2u);
    EXPECT_EQ(n->right->value, 7);
    n->left = nullptr;
    EXPECT_EQ(objects_after_collection(), 2u);
    n->right = nullptr;
    EXPECT_EQ(objects_after_collection(), 1u);
    n = nullptr;
    EXPECT_EQ(objects_after_collection(), 0u);
  }
  EXPECT_EQ(objects_after_collection(), 0u);
}

TEST_F(GcTest, R3_ALocalIsPoppedAtTheEndOfItsScope) {
  gc::Frame frame(heap);
  void** const top = frame.mutator()->shadow_top;
  for (int i = 0; i < 200000; ++i) {  // more than the stack has slots
    gc::Local<Node> n = frame.make<Node>();
    gc::Local<Node> copy = n;
    ASSERT_TRUE(copy == n);
  }
  EXPECT_EQ(frame.mutator()->shadow_top, top);
  EXPECT_EQ(heap.last_status(), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 0u);
}

TEST_F(GcTest, TreesSurviveAnyNumberOfCollections) {
  gc::Frame frame(heap);
  gc::Local<Node> keep = make_tree(frame, 12);
  for (int i = 0; i < 50; ++i) {
    gc::Local<Node> garbage = make_tree(frame, 10);
    ASSERT_EQ(count_tree(garbage.get()), 2047);
  }
  EXPECT_EQ(count_tree(keep.get()), 8191);
  EXPECT_GT(heap.stats().num_gc + heap.stats().minor_gcs, 1u);
  EXPECT_EQ(objects_after_collection(), 8191u);
}

TEST_F(GcTest, M9_ObjectsAreZeroHoweverTheyAreMade) {
  gc::Frame frame(heap);
  for (int i = 0; i < 100000; ++i) {
    gc::Local<Node> n = frame.make<Node>();
    ASSERT_TRUE(n->left == nullptr && n->right == nullptr && n->value == 0) << i;
    n->left = n;
    n->right = n;
    n->value = -1;
  }
}

struct WithDefaults {
  gc::Member<Node> node;
  int seven = 7;
  double zero;
};
MALLOCGC_TYPE(WithDefaults, node);

struct Wide {
  gc::Member<Node> nodes[40];
  int seven = 7;
  int zeroes[20];
};
MALLOCGC_TYPE(Wide, nodes);

struct Flat {
  double x;
  int seven = 7;
  char text[20];
};
MALLOCGC_TYPE(Flat);

TEST_F(GcTest, ConstructorsRunAndTheRestIsZero) {
  gc::Frame frame(heap);
  for (int i = 0; i < 3000; ++i) {
    gc::Local<WithDefaults> a = frame.make<WithDefaults>();
    ASSERT_TRUE(a->node == nullptr && a->seven == 7 && a->zero == 0);
    gc::Local<Wide> b = frame.make<Wide>();
    for (const auto& node : b->nodes) ASSERT_TRUE(node == nullptr);
    for (const int zero : b->zeroes) ASSERT_EQ(zero, 0);
    ASSERT_EQ(b->seven, 7);
    gc::Local<Flat> c = frame.make<Flat>();
    ASSERT_TRUE(c->x == 0 && c->seven == 7 && c->text[19] == 0);
    std::memset(static_cast<void*>(a.get()), 0x5a, sizeof *a);
    std::memset(static_cast<void*>(b.get()), 0x5a, sizeof *b);
    std::memset(static_cast<void*>(c.get()), 0x5a, sizeof *c);
    a = nullptr;
    b = nullptr;
  }
}

class Account {
 public:
  Account(const gc::Local<Account>& parent, int sum) : parent_(parent), sum_(sum) {}
  explicit Account(gc::Frame& frame) : parent_(frame.make<Account>(gc::Local<Account>(frame), 5)), sum_(1) {}
  int total() const { return sum_ + (parent_ ? parent_->total() : 0); }

 private:
  MALLOCGC_TYPE(Account, parent_);
  gc::Member<Account> parent_;
  int sum_;
};

struct Point {
  int x, y;
};
MALLOCGC_TYPE(Point);

TEST_F(GcTest, ConstructorsTakeArgumentsAndMayAllocate) {
  MGC_NEEDS(kEvents);
  gc::Frame frame(heap);
  gc::Local<Account> root = frame.make<Account>(gc::Local<Account>(frame), 1);
  gc::Local<Account> child = frame.make<Account>(root, 10);
  EXPECT_EQ(child->total(), 11);
  ASSERT_EQ(mgc_set_debug(heap.c(), 0, 1), MGC_OK);  // every allocation collects
  gc::Local<Account> made = frame.make<Account>(frame);
  EXPECT_EQ(made->total(), 6);
  ASSERT_EQ(mgc_set_debug(heap.c(), 0, 0), MGC_OK);
  gc::Local<Point> point = frame.make<Point>(3, 4);
  EXPECT_EQ(point->x + point->y, 7);
}

TEST_F(GcTest, ArraysOfNumbersMembersAndObjects) {
  gc::Frame frame(heap);
  gc::Local<double> numbers = frame.make_array<double>(1000);
  for (size_t i = 0; i < 1000; ++i) ASSERT_EQ(numbers[i], 0);
  gc::Local<gc::Member<Node>> members = frame.make_array<gc::Member<Node>>(1000);
  for (size_t i = 0; i < 1000; ++i) members[i] = frame.make<Node>();
  gc::Local<Node> nodes = frame.make_array<Node>(100);
  for (size_t i = 0; i < 100; ++i) nodes[i].left = members[i];
  members = nullptr;
  EXPECT_EQ(objects_after_collection(), 102u);
  gc::Local<WithDefaults> defaults = frame.make_array<WithDefaults>(10);
  EXPECT_EQ(defaults[9].seven, 7);
  EXPECT_NE(gc::Local<Node>(frame.make_array<Node>(0)).get(), nullptr);
}

struct Animal {
  gc::Member<Animal> next;
};
MALLOCGC_TYPE(Animal, next);
struct Named {
  int name = 3;
};
struct Dog : Named, Animal {
  int age = 4;
};
MALLOCGC_TYPE(Dog, next);

TEST_F(GcTest, T5_PointersToABaseKeepTheWholeObject) {
  gc::Frame frame(heap);
  gc::Local<Animal> animal = frame.make<Dog>();
  animal->next = frame.make<Dog>();
  EXPECT_EQ(objects_after_collection(), 2u);
  EXPECT_EQ(static_cast<Dog*>(animal->next.get())->age, 4);
  EXPECT_EQ(static_cast<Dog*>(animal->next.get())->name, 3);
}

struct alignas(64) Aligned {
  gc::Member<Node> node;
};
MALLOCGC_TYPE(Aligned, node);
struct Huge {
  gc::Member<Node> nodes[9000];
};
MALLOCGC_TYPE(Huge, nodes);

TEST_F(GcTest, M8_AlignedAndLargeTypesTakeTheSlowWay) {
  MGC_NEEDS(kPrograms);
  gc::Frame frame(heap);
  for (int i = 0; i < 100; ++i) {
    gc::Local<Aligned> aligned = frame.make<Aligned>();
    ASSERT_EQ(reinterpret_cast<uintptr_t>(aligned.get()) % 64, 0u);
  }
  gc::Local<Huge> huge = frame.make<Huge>();
  huge->nodes[8999] = frame.make<Node>();
  EXPECT_EQ(objects_after_collection(), 2u);
}

template <int kNumber>
struct Numbered {
  gc::Member<Numbered> self;
  int number = kNumber;
  MALLOCGC_TYPE(Numbered, self);
};

template <int... kNumbers>
bool make_all(gc::Frame& frame, std::integer_sequence<int, kNumbers...>) {
  const bool made[] = {[&] {
    gc::Local<Numbered<kNumbers>> n = frame.make<Numbered<kNumbers>>();
    n->self = n;
    return n->number == kNumbers && n->self->number == kNumbers;
  }()...};
  for (const bool one : made) {
    if (!one) return false;
  }
  return true;
}

TEST_F(GcTest, T7_MoreTypesThanInlineSlotsWorkToo) {
  gc::Frame frame(heap);
  EXPECT_TRUE(make_all(frame, std::make_integer_sequence<int, MGC_TYPE_SLOTS + 40>{}));
  EXPECT_TRUE(make_all(frame, std::make_integer_sequence<int, MGC_TYPE_SLOTS + 40>{}));
  EXPECT_EQ(objects_after_collection(), 0u);
}

TEST_F(GcTest, TheFastPathTakesWhatTheSlotOffers) {
  gc::Frame frame(heap);
  gc::Local<Node> first = frame.make<Node>();
  gc::Local<Node> second = frame.make<Node>();
  if (gc::TypeKey<Node>::slot == 0) GTEST_SKIP() << "other tests of this program have used up the numbers";
  for (int i = 0; i < 2000; ++i) first = frame.make<Node>();  // until the type has a slot of its own (T7)
  const mgc_alloc_slot* const slot = frame.mutator()->type_slots[gc::TypeKey<Node>::slot];
  gc::Local<Node> third = frame.make<Node>();
  EXPECT_EQ(slot->cursor, reinterpret_cast<uintptr_t>(third.get()) + mgc_roundup(sizeof(Node)));
  mgc_found found;
  EXPECT_EQ(mgc_find_object(heap.c(), third.get(), &found), 1);
  EXPECT_EQ(found.base, third.get());
  if (!gc::kHasTypeNames) return;
  EXPECT_NE(std::string(mgc_type_name(found.type)).find("Node"), std::string::npos);
}

TEST_F(GcTest, ManyHeapsShareTheTypesOfTheProgram) {
  gc::Heap other{small_heap()};
  gc::Frame here(heap);
  gc::Frame there(other);
  gc::Local<Node> a = here.make<Node>();
  gc::Local<Node> b = there.make<Node>();
  for (int i = 0; i < 10000; ++i) {
    a->left = here.make<Node>();
    b->left = there.make<Node>();
  }
  EXPECT_EQ(other.collect(), MGC_OK);
  EXPECT_EQ(gc::objects_in(other.c()), 2u);
  EXPECT_EQ(objects_after_collection(), 2u);
}

TEST_F(GcTest, AttachedMutatorsHaveFramesOfTheirOwn) {
  mgc_mutator* const suspended = mgc_mutator_attach_sized(heap.c(), 64);
  {
    gc::Frame outer(heap);
    gc::Local<Node> a = outer.make<Node>();
    gc::Frame inner(heap, suspended);
    gc::Local<Node> b = inner.make<Node>();
    EXPECT_EQ(objects_after_collection(), 2u);
  }
  EXPECT_EQ(objects_after_collection(), 0u);
  EXPECT_EQ(mgc_mutator_detach(suspended), MGC_OK);
}

TEST_F(GcTest, F1_FinalizersGetTheObjectInTheirFavouriteForm) {
  MGC_NEEDS(kLifecycles);
  static int sum;
  sum = 0;
  {
    gc::Frame frame(heap);
    for (int i = 0; i < 5; ++i) {
      gc::Local<Node> n = frame.make<Node>();
      n->value = 1;
      mgc_status status = MGC_CORRUPT;
      if (i == 0)
        status = heap.set_finalizer(n, [](gc::Frame& f, gc::Local<Node>& x) {
          x->left = f.make<Node>();
          sum += x->value;
        });
      if (i == 1) status = heap.set_finalizer(n, [](gc::Frame&, Node* x) { sum += 10 * x->value; });
      if (i == 2) status = heap.set_finalizer(n, [](Node& x) { sum += 100 * x.value; });
      if (i == 3) status = heap.set_finalizer(n, [] { sum += 1000; });
      if (i == 4) status = heap.set_finalizer(n, [](Node*) { sum += 10000; });
      ASSERT_EQ(status, MGC_OK);
      if (i == 4) {
        ASSERT_EQ(heap.set_finalizer(n, nullptr), MGC_OK);
      }
    }
  }
  heap.collect();
  EXPECT_EQ(heap.run_finalizers(), 4u);
  EXPECT_EQ(sum, 1111);
  EXPECT_EQ(heap.run_finalizers(), 0u);
}

int plain_calls = 0;
void plain_finalizer(Node* node) { plain_calls += node->value; }
void plain_cleanup() { plain_calls += 10; }

TEST_F(GcTest, F1_PlainFunctionsAreFinalizersAndCleanupsToo) {
  MGC_NEEDS(kLifecycles);
  plain_calls = 0;
  {
    gc::Frame frame(heap);
    gc::Local<Node> n = frame.make<Node>();
    n->value = 1;
    EXPECT_EQ(frame.set_finalizer(n, plain_finalizer), MGC_OK);
    gc::Local<Node> m = frame.make<Node>();
    EXPECT_TRUE(frame.add_cleanup(m, plain_cleanup));
    EXPECT_TRUE(frame.add_cleanup(
        m, [](int value) { plain_calls += value; }, 100));
    EXPECT_TRUE(frame.add_cleanup(
        m, [](gc::Frame&, int* value) { plain_calls += *value == 11 ? 1000 : 0; }, &plain_calls));
    EXPECT_TRUE(heap.add_cleanup(
        m, [](mgc_mutator*, void*, void* arg) { *static_cast<int*>(arg) += 10000; }, &plain_calls));
  }
  EXPECT_EQ(objects_after_collection(), 1u);
  EXPECT_EQ(heap.run_finalizers(), 5u);
  EXPECT_EQ(plain_calls % 1000, 111);
  EXPECT_GE(plain_calls, 10000);
}

TEST_F(GcTest, F7_CleanupsKeepTheirArgumentAndCanBeStopped) {
  MGC_NEEDS(kLifecycles);
  static int seen;
  seen = 0;
  {
    gc::Frame frame(heap);
    gc::Local<Node> arg = frame.make<Node>();
    arg->value = 5;
    gc::Local<Node> n = frame.make<Node>();
    EXPECT_TRUE(heap.add_cleanup(
        n, [](Node* kept) { seen += kept->value; }, arg));
    EXPECT_TRUE(heap.add_cleanup(n, [] { seen += 100; }));
    gc::Cleanup stopped = heap.add_cleanup(n, [] { seen += 1000; });
    stopped.stop();
    stopped.stop();
    EXPECT_FALSE(heap.add_cleanup(
        n, [](Node*) {}, n));  // arg is the object
    EXPECT_EQ(heap.last_status(), MGC_BAD_ARGUMENT);
  }
  EXPECT_EQ(objects_after_collection(), 1u);
  EXPECT_EQ(heap.run_finalizers(), 2u);
  EXPECT_EQ(seen, 105);
  EXPECT_EQ(objects_after_collection(), 0u);
}

TEST_F(GcTest, C2_ANoGcScopeForbidsEveryCollection) {
  gc::Frame frame(heap);
  static_cast<void>(gc::Local<Node>(frame.make<Node>()));
  {
    const gc::NoGcScope scope(heap);
    EXPECT_EQ(heap.collect(), MGC_OK);
    for (int i = 0; i < 100000; ++i) static_cast<void>(gc::Local<Node>(frame.make<Node>()));
    EXPECT_EQ(heap.stats().num_gc, 0u);
  }
  EXPECT_EQ(objects_after_collection(), 0u);
}

TEST_F(GcTest, F9_KeepAliveIsAUseOfTheLocal) {
  gc::Frame frame(heap);
  gc::Local<Node> n = frame.make<Node>();
  gc::keep_alive(n);
}

}  // namespace
}  // namespace gc_test
