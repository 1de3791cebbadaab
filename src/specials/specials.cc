// Registers records, decides on them when their object dies, and drains the queue. The checker is in verify.cc.
#include "specials/specials.h"

#include "specials/weak_tree.h"

namespace mallocgc {

size_t Specials::bytes() const {
  return records_.bytes() + nodes_.bytes() + weak_records_.bytes() + cleanup_ids_.bytes() + weak_ids_.bytes();
}

// ---- Nodes ----

ObjectNode* Specials::try_find(SpanSpecials* home, uint32_t slot) {
  if (home == nullptr) return nullptr;
  MGC_DCHECK(slot / kBitsPerWord < home->bucket_count, "specials: slot outside its span");
  const SpecialsBucket& bucket = home->buckets()[slot / kBitsPerWord];
  counters_.steps += 1;
  if ((bucket.present & bit_of(slot)) == 0) return nullptr;
  ObjectNode* node = bucket.first;
  for (; node->slot != slot; node = node->next) counters_.steps += 1;
  return node;
}

// Reserves what add_node() needs, if `node` is null. It comes last in a request, since an empty home can be seen.
bool Specials::try_reserve_node(const ObjectPlace& place, const ObjectNode* node) {
  if (node != nullptr) return true;
  if (!nodes_.try_reserve()) return false;
  if (*place.home != nullptr) return true;
  const uint32_t bucket_count = bitmap_words(place.slots_in_span);
  void* const block = metadata_->try_block(SpanSpecials::bytes_for(bucket_count), MetaCategory::kSpecials);
  if (block == nullptr) return false;
  SpanSpecials* const home = static_cast<SpanSpecials*>(block);
  home->bucket_count = bucket_count;
  homes_.push_back(home);
  *place.home = home;
  return true;
}

ObjectNode& Specials::add_node(const ObjectPlace& place) {
  SpanSpecials& home = **place.home;
  MGC_CHECK(place.slot / kBitsPerWord < home.bucket_count, "specials: slot outside its span");
  SpecialsBucket& bucket = home.buckets()[place.slot / kBitsPerWord];
  ObjectNode* const node = nodes_.take();
  node->home = &home;
  node->base = place.base;
  node->slot = place.slot;
  node->next = bucket.first;
  bucket.first = node;
  bucket.present |= bit_of(place.slot);
  home.object_count += 1;
  counters_.objects += 1;
  return *node;
}

void Specials::drop_if_bare(ObjectNode& node) {
  if (!node.is_bare()) return;
  SpanSpecials& home = *node.home;
  SpecialsBucket& bucket = home.buckets()[node.slot / kBitsPerWord];
  ObjectNode** link = &bucket.first;
  for (; *link != &node; link = &(*link)->next) counters_.steps += 1;
  *link = node.next;
  bucket.present &= ~bit_of(node.slot);
  home.object_count -= 1;
  counters_.objects -= 1;
  nodes_.give_back(&node);
}

void Specials::trim(SpanSpecials*& home) {
  if (home == nullptr || home->object_count != 0) return;
  home->unlink();
  metadata_->free_block(home, SpanSpecials::bytes_for(home->bucket_count), MetaCategory::kSpecials);
  home = nullptr;
}

void Specials::discard(SpanSpecials*& home) {
  for_each_object(home, [this](uint32_t, ObjectNode& node) { end_node(node); });
  trim(home);
}

void Specials::end_node(ObjectNode& node) {
  uint64_t budget = ~uint64_t{0};
  (void)clear_weak(node, &budget);
  const uint64_t finalizers = drop_all(node.finalizers);
  counters_.finalizers_live -= finalizers;
  counters_.finalizers_cleared += finalizers;
  const uint64_t cleanups = drop_all(node.cleanups);
  counters_.cleanups_live -= cleanups;
  counters_.cleanups_stopped += cleanups;
  node.pin = 0;
  drop_if_bare(node);
}

// ---- Chains of an object ----

void Specials::append(RecordChain& chain, Record* record) {
  record->chain_previous = chain.last;
  (chain.last == nullptr ? chain.first : chain.last->chain_next) = record;
  chain.last = record;
}

void Specials::remove(RecordChain& chain, Record* record) {
  counters_.unordered_live -= record->is_unordered;
  (record->chain_previous == nullptr ? chain.first : record->chain_previous->chain_next) = record->chain_next;
  (record->chain_next == nullptr ? chain.last : record->chain_next->chain_previous) = record->chain_previous;
  record->chain_next = record->chain_previous = nullptr;
}

// Makes a record of the object at `place`, whose node is `node`, in the object's chain and in none of the heap's lists.
// Null: memory is out.
Record* Specials::try_add_record(const ObjectPlace& place, ObjectNode* node, RecordKind kind,
                                 const FinalizerInfo& info) {
  if (!records_.try_reserve() || !try_reserve_node(place, node)) return nullptr;
  if (node == nullptr) node = &add_node(place);
  Record* const record = records_.take();
  record->node = node;
  record->info = info;
  record->kind = kind;
  record->is_unordered = false;
  append(kind == RecordKind::kFinalizer ? node->finalizers : node->cleanups, record);
  return record;
}

// Takes back the memory of a record that is in no list any more.
void Specials::recycle(Record* record) {
  if (record->kind == RecordKind::kCleanup) cleanup_ids_.free(record->id);
  records_.give_back(record);
}

uint64_t Specials::drop_all(RecordChain& chain) {
  uint64_t count = 0;
  while (Record* const record = chain.first) {
    remove(chain, record);
    record->unlink();
    recycle(record);
    count += 1;
  }
  return count;
}

// Moves records to the ready queue, as far as the budget goes; gives how many.
uint64_t Specials::queue_some(RecordChain& chain, uint64_t* budget) {
  uint64_t count = 0;
  for (; chain.first != nullptr && *budget != 0; --*budget) {
    Record* const record = chain.first;
    remove(chain, record);
    record->unlink();
    record->node = nullptr;
    ready_.push(record);
    counters_.steps += 1;
    ++count;
  }
  return count;
}

// ---- Finalizers ----

// At most as many steps as a tiny block has bytes: other objects have one address that can be armed.
Record* Specials::try_find_finalizer(ObjectNode* node, Address object) {
  if (node == nullptr) return nullptr;
  Record* record = node->finalizers.first;
  for (; record != nullptr && record->object != object; record = record->chain_next) counters_.steps += 1;
  return record;
}

Status Specials::set_finalizer(const ObjectPlace& place, Address object, const FinalizerInfo& info, ErrorText& error,
                               bool is_unordered) {
  ObjectNode* const node = try_find(*place.home, place.slot);
  if (try_find_finalizer(node, object) != nullptr) {
    error.set("finalizer already set");
    return Status::kFinalizer;
  }
  Record* const record = try_add_record(place, node, RecordKind::kFinalizer, info);
  if (record == nullptr) return Status::kOutOfMemory;
  record->object = object;
  record->is_unordered = is_unordered;
  counters_.unordered_live += is_unordered;
  new_finalizers_.push_back(record);
  counters_.finalizers_set += 1;
  counters_.finalizers_live += 1;
  return Status::kOk;
}

bool Specials::clear_finalizer(const ObjectPlace& place, Address object) {
  ObjectNode* const node = try_find(*place.home, place.slot);
  Record* const record = try_find_finalizer(node, object);
  if (record == nullptr) return false;
  drop_finalizer(*node, record);
  drop_if_bare(*node);
  return true;
}

void Specials::drop_finalizer(ObjectNode& node, Record* record) {
  remove(node.finalizers, record);
  record->unlink();
  recycle(record);
  counters_.finalizers_cleared += 1;
  counters_.finalizers_live -= 1;
}

bool Specials::has_finalizer(const ObjectPlace& place, Address object) {
  return try_find_finalizer(try_find(*place.home, place.slot), object) != nullptr;
}

// ---- Cleanups ----

Status Specials::add_cleanup(const ObjectPlace& place, Address object, const CleanupInfo& info, uint64_t* id,
                             ErrorText& error) {
  if (!info.context.is_null() && (info.context == object || info.context == place.base)) {
    error.set("cleanup argument is the object itself, the cleanup would never run");
    return Status::kBadArgument;
  }
  if (cleanup_ids_.reserve() != Status::kOk) return Status::kOutOfMemory;
  Record* const record = try_add_record(place, try_find(*place.home, place.slot), RecordKind::kCleanup, info);
  if (record == nullptr) return Status::kOutOfMemory;
  const Status created = cleanup_ids_.create(Address::of(record).value(), &record->id);
  MGC_CHECK(created == Status::kOk, "specials: a reserved id was refused");
  new_cleanups_.push_back(record);
  counters_.cleanups_added += 1;
  counters_.cleanups_live += 1;
  *id = record->id;
  return Status::kOk;
}

Status Specials::stop_cleanup(uint64_t id, ErrorText& error) {
  const uintptr_t* const word = cleanup_ids_.try_word(id);
  if (word == nullptr) {
    if (cleanup_ids_.find(id) == GenerationTable::Found::kStale) return Status::kOk;
    error.set("not a cleanup: ").add_hex(id);
    return Status::kBadArgument;
  }
  Record* const record = Address(*word).pointer<Record>();
  ObjectNode* const node = record->node;
  counters_.cleanups_stopped += 1;
  if (node == nullptr) {
    ready_.remove(record);
    recycle(record);
    return Status::kOk;
  }
  remove(node->cleanups, record);
  record->unlink();
  recycle(record);
  counters_.cleanups_live -= 1;
  drop_if_bare(*node);
  return Status::kOk;
}

// ---- Weak handles ----

Status Specials::weak_create(const ObjectPlace& place, size_t offset, uint64_t* id) {
  ObjectNode* node = try_find(*place.home, place.slot);
  WeakRecord* record = node == nullptr ? nullptr : weak_tree::find(node->weak, offset, &counters_.steps);
  if (record == nullptr) {
    if (!weak_records_.try_reserve() || weak_ids_.reserve() != Status::kOk || !try_reserve_node(place, node))
      return Status::kOutOfMemory;
    if (node == nullptr) node = &add_node(place);
    record = weak_records_.take();
    const Status created = weak_ids_.create(Address::of(record).value(), &record->id);
    MGC_CHECK(created == Status::kOk, "specials: a reserved id was refused");
    record->node = node;
    record->offset = offset;
    weak_tree::insert(&node->weak, record, &counters_.steps);
    counters_.weak_made += 1;
    counters_.weak_live += 1;
  }
  if (record->uses == ~uint32_t{0}) return Status::kOutOfMemory;
  record->uses += 1;
  *id = record->id;
  return Status::kOk;
}

Status Specials::refuse_weak(uint64_t id, ErrorText& error) const {
  if (weak_ids_.find(id) == GenerationTable::Found::kStale) {
    error.set("weak handle is stale: ").add_hex(id).add(" was freed");
    return Status::kStaleHandle;
  }
  error.set("not a weak handle: ").add_hex(id);
  return Status::kBadArgument;
}

Status Specials::weak_get(uint64_t id, Address* target, ErrorText& error) const {
  const uintptr_t* const word = weak_ids_.try_word(id);
  if (word == nullptr) return refuse_weak(id, error);
  const WeakRecord* const record = Address(*word).pointer<const WeakRecord>();
  *target = record->node == nullptr ? Address() : record->node->base + record->offset;
  return Status::kOk;
}

Status Specials::weak_free(uint64_t id, ErrorText& error) {
  const uintptr_t* const word = weak_ids_.try_word(id);
  if (word == nullptr) return refuse_weak(id, error);
  WeakRecord* const record = Address(*word).pointer<WeakRecord>();
  record->uses -= 1;
  if (record->uses != 0) return Status::kOk;
  ObjectNode* const node = record->node;
  if (node != nullptr && node == dying_) {
    // Whoever takes the tree apart gives the record back.
    counters_.weak_live -= 1;
    weak_ids_.free(id);
    return Status::kOk;
  }
  if (node == nullptr) {
    counters_.weak_dead -= 1;
  } else {
    weak_tree::remove(&node->weak, record, &counters_.steps);
    counters_.weak_live -= 1;
    drop_if_bare(*node);
  }
  weak_ids_.free(id);
  weak_records_.give_back(record);
  return Status::kOk;
}

}  // namespace mallocgc
