// MALLOCGC_TYPE makes layouts at compile time: from public and private members, templates, arrays and embedded classes,
// in any order.
#include <mallocgc/gc.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/flavour.h"

namespace gc = mallocgc;

namespace {

struct Node {
  gc::Member<Node> left, right;
  int value;
};
MALLOCGC_TYPE(Node, left, right);

struct Plain {
  int a;
  double b;
};
MALLOCGC_TYPE(Plain);

struct Mixed {
  int before;
  gc::Member<Mixed> last;
  gc::Member<Node> kids[5];
  double between;
  Node inner[3];
};
MALLOCGC_TYPE(Mixed, inner, kids, last);  // this is not the order of declaration

class PrivateAbove {
  MALLOCGC_TYPE(PrivateAbove, first_, second_);

 public:
  int visible = 0;
  int hidden() const { return n_; }

 private:
  gc::Member<PrivateAbove> first_;
  int n_ = 0;
  gc::Member<Node> second_;
};

class PrivateBelow {
  gc::Member<PrivateBelow> first_;

 public:
  double n = 0;
  MALLOCGC_TYPE(PrivateBelow, first_);
};

template <class V>
struct InsideTemplate {
  MALLOCGC_TYPE(InsideTemplate, pointer);
  V value;
  gc::Member<V> pointer;
};

template <class V>
struct OutsideTemplate {
  gc::Member<V> pointer;
  V value;
};
template <class V>
MALLOCGC_TYPE(OutsideTemplate<V>, pointer);

template <class K, class V>
struct Pair {
  K key;
  gc::Member<V> value;
};
MALLOCGC_TYPE_TEMPLATE((class K, class V), (Pair<K, V>), value);

struct Base {
  gc::Member<Node> of_base;
};
MALLOCGC_TYPE(Base, of_base);
struct Derived : Base {
  gc::Member<Node> of_derived;
};
MALLOCGC_TYPE(Derived, of_base, of_derived);
struct Undeclared : Base {
  int more;
};

struct Grid {
  gc::Member<Node> cells[3][4];
};
MALLOCGC_TYPE(Grid, cells);

struct Long {
  int head;
  gc::Member<Node> many[100000];
};
MALLOCGC_TYPE(Long, many);

// Finds which words are pointers, by walking the program as the heap does.
void walk(const uint32_t*& word, const uint32_t* end, std::vector<bool>& out) {
  while (word < end && *word != MGC_PROG_END) {
    const uint32_t op = word[0];
    const uint32_t count = word[1];
    word += 2;
    if (op == MGC_PROG_REPEAT) {
      const uint32_t* const body = word;
      for (uint32_t i = 0; i < count; ++i) {
        word = body;
        walk(word, end, out);
      }
      ++word;
    } else {
      out.insert(out.end(), count, op == MGC_PROG_POINTERS);
    }
  }
}

template <class T>
std::vector<size_t> pointer_offsets() {
  const auto& program = gc::kProgram<T>;
  const uint32_t* word = program.words;
  std::vector<bool> words;
  walk(word, program.words + program.length, words);
  EXPECT_EQ(words.size(), sizeof(T) / sizeof(void*));
  std::vector<size_t> offsets;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i]) offsets.push_back(i * sizeof(void*));
  }
  return offsets;
}

using Offsets = std::vector<size_t>;

TEST(Layout, T1_PointersAreWhereTheMembersAre) {
  EXPECT_EQ(pointer_offsets<Node>(), (Offsets{offsetof(Node, left), offsetof(Node, right)}));
  EXPECT_FALSE(gc::LayoutOf<Plain>::has_pointers());
  EXPECT_TRUE(gc::LayoutOf<Node>::has_pointers());
}

TEST(Layout, T1_TheOrderOfTheListDoesNotMatter) {
  Offsets expected = {offsetof(Mixed, last)};
  for (size_t i = 0; i < 5; ++i) expected.push_back(offsetof(Mixed, kids) + i * sizeof(void*));
  for (size_t i = 0; i < 3; ++i) {
    expected.push_back(offsetof(Mixed, inner) + i * sizeof(Node) + offsetof(Node, left));
    expected.push_back(offsetof(Mixed, inner) + i * sizeof(Node) + offsetof(Node, right));
  }
  EXPECT_EQ(pointer_offsets<Mixed>(), expected);
}

TEST(Layout, PrivateMembersCanBeListedAnywhereInTheClass) {
  EXPECT_EQ(pointer_offsets<PrivateAbove>().size(), 2u);
  EXPECT_EQ(pointer_offsets<PrivateBelow>(), Offsets{0});
  PrivateAbove above;
  EXPECT_EQ(above.visible, above.hidden());
}

TEST(Layout, TemplatesHaveLayoutsInsideAndOutside) {
  EXPECT_EQ(pointer_offsets<InsideTemplate<double>>(), Offsets{offsetof(InsideTemplate<double>, pointer)});
  EXPECT_EQ(pointer_offsets<OutsideTemplate<int>>(), Offsets{0});
  EXPECT_EQ((pointer_offsets<Pair<char, int>>()), (Offsets{sizeof(void*)}));
}

TEST(Layout, AnInheritedListIsNotThatOfTheDerivedClass) {
  EXPECT_EQ(pointer_offsets<Derived>(), (Offsets{0, sizeof(void*)}));
  static_assert(!gc::HasMemberList<Undeclared> && !gc::HasOuterList<Undeclared> && !gc::HasRememberedList<Undeclared>);
}

TEST(Layout, T1_ArraysCostNothingForEachElement) {
  EXPECT_EQ(gc::kProgram<Grid>.length, 2u);  // pointers 12
  EXPECT_EQ(pointer_offsets<Grid>().size(), 12u);
  EXPECT_LE(gc::kProgram<Long>.length, 4u);
  EXPECT_EQ(pointer_offsets<Long>().size(), 100000u);
}

template <class T>
void expect_mask_of_program() {
  Offsets in_mask;
  for (size_t word = 0; word < sizeof(T) / sizeof(void*); ++word) {
    const uint32_t bits = gc::kMask<T, gc::Words::kPointers>.bits[word / 32];
    if ((bits >> word % 32 & 1) != 0) in_mask.push_back(word * sizeof(void*));
  }
  EXPECT_EQ(in_mask, pointer_offsets<T>());
  EXPECT_EQ(gc::kTypeInfo<T>.pointers.mask, (gc::kMask<T, gc::Words::kPointers>.bits));
  EXPECT_EQ(gc::kTypeInfo<T>.pointers.program, nullptr);
}

TEST(Layout, T1_TypesOfFewWordsHaveAMaskAndLargerOnesAProgram) {
  expect_mask_of_program<Node>();
  expect_mask_of_program<Mixed>();
  expect_mask_of_program<Grid>();
  expect_mask_of_program<Derived>();
  EXPECT_EQ(gc::kTypeInfo<Plain>.pointers.mask, nullptr);
  EXPECT_EQ(gc::kTypeInfo<Long>.pointers.mask, nullptr);
  EXPECT_EQ(gc::kTypeInfo<Long>.pointers.program, gc::kProgram<Long>.words);
}

TEST(Layout, CoversTellsEachListedPlace) {
  for (size_t offset = 0; offset < sizeof(Mixed); ++offset) {
    bool listed = false;
    for (const size_t place : pointer_offsets<Mixed>()) listed = listed || place == offset;
    EXPECT_EQ(gc::covers<Mixed>(offset), listed) << offset;
  }
}

TEST(Layout, TheHeapUnderstandsEveryProgram) {
  MGC_NEEDS(kPrograms);
  gc::Heap heap;
  const auto define = [&](const mgc_type_info& info) {
    mgc_type type = nullptr;
    EXPECT_EQ(mgc_type_define(heap.c(), &info, &type), MGC_OK) << heap.last_error();
    return type;
  };
  const mgc_type node = define(gc::kTypeInfo<Node>);
  EXPECT_NE(std::string(mgc_type_name(node)).find("Node"), std::string::npos) << mgc_type_name(node);
  EXPECT_EQ(mgc_type_size(node), sizeof(Node));
  EXPECT_EQ(define(gc::kTypeInfo<Node>), node);
  define(gc::kTypeInfo<Plain>);
  define(gc::kTypeInfo<Mixed>);
  define(gc::kTypeInfo<Long>);
  define(gc::kTypeInfo<PrivateAbove>);
  define(gc::kTypeInfo<Pair<char, int>>);
  EXPECT_NE(define(gc::kTypeInfo<OutsideTemplate<int>>), define(gc::kTypeInfo<OutsideTemplate<unsigned>>));
  EXPECT_EQ(mgc_type_name(define(gc::kTypeInfo<gc::Member<Node>>)), nullptr);
}

}  // namespace
