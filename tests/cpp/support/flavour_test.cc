// If tests are skipped for want of a feature, it is really absent, and where they run it is present.
#include "support/flavour.h"

#include <gtest/gtest.h>

#include "base/check.h"
#include "support/heap_fixture.h"

namespace mallocgc {
namespace {

const mgc_filter kAnyPointer = {
    .tag_bits = 0, .pointer_tags = 1, .box_mask = 0, .box_value = 0, .clear = 0, .flags = 0};

// The flavour has this call, or refuses it by the documented status, with a text that names the flavour.
void expect_offered(HeapFixture& f, const flavour::Feature& feature, Status status,
                    Status refusal = Status::kBadArgument) {
  if (feature.present) {
    EXPECT_EQ(status, Status::kOk) << feature.name << ": " << f.heap.last_error();
    return;
  }
  EXPECT_EQ(status, refusal) << feature.name;
  f.expect_error(refusal, "this flavour of the heap has no ");
}

// Defines a type of two words, with words of one kind in the object or in its tail.
Status define_with(HeapFixture& f, mgc_words_info mgc_type_info::*head, mgc_words_info mgc_type_info::*tail) {
  static const uint32_t kFirst[] = {1};
  Type* type = nullptr;
  Status status = Status::kOk;
  for (const bool in_tail : {false, true}) {
    mgc_type_info info{};
    info.size = 2 * kWordBytes;
    info.filter = &kAnyPointer;
    if (in_tail) {
      info.tail = MGC_TAIL_ELEMENTS;
      info.tail_size = 2 * kWordBytes;
    }
    (info.*(in_tail ? tail : head)).mask = kFirst;
    const Status defined = f.heap.define_type(info, &type);
    EXPECT_TRUE(!in_tail || defined == status) << in_tail;
    status = defined;
  }
  return status;
}

void nothing_to_do(mgc_mutator*, void*, void*) {}
void nothing_to_hook(void*) {}

TEST(Flavour, HasDeepChecksWhereItSaysSo) {
  HeapFixture f;
  expect_offered(f, flavour::kDeepChecks, f.heap.verify());
  for (const uint32_t flag : {uint32_t{MGC_DEBUG_CHECKMARK}, uint32_t{MGC_DEBUG_POISON}, uint32_t{MGC_DEBUG_VERIFY},
                              uint32_t{MGC_DEBUG_FINALIZER_CHECKS}}) {
    expect_offered(f, flavour::kDeepChecks, f.heap.set_debug(flag, 0));
  }
  int evaluated = 0;
  MGC_DCHECK(++evaluated > 0, "counts");
  EXPECT_EQ(evaluated == 1, flavour::kDeepChecks.present);
}

TEST(Flavour, RecordsWhereItSaysSo) {
  HeapFixture f;
  for (const uint32_t flag : {uint32_t{MGC_DEBUG_RECORD_CYCLES}, uint32_t{MGC_DEBUG_RECORD_ALLOCATIONS}}) {
    expect_offered(f, flavour::kRecording, f.heap.set_debug(flag, 0));
  }
}

TEST(Flavour, HasRecordsTiedToObjectsWhereItSaysSo) {
  HeapFixture f;
  Frame frame(f, 1);
  Node* const node = f.make();
  frame[0] = node;
  uint64_t id = 1;
  uint32_t index = 1;
  for (const bool is_unordered : {false, true}) {
    expect_offered(f, flavour::kLifecycles, f.heap.set_finalizer(node, nothing_to_do, nullptr, 0, is_unordered));
    EXPECT_EQ(f.heap.clear_finalizer(node), Status::kOk);
  }
  expect_offered(f, flavour::kLifecycles, f.heap.add_cleanup(node, nothing_to_do, nullptr, 0, &id));
  EXPECT_EQ(id != 0, flavour::kLifecycles.present);
  expect_offered(f, flavour::kLifecycles, f.heap.weak_new(node, &id));
  EXPECT_EQ(id != 0, flavour::kLifecycles.present);
  expect_offered(f, flavour::kLifecycles, f.heap.host_acquire(&index));
  EXPECT_EQ(index != 0, flavour::kLifecycles.present);
  EXPECT_EQ(define_with(f, &mgc_type_info::host, &mgc_type_info::tail_host),
            flavour::kLifecycles.present ? Status::kOk : Status::kBadType);
}

TEST(Flavour, CallsTheClientWhereItSaysSo) {
  HeapFixture f;
  expect_offered(f, flavour::kEvents, f.heap.add_cycle_hook(nothing_to_hook, nullptr));
  expect_offered(f, flavour::kEvents, f.heap.set_debug(MGC_DEBUG_GCTRACE, 0));
  expect_offered(f, flavour::kEvents, f.heap.set_debug(0, 1));
  EXPECT_EQ(f.heap.set_debug(0, 0), Status::kOk);
  EventLog log(f.heap);
  f.collect();
  EXPECT_EQ(!log.entries.empty(), flavour::kEvents.present);
  EXPECT_EQ(f.heap.last_status(), flavour::kEvents.present ? Status::kOk : Status::kBadArgument);
}

TEST(Flavour, HasClientStacksWhereItSaysSo) {
  HeapFixture f;
  static const void* low = nullptr;
  static const void* words[2] = {};
  low = words;
  expect_offered(f, flavour::kClientStacks, f.heap.add_stack(f.mutator(), &low, words + 2));
  expect_offered(f, flavour::kClientStacks, f.heap.add_shadow_chain(f.mutator(), nullptr));
  if (!flavour::kClientStacks.present) {
    EXPECT_EQ(f.heap.enable_c_stack(true), Status::kBadArgument);
    EXPECT_EQ(f.heap.enable_static_data(true), Status::kBadArgument);
  }
}

TEST(Flavour, HasTextsWhereItSaysSo) {
  HeapFixture f;
  EXPECT_EQ(f.heap.set_debug(1u << 31, 0), Status::kBadArgument);
  EXPECT_TEXT(f.heap.last_error(), "unknown debug flags");
}

TEST(Flavour, HasProgramsAndLongMasksWhereItSaysSo) {
  HeapFixture f;
  static const uint32_t kBits[] = {1, 0, 1};
  mgc_type_info info{};
  info.size = 65 * kWordBytes;
  info.pointers.mask = kBits;
  Type* type = nullptr;
  EXPECT_EQ(f.heap.define_type(info, &type), flavour::kPrograms.present ? Status::kOk : Status::kBadSize);
  static const uint32_t kProgram[] = {MGC_PROG_POINTERS, 1, MGC_PROG_END};
  info.pointers = {.mask = nullptr, .program = kProgram, .program_words = 3};
  EXPECT_EQ(f.heap.define_type(info, &type), flavour::kPrograms.present ? Status::kOk : Status::kBadType);
  info.size = 64 * kWordBytes;
  info.pointers = {};
  info.pointers.mask = kBits;
  EXPECT_EQ(f.heap.define_type(info, &type), Status::kOk);
}

TEST(Flavour, TellsTypesByTheirNamesWhereItSaysSo) {
  HeapFixture f;
  Type* const one = f.define("One", 2, 1);
  Type* const other = f.define("Other", 2, 1);
  EXPECT_EQ(one != other, flavour::kTypeNames.present);
}

TEST(Flavour, SharesTinyBlocksWhereItSaysSo) {
  HeapFixture f;
  void* const object = f.bytes(8);
  EXPECT_EQ(f.find(object).size, flavour::kTinyBlocks.present ? kTinyBlockBytes : 8u);
}

TEST(Flavour, CountsWorkWhereItSaysSo) {
  HeapFixture f;
  Frame frame(f, 1);
  frame[0] = f.make();
  f.collect();
  const mgc_stats_data stats = f.stats();
  EXPECT_EQ(stats.num_gc, 1u);
  EXPECT_EQ(stats.heap_marked, 2 * kWordBytes);
  EXPECT_EQ(stats.work_objects_scanned != 0, flavour::kWorkCounters.present);
  EXPECT_EQ(stats.heap_objects != 0, flavour::kWorkCounters.present);
}

TEST(Flavour, HasTaggedWordsWhereItSaysSo) {
  HeapFixture f;
  expect_offered(f, flavour::kTaggedWords, f.heap.set_filter(kAnyPointer));
  const Status expected = flavour::kTaggedWords.present ? Status::kOk : Status::kBadType;
  EXPECT_EQ(define_with(f, &mgc_type_info::tagged, &mgc_type_info::tail_tagged), expected);
  EXPECT_EQ(define_with(f, &mgc_type_info::ambiguous, &mgc_type_info::tail_ambiguous), expected);
}

TEST(Flavour, HasWeakWordsWhereItSaysSo) {
  HeapFixture f;
  const Status expected = flavour::kWeakWords.present ? Status::kOk : Status::kBadType;
  EXPECT_EQ(define_with(f, &mgc_type_info::weak, &mgc_type_info::tail_weak), expected);
  EXPECT_EQ(define_with(f, &mgc_type_info::keys, &mgc_type_info::tail_keys), expected);
}

TEST(Flavour, AsksTheClientForPointersWhereItSaysSo) {
  HeapFixture f;
  expect_offered(f, flavour::kVisitors, f.heap.add_enumerator([](mgc_visitor*, void*) {}, nullptr));
  mgc_type_info info{};
  info.size = kWordBytes;
  info.trace = [](mgc_visitor*, void*, size_t, size_t) {};
  Type* type = nullptr;
  EXPECT_EQ(f.heap.define_type(info, &type), flavour::kVisitors.present ? Status::kOk : Status::kBadType);
}

TEST(Flavour, FreesObjectsWhereItSaysSo) {
  HeapFixture f;
  expect_offered(f, flavour::kExplicitFree, f.heap.free_object(f.make()));
  EXPECT_EQ(f.heap.reallocate(f.mutator(), f.bytes(64), 128) != nullptr, flavour::kExplicitFree.present);
  EXPECT_EQ(f.heap.allocate_uncollectable(f.mutator(), 64, nullptr, MGC_NOSCAN) != nullptr,
            flavour::kExplicitFree.present);
}

TEST(Flavour, HasModesWhereItSaysSo) {
  for (const uint32_t mode : {uint32_t{MGC_MODE_GENERATIONAL}, uint32_t{MGC_MODE_INCREMENTAL}}) {
    platform::FakeSource source({.total_bytes = 32u << 20});
    Heap heap;
    mgc_options options = HeapFixture::quiet();
    options.mode = mode;
    EXPECT_EQ(heap.init(options, source), flavour::kModes.present ? Status::kOk : Status::kBadArgument);
    heap.destroy();
  }
}

TEST(Flavour, IsTheSameForTheCoreAndTheFaces) { EXPECT_EQ(mgc_flavour_debug() != 0, kDebugFlavour); }

}  // namespace
}  // namespace mallocgc
