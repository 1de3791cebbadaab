// The weak records of one object, found by offset in bounded time: a digital search tree. Every record is a node; at
// depth d the d-th bit of the record's key says which child to take, so no path is longer than the key has bits,
// whatever the order of insertion, and a million weak handles into one array stay cheap. The key is the offset times an
// odd constant, which is one to one and spreads neighbours. The tree takes no memory beside the records. (Coffman and
// Eve, CACM 13(7), 1970; Knuth vol. 3, 6.3.)
// inv.weak.tree: the path from the root to a record spells the first bits of its key.
#pragma once

#include "specials/records.h"

namespace mallocgc::weak_tree {

// The record of `offset`, or null. `steps` grows by the records looked at.
WeakRecord* find(WeakRecord* root, size_t offset, DebugCount* steps);
// No record of this offset is in the tree yet.
void insert(WeakRecord** root, WeakRecord* record, DebugCount* steps);
// `record` is in the tree.
void remove(WeakRecord** root, WeakRecord* record, DebugCount* steps);
// Takes any record out and leaves the rest fit for nothing but further calls; null at the end. Linear in all.
WeakRecord* dismantle(WeakRecord** root);
// Recomputes inv.weak.tree, and that every record is `node`'s; false if not. Adds the number of records to `count`.
bool verify(const WeakRecord* root, const ObjectNode* node, uint64_t* count);

}  // namespace mallocgc::weak_tree
