// An object is rooted while it is constructed: by make with and without arguments, and in arrays. Its constructors may
// allocate and collect. A constructor that does not use the heap costs no root.
#include "cpp/gc_fixture.h"

namespace gc_test {
namespace {

gc::Heap* the_heap = nullptr;

struct Leaf {
  gc::Member<Leaf> next;
  long values[4] = {};
};
MALLOCGC_TYPE(Leaf, next);

gc::Fresh<Leaf> make_leaf() noexcept {
  gc::Local<Leaf> leaf = the_heap->make<Leaf>();
  leaf->values[0] = 7;
  return leaf.fresh();
}

struct Tree {
  gc::Member<Leaf> leaf;
  int tag = 1;
  Tree() { leaf = make_leaf(); }
  explicit Tree(int) : Tree() {}
};
MALLOCGC_TYPE(Tree, leaf);

struct Lazy {  // it has no constructor of its own, and nothing in it may throw
  gc::Member<Leaf> a = make_leaf();
  int tag = 1;
};
MALLOCGC_TYPE(Lazy, a);

struct Nested {
  Tree trees[3];
  gc::Member<Leaf> last = make_leaf();
};
MALLOCGC_TYPE(Nested, trees, last);

struct Wide {
  gc::Member<Leaf> leaves[40];
  Wide() {
    for (auto& leaf : leaves) leaf = make_leaf();
  }
};
MALLOCGC_TYPE(Wide, leaves);

struct Flat {
  int x, y;
};
MALLOCGC_TYPE(Flat);

static_assert(gc::MadeOfConstants<Node> && gc::MadeOfConstants<Leaf> && gc::MadeOfConstants<Flat>);
static_assert(!gc::MadeOfConstants<Tree> && !gc::MadeOfConstants<Lazy> && !gc::MadeOfConstants<Nested>);

class Constructors : public GcTest {
 protected:
  Constructors() { the_heap = &heap; }
  ~Constructors() override { the_heap = nullptr; }
  bool alive(const void* object) { return mgc_find_object(heap.c(), object, nullptr) != 0; }
  // Runs `make` with collections at several paces, and with those that the heap begins itself.
  template <class Make>
  void for_each_pace(Make make) {
    for (const uint32_t every : {1u, 2u, 3u, 0u}) {
      ASSERT_EQ(mgc_set_debug(heap.c(), 0, every), MGC_OK);
      for (int i = 0; i < (every == 0 ? 5000 : 20); ++i) make();
    }
  }
};

TEST_F(Constructors, R1_AConstructorWithoutArgumentsMayAllocate) {
  MGC_NEEDS(kEvents);
  gc::Frame frame(heap);
  for_each_pace([&] {
    gc::Local<Tree> tree = frame.make<Tree>();
    ASSERT_TRUE(alive(tree.get()) && alive(tree->leaf.get()));
    ASSERT_EQ(tree->leaf->values[0], 7);
    gc::Local<Tree> other = frame.make<Tree>(1);
    ASSERT_TRUE(alive(other.get()) && alive(other->leaf.get()) && other->tag == 1);
  });
}

TEST_F(Constructors, R1_DefaultMemberInitialisersMayAllocate) {
  MGC_NEEDS(kEvents);
  gc::Frame frame(heap);
  for_each_pace([&] {
    gc::Local<Lazy> lazy = frame.make<Lazy>();
    ASSERT_TRUE(alive(lazy.get()) && alive(lazy->a.get()) && lazy->tag == 1);
  });
}

TEST_F(Constructors, R1_MembersAndLargeObjectsMayAllocateWhileTheyAreConstructed) {
  MGC_NEEDS(kEvents);
  gc::Frame frame(heap);
  for_each_pace([&] {
    gc::Local<Nested> nested = frame.make<Nested>();
    ASSERT_TRUE(alive(nested.get()) && alive(nested->last.get()));
    for (const Tree& tree : nested->trees) ASSERT_TRUE(alive(tree.leaf.get()));
    gc::Local<Wide> wide = frame.make<Wide>();
    for (const auto& leaf : wide->leaves) ASSERT_TRUE(alive(leaf.get()));
  });
}

TEST_F(Constructors, R1_ElementsOfArraysMayAllocate) {
  MGC_NEEDS(kEvents);
  gc::Frame frame(heap);
  for_each_pace([&] {
    gc::Local<Tree> trees = frame.make_array<Tree>(9);
    ASSERT_TRUE(alive(trees.get()));
    for (size_t i = 0; i < 9; ++i) ASSERT_TRUE(alive(trees[i].leaf.get()) && trees[i].leaf->values[0] == 7);
    gc::Local<Lazy> lazies = frame.make_array<Lazy>(5);
    for (size_t i = 0; i < 5; ++i) ASSERT_TRUE(alive(lazies[i].a.get()));
  });
}

TEST_F(Constructors, R3_NothingStaysARootWhenTheConstructionIsOver) {
  gc::Frame frame(heap);
  const uint64_t in_use = heap.stats().stack_inuse;
  for (int i = 0; i < 100; ++i) {
    static_cast<void>(gc::Local<Tree>(frame.make<Tree>()));
    static_cast<void>(gc::Local<Nested>(frame.make_array<Nested>(3)));
    static_cast<void>(frame.make<Tree>(3));
  }
  EXPECT_EQ(heap.stats().stack_inuse, in_use);
  EXPECT_EQ(objects_after_collection(), 0u);
}

}  // namespace
}  // namespace gc_test
