/* Weak words in objects: what weak slots, weak arrays and weak-keyed tables are made of. Not in the lean flavour.
 * Door: mallocgc.h, which includes this and says what holds for all functions.
 *
 * A type says which of its words they are (abi.h: mgc_type_info):
 *   weak   a word that does not keep what it points to. When the object has died, the word is cleared.
 *   keys   the key of an *ephemeron*, whose value is the word behind it. The value is kept as long as the key's object
 *          lives, whatever the value points to, its own key too. When the key has died, key and value are cleared.
 * A weak array is an array of a type of one weak word; a weak-keyed table is an array of { key, value }, or a head with
 * such elements behind it (MGC_TAIL_ELEMENTS). A word costs a word, and an ephemeron two; how they are arranged, hashed
 * and grown is the client's. A cleared word is null, or what `weak_cleared` says. A key that is no object of the heap
 * (null, static data, with `weak_tagged` an integer) cannot die, and its value is kept. Types with such words have
 * spans of their own, of at least a page for each size of objects.
 *
 * Clearing: all weak words of what a collection has found dead are cleared before any of it is freed, and before a
 * finalizer of it runs: so a weak word never leads to an object that lives once more for its finalizer. In a minor
 * collection so are those of what has died young. mgc_free does not look for weak words: what points to an object that
 * is freed by hand has to be cleared before, as any pointer.
 *
 * Writing: as other pointers, with mgc_store or a write barrier. Both halves of an ephemeron are stored together,
 * either first. Where only one is, or a call that may collect comes between the two, the key is read before, as below:
 * else a collection that goes on in slices may still clear both halves for a key that was there and has died.
 *
 * Reading: with the two functions below only, since a collection that goes on in slices may have found the object dead
 * and not have cleared the word yet. A value may be read as it stands after its key was read so and is not cleared,
 * until the next call that may collect. Comparing the word as it stands with a pointer to a living object is fine too.
 * A table is copied entry by entry, by reading.
 */
#ifndef MALLOCGC_WEAK_H
#define MALLOCGC_WEAK_H

#include <mallocgc/abi.h>
#include <mallocgc/names.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The weak word or key at `slot`, in an object of the heap: the word as it stands, or what it is when cleared, if its
 * object was found dead; then it is cleared at once, and so is the value of a key. While a collection marks in slices,
 * the object lives until its end. Null, with MGC_BAD_POINTER: `slot` is null. Any other word: as it stands. Of a wide
 * value (MGC_FILTER_WIDE on 32 bits) the low half; the other one may be read after it. Constant time, never collects.
 */
void* mgc_weak_load(mgc_heap* heap, const void* slot);

/* Walks the weak words and ephemerons of an object that are not cleared, in order. `*at` is a byte offset
 * in the object, 0 at first. 1: *entry is the next one at or behind it, and *at behind that; both its words are as
 * mgc_weak_load gives them. 0: there is none, and nothing is changed; also, with MGC_BAD_POINTER, where `object` is not
 * the beginning of one. The object may be changed between two calls. Never collects; constant time, but for what is
 * skipped. */
uint32_t mgc_weak_table_next(mgc_heap* heap, const void* object, size_t* at, mgc_weak_entry* entry);

#ifdef __cplusplus
}
#endif

#endif
