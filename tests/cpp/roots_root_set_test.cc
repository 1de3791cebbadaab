// The root set (R1): each kind of root is visited, as what it is, and nothing else.
#include "roots/root_set.h"

#include <gtest/gtest.h>

#include <set>

#include "support/parts_fixture.h"

namespace mallocgc {
namespace {

struct Visits {
  std::multiset<Address> roots, maybes, objects;
  std::vector<Address> ranges;
  void root(Address value) { roots.insert(value); }
  void maybe_root(Address value) { maybes.insert(value); }
  void contents(Address object) { objects.insert(object); }
  void range(Address base, size_t, const Layout&) { ranges.push_back(base); }
};

TEST(RootSet, R1_RootsAreExactlyTheseAndNoOthers) {
  MGC_NEEDS(kLifecycles);
  Parts parts;
  Type* const pair = parts.define("pair", 2, 3);
  void** slots = nullptr;
  ASSERT_EQ(parts.mutator.stack.push(2, &slots, parts.error), Status::kOk);
  slots[0] = reinterpret_cast<void*>(uintptr_t{0x10});
  slots[1] = reinterpret_cast<void*>(uintptr_t{0x20});
  parts.mutator.locals.init(parts.metadata, 10);
  ASSERT_EQ(parts.mutator.locals.make_room(parts.error), Status::kOk);
  mgc_local_slot* const local = parts.mutator.free_local;
  parts.mutator.free_local = static_cast<mgc_local_slot*>(local->object);
  *local = mgc_local_slot{reinterpret_cast<void*>(uintptr_t{0x28}), 1};
  uint64_t handle = 0;
  ASSERT_EQ(parts.handles.create(Address(0x30), &handle), Status::kOk);
  void* global[3] = {};
  ASSERT_EQ(parts.globals.add(RootRange{Address::of(global), sizeof global, pair->layout}, parts.error), Status::kOk);
  void** const armed = parts.make(*pair);
  void** const dead = parts.make(*pair);
  const auto arm = [&](void** object, uintptr_t context) {
    const FinalizerInfo info{.context = Address(context)};
    ASSERT_EQ(parts.specials.set_finalizer(parts.place(object), Address::of(object), info, parts.error), Status::kOk);
  };
  arm(armed, 0x40);
  arm(dead, 0x50);
  uint64_t cleanup = 0;
  const CleanupInfo info{.context = Address(0x60)};
  ASSERT_EQ(parts.specials.add_cleanup(parts.place(armed), Address::of(armed), info, &cleanup, parts.error),
            Status::kOk);
  parts.specials.object_died(*parts.specials.try_find(parts.span(dead).specials, parts.slot(dead)));
  RunningRecord outer{Address(0x70), Address(0x71), nullptr};
  RunningRecord inner{Address(0x80), Address(0x81), &outer};
  parts.running = &inner;
  Visits visits;
  parts.roots().visit(visits);
  const Address of_dead = Address::of(dead);
  EXPECT_EQ(visits.roots, (std::multiset<Address>{Address(0x10), Address(0x20), Address(0x28), Address(0x30),
                                                  Address(0x70), Address(0x80), of_dead}));
  EXPECT_EQ(visits.maybes,
            (std::multiset<Address>{Address(0x40), Address(0x50), Address(0x60), Address(0x71), Address(0x81)}));
  EXPECT_EQ(visits.objects, (std::multiset<Address>{Address::of(armed)}));
  EXPECT_EQ(visits.ranges, (std::vector<Address>{Address::of(global)}));
  parts.running = nullptr;
}

TEST(RootSet, C6_BytesOfRootsAreSlotsHandlesAndRanges) {
  Parts parts;
  EXPECT_EQ(parts.roots().bytes(), 0u);
  void** slots = nullptr;
  ASSERT_EQ(parts.mutator.stack.push(9, &slots, parts.error), Status::kOk);
  EXPECT_EQ(parts.roots().bytes(), 10 * kWordBytes);
  uint64_t handle = 0;
  ASSERT_EQ(parts.handles.create(Address(0x30), &handle), Status::kOk);
  void* global[5] = {};
  ASSERT_EQ(
      parts.globals.add(RootRange{Address::of(global), sizeof global, parts.types.conservative_layout()}, parts.error),
      Status::kOk);
  EXPECT_EQ(parts.roots().bytes(), 10 * kWordBytes + sizeof(Address) + sizeof global);
}

}  // namespace
}  // namespace mallocgc
