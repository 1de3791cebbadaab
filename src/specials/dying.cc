// How records end: with an object that a marking did not reach, which the resolver finds, with one that the client ends
// by hand, or by the drain. The order of things is in specials.h.
#include "specials/specials.h"
#include "specials/weak_tree.h"

namespace mallocgc {

// Clears weak handles; false if the budget is used up before the last one.
bool Specials::clear_weak(ObjectNode& node, uint64_t* budget) {
  for (; node.weak != nullptr && *budget != 0; --*budget) {
    WeakRecord* const record = weak_tree::dismantle(&node.weak);
    counters_.steps += 1;
    if (record->uses == 0) {
      weak_records_.give_back(record);
      continue;
    }
    forget_target(*record);
  }
  if (node.weak != nullptr) {
    dying_ = &node;
  } else if (dying_ == &node) {
    dying_ = nullptr;
  }
  return node.weak == nullptr;
}

void Specials::forget_target(WeakRecord& record) {
  record.node = nullptr;
  counters_.weak_live -= 1;
  counters_.weak_dead += 1;
  counters_.weak_cleared += 1;
}

// ---- Objects that the client ends ----

Status Specials::pin(const ObjectPlace& place, uint64_t handle) {
  ObjectNode* node = try_find(*place.home, place.slot);
  if (!try_reserve_node(place, node)) return Status::kOutOfMemory;
  if (node == nullptr) node = &add_node(place);
  node->pin = handle;
  return Status::kOk;
}

uint64_t Specials::unpin(SpanSpecials*& home, uint32_t slot) {
  ObjectNode* const node = try_find(home, slot);
  if (node == nullptr) return 0;
  const uint64_t handle = node->pin;
  node->pin = 0;
  drop_if_bare(*node);
  trim(home);
  return handle;
}

void Specials::end_object(SpanSpecials*& home, uint32_t slot) {
  if (ObjectNode* const node = try_find(home, slot)) end_node(*node);
  trim(home);
}

void Specials::end_address(SpanSpecials*& home, uint32_t slot, Address object, size_t offset) {
  ObjectNode* const node = try_find(home, slot);
  if (node == nullptr) return;
  WeakRecord* const weak = weak_tree::find(node->weak, offset, &counters_.steps);
  if (weak != nullptr) {
    weak_tree::remove(&node->weak, weak, &counters_.steps);
    forget_target(*weak);
  }
  Record* const record = try_find_finalizer(node, object);
  if (record != nullptr) drop_finalizer(*node, record);
  drop_if_bare(*node);
  trim(home);
}

void Specials::end_queued(Address base, size_t bytes) {
  ready_.for_each([&](Record* record) {
    if (record->kind != RecordKind::kFinalizer || record->object - base >= bytes) return;
    ready_.remove(record);
    recycle(record);
    counters_.finalizers_popped += 1;
  });
}

// ---- Dying and draining ----

// Only a tiny block has several finalizers, and they are few.
Verdict Specials::resolve_some(ObjectNode& node, uint64_t* budget) {
  if (!clear_weak(node, budget)) return Verdict::kMore;
  if (node.finalizers.first != nullptr) {
    uint64_t all = ~uint64_t{0};
    const uint64_t queued = queue_some(node.finalizers, &all);
    *budget -= *budget < queued ? *budget : queued;
    counters_.finalizers_queued += queued;
    counters_.finalizers_live -= queued;
    counters_.resurrections += 1;
    drop_if_bare(node);
    return Verdict::kResurrected;
  }
  const uint64_t queued = queue_some(node.cleanups, budget);
  counters_.cleanups_queued += queued;
  counters_.cleanups_live -= queued;
  if (node.cleanups.first != nullptr) return Verdict::kMore;
  node.pin = 0;
  drop_if_bare(node);
  return Verdict::kFreed;
}

bool Specials::pop_ready(Ready* out) {
  Record* const record = ready_.try_pop();
  if (record == nullptr) return false;
  *out = Ready{.kind = record->kind, .object = record->object, .info = record->info};
  (record->kind == RecordKind::kFinalizer ? counters_.finalizers_popped : counters_.cleanups_popped) += 1;
  recycle(record);
  return true;
}

}  // namespace mallocgc
