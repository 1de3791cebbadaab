// Specials: what is tied to the life of an object - finalizers, cleanups and weak handles - and the queue of those
// whose time has come.
//
// Records hang at their object's node (records.h), the nodes at their span. Nobody looks for dead objects here: the
// resolver meets them span by span after each marking (gc/resolver.h), and calls resolve_some() for each object that is
// allocated, unmarked and has a node, until it is done (C10). The order there:
//   1. its weak handles are cleared (F8: before any finalizer runs);
//   2. if it has finalizers, all of them move to the ready queue (F5); the object lives on, marked by the resolver, and
//      so do its cleanups, which run after the finalizers (F7): kResurrected;
//   3. otherwise its cleanups move to the ready queue, and the object is freed: kFreed.
// None of this allocates. Registering does: it first reserves all it needs, then changes things, so kOutOfMemory
// changes nothing. Registered records are in two heap-wide lists for each kind, those since forget_new() and the older
// ones: a minor cycle and the last step of an incremental one look only at the new (C9, C10).
//
// Ids of cleanups and weak handles are index + generation (generation_table.h): late calls never hit another record.
// inv.specials.lists: every registered record is in exactly one heap-wide list and in the chain of its node.
// inv.specials.count: the counters below equal a recount by verify().
//
// Doors: from heap/ (arming, drain), alloc/ resolving one span (resolve_some), gc/ (roots). On to pages/metadata.h.
#pragma once

#include "base/text.h"
#include "specials/ready_queue.h"
#include "specials/record_pool.h"
#include "specials/records.h"
#include "tables/generation_table.h"

namespace mallocgc {

// Where an object's records hang. `home` is the span's own pointer; it is filled when the first record is made.
struct ObjectPlace {
  SpanSpecials** home = nullptr;
  uint32_t slots_in_span = 0;
  uint32_t slot = 0;
  Address base = {};  // of the object (of the block, for tiny ones)
};

// What the drain gets. The object of a finalizer is the exact address that was armed, and no longer a root once it is
// out: the caller roots it. A cleanup has no object.
struct Ready {
  RecordKind kind = RecordKind::kFree;
  Address object = {};
  FinalizerInfo info = {};
};

struct SpecialsCounters {
  uint64_t finalizers_live = 0;
  uint64_t cleanups_live = 0;
  uint64_t weak_live = 0;       // records whose object lives
  uint64_t unordered_live = 0;  // of the finalizers
  // All that were ever made: the pacer needs them, in every flavour.
  uint64_t finalizers_set = 0;
  uint64_t cleanups_added = 0;
  uint64_t weak_made = 0;
  DebugCount objects;  // with at least one record
  DebugCount finalizers_cleared, finalizers_queued, finalizers_popped;
  DebugCount cleanups_stopped, cleanups_queued, cleanups_popped;
  DebugCount weak_dead;  // cleared records that still have users
  DebugCount weak_cleared;
  DebugCount resurrections;
  DebugCount steps;  // list and tree elements looked at: the work of all calls so far
};

enum class Verdict : uint8_t { kFreed, kResurrected, kMore };

class Specials {
 public:
  // `max_generation` as for GenerationTable; tests make it small.
  explicit constexpr Specials(uint32_t max_generation = GenerationTable::kMaxGeneration)
      : cleanup_ids_(MetaCategory::kSpecials, max_generation), weak_ids_(MetaCategory::kSpecials, max_generation) {}
  Specials(const Specials&) = delete;
  Specials& operator=(const Specials&) = delete;
  constexpr void init(Metadata& metadata) {
    metadata_ = &metadata;
    records_.init(metadata);
    nodes_.init(metadata);
    weak_records_.init(metadata);
    cleanup_ids_.init(metadata);
    weak_ids_.init(metadata);
  }

  // ---- Registering. kOutOfMemory changes nothing and leaves `error` alone (the caller has a text for it). ----

  // `object`: the exact address that the finalizer will get, in the object at `place`.
  // kFinalizer "finalizer already set": there is one for this exact address. An unordered one keeps what its object
  // points to alive for its own run only: it does not hinder other objects from being found dead (unordered_died).
  Status set_finalizer(const ObjectPlace& place, Address object, const FinalizerInfo& info, ErrorText& error,
                       bool is_unordered = false);
  // Harmless where none is set. Returns whether one was.
  bool clear_finalizer(const ObjectPlace& place, Address object);
  bool has_finalizer(const ObjectPlace& place, Address object);

  // Any number an object. kBadArgument: the argument is the object itself (`object` is what the caller passed), so that
  // it would never die.
  Status add_cleanup(const ObjectPlace& place, Address object, const CleanupInfo& info, uint64_t* id, ErrorText& error);
  // The cleanup will not run, even if it is queued already. Twice, or after it ran: kOk and no effect (F7).
  // kBadArgument "not a cleanup: …": no such id was ever given out.
  Status stop_cleanup(uint64_t id, ErrorText& error);

  // The weak handle of (object, offset): the same id for all its users until the object dies, whose number is counted.
  Status weak_create(const ObjectPlace& place, size_t offset, uint64_t* id);
  // The address (base + offset), null when the object died. Before the object is resolved the caller asks its mark, and
  // while a cycle marks in slices it shades the object. kStaleHandle "weak handle is stale: …", kBadArgument "not a
  // weak handle: …".
  Status weak_get(uint64_t id, Address* target, ErrorText& error) const;
  // One user less; the last one frees the id. Errors as weak_get().
  Status weak_free(uint64_t id, ErrorText& error);

  // ---- Objects that the client ends. ----

  // Notes the handle that keeps the object at `place`, which has no other.
  Status pin(const ObjectPlace& place, uint64_t handle);
  // Forgets the handle that kept it, and gives it; 0: there was none.
  uint64_t unpin(SpanSpecials*& home, uint32_t slot);
  // The object's weak handles are cleared, its finalizers and cleanups are taken back, and nothing of it will run.
  void end_object(SpanSpecials*& home, uint32_t slot);
  // The same for what is tied to one address alone, `offset` bytes into a tiny block: cleanups are the block's.
  void end_address(SpanSpecials*& home, uint32_t slot, Address object, size_t offset);
  // Takes back the queued finalizers of objects in [base, base + bytes). Cost: a step for each record in the queue.
  void end_queued(Address base, size_t bytes);

  // ---- Dying: for the resolver. Allocates nothing. ----

  // The node of a slot, or null; at most 64 steps. for_each_object() in records.h walks a span's.
  ObjectNode* try_find(SpanSpecials* home, uint32_t slot);
  // Resolves an object that is allocated and unmarked. Each record that fires takes one from `*budget`. kMore: the
  // budget is used up, and the next call for the node goes on; in between, users may end the node's handles and
  // cleanups. After any other verdict the node may be gone; the SpanSpecials stays, though it may be empty.
  Verdict resolve_some(ObjectNode& node, uint64_t* budget);
  Verdict object_died(ObjectNode& node) {
    uint64_t budget = ~uint64_t{0};
    return resolve_some(node, &budget);
  }
  // A marking is over: the homes that there are now are to be resolved, from the first on. Constant time.
  void begin_resolving() { unresolved_.prepend(homes_); }
  SpanSpecials* next_unresolved() const { return unresolved_.first(); }
  void pass_unresolved() { homes_.push_back(unresolved_.pop_front()); }
  // Once a full cycle has marked what is reachable: object_died() for the objects of unordered finalizers that
  // is_dead(Address) says are dead, and revive(Address) for each of them.
  template <class Dead, class Revive>
  void unordered_died(Dead&& is_dead, Revive&& revive) {
    if (counters_.unordered_live == 0) return;
    unordered_died(finalizers_, is_dead, revive);
    unordered_died(new_finalizers_, is_dead, revive);
  }
  // Gives an empty SpanSpecials back and nulls the span's pointer. To be called before the span record is reused, and
  // good after each sweep of a span.
  void trim(SpanSpecials*& home);
  // The span goes without a sweep. Weak handles are cleared; finalizers and cleanups count as cleared and stopped, and
  // none will run.
  void discard(SpanSpecials*& home);

  // The tables of ids give back what they do not need; if `sparse_only`, where that is most of them.
  void trim_tables(bool sparse_only) {
    sparse_only ? cleanup_ids_.trim_if_sparse() : cleanup_ids_.trim();
    sparse_only ? weak_ids_.trim_if_sparse() : weak_ids_.trim();
  }

  // ---- The drain. ----

  bool pop_ready(Ready* out);
  // Whether the oldest record has no function: only the host can run it.
  bool next_is_hosts() const { return ready_.first() != nullptr && ready_.first()->info.fn == nullptr; }
  uint64_t ready_count() const { return ready_.count(); }

  // ---- Roots (R1). The callbacks may not change the specials. ----

  // f(Address object, Address context, bool is_unordered): the CONTENTS of the object that `object` lies in, and the
  // context itself. A full cycle leaves the contents for unordered ones until it knows what else is alive.
  template <class F>
  void visit_finalizer_objects(F&& f) const {
    visit_finalizers(new_finalizers_, f);
    visit_finalizers(finalizers_, f);
  }
  // f(Address argument)
  template <class F>
  void visit_cleanup_args(F&& f) const {
    visit_contexts(new_cleanups_, f);
    visit_contexts(cleanups_, f);
  }
  // f(Address object_or_null, Address context): both themselves.
  template <class F>
  void visit_ready(F&& f) const {
    visit_queue(ready_.first(), f);
  }
  // The same for what was registered or queued since forget_new().
  template <class F>
  void visit_new_finalizer_objects(F&& f) const {
    visit_finalizers(new_finalizers_, f);
  }
  template <class F>
  void visit_new_cleanup_args(F&& f) const {
    visit_contexts(new_cleanups_, f);
  }
  template <class F>
  void visit_new_ready(F&& f) const {
    visit_queue(ready_.first_new(), f);
  }
  // A cycle has seen everything: all records are old now. Constant time.
  void forget_new() {
    finalizers_.prepend(new_finalizers_);
    cleanups_.prepend(new_cleanups_);
    ready_.forget_new();
  }
  // For a cycle that marks in slices: renew() makes all records new again, in constant time, and visit_next_new()
  // visits one of them, which makes it old. False: none is new. f(Address armed, Address object, Address context):
  // `armed` is null but for a finalizer, and its CONTENTS are meant; `object` is null but for what is queued. Contents
  // for unordered finalizers are left out, as above.
  void renew() {
    new_finalizers_.prepend(finalizers_);
    new_cleanups_.prepend(cleanups_);
    ready_.renew();
  }
  template <class F>
  bool visit_next_new(F&& f) {
    if (Record* const record = new_finalizers_.pop_front()) {
      finalizers_.push_back(record);
      f(record->is_unordered ? Address() : record->object, Address(), record->info.context);
      return true;
    }
    if (Record* const record = new_cleanups_.pop_front()) {
      cleanups_.push_back(record);
      f(Address(), Address(), record->info.context);
      return true;
    }
    const Record* const record = ready_.first_new();
    if (record == nullptr) return false;
    ready_.pass_new();
    f(Address(), record->object, record->info.context);
    return true;
  }

  const SpecialsCounters& counters() const { return counters_; }
  // What the records of everything that is registered or queued take now.
  uint64_t record_bytes() const {
    return records_.live() * sizeof(Record) + nodes_.live() * sizeof(ObjectNode) +
           weak_records_.live() * sizeof(WeakRecord);
  }
  // What all records that were ever made took, each counted as the only one of its object: it never shrinks.
  uint64_t record_bytes_ever() const {
    return (counters_.finalizers_set + counters_.cleanups_added) * (sizeof(Record) + sizeof(ObjectNode)) +
           counters_.weak_made * (sizeof(WeakRecord) + sizeof(ObjectNode));
  }
  size_t bytes() const;  // of records and id tables
  // Walks everything; null if all hold, otherwise the name of the first invariant that does not.
  const char* verify() const;

 private:
  bool try_reserve_node(const ObjectPlace& place, const ObjectNode* node);
  ObjectNode& add_node(const ObjectPlace& place);
  void drop_if_bare(ObjectNode& node);
  Record* try_find_finalizer(ObjectNode* node, Address object);
  static void append(RecordChain& chain, Record* record);
  void remove(RecordChain& chain, Record* record);
  Record* try_add_record(const ObjectPlace& place, ObjectNode* node, RecordKind kind, const FinalizerInfo& info);
  void recycle(Record* record);
  void drop_finalizer(ObjectNode& node, Record* record);
  void forget_target(WeakRecord& record);
  uint64_t queue_some(RecordChain& chain, uint64_t* budget);
  bool clear_weak(ObjectNode& node, uint64_t* budget);
  uint64_t drop_all(RecordChain& chain);
  void end_node(ObjectNode& node);
  Status refuse_weak(uint64_t id, ErrorText& error) const;

  // Parts of verify(): each null or the name of an invariant.
  struct Recount;
  const char* verify_home(const SpanSpecials& home, Recount& recount) const;
  const char* verify_node(const ObjectNode& node, Recount& recount) const;
  const char* verify_chain(const RecordChain& chain, const ObjectNode& node, RecordKind kind, uint64_t* count,
                           uint64_t* unordered) const;
  const char* verify_counts(const Recount& recount) const;
  const char* verify_debug_counts() const;

  template <class Dead, class Revive>
  void unordered_died(List<Record>& list, Dead& is_dead, Revive& revive) {
    for (Record* record = list.first(); record != nullptr;) {
      Record* next = list.after(record);
      if (record->is_unordered && is_dead(record->object)) {
        const Address object = record->object;
        ObjectNode* const node = record->node;
        while (next != nullptr && next->node == node) next = list.after(next);  // these leave the list, too
        (void)object_died(*node);
        revive(object);
      }
      record = next;
    }
  }
  template <class F>
  static void visit_finalizers(const List<Record>& list, F& f) {
    for (const Record* record = list.first(); record != nullptr; record = list.after(record))
      f(record->object, record->info.context, record->is_unordered);
  }
  template <class F>
  static void visit_contexts(const List<Record>& list, F& f) {
    for (const Record* record = list.first(); record != nullptr; record = list.after(record)) f(record->info.context);
  }
  template <class F>
  void visit_queue(const Record* from, F& f) const {
    for (const Record* record = from; record != nullptr; record = ready_.after(record))
      f(record->object, record->info.context);
  }

  Metadata* metadata_ = nullptr;
  RecordPool<Record> records_;
  RecordPool<ObjectNode> nodes_;
  RecordPool<WeakRecord> weak_records_;
  GenerationTable cleanup_ids_;
  GenerationTable weak_ids_;
  List<SpanSpecials> homes_;
  List<SpanSpecials> unresolved_;  // those that wait for the resolver
  ObjectNode* dying_ = nullptr;    // the tree of its weak handles is being taken apart, and is no tree any more
  List<Record> finalizers_, new_finalizers_;
  List<Record> cleanups_, new_cleanups_;
  ReadyQueue ready_;
  SpecialsCounters counters_;
};

}  // namespace mallocgc
