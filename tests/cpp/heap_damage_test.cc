// The debug flavour reports damage that a client does (C8). Whoever began the collection that finds it, the client
// hears of it, with the place that holds the bad pointer. A freed object is no root.
#include <gtest/gtest.h>
#include <mallocgc/mallocgc.h>

#include <csetjmp>

#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

MGC_ALL_NEED(kModes);
constexpr uint32_t kModes[] = {MGC_MODE_STOP, MGC_MODE_INCREMENTAL, MGC_MODE_GENERATIONAL, kModeBoth};

// This is what a handler has heard.
struct Heard {
  explicit Heard(Heap& heap) { heap.set_damage_handler(hear, this); }
  static void hear(const mgc_damage* damage, void* heard) {
    Heard& self = *static_cast<Heard*>(heard);
    ++self.times;
    self.text = damage->text;
    self.target = damage->target;
    self.field = damage->field == nullptr ? "" : damage->field;
    self.has_holder = damage->holder != nullptr;
    if (self.has_holder) self.holder = *damage->holder;
  }
  int times = 0;
  std::string text;
  const void* target = nullptr;
  bool has_holder = false;
  mgc_link holder{};
  std::string field;
};

struct Damaged : HeapFixture {
  explicit Damaged(uint32_t mode, uint32_t flags = MGC_DEBUG_VERIFY) : HeapFixture(options(mode, flags)) {
    const uint32_t mask = 3;
    const mgc_field fields[] = {{"left", 0, MGC_FIELD_REF, 0, 1}, {"right", sizeof(void*), MGC_FIELD_REF, 0, 1}};
    mgc_type_info info{};
    info.name = "Tree";
    info.size = 2 * sizeof(void*);
    info.pointers.mask = &mask;
    info.fields = fields;
    info.field_count = 2;
    tree = define(info);
  }
  static mgc_options options(uint32_t mode, uint32_t flags) {
    mgc_options options = quiet();
    options.mode = mode;
    options.debug_flags = kDebugFlavour ? flags : 0;
    return options;
  }
  Node* make_tree() { return static_cast<Node*>(heap.newobject(mutator(), tree)); }
  // Returns an object that is freed, among others that live.
  Node* freed() {
    Node* const lost = make_tree();
    collect();
    EXPECT_FALSE(alive(lost));
    return lost;
  }
  static void store(Node*& slot, Node* value) { mgc_store(&slot, value); }
  // Allocates so that the heap itself collects at every seventh allocation, in each kind of cycle that the mode has.
  void allocate(int count) {
    EXPECT_EQ(heap.set_debug(kDebugFlavour ? MGC_DEBUG_VERIFY : 0, 7), Status::kOk);
    for (int i = 0; i < count; ++i) EXPECT_NE(bytes(64), nullptr);
    EXPECT_EQ(heap.set_debug(kDebugFlavour ? MGC_DEBUG_VERIFY : 0, 0), Status::kOk);
  }
  Type* tree = nullptr;
};

TEST(HeapDamage, C8_AnAutomaticCollectionTellsTheHandlerWhoHoldsTheBadPointer) {
  MGC_NEEDS(kDeepChecks);
  for (const uint32_t mode : kModes) {
    Damaged f(mode);
    Frame frame(f, 1);
    frame[0] = f.make_tree();
    Node* const lost = f.freed();
    Heard heard(f.heap);
    Damaged::store(frame.node(0)->right, lost);
    f.allocate(1000);
    EXPECT_GT(heard.times, 0) << "mode " << mode;
    EXPECT_EQ(heard.target, lost);
    ASSERT_TRUE(heard.has_holder);
    EXPECT_EQ(heard.holder.base, frame[0]);
    EXPECT_EQ(heard.holder.offset, sizeof(void*));
    EXPECT_EQ(heard.holder.kind, uint32_t{MGC_LINK_OBJECT});
    EXPECT_EQ(heard.holder.type_id, f.tree->id);
    EXPECT_EQ(heard.field, "right");
    EXPECT_EQ(heard.text.rfind("found pointer to free object 0x", 0), 0u) << heard.text;
    EXPECT_NE(heard.text.find(", in Tree.right at 0x"), std::string::npos) << heard.text;
    frame.node(0)->right = nullptr;
    f.collect();
    const int before = heard.times;
    f.allocate(1000);
    EXPECT_EQ(heard.times, before) << "the heap was not harmed: " << heard.text;
  }
}

TEST(HeapDamageDeathTest, C8_AnAutomaticCollectionEndsTheProgramWhereThereIsNoHandler) {
  MGC_NEEDS(kDeepChecks);
  for (const uint32_t mode : kModes) {
    Damaged f(mode);
    Frame frame(f, 1);
    frame[0] = f.make_tree();
    EventLog log(f.heap);  // a listener is not a handler
    Node* const lost = f.freed();
    Damaged::store(frame.node(0)->right, lost);
    EXPECT_DEATH_IF_SUPPORTED(f.allocate(1000), "found pointer to free object 0x.*, in Tree.right at 0x");
    frame.node(0)->right = nullptr;
    f.allocate(1000);
  }
}

TEST(HeapDamage, C8_ACollectionThatWasAskedForGivesItAsItsStatusWithAndWithoutAHandler) {
  MGC_NEEDS(kDeepChecks);
  Damaged f(MGC_MODE_GENERATIONAL);
  Frame frame(f, 1);
  frame[0] = f.make_tree();
  Node* const lost = f.freed();
  Damaged::store(frame.node(0)->left, lost);
  EXPECT_EQ(f.heap.collect_minor(), Status::kCorrupt);
  f.expect_error(Status::kCorrupt, "found pointer to free object 0x");
  EXPECT_EQ(f.heap.collect(), Status::kCorrupt);
  ASSERT_EQ(f.heap.phase_start(true), Status::kOk);
  ASSERT_EQ(f.heap.phase_mark(), Status::kOk);
  EXPECT_EQ(f.heap.phase_finish(), Status::kCorrupt);
  Heard heard(f.heap);
  EXPECT_EQ(f.heap.collect(), Status::kCorrupt);
  EXPECT_EQ(heard.times, 1);
  f.heap.set_damage_handler(nullptr, nullptr);
  frame.node(0)->left = nullptr;
  f.collect();
  EXPECT_EQ(f.heap.collect_minor(), Status::kOk);
  EXPECT_EQ(heard.times, 1);
}

TEST(HeapDamage, C8_ARootThatHoldsAFreedObjectIsNamed) {
  MGC_NEEDS(kDeepChecks);
  Damaged f(MGC_MODE_STOP);
  Frame frame(f, 2);
  frame[0] = f.make_tree();
  Node* const lost = f.freed();
  Heard heard(f.heap);
  frame[1] = lost;
  EXPECT_EQ(f.heap.collect(), Status::kCorrupt);
  EXPECT_EQ(heard.holder.kind, uint32_t{MGC_LINK_STACK});
  EXPECT_EQ(heard.holder.at, Address::of(&frame[1]).value());
  EXPECT_NE(heard.text.find(", in a slot of a shadow stack at 0x"), std::string::npos) << heard.text;
  frame[1] = nullptr;
  Node range{nullptr, lost};
  ASSERT_EQ(f.heap.add_roots(&range, sizeof range, f.tree), Status::kOk);
  EXPECT_EQ(f.heap.collect(), Status::kCorrupt);
  EXPECT_EQ(heard.holder.kind, uint32_t{MGC_LINK_RANGE});
  EXPECT_EQ(heard.holder.at, Address::of(&range.right).value());
  ASSERT_EQ(f.heap.remove_roots(&range), Status::kOk);
  ASSERT_EQ(f.heap.add_roots(&range, sizeof range, nullptr), Status::kOk);
  EXPECT_EQ(f.heap.collect(), Status::kOk) << "words that only may be pointers: " << f.heap.last_error();
  ASSERT_EQ(f.heap.remove_roots(&range), Status::kOk);
}

TEST(HeapDamage, C8_APointerIntoPagesThatAreFreeAgainIsFound) {
  MGC_NEEDS(kDeepChecks);
  Damaged f(MGC_MODE_STOP);
  Frame frame(f, 1);
  frame[0] = f.make_tree();
  Node* large = nullptr;  // the last one: the checks do not take its pages for themselves
  for (int i = 0; i < 10; ++i) large = static_cast<Node*>(f.malloc(100000 / sizeof(Node) * sizeof(Node), f.tree));
  f.collect();
  Heard heard(f.heap);
  frame.node(0)->left = large;
  EXPECT_EQ(f.heap.collect(), Status::kCorrupt);
  EXPECT_EQ(heard.target, large);
  EXPECT_EQ(heard.field, "left");
  EXPECT_EQ(f.heap.handle_new(large, &heard.holder.at), Status::kBadPointer);
  frame.node(0)->left = nullptr;
  f.collect();
}

TEST(HeapDamage, C8_GarbageMayPointToWhatTheClientHasFreed) {
  MGC_NEEDS(kDeepChecks);
  for (const uint32_t mode : kModes) {
    Damaged f(mode, MGC_DEBUG_VERIFY | MGC_DEBUG_CHECKMARK);
    Frame frame(f, 2);
    frame[1] = f.make_tree();
    frame[0] = f.make_tree();
    Damaged::store(frame.node(0)->left, f.make_tree());
    f.collect();  // all of them are old
    ASSERT_EQ(f.heap.free_object(frame.node(0)->left), Status::kOk);
    frame[0] = nullptr;
    EXPECT_EQ(f.heap.collect_minor(), Status::kOk) << f.heap.last_error();
    f.allocate(300);
    f.collect();
  }
}

// The first word is a pointer only to a filter, and a trace function reports the second one.
TEST(HeapDamage, C8_TaggedAndTracedWordsAreHoldersToo) {
  MGC_NEEDS(kDeepChecks);
  Damaged f(MGC_MODE_GENERATIONAL, MGC_DEBUG_VERIFY | MGC_DEBUG_CHECKMARK);
  const mgc_filter filter{.tag_bits = 1, .pointer_tags = 1, .box_mask = 0, .box_value = 0, .clear = 0, .flags = 0};
  const uint32_t second = 2;
  mgc_type_info info{};
  info.name = "Tagged";
  info.size = 2 * sizeof(void*);
  info.tagged.mask = &second;
  info.filter = &filter;
  Type* const tagged = f.define(info);
  mgc_type_info traced_info{};
  traced_info.name = "Traced";
  traced_info.size = 2 * sizeof(void*);
  traced_info.trace = [](mgc_visitor* visitor, void* object, size_t, size_t) {
    mgc_visit_slot(visitor, static_cast<void**>(object) + 1, MGC_EXACT);
  };
  Type* const traced = f.define(traced_info);
  Frame frame(f, 3);
  for (Type* const type : {tagged, traced}) {
    frame[0] = f.heap.newobject(f.mutator(), type);
    frame[1] = f.make_tree();
    Node* const lost = f.freed();
    Heard heard(f.heap);
    Damaged::store(frame.node(0)->right, lost);
    EXPECT_EQ(f.heap.collect(), Status::kCorrupt);
    EXPECT_EQ(heard.holder.base, frame[0]);
    EXPECT_EQ(heard.holder.offset, sizeof(void*));
    frame.node(0)->right = nullptr;
    f.collect();
    // This store has no barrier, so no card leads to the object.
    frame.node(0)->right = f.make_tree();
    EXPECT_EQ(f.heap.collect_minor(), Status::kCorrupt);
    f.expect_error(Status::kCorrupt, "checkmark: a reachable object is not marked: 0x");
    EXPECT_NE(heard.text.find(", stored without a write barrier in T"), std::string::npos) << heard.text;
    EXPECT_EQ(heard.holder.base, frame[0]);
    EXPECT_EQ(heard.holder.type_id, type->id);
    frame.node(0)->right = nullptr;
    f.collect();
  }
}

// A barrier that was forgotten is found in every mode that needs it, whoever began the collection.
TEST(HeapDamage, C7_AForgottenBarrierIsFoundByAnAutomaticCollectionAndNamed) {
  MGC_NEEDS(kDeepChecks);
  for (const uint32_t mode : {uint32_t{MGC_MODE_GENERATIONAL}, kModeBoth}) {
    Damaged f(mode);
    Frame frame(f, 1);
    frame[0] = f.make_tree();
    f.collect();
    Heard heard(f.heap);
    ASSERT_EQ(f.heap.set_debug(MGC_DEBUG_CHECKMARK, 5), Status::kOk);
    frame.node(0)->left = f.make_tree();
    for (int i = 0; i < 20 && heard.times == 0; ++i) f.bytes(64);
    EXPECT_GT(heard.times, 0) << "mode " << mode;
    EXPECT_EQ(heard.field, "left");
    EXPECT_NE(heard.text.find("without a write barrier in Tree.left at 0x"), std::string::npos) << heard.text;
    frame.node(0)->left = nullptr;
    f.damaged = true;
  }
}

TEST(HeapDamage, C8_WhatWasFreedIsNoRoot) {
  Damaged f(MGC_MODE_STOP);
  Frame frame(f, 1);
  frame[0] = f.make_tree();
  Node* const lost = f.freed();
  uint64_t id = 0;
  EXPECT_EQ(f.heap.weak_new(lost, &id), Status::kBadPointer);
  f.expect_error(Status::kBadPointer, "pointer not in allocated block");
  EXPECT_EQ(f.heap.set_finalizer(lost, nullptr, nullptr, 1), Status::kBadPointer);
  EXPECT_EQ(f.heap.add_cleanup(lost, nullptr, nullptr, 1, &id), Status::kBadPointer);
  EXPECT_EQ(f.heap.free_object(lost), Status::kBadPointer);
  EXPECT_EQ(f.heap.reallocate(f.mutator(), lost, 64), nullptr);
  f.expect_error(Status::kBadPointer, "pointer not in allocated block");
}

TEST(HeapDamage, C8_AHandleOfWhatWasFreedIsRefused) {
  MGC_NEEDS(kDeepChecks);
  Damaged f(MGC_MODE_STOP);
  Frame frame(f, 1);
  frame[0] = f.make_tree();
  Node* const lost = f.freed();
  uint64_t id = 0;
  const uint64_t live = f.stats().live_handles;
  EXPECT_EQ(f.heap.handle_new(lost, &id), Status::kBadPointer);
  EXPECT_EQ(id, 0u);
  f.expect_error(Status::kBadPointer, "handle of a freed object: pointer not in allocated block");
  EXPECT_EQ(f.stats().live_handles, live);
  ASSERT_EQ(f.heap.handle_new(frame[0], &id), Status::kOk) << "an object that lives";
  EXPECT_EQ(f.heap.handle_set(id, lost), Status::kBadPointer);
  f.expect_error(Status::kBadPointer, "handle of a freed object: pointer not in allocated block");
  EXPECT_EQ(f.heap.handle_get(id), frame[0]) << "nothing has changed";
  EXPECT_EQ(f.heap.handle_set(id, &frame.node(0)->right), Status::kOk) << "an inner address";
  EXPECT_EQ(f.heap.handle_free(id), Status::kOk);
  int outside = 0;
  ASSERT_EQ(f.heap.handle_new(&outside, &id), Status::kOk) << "what is not the heap's";
  EXPECT_EQ(f.heap.handle_free(id), Status::kOk);
}

TEST(HeapDamage, F11_AHandlerMayLeaveByAJump) {
  MGC_NEEDS(kDeepChecks);
  static std::jmp_buf out;
  Damaged f(MGC_MODE_STOP);
  Frame frame(f, 1);
  frame[0] = f.make_tree();
  Node* const lost = f.freed();
  f.heap.set_damage_handler([](const mgc_damage*, void*) { std::longjmp(out, 1); }, nullptr);
  frame.node(0)->left = lost;
  if (setjmp(out) == 0) {
    (void)f.heap.collect();
    FAIL() << "the handler was not called";
  }
  frame.node(0)->left = nullptr;
  Heard heard(f.heap);
  EXPECT_NE(f.bytes(64), nullptr) << f.heap.last_error();
  f.allocate(100);
  f.collect();
  EXPECT_EQ(heard.times, 0);
}

}  // namespace
}  // namespace mallocgc
