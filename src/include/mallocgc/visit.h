/* Where the heap asks the client what points where: enumerators of roots, for stacks and tables of the client's own,
 * and trace functions, for objects whose pointers no description finds (mgc_type_info.trace). Not in the lean flavour.
 * Door: mallocgc.h, which includes this and says what holds for all functions.
 *
 * Both run in the middle of a collection, in any call that may collect, and for checks and questions of the heap. They
 * may not call the heap but for the functions below and mgc_stats: what would allocate or collect is MGC_BAD_ARGUMENT
 * "re-entered from a callback of the heap", and changes nothing. They return; left by an exception or a longjmp, the
 * heap is MGC_CORRUPT. What they must read has to be whole at every call that may collect.
 *
 * A report that cannot be used (a slot that is null, not aligned to a word, outside the memory of the module, or
 * outside the object that is traced) is left out, and the others count. The collection then ends as usual, and is an
 * error: mgc_collect and its kin give MGC_BAD_ARGUMENT with the text of the first such report; of a collection that
 * began by itself mgc_last_status tells; a listener hears it as MGC_EVENT_DIAGNOSIS.
 */
#ifndef MALLOCGC_VISIT_H
#define MALLOCGC_VISIT_H

#include <mallocgc/abi.h>
#include <mallocgc/names.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What reports are given to; good during one call. */
typedef struct mgc_visitor mgc_visitor;

/* Reports roots: what is alive as long as it is reported. It is called each time the heap reads its roots: in each
 * marking, whole; in a cycle in slices several times, the last time in its final step; in each minor cycle. So stores
 * into what it reports need no barrier. What it reports counts as a root for the pacer and in work_roots_visited. At
 * most 16, the same as often as it was added; MGC_BAD_ARGUMENT for more, and for null. Neither call collects. */
typedef void (*mgc_enumerator)(mgc_visitor* visitor, void* context);
mgc_status mgc_add_enumerator(mgc_heap* heap, mgc_enumerator enumerator, void* context);
/* Takes one back that was added with this function and this context. MGC_BAD_ARGUMENT "not a registered enumerator". */
mgc_status mgc_remove_enumerator(mgc_heap* heap, mgc_enumerator enumerator, void* context);

/* Reports. `certainty`: MGC_EXACT, the word is a pointer, with what T5 says of those; or MGC_AMBIGUOUS, it may be one.
 * The word at `slot`, and every whole word of [base, base + bytes). Ranges may overlap, and be reported again. Constant
 * time for each word. */
void mgc_visit_slot(mgc_visitor* visitor, const void* slot, uint32_t certainty);
void mgc_visit_range(mgc_visitor* visitor, const void* base, size_t bytes, uint32_t certainty);
/* A pointer that is in no memory, or is kept in another form. From enumerators only. */
void mgc_visit_value(mgc_visitor* visitor, const void* value, uint32_t certainty);
/* The heap that asks. */
mgc_heap* mgc_visitor_heap(const mgc_visitor* visitor);

/* Trace functions are `mgc_type_info.trace` (abi.h), natively and in linked programs a function, in heap.wasm an index
 * into its table. They have no other way to say anything than mgc_visit_slot and mgc_visit_range. The function is asked
 * for the slots in the bytes [from, to) of the object, and may report others of the object, which do not count. It may
 * be asked for the same bytes again, and for those of an object that was just allocated and is zero. Slots outside the
 * object have no card that a barrier could mark: a pointer there needs an enumerator. A store into a traced slot needs
 * the barrier, as any other. Changing what is a slot (a length, a tag) is a store into all slots that come with it. */

#ifdef __cplusplus
}
#endif

#endif
