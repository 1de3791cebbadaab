/* Damage is what a client did to the heap and a collection of the debug flavour has found: a pointer to an object that
 * was freed, in a root or in a reachable object; a reachable object that was not marked, because it was stored without
 * a write barrier; or a broken structure of the heap's own. Door: mallocgc.h, which includes this and says what holds
 * for all functions.
 */
#ifndef MALLOCGC_DAMAGE_H
#define MALLOCGC_DAMAGE_H

#include <mallocgc/abi.h>
#include <mallocgc/names.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Collections look for damage where MGC_DEBUG_VERIFY or MGC_DEBUG_CHECKMARK is on. When one has found some, `handler`
 * hears of it, whoever began the collection. Without a handler (null, as at first) a collection that began by itself,
 * in an allocation, a step or mgc_poll, ends the program with the text; one that a call asked for which gives a status
 * makes that MGC_CORRUPT, with the text, in either case. The handler may not call the heap but for mgc_stats; it may
 * leave by an exception or a longjmp, and the heap can be used as far as it is whole. In the release flavour no handler
 * is ever called. Never collects. */
typedef void (*mgc_damage_handler)(const mgc_damage* damage, void* context);
void mgc_set_damage_handler(mgc_heap* heap, mgc_damage_handler handler, void* context);

#ifdef __cplusplus
}
#endif

#endif
