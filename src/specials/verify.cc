// The checker of Specials: walks every span's records, the heap-wide lists and the queue, and recounts everything.
#include "specials/specials.h"
#include "specials/weak_tree.h"

namespace mallocgc {

struct Specials::Recount {
  uint64_t objects = 0;
  uint64_t finalizers = 0;
  uint64_t unordered = 0;
  uint64_t cleanups = 0;
  uint64_t weak = 0;
};

namespace {

// The length of a heap-wide list if it holds only records of this kind that hang at an object; kBroken if not.
constexpr uint64_t kBroken = ~uint64_t{0};
uint64_t count_list(const List<Record>& list, RecordKind kind, uint64_t count_max) {
  uint64_t count = 0;
  for (const Record* record = list.first(); record != nullptr; record = list.after(record)) {
    if (record->kind != kind || record->node == nullptr || ++count > count_max) return kBroken;
  }
  return count;
}

}  // namespace

const char* Specials::verify_chain(const RecordChain& chain, const ObjectNode& node, RecordKind kind, uint64_t* count,
                                   uint64_t* unordered) const {
  const Record* last = nullptr;
  for (const Record* record = chain.first; record != nullptr; record = record->chain_next) {
    if (record->kind != kind || record->node != &node || record->chain_previous != last || !record->is_linked())
      return "inv.specials.lists";
    if (kind == RecordKind::kCleanup) {
      const uintptr_t* const word = cleanup_ids_.try_word(record->id);
      if (word == nullptr || *word != Address::of(record).value()) return "inv.specials.lists";
    }
    last = record;
    *unordered += record->is_unordered;
    if (++*count > records_.live()) return "inv.specials.lists";
  }
  return chain.last == last ? nullptr : "inv.specials.lists";
}

const char* Specials::verify_node(const ObjectNode& node, Recount& recount) const {
  if (node.is_bare()) return "inv.specials.node";
  if (const char* const broken =
          verify_chain(node.finalizers, node, RecordKind::kFinalizer, &recount.finalizers, &recount.unordered))
    return broken;
  if (const char* const broken =
          verify_chain(node.cleanups, node, RecordKind::kCleanup, &recount.cleanups, &recount.unordered))
    return broken;
  for (const Record* record = node.finalizers.first; record != nullptr; record = record->chain_next) {
    for (const Record* other = record->chain_next; other != nullptr; other = other->chain_next) {
      if (record->object == other->object) return "inv.specials.node";
    }
  }
  if (&node == dying_) return nullptr;
  return weak_tree::verify(node.weak, &node, &recount.weak) ? nullptr : "inv.weak.tree";
}

const char* Specials::verify_home(const SpanSpecials& home, Recount& recount) const {
  uint32_t objects = 0;
  for (uint32_t i = 0; i < home.bucket_count; ++i) {
    uint64_t seen = 0;
    for (const ObjectNode* node = home.buckets()[i].first; node != nullptr; node = node->next) {
      const uint64_t bit = bit_of(node->slot);
      if (node->home != &home || node->slot / kBitsPerWord != i || (seen & bit) != 0) return "inv.specials.bucket";
      seen |= bit;
      objects += 1;
      if (const char* const broken = verify_node(*node, recount)) return broken;
    }
    if (seen != home.present(i)) return "inv.specials.bucket";
  }
  recount.objects += objects;
  return objects == home.object_count ? nullptr : "inv.specials.count";
}

const char* Specials::verify_counts(const Recount& recount) const {
  const SpecialsCounters& c = counters_;
  if (recount.objects != nodes_.live() || recount.finalizers != c.finalizers_live ||
      recount.unordered != c.unordered_live)
    return "inv.specials.count";
  if (recount.cleanups != c.cleanups_live) return "inv.specials.count";
  // While a tree is taken apart, its records that are freed wait there.
  if (dying_ == nullptr && recount.weak != c.weak_live) return "inv.specials.count";
  if (records_.live() != c.finalizers_live + c.cleanups_live + ready_.count()) return "inv.specials.count";
  return kDebugFlavour ? verify_debug_counts() : nullptr;
}

const char* Specials::verify_debug_counts() const {
  const SpecialsCounters& c = counters_;
  if (nodes_.live() != c.objects.for_checks()) return "inv.specials.count";
  if (c.finalizers_set != c.finalizers_live + c.finalizers_cleared.for_checks() + c.finalizers_queued.for_checks())
    return "inv.specials.count";
  const uint64_t weak = c.weak_live + c.weak_dead.for_checks();
  if (dying_ == nullptr && weak_records_.live() != weak) return "inv.specials.count";
  if (weak_ids_.live_count() != weak) return "inv.specials.count";
  const uint64_t finalizers_waiting = c.finalizers_queued.for_checks() - c.finalizers_popped.for_checks();
  if (cleanup_ids_.live_count() != c.cleanups_live + ready_.count() - finalizers_waiting) return "inv.specials.count";
  return nullptr;
}

const char* Specials::verify() const {
  Recount recount;
  const List<SpanSpecials>* const lists[] = {&homes_, &unresolved_};
  for (const List<SpanSpecials>* const list : lists) {
    for (const SpanSpecials* home = list->first(); home != nullptr; home = list->after(home)) {
      if (const char* const broken = verify_home(*home, recount)) return broken;
    }
  }
  if (const char* const broken = verify_counts(recount)) return broken;
  if (count_list(finalizers_, RecordKind::kFinalizer, recount.finalizers) +
          count_list(new_finalizers_, RecordKind::kFinalizer, recount.finalizers) !=
      recount.finalizers)
    return "inv.specials.lists";
  if (count_list(cleanups_, RecordKind::kCleanup, recount.cleanups) +
          count_list(new_cleanups_, RecordKind::kCleanup, recount.cleanups) !=
      recount.cleanups)
    return "inv.specials.lists";
  if (const char* const broken = ready_.verify()) return broken;
  if (const char* const broken = cleanup_ids_.verify()) return broken;
  return weak_ids_.verify();
}

}  // namespace mallocgc
