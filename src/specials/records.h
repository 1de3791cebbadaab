// The records tied to an object, and where they hang. Nothing here allocates; specials.h does, and says how they live
// and die.
//
//   Span ─► SpanSpecials ─► bucket of 64 slots ─► ObjectNode ─► Record (finalizers, in order of arming)
//                           (a bit a slot,         (one an      Record (cleanups, in order of adding)
//                            a list of nodes)       object)     WeakRecord (a tree by offset)
//                                                               pin (a handle)
//
// A Record is in two lists: its object's, and one of the heap's (registered, new, or ready).
// inv.specials.bucket: bit i of `present` is set if and only if the list holds the node of slot 64 * bucket + i. A
// bucket has at most 64 nodes, which bounds every lookup.
// inv.specials.node: a node has at least one record, or a pin.
#pragma once

#include "base/address.h"
#include "base/bits.h"
#include "base/check.h"
#include "base/list.h"

struct mgc_mutator;

namespace mallocgc {

// `object` is the exact address that was armed, null for a cleanup. `context` is what was given.
using FinalizerFn = void (*)(mgc_mutator*, void* object, void* context);

// What to run. `context` is a root (R1) and may or may not be a heap address. A null `fn` says that the host runs it,
// and finds out what by `token`, which means nothing here.
struct FinalizerInfo {
  FinalizerFn fn = nullptr;
  Address context = {};
  uint64_t token = 0;
};
using CleanupInfo = FinalizerInfo;

struct ObjectNode;
struct SpanSpecials;

enum class RecordKind : uint8_t { kFree, kFinalizer, kCleanup };

// ListLink: the heap-wide list that the record is in.
struct Record : ListLink {
  ObjectNode* node;    // null: in the ready queue
  Record* chain_next;  // in the object's chain
  Record* chain_previous;
  Address object;  // of a finalizer: the exact address that was armed
  FinalizerInfo info;
  uint64_t id;  // of a cleanup
  RecordKind kind;
  // Of a finalizer: it runs although objects with finalizers that wait for their time point to its object, also where
  // they do so in a circle.
  bool is_unordered;
};

struct RecordChain {
  Record* first;
  Record* last;
};

// There is one for each (object, offset) that has weak handles (F8). It outlives the object, until its users let go.
struct WeakRecord {
  ObjectNode* node;         // null: cleared
  WeakRecord* children[2];  // the object's tree (weak_tree.h)
  size_t offset;
  uint64_t id;
  uint32_t uses;
};

struct ObjectNode {
  ObjectNode* next;  // in the bucket
  SpanSpecials* home;
  Address base;  // of the object
  uint32_t slot;
  RecordChain finalizers;  // several only in a tiny block (F5)
  RecordChain cleanups;
  WeakRecord* weak;
  uint64_t pin;  // the handle that keeps an object which the client ends by hand; 0: none

  bool is_bare() const {
    return finalizers.first == nullptr && cleanups.first == nullptr && weak == nullptr && pin == 0;
  }
};

struct SpecialsBucket {
  uint64_t present;
  ObjectNode* first;
};

// The records of one span. The buckets follow it in memory. ListLink: the list of all that the heap has.
struct SpanSpecials : ListLink {
  uint32_t bucket_count;
  uint32_t object_count;

  SpecialsBucket* buckets() { return reinterpret_cast<SpecialsBucket*>(this + 1); }
  const SpecialsBucket* buckets() const { return reinterpret_cast<const SpecialsBucket*>(this + 1); }
  // Which of the slots [64 * bucket, 64 * bucket + 64) have records: the sweeper intersects this with its bitmaps.
  uint64_t present(uint32_t bucket) const { return buckets()[bucket].present; }
  static size_t bytes_for(uint32_t bucket_count) {
    return sizeof(SpanSpecials) + bucket_count * sizeof(SpecialsBucket);
  }
};
static_assert(sizeof(SpanSpecials) % alignof(SpecialsBucket) == 0);

// Any of a home's objects, or null.
inline const ObjectNode* first_object(const SpanSpecials& home) {
  if (home.object_count == 0) return nullptr;
  const SpecialsBucket* bucket = home.buckets();
  while (bucket->first == nullptr) ++bucket;
  return bucket->first;
}

// f(uint32_t slot, ObjectNode&) for every object of a span that has records; f may let the object it is given die
// (Specials::object_died). `specials` may be null.
template <class F>
void for_each_object(SpanSpecials* specials, F&& f) {
  if (specials == nullptr) return;
  for (uint32_t bucket = 0; bucket < specials->bucket_count; ++bucket) {
    for (ObjectNode* node = specials->buckets()[bucket].first; node != nullptr;) {
      ObjectNode* const next = node->next;
      f(node->slot, *node);
      node = next;
    }
  }
}

}  // namespace mallocgc
