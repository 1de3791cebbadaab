// These tests take finalizers, cleanups and weak handles clause by clause.
#include "specials/specials.h"

#include <algorithm>

#include "specials_fixture.h"

namespace mallocgc {
namespace {

TEST(Specials, F1_AFinalizerResurrectsOnceAndItsAssociationIsGone) {
  SpecialsFixture f;
  ASSERT_EQ(f.arm(3, 1), Status::kOk);
  EXPECT_EQ(f.die(3), Verdict::kResurrected);
  Ready ready;
  ASSERT_TRUE(f.specials.pop_ready(&ready));
  EXPECT_EQ(ready.kind, RecordKind::kFinalizer);
  EXPECT_EQ(ready.object, f.span.address(3));
  EXPECT_EQ(ready.info.context, SpecialsFixture::context(1));
  EXPECT_EQ(ready.info.token, 1u);
  EXPECT_FALSE(f.specials.pop_ready(&ready));
  EXPECT_EQ(f.die(3), Verdict::kFreed);
  EXPECT_EQ(f.specials.ready_count(), 0u);
}

TEST(Specials, F4_ASecondArmingIsAnError) {
  SpecialsFixture f;
  ASSERT_EQ(f.arm(3, 1), Status::kOk);
  EXPECT_EQ(f.arm(3, 2), Status::kFinalizer);
  EXPECT_TEXT(f.error.c_str(), "finalizer already set");
  EXPECT_EQ(f.die(3), Verdict::kResurrected);
  EXPECT_EQ(f.arm(3, 3), Status::kOk) << "armed anew, even before the first has run";
  EXPECT_EQ(f.drain(), (Tokens{1}));
  EXPECT_EQ(f.die(3), Verdict::kResurrected);
  EXPECT_EQ(f.drain(), (Tokens{3}));
}

TEST(Specials, F4_ClearingIsHarmlessWhereNothingIsSet) {
  SpecialsFixture f;
  EXPECT_FALSE(f.specials.clear_finalizer(f.span.at(3), f.span.address(3)));
  EXPECT_EQ(f.span.home, nullptr);
  ASSERT_EQ(f.arm(3, 1), Status::kOk);
  EXPECT_TRUE(f.specials.has_finalizer(f.span.at(3), f.span.address(3)));
  EXPECT_TRUE(f.specials.clear_finalizer(f.span.at(3), f.span.address(3)));
  EXPECT_FALSE(f.specials.clear_finalizer(f.span.at(3), f.span.address(3)));
  EXPECT_FALSE(f.specials.has_finalizer(f.span.at(3), f.span.address(3)));
  EXPECT_EQ(f.specials.try_find(f.span.home, 3), nullptr);
  EXPECT_EQ(f.die(3), Verdict::kFreed);
  EXPECT_EQ(f.arm(3, 2), Status::kOk);
  EXPECT_EQ(f.specials.verify(), nullptr);
}

TEST(Specials, F5_AllFinalizersOfATinyBlockFireTogetherWithTheirOwnAddresses) {
  SpecialsFixture f;
  for (const size_t offset : {8u, 0u, 15u, 3u}) ASSERT_EQ(f.arm(7, 100 + offset, offset), Status::kOk);
  EXPECT_EQ(f.arm(7, 1, 15), Status::kFinalizer);
  EXPECT_TRUE(f.specials.clear_finalizer(f.span.at(7), f.span.address(7)));
  EXPECT_EQ(f.die(7), Verdict::kResurrected);
  EXPECT_COUNT(f.specials.counters().resurrections, 1u);
  Ready ready;
  for (const size_t offset : {8u, 15u, 3u}) {  // in the order of arming
    ASSERT_TRUE(f.specials.pop_ready(&ready));
    EXPECT_EQ(ready.object, f.span.address(7) + offset);
    EXPECT_EQ(ready.info.token, 100 + offset);
  }
  EXPECT_EQ(f.specials.ready_count(), 0u);
}

TEST(Specials, F6_TheQueueKeepsTheOrderOfDying) {
  SpecialsFixture f;
  for (uint32_t slot = 0; slot < 5; ++slot) {
    if (slot % 2 == 0) {
      ASSERT_EQ(f.arm(slot, slot), Status::kOk);
    } else {
      f.add_cleanup(slot, slot);
    }
  }
  for (const uint32_t slot : {4u, 1u, 0u, 3u, 2u}) f.die(slot);
  EXPECT_EQ(f.drain(), (Tokens{4, 1, 0, 3, 2}));
}

TEST(Specials, F7_CleanupsDoNotResurrectAndRunInOrderOfAdding) {
  SpecialsFixture f;
  for (uint64_t token = 0; token < 4; ++token) f.add_cleanup(3, token);
  EXPECT_EQ(f.die(3), Verdict::kFreed);
  Ready ready;
  ASSERT_TRUE(f.specials.pop_ready(&ready));
  EXPECT_EQ(ready.kind, RecordKind::kCleanup);
  EXPECT_TRUE(ready.object.is_null());
  EXPECT_EQ(ready.info.context, SpecialsFixture::context(0));
  EXPECT_EQ(f.drain(), (Tokens{1, 2, 3}));
}

TEST(Specials, F7_CleanupsComeAfterTheFinalizer) {
  SpecialsFixture f;
  f.add_cleanup(3, 10);
  ASSERT_EQ(f.arm(3, 20), Status::kOk);
  f.add_cleanup(3, 11);
  EXPECT_EQ(f.die(3), Verdict::kResurrected);
  EXPECT_EQ(f.drain(), (Tokens{20}));
  EXPECT_EQ(f.specials.counters().cleanups_live, 2u);
  EXPECT_EQ(f.die(3), Verdict::kFreed);
  EXPECT_EQ(f.drain(), (Tokens{10, 11}));
}

TEST(Specials, F7_StoppingIsHarmlessAtAnyTime) {
  SpecialsFixture f;
  const uint64_t a = f.add_cleanup(3, 1), b = f.add_cleanup(3, 2), c = f.add_cleanup(3, 3), d = f.add_cleanup(4, 4);
  for (uint32_t twice = 0; twice < 2; ++twice) EXPECT_EQ(f.specials.stop_cleanup(b, f.error), Status::kOk);
  EXPECT_EQ(f.specials.stop_cleanup(d, f.error), Status::kOk);
  EXPECT_EQ(f.specials.try_find(f.span.home, 4), nullptr);
  f.die(3);
  EXPECT_EQ(f.specials.stop_cleanup(a, f.error), Status::kOk) << "while it waits in the queue";
  EXPECT_EQ(f.specials.verify(), nullptr);
  EXPECT_EQ(f.drain(), (Tokens{3}));
  EXPECT_EQ(f.specials.stop_cleanup(c, f.error), Status::kOk) << "after it ran";
  EXPECT_COUNT(f.specials.counters().cleanups_stopped, 3u);
  EXPECT_TRUE(f.error.empty());
  EXPECT_EQ(f.specials.verify(), nullptr);
}

TEST(Specials, F7_ALateStopNeverHitsAnotherCleanup) {
  SpecialsFixture f;
  const uint64_t old = f.add_cleanup(3, 1);
  EXPECT_EQ(f.specials.stop_cleanup(old, f.error), Status::kOk);
  const uint64_t next = f.add_cleanup(3, 2);
  EXPECT_NE(old, next);
  EXPECT_EQ(f.specials.stop_cleanup(old, f.error), Status::kOk);
  EXPECT_EQ(f.specials.counters().cleanups_live, 1u);
}

TEST(Specials, F7_WhatIsNoCleanupIsAnError) {
  SpecialsFixture f;
  for (const uint64_t id : {uint64_t{0}, uint64_t{0x1234}, ~uint64_t{0}}) {
    EXPECT_EQ(f.specials.stop_cleanup(id, f.error), Status::kBadArgument);
  }
  EXPECT_TEXT(f.error.c_str(), "not a cleanup: 0xffffffffffffffff");
}

TEST(Specials, F7_TheObjectItselfIsNoArgument) {
  SpecialsFixture f;
  uint64_t id = 0;
  for (const size_t offset : {0u, 8u}) {
    const Address object = f.span.address(3) + offset;
    for (const Address argument : {object, f.span.address(3)}) {
      EXPECT_EQ(f.specials.add_cleanup(f.span.at(3), object, CleanupInfo{.context = argument}, &id, f.error),
                Status::kBadArgument);
      EXPECT_TEXT(f.error.c_str(), "cleanup argument is the object itself, the cleanup would never run");
    }
  }
  EXPECT_EQ(f.span.home, nullptr);
  EXPECT_EQ(f.specials.add_cleanup(f.span.at(3), f.span.address(3), CleanupInfo{.token = 5}, &id, f.error),
            Status::kOk);
}

TEST(Specials, F8_OneWeakHandleForEachObjectAndOffset) {
  SpecialsFixture f;
  const uint64_t a = f.weak(3), b = f.weak(3, 8), c = f.weak(4);
  EXPECT_EQ(f.weak(3), a);
  EXPECT_EQ(f.weak(3, 8), b);
  EXPECT_NE(a, b);
  EXPECT_NE(a, c);
  EXPECT_EQ(f.target(a), f.span.address(3));
  EXPECT_EQ(f.target(b), f.span.address(3) + 8);
  EXPECT_EQ(f.specials.counters().weak_live, 3u);
}

TEST(Specials, F8_AClearedHandleStaysEqualUntilItsLastUserLetsGo) {
  SpecialsFixture f;
  const uint64_t id = f.weak(3);
  EXPECT_EQ(f.weak(3), id);
  EXPECT_EQ(f.die(3), Verdict::kFreed);
  EXPECT_TRUE(f.target(id).is_null());
  EXPECT_NE(f.weak(3), id) << "a new object in the slot has another";
  EXPECT_EQ(f.specials.weak_free(id, f.error), Status::kOk);
  EXPECT_TRUE(f.target(id).is_null());
  EXPECT_EQ(f.specials.weak_free(id, f.error), Status::kOk);
  Address target;
  EXPECT_EQ(f.specials.weak_get(id, &target, f.error), Status::kStaleHandle);
  EXPECT_EQ(f.specials.weak_free(id, f.error), Status::kStaleHandle);
  EXPECT_TEXT(f.error.c_str(), "weak handle is stale: 0x1000000 was freed");
  EXPECT_EQ(f.specials.weak_get(17, &target, f.error), Status::kBadArgument);
  EXPECT_TEXT(f.error.c_str(), "not a weak handle: 0x11");
  EXPECT_EQ(f.specials.weak_free(17, f.error), Status::kBadArgument);
  EXPECT_EQ(f.specials.verify(), nullptr);
}

TEST(Specials, F8_WeakHandlesAreClearedBeforeTheFinalizerAndNotAfterItAgain) {
  SpecialsFixture f;
  ASSERT_EQ(f.arm(3, 1), Status::kOk);
  const uint64_t before = f.weak(3), inner = f.weak(3, 4);
  EXPECT_EQ(f.die(3), Verdict::kResurrected);
  EXPECT_TRUE(f.target(before).is_null()) << "the finalizer has not run yet";
  EXPECT_TRUE(f.target(inner).is_null());
  const uint64_t after = f.weak(3);
  EXPECT_NE(after, before);
  EXPECT_EQ(f.target(after), f.span.address(3));
  EXPECT_TRUE(f.target(before).is_null());
  EXPECT_COUNT(f.specials.counters().weak_dead, 2u);
}

TEST(Specials, F8_FreeingTheLastUseOfALiveTargetForgetsTheObject) {
  SpecialsFixture f;
  const uint64_t id = f.weak(3);
  EXPECT_EQ(f.specials.weak_free(id, f.error), Status::kOk);
  EXPECT_EQ(f.specials.try_find(f.span.home, 3), nullptr);
  f.specials.trim(f.span.home);
  EXPECT_EQ(f.span.home, nullptr);
  EXPECT_EQ(f.specials.verify(), nullptr);
}

std::vector<Address> sorted(std::vector<Address> addresses) {
  std::sort(addresses.begin(), addresses.end());
  return addresses;
}

TEST(Specials, R1_ArmedObjectsContextsArgumentsAndTheQueueAreVisited) {
  SpecialsFixture f;
  std::vector<Address> objects, contexts, arguments, queued;
  const auto visit = [&](bool only_new) {
    objects.clear(), contexts.clear(), arguments.clear(), queued.clear();
    const auto on_object = [&](Address object, Address context, bool) {
      objects.push_back(object), contexts.push_back(context);
    };
    const auto on_argument = [&](Address argument) { arguments.push_back(argument); };
    const auto on_ready = [&](Address object, Address argument) {
      queued.push_back(object), queued.push_back(argument);
    };
    if (only_new) {
      f.specials.visit_new_finalizer_objects(on_object);
      f.specials.visit_new_cleanup_args(on_argument);
      f.specials.visit_new_ready(on_ready);
    } else {
      f.specials.visit_finalizer_objects(on_object);
      f.specials.visit_cleanup_args(on_argument);
      f.specials.visit_ready(on_ready);
    }
  };
  const auto context = [](uint64_t token) { return SpecialsFixture::context(token); };
  ASSERT_EQ(f.arm(1, 1), Status::kOk);
  ASSERT_EQ(f.arm(2, 2, 5), Status::kOk);
  f.add_cleanup(2, 3);
  f.add_cleanup(4, 4);
  f.weak(5);
  visit(false);
  EXPECT_EQ(sorted(objects), (std::vector<Address>{f.span.address(1), f.span.address(2) + 5}));
  EXPECT_EQ(sorted(contexts), (std::vector<Address>{context(1), context(2)}));
  EXPECT_EQ(sorted(arguments), (std::vector<Address>{context(3), context(4)}));
  EXPECT_TRUE(queued.empty());
  f.specials.forget_new();
  ASSERT_EQ(f.arm(6, 6), Status::kOk);
  f.die(2);
  f.die(4);
  visit(true);
  EXPECT_EQ(objects, (std::vector<Address>{f.span.address(6)}));
  EXPECT_TRUE(arguments.empty());
  EXPECT_EQ(queued, (std::vector<Address>{f.span.address(2) + 5, context(2), Address(), context(4)}));
  f.specials.forget_new();
  visit(true);
  EXPECT_TRUE(objects.empty() && arguments.empty() && queued.empty());
  visit(false);
  EXPECT_EQ(sorted(objects), (std::vector<Address>{f.span.address(1), f.span.address(6)}));
  EXPECT_EQ(arguments, (std::vector<Address>{context(3)}));
  EXPECT_EQ(queued.size(), 4u);
  f.drain();
  visit(false);
  EXPECT_TRUE(queued.empty());
}

TEST(Specials, TheSweeperMeetsEachObjectOnceWhileTheyDie) {
  SpecialsFixture f;
  for (uint32_t slot = 0; slot < f.span.slots; slot += 3) {
    if (slot % 2 == 0) {
      ASSERT_EQ(f.arm(slot, slot), Status::kOk);
    }
    f.add_cleanup(slot, slot);
  }
  for (uint32_t bucket = 0; bucket < f.span.home->bucket_count; ++bucket) {
    for (uint32_t bit = 0; bit < kBitsPerWord; ++bit) {
      EXPECT_EQ((f.span.home->present(bucket) >> bit & 1) != 0, (bucket * kBitsPerWord + bit) % 3 == 0);
    }
  }
  std::vector<uint32_t> met;
  for_each_object(f.span.home, [&](uint32_t slot, ObjectNode& node) {
    met.push_back(slot);
    EXPECT_EQ(node.base, f.span.address(slot));
    EXPECT_EQ(f.specials.object_died(node), slot % 2 == 0 ? Verdict::kResurrected : Verdict::kFreed);
  });
  EXPECT_EQ(met.size(), (f.span.slots + 2) / 3);
  std::sort(met.begin(), met.end());
  for (uint32_t i = 0; i < met.size(); ++i) EXPECT_EQ(met[i], 3 * i);
  EXPECT_COUNT(f.specials.counters().objects, (met.size() + 1) / 2) << "those whose cleanups wait for the next cycle";
  for_each_object(nullptr, [](uint32_t, ObjectNode&) { FAIL(); });
}

TEST(Specials, C10_DyingAllocatesNothing) {
  SpecialsFixture f;
  for (uint32_t slot = 0; slot < 100; ++slot) {
    ASSERT_EQ(f.arm(slot, slot), Status::kOk);
    f.add_cleanup(slot, 1000 + slot);
    f.weak(slot);
  }
  f.exhaust();
  for (uint32_t slot = 0; slot < 100; ++slot) EXPECT_EQ(f.die(slot), Verdict::kResurrected);
  for (uint32_t slot = 0; slot < 100; ++slot) EXPECT_EQ(f.die(slot), Verdict::kFreed);
  f.specials.trim(f.span.home);
  EXPECT_EQ(f.span.home, nullptr);
  EXPECT_EQ(f.drain().size(), 200u);
  EXPECT_EQ(f.specials.verify(), nullptr);
}

TEST(Specials, DiscardingASpanRunsNothingAndClearsWeakHandles) {
  SpecialsFixture f;
  std::vector<uint64_t> weak, cleanups;
  for (uint32_t slot = 0; slot < 200; ++slot) {
    ASSERT_EQ(f.arm(slot, slot), Status::kOk);
    cleanups.push_back(f.add_cleanup(slot, slot));
    weak.push_back(f.weak(slot));
  }
  f.specials.discard(f.span.home);
  EXPECT_EQ(f.span.home, nullptr);
  EXPECT_EQ(f.specials.ready_count(), 0u);
  EXPECT_COUNT(f.specials.counters().objects, 0u);
  for (const uint64_t id : weak) EXPECT_TRUE(f.target(id).is_null());
  for (const uint64_t id : cleanups) EXPECT_EQ(f.specials.stop_cleanup(id, f.error), Status::kOk);
  EXPECT_EQ(f.specials.verify(), nullptr);
  f.specials.discard(f.span.home);
  f.specials.trim(f.span.home);
}

// Blocks that were put aside come back one by one. So each reservation of a registration is once the one that fails.
template <class Register>
void expect_all_or_nothing(Register&& try_register) {
  SpecialsFixture f;
  std::vector<void*> spare;
  const size_t sizes[] = {4096, 4096, sizeof(void*) * 16, 256 * (sizeof(void*) + sizeof(uintptr_t)) + 192, 320};
  for (const size_t bytes : sizes) spare.push_back(f.metadata().try_block(bytes, MetaCategory::kOther));
  f.exhaust();
  const std::vector<uint64_t> before = f.counts();
  size_t given = 0;
  for (;; ++given) {
    const Status status = try_register(f);
    if (status == Status::kOk) break;
    ASSERT_EQ(status, Status::kOutOfMemory);
    ASSERT_EQ(f.counts(), before);
    ASSERT_EQ(f.span.home, nullptr) << "an empty home must not stay";
    ASSERT_EQ(f.specials.verify(), nullptr);
    if (given == spare.size()) {
      f.recover();
      continue;
    }
    f.metadata().free_block(spare[given], sizes[given], MetaCategory::kOther);
  }
  EXPECT_GT(given, 2u) << "the reservations were not met one by one";
  EXPECT_EQ(f.specials.verify(), nullptr);
}

TEST(Specials, OutOfMemoryLeavesEverythingUnchanged) {
  expect_all_or_nothing([](SpecialsFixture& f) { return f.arm(3, 1); });
  expect_all_or_nothing([](SpecialsFixture& f) {
    uint64_t id = 0;
    return f.specials.add_cleanup(f.span.at(3), f.span.address(3), CleanupInfo{.token = 1}, &id, f.error);
  });
  expect_all_or_nothing([](SpecialsFixture& f) {
    uint64_t id = 0;
    return f.specials.weak_create(f.span.at(3), 8, &id);
  });
}

TEST(Specials, R4_IdsWhoseGenerationsAreUsedUpAreRetiredHereToo) {
  SpecialsFixture f(size_t{64} << 20, 2);
  std::vector<uint64_t> ids;
  for (uint32_t i = 0; i < 100; ++i) {
    const uint64_t weak = f.weak(3);
    EXPECT_EQ(std::count(ids.begin(), ids.end(), weak), 0);
    ids.push_back(weak);
    EXPECT_EQ(f.specials.weak_free(weak, f.error), Status::kOk);
  }
  EXPECT_EQ(f.specials.verify(), nullptr);
}

}  // namespace
}  // namespace mallocgc
