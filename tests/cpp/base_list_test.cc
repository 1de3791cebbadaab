// The intrusive list keeps its order, moves in constant time, and keeps its links whole (inv.list.links).
#include <gtest/gtest.h>

#include <vector>

#include "base/list.h"

namespace mallocgc {
namespace {

struct Item : ListLink {
  explicit Item(int n) : number(n) {}
  int number;
};

std::vector<int> numbers(const List<Item>& list) {
  std::vector<int> result;
  for (const Item* item = list.first(); item != nullptr; item = list.after(item)) {
    result.push_back(item->number);
    EXPECT_EQ(item->next->previous, item);
    EXPECT_EQ(item->previous->next, item);
  }
  return result;
}

using Numbers = std::vector<int>;

TEST(List, KeepsTheOrderOfBothEnds) {
  List<Item> list;
  Item a(1), b(2), c(3);
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.first(), nullptr);
  EXPECT_EQ(list.last(), nullptr);
  list.push_back(&b);
  list.push_back(&c);
  list.push_front(&a);
  EXPECT_EQ(numbers(list), (Numbers{1, 2, 3}));
  EXPECT_EQ(list.last(), &c);
  EXPECT_EQ(list.before(&c), &b);
  EXPECT_EQ(list.before(&a), nullptr);
  EXPECT_EQ(list.pop_front(), &a);
  EXPECT_FALSE(a.is_linked());
  EXPECT_EQ(numbers(list), (Numbers{2, 3}));
}

TEST(List, AnElementLeavesFromAnywhereWithoutKnowingItsList) {
  List<Item> list;
  Item a(1), b(2), c(3);
  for (Item* item : {&a, &b, &c}) list.push_back(item);
  b.unlink();
  EXPECT_EQ(numbers(list), (Numbers{1, 3}));
  c.unlink();
  a.unlink();
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.pop_front(), nullptr);
  list.push_back(&b);
  EXPECT_EQ(numbers(list), (Numbers{2}));
}

TEST(List, PrependMovesAllInFrontAndEmptiesTheOther) {
  for (int mine = 0; mine < 3; ++mine) {
    for (int others = 0; others < 3; ++others) {
      List<Item> list;
      List<Item> other;
      Item items[] = {Item(0), Item(1), Item(10), Item(11)};
      Numbers expected;
      for (int i = 0; i < others; ++i) other.push_back(&items[2 + i]), expected.push_back(10 + i);
      for (int i = 0; i < mine; ++i) list.push_back(&items[i]), expected.push_back(i);
      list.prepend(other);
      EXPECT_EQ(numbers(list), expected);
      EXPECT_TRUE(other.empty());
    }
  }
}

}  // namespace
}  // namespace mallocgc
