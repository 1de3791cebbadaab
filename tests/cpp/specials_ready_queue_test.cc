// The ready queue gives the first in first out, lets go of records in its middle, and knows what is new.
#include "specials/ready_queue.h"

#include <gtest/gtest.h>

#include <vector>

namespace mallocgc {
namespace {

std::vector<uint64_t> tokens(const ReadyQueue& queue, const Record* from) {
  std::vector<uint64_t> result;
  for (const Record* record = from; record != nullptr; record = queue.after(record))
    result.push_back(record->info.token);
  return result;
}

struct Filled {
  Filled() {
    for (uint64_t i = 0; i < 6; ++i) {
      records[i].kind = RecordKind::kCleanup;
      records[i].info.token = i;
    }
  }
  void push(uint64_t i) { queue.push(&records[i]); }
  std::vector<uint64_t> all() const { return tokens(queue, queue.first()); }
  std::vector<uint64_t> fresh() const { return tokens(queue, queue.first_new()); }
  Record records[6] = {};
  ReadyQueue queue;
};

using Tokens = std::vector<uint64_t>;

TEST(ReadyQueue, F6_FirstInFirstOut) {
  Filled f;
  EXPECT_EQ(f.queue.try_pop(), nullptr);
  for (uint64_t i = 0; i < 6; ++i) f.push(i);
  EXPECT_EQ(f.queue.count(), 6u);
  for (uint64_t i = 0; i < 6; ++i) EXPECT_EQ(f.queue.try_pop()->info.token, i);
  EXPECT_EQ(f.queue.count(), 0u);
  EXPECT_EQ(f.queue.verify(), nullptr);
}

TEST(ReadyQueue, C10_TheNewOnesAreThoseSinceTheLastForgetting) {
  Filled f;
  f.push(0), f.push(1);
  EXPECT_EQ(f.fresh(), (Tokens{0, 1}));
  f.queue.forget_new();
  EXPECT_EQ(f.fresh(), (Tokens{}));
  f.push(2), f.push(3), f.push(4);
  EXPECT_EQ(f.fresh(), (Tokens{2, 3, 4}));
  EXPECT_EQ(f.all(), (Tokens{0, 1, 2, 3, 4}));
  f.queue.remove(&f.records[2]);
  EXPECT_EQ(f.fresh(), (Tokens{3, 4}));
  while (f.queue.count() > 1) f.queue.try_pop();
  EXPECT_EQ(f.fresh(), (Tokens{4}));
  EXPECT_EQ(f.queue.verify(), nullptr);
  f.queue.try_pop();
  EXPECT_EQ(f.fresh(), (Tokens{}));
  f.push(5);
  EXPECT_EQ(f.fresh(), (Tokens{5}));
}

TEST(ReadyQueue, TheCheckFindsAnObjectThatIsStillTied) {
  Filled f;
  ObjectNode node{};
  f.push(0);
  f.records[0].node = &node;
  EXPECT_STREQ(f.queue.verify(), "inv.ready.count");
}

}  // namespace
}  // namespace mallocgc
