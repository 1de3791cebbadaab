// The heap's own switches turn verification on (C8). Each check sees the damage it is for, and finds nothing in a
// healthy heap.
#include <gtest/gtest.h>

#include <regex>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

constexpr uint32_t kAllChecks =
    MGC_DEBUG_CHECKMARK | MGC_DEBUG_POISON | MGC_DEBUG_VERIFY | MGC_DEBUG_FINALIZER_CHECKS | MGC_DEBUG_GCTRACE;

// Makes, links, drops and rereads objects. The list at the end proves that none was lost.
void churn(HeapFixture& f, int steps) {
  Frame frame(f, 2);
  Random random{9};
  uint32_t length = 0;
  for (int i = 0; i < steps; ++i) {
    Node* const node = f.make();
    ASSERT_NE(node, nullptr) << f.heap.last_error();
    node->right = frame.node(0);
    frame[0] = node;
    ++length;
    auto* const payload = static_cast<uintptr_t*>(f.bytes(16 + random.below(200)));
    payload[0] = length;
    node->left = reinterpret_cast<Node*>(payload);
    frame[1] = f.heap.newarray(f.mutator(), f.node, 1 + static_cast<intptr_t>(random.below(3000)) * (i % 9 == 0));
    if (random.below(40) == 0) frame[0] = nullptr, length = 0;
  }
  for (Node* node = frame.node(0); node != nullptr; node = node->right, --length) {
    ASSERT_EQ(*reinterpret_cast<uintptr_t*>(node->left), length);
  }
}

TEST(HeapDebug, C8_AHealthyHeapPassesEveryCheckAtEveryNthAllocation) {
  MGC_NEEDS(kDeepChecks);
  for (const uint32_t every : {1u, 2u, 3u, 7u, 50u}) {
    mgc_options options = HeapFixture::quiet();
    options.mode = MGC_MODE_STOP;
    options.debug_flags = kAllChecks;
    options.stress_every = every;
    HeapFixture f(options);
    EventLog log(f.heap);
    churn(f, 150);
    EXPECT_EQ(f.stats().num_gc, 450 / every) << "three allocations a step";
    EXPECT_TRUE(log.of(MGC_EVENT_DIAGNOSIS).empty()) << log.of(MGC_EVENT_DIAGNOSIS)[0].text;
    f.collect();
  }
}

TEST(HeapDebug, C8_ChecksAreSwitchedAtRunTime) {
  MGC_NEEDS(kEvents);
  mgc_options options = HeapFixture::quiet();
  options.mode = MGC_MODE_STOP;
  HeapFixture f(options);
  EXPECT_EQ(f.heap.set_debug(1u << 30, 0), Status::kBadArgument);
  f.expect_error(Status::kBadArgument, "unknown debug flags");
  for (int i = 0; i < 30; ++i) f.bytes(100);
  EXPECT_EQ(f.stats().num_gc, 0u);
  ASSERT_EQ(f.heap.set_debug(0, 5), Status::kOk);
  for (int i = 0; i < 30; ++i) f.bytes(100);
  EXPECT_EQ(f.stats().num_gc, 6u);
  ASSERT_EQ(f.heap.set_debug(0, 0), Status::kOk);
  for (int i = 0; i < 30; ++i) f.bytes(100);
  EXPECT_EQ(f.stats().num_gc, 6u);
}

TEST(HeapDebug, C8_ZombieCheckFindsAPointerToAFreedObject) {
  MGC_NEEDS(kDeepChecks);
  HeapFixture f;
  Frame frame(f, 1);
  frame[0] = f.make();
  Node* const freed = f.make();
  f.collect();
  ASSERT_EQ(f.heap.set_debug(MGC_DEBUG_VERIFY, 0), Status::kOk);
  EventLog log(f.heap);
  frame.node(0)->left = freed;  // it was not rooted over a collection
  EXPECT_EQ(f.heap.collect(), Status::kCorrupt);
  f.expect_error(Status::kCorrupt, "found pointer to free object 0x");
  ASSERT_EQ(log.of(MGC_EVENT_DIAGNOSIS).size(), 1u);
  EXPECT_EQ(log.of(MGC_EVENT_DIAGNOSIS)[0].text.rfind("found pointer to free object", 0), 0u);
  frame.node(0)->left = nullptr;
  EXPECT_EQ(f.heap.collect(), Status::kOk) << "the heap was not harmed: " << f.heap.last_error();
}

TEST(HeapDebug, C8_VerifyFindsDeliberateDamage) {
  MGC_NEEDS(kDeepChecks);
  HeapFixture f;
  f.damaged = true;
  Frame frame(f, 1);
  for (int i = 0; i < 100; ++i) frame[0] = f.make(frame.node(0), nullptr);
  Span* span = f.span_of(frame[0]);
  ASSERT_NE(span, nullptr);
  EXPECT_EQ(f.heap.verify(), Status::kOk);
  span->allocated[0] ^= 1;
  EXPECT_EQ(f.heap.verify(), Status::kCorrupt);
  f.expect_error(Status::kCorrupt, "inv.");
  span->allocated[0] ^= 1;
  EXPECT_EQ(f.heap.verify(), Status::kOk);
  ASSERT_EQ(f.heap.set_debug(MGC_DEBUG_VERIFY, 0), Status::kOk);
  EventLog log(f.heap);
  span = f.span_of(frame[0]);
  ++span->page_count;
  EXPECT_EQ(f.heap.collect(), Status::kCorrupt);
  EXPECT_FALSE(log.of(MGC_EVENT_DIAGNOSIS).empty());
  --span->page_count;
}

TEST(HeapDebug, C8_CheckmarkCatchesAnObjectThatTheMarkerSkips) {
  MGC_NEEDS(kDeepChecks);
  HeapFixture f;
  Frame frame(f, 1);
  Node* const hidden = f.make();
  frame[0] = hidden;
  for (int i = 0; i < 3000; ++i) frame[0] = f.make(frame.node(0), nullptr);  // afterwards nodes have spans of their own
  ASSERT_EQ(f.heap.set_debug(MGC_DEBUG_CHECKMARK, 0), Status::kOk);
  f.collect();
  // The marker is told that these objects hold no pointers.
  Span* const span = f.span_of(frame[0]);
  const ScanKind kind = span->scan_kind;
  ASSERT_EQ(kind, ScanKind::kPair);
  span->scan_kind = ScanKind::kPointerFree;
  EventLog log(f.heap);
  EXPECT_EQ(f.heap.collect(), Status::kCorrupt);
  f.expect_error(Status::kCorrupt, "checkmark: a reachable object is not marked: 0x");
  EXPECT_EQ(log.of(MGC_EVENT_DIAGNOSIS).size(), 1u);
}

TEST(HeapDebug, C8_PoisonIsVisibleInFreedMemoryAndNeverInWhatIsAllocated) {
  MGC_NEEDS(kDeepChecks);
  HeapFixture f;
  ASSERT_EQ(f.heap.set_debug(MGC_DEBUG_POISON, 0), Status::kOk);
  Frame frame(f, 1);
  frame[0] = f.make();
  Node* const dead = f.make();
  f.collect();
  uintptr_t poison = 0;
  std::memset(&poison, kPoisonByte, sizeof poison);
  EXPECT_EQ(platform::load_word(Address::of(dead)).value(), poison);
  for (int i = 0; i < 3000; ++i) {
    Node* const node = f.make();
    ASSERT_TRUE(node->left == nullptr && node->right == nullptr);
    const auto* const bytes = static_cast<unsigned char*>(f.bytes(40));
    for (int k = 0; k < 40; ++k) ASSERT_EQ(bytes[k], 0);
    if (i % 500 == 0) f.collect();
  }
}

TEST(HeapDebug, O2_TheTraceLineIsInGosModernForm) {
  MGC_NEEDS(kEvents);
  mgc_options options = HeapFixture::quiet();
  options.debug_flags = MGC_DEBUG_GCTRACE;
  HeapFixture f(options);
  EventLog log(f.heap);
  Frame frame(f, 100);
  for (size_t i = 0; i < 100; ++i) frame[i] = f.bytes(60000);
  f.collect();
  ASSERT_EQ(f.heap.phase_start(), Status::kOk);
  ASSERT_EQ(f.heap.phase_finish(), Status::kOk);
  const auto lines = log.of(MGC_EVENT_TRACE);
  ASSERT_EQ(lines.size(), 2u);
  // gc # @#s #%: #+#+# ms clock, #+#/#/#+# ms cpu, #->#-># MB, # MB goal, # MB stacks, # MB globals, # P (forced)
  const std::string ms = "[0-9]+(\\.[0-9]{1,3})?";
  const std::string clock = ms + "\\+" + ms + "\\+" + ms + " ms clock, ";
  const std::string cpu = ms + "\\+" + ms + "/" + ms + "/" + ms + "\\+" + ms + " ms cpu, ";
  const std::string pattern = "^gc [0-9]+ @[0-9]+\\.[0-9]{3}s [0-9]+%: " + clock + cpu +
                              "[0-9]+->[0-9]+->[0-9]+ MB, [0-9]+ MB goal, " +
                              "[0-9]+ MB stacks, [0-9]+ MB globals, [0-9]+ P( \\(forced\\))?$";
  const std::regex form(pattern);
  for (const auto& line : lines) EXPECT_TRUE(std::regex_match(line.text, form)) << line.text;
  EXPECT_EQ(lines[0].text.rfind("gc 1 @", 0), 0u);
  EXPECT_EQ(lines[1].text.rfind("gc 2 @", 0), 0u);
  EXPECT_NE(lines[0].text.find(", 6->6->6 MB, "), std::string::npos) << lines[0].text;
  EXPECT_NE(lines[0].text.find(" (forced)"), std::string::npos);
  EXPECT_EQ(lines[1].text.find(" (forced)"), std::string::npos);
}

}  // namespace
}  // namespace mallocgc
