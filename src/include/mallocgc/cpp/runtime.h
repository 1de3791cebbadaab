// What the inline paths of gc.h call where they cannot go on: functions of the library beside the C face, whose Locals
// have slots of their own (mgc_mutator_abi.free_local).
// Doors: pointers.h, allocation.h.
#ifndef MALLOCGC_CPP_RUNTIME_H
#define MALLOCGC_CPP_RUNTIME_H

#include <mallocgc/mallocgc.h>

extern "C" {

// At least one slot is free afterwards. MGC_SHADOW_STACK where half as many Locals are in use as the shadow stack has
// words, MGC_OUT_OF_MEMORY. May collect.
mgc_status mgc_local_room(mgc_mutator* mutator);
// The same for the Local of an object that is there already and would be lost. It may take an eighth more; beyond, it
// ends the program with its cause. Never collects.
void mgc_local_slot_for(mgc_mutator* mutator);
// The end of a Frame that is not the last frame of its stack. Never collects.
void mgc_scope_end(mgc_mutator* mutator, void** scope);
// Ends the program, since a null Local was dereferenced; the cause has the heap's last error.
[[noreturn]] void mgc_null_local(mgc_mutator* mutator);
// After a Member was given an object, in the debug flavour: ends the program if the Member lies neither in a heap nor
// on the stack of its thread. In the other flavours nothing. Never collects.
void mgc_member_stored(const void* member, const void* object);

}  // extern "C"

#endif
