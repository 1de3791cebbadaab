// What write barriers cost, and what they buy: nanoseconds of processor time, one number a line.
//
//   store N barrier|bare [scattered]   a store into an array of N members, in order or at random places
//   trees barrier|bare                 one node of a binary tree that is built top-down (bench/cpp/trees.cc)
//   minor table|list [handles]         minor cycles behind 4 MB of which a twentieth survives, kept in an old table or
//                                      each by the next one, with a million handles standing or none: the median, and
//                                      the longest
//
// The bare stores have no barrier: the heap has said that it is without, so that they are right. The rest is the same
// code. run.mjs beside this compares them.
#include <mallocgc/gc.h>
#include <mallocgc/mallocgc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

namespace gc = mallocgc;

namespace {

struct Node {
  gc::Member<Node> left, right;
};
MALLOCGC_TYPE(Node, left, right);

double processor_ns() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

gc::Options without_barriers() {
  gc::Options options{};
  options.no_barriers = 1;
  return options;
}

template <bool kBarrier>
void put(gc::Member<Node>& place, Node* node) {
  if constexpr (kBarrier) {
    place = node;
  } else {
    place.init(node);
  }
}

template <bool kBarrier>
double store(uint32_t count, bool scattered) {
  constexpr uint32_t kStores = 100'000'000;
  gc::Heap heap(without_barriers());
  gc::Frame frame(heap);
  gc::Root<gc::Member<Node>> array(heap.make_array<gc::Member<Node>>(count));
  gc::Local<Node> nodes[2] = {frame.make<Node>(), frame.make<Node>()};
  gc::Member<Node>* const places = array.get();
  Node* const stored[2] = {nodes[0].get(), nodes[1].get()};
  const double begin = processor_ns();
  uint32_t random = 2463534242;
  for (uint32_t i = 0; i < kStores; ++i) {
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    put<kBarrier>(places[(scattered ? random : i) & (count - 1)], stored[random & 1]);
  }
  return (processor_ns() - begin) / kStores;
}

template <bool kBarrier>
Node* build(gc::Frame& frame, uint32_t depth) {
  gc::Local<Node> node = frame.make<Node>();
  if (depth != 0) {
    put<kBarrier>(node->left, build<kBarrier>(frame, depth - 1));
    put<kBarrier>(node->right, build<kBarrier>(frame, depth - 1));
  }
  return node.get();
}

template <bool kBarrier>
double trees() {
  constexpr uint32_t kDepth = 14;
  constexpr uint32_t kTrees = 600;
  gc::Heap heap(without_barriers());
  const double begin = processor_ns();
  for (uint32_t i = 0; i < kTrees; ++i) {
    gc::Frame frame(heap);
    gc::Local<Node> tree(frame, build<kBarrier>(frame, kDepth));
  }
  return (processor_ns() - begin) / kTrees / ((2u << kDepth) - 1);
}

void minor(bool in_list, bool with_handles) {
  constexpr uint32_t kYoung = (4u << 20) / sizeof(Node);
  constexpr uint32_t kSurvivors = 20;
  constexpr uint32_t kHandles = 1'000'000;
  constexpr uint32_t kCycles = 201;
  constexpr uint32_t kPlaces = 1 << 20;
  gc::Options options{};
  options.mode = MGC_MODE_GENERATIONAL;
  options.gc_percent = -1;
  gc::Heap heap(options);
  gc::Frame frame(heap);
  gc::Local<Node> kept = frame.make<Node>();
  gc::Root<gc::Member<Node>> table(heap.make_array<gc::Member<Node>>(kPlaces));
  uint32_t place = 0;
  for (uint32_t i = 0; with_handles && i < kHandles; ++i) mgc_handle_new(heap.c(), kept.get());
  heap.collect();
  std::vector<double> taken;
  for (uint32_t cycle = 0; cycle < kCycles; ++cycle) {
    for (uint32_t i = 0; i < kYoung; ++i) {
      gc::Frame inner(heap);
      gc::Local<Node> node = inner.make<Node>();
      if (i % kSurvivors != 0) continue;
      if (in_list) {
        node->right = kept;
        kept = node;
      } else {
        table[place++ % kPlaces] = node;
      }
    }
    const double begin = processor_ns();
    mgc_collect_minor(heap.c());
    taken.push_back(processor_ns() - begin);
  }
  std::sort(taken.begin(), taken.end());
  std::printf("%.0f\n%.0f\n", taken[kCycles / 2], taken[kCycles - 1]);
}

int usage() {
  std::fprintf(stderr, "store N barrier|bare [scattered], trees barrier|bare, or minor table|list [handles]\n");
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const auto is = [&](int i, const char* word) { return argc > i && std::strcmp(argv[i], word) == 0; };
  if (is(1, "minor") && argc > 2) {
    minor(is(2, "list"), is(3, "handles"));
  } else if (is(1, "trees") && argc > 2) {
    std::printf("%.3f\n", is(2, "barrier") ? trees<true>() : trees<false>());
  } else if (is(1, "store") && argc > 3) {
    const auto count = static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10));
    if (count == 0 || (count & (count - 1)) != 0) return usage();
    const bool scattered = is(4, "scattered");
    std::printf("%.3f\n", is(3, "barrier") ? store<true>(count, scattered) : store<false>(count, scattered));
  } else {
    return usage();
  }
  return 0;
}
