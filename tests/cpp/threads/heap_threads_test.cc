// Several threads have heaps. A heap belongs to one thread at a time, and what the process shares (the window, the card
// table, the pool of records) is safe. The preset native-tsan runs this under ThreadSanitizer.
#include <mallocgc/gc.h>

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "support/flavour.h"

namespace {

namespace gc = mallocgc;

struct Node {
  gc::Member<Node> left, right;
  long value = 0;
};
MALLOCGC_TYPE(Node, left, right);

gc::Options small() {
  gc::Options options{};
  options.max_bytes = 32 << 20;
  return options;
}

void live_and_die(int rounds) {
  for (int round = 0; round < rounds; ++round) {
    gc::Heap heap(small());
    ASSERT_TRUE(heap) << heap.last_error();
    gc::Frame frame(heap);
    gc::Local<Node> list(frame);
    for (int i = 0; i < 50; ++i) {
      gc::Local<Node> node = frame.make<Node>();
      node->left = list;
      list = node;
    }
    EXPECT_EQ(heap.collect(), MGC_OK);
    EXPECT_EQ(gc::objects_in(heap.c()), 50u);
    gc::Options bad{};
    bad.initial_bytes = 100;
    bad.max_bytes = 50;
    const gc::Heap none(bad);
    EXPECT_EQ(none.last_error()[0] != '\0', gc::kHasTexts) << "of this thread's failure";
  }
}

TEST(HeapThreads, HeapsAreMadeAndDestroyedByManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(live_and_die, 40);
  for (std::thread& thread : threads) thread.join();
}

TEST(HeapThreads, C7_BarriersRunWhileOtherThreadsMakeHeapsAndTheTableStays) {
  unsigned char* const base = mgc_cards.base;
  const uintptr_t mask = mgc_cards.mask;
  EXPECT_NE(mask, 0u) << "made when the program was loaded";
  std::atomic<bool> stop{false};
  std::thread barriers([&stop] {
    static long spots[4096];
    for (unsigned i = 0; !stop.load(std::memory_order_relaxed); ++i) mgc_write_barrier(&spots[i % 4096]);
  });
  live_and_die(40);
  stop = true;
  barriers.join();
  EXPECT_EQ(mgc_cards.base, base);
  EXPECT_EQ(mgc_cards.mask, mask);
}

TEST(HeapThreads, C7_ACardNeverBelongsToTwoHeaps) {
  gc::Heap first(small());
  gc::Heap second(small());
  const auto fill = [](gc::Heap& heap, std::vector<uintptr_t>& cards) {
    gc::Frame frame(heap);
    gc::Local<Node> list(frame);
    for (int i = 0; i < 100'000; ++i) {
      gc::Local<Node> node = frame.make<Node>();
      node->left = list;
      list = node;
      cards.push_back((reinterpret_cast<uintptr_t>(node.get()) >> MGC_CARD_SHIFT) & mgc_cards.mask);
    }
  };
  std::vector<uintptr_t> cards[2];
  std::thread one(fill, std::ref(first), std::ref(cards[0]));
  std::thread two(fill, std::ref(second), std::ref(cards[1]));
  one.join();
  two.join();
  std::vector<bool> of_first(mgc_cards.mask + 1);
  for (const uintptr_t card : cards[0]) of_first[card] = true;
  for (const uintptr_t card : cards[1]) ASSERT_FALSE(of_first[card]);
}

TEST(HeapThreads, AProcessHasRoomForAThousandHeaps) {
  std::vector<mgc_heap*> heaps;
  for (int i = 0; i < 1000; ++i) {
    mgc_heap* heap = nullptr;
    ASSERT_EQ(mgc_heap_create(nullptr, &heap), MGC_OK) << i << ": " << mgc_last_error(nullptr);
    heaps.push_back(heap);
    ASSERT_NE(mgc_malloc(mgc_main_mutator(heap), 100, nullptr, MGC_NOSCAN), nullptr);
  }
  for (mgc_heap* const heap : heaps) mgc_heap_destroy(heap);
}

}  // namespace
