// The fixture has Specials over a fake source. Its spans are nothing but a home pointer, and nobody reads its
// addresses.
#pragma once

#include <vector>

#include "metadata_fixture.h"
#include "specials/specials.h"
#include "support/flavour.h"

namespace mallocgc {

struct FakeSpan {
  ObjectPlace at(uint32_t slot) {
    return ObjectPlace{.home = &home, .slots_in_span = slots, .slot = slot, .base = address(slot)};
  }
  Address address(uint32_t slot) const { return base + slot * bytes; }
  SpanSpecials* home = nullptr;
  uint32_t slots = 512;
  size_t bytes = 16;
  Address base{0x100000};
};

struct SpecialsFixture : MetadataFixture {
  explicit SpecialsFixture(size_t total_bytes = size_t{64} << 20,
                           uint32_t max_generation = GenerationTable::kMaxGeneration)
      : MetadataFixture(total_bytes), specials(max_generation) {
    specials.init(metadata());
  }
  Status arm(uint32_t slot, uint64_t token, size_t offset = 0) {
    return specials.set_finalizer(span.at(slot), span.address(slot) + offset,
                                  FinalizerInfo{.context = context(token), .token = token}, error);
  }
  uint64_t add_cleanup(uint32_t slot, uint64_t token) {
    uint64_t id = 0;
    EXPECT_EQ(specials.add_cleanup(span.at(slot), span.address(slot),
                                   CleanupInfo{.context = context(token), .token = token}, &id, error),
              Status::kOk);
    return id;
  }
  uint64_t weak(uint32_t slot, size_t offset = 0) {
    uint64_t id = 0;
    EXPECT_EQ(specials.weak_create(span.at(slot), offset, &id), Status::kOk);
    return id;
  }
  Address target(uint64_t weak_id) {
    Address result{1};
    EXPECT_EQ(specials.weak_get(weak_id, &result, error), Status::kOk);
    return result;
  }
  Verdict die(uint32_t slot) {
    ObjectNode* const node = specials.try_find(span.home, slot);
    return node == nullptr ? Verdict::kFreed : specials.object_died(*node);
  }
  std::vector<uint64_t> drain() {
    std::vector<uint64_t> tokens;
    Ready ready;
    while (specials.pop_ready(&ready)) tokens.push_back(ready.info.token);
    return tokens;
  }
  // Returns everything that can be counted, except the work.
  std::vector<uint64_t> counts() const {
    const SpecialsCounters& c = specials.counters();
    return {c.objects.for_checks(),   c.finalizers_live, c.finalizers_set,
            c.cleanups_live,          c.cleanups_added,  c.weak_live,
            c.weak_dead.for_checks(), c.weak_made,       specials.ready_count()};
  }
  // Returns a word that may be a heap address, one for each token.
  static Address context(uint64_t token) { return Address(0x40000000u + static_cast<uintptr_t>(token) * 8); }

  Specials specials;
  FakeSpan span;
  ErrorText error;
};

using Tokens = std::vector<uint64_t>;

}  // namespace mallocgc
