/* Stacks of the client's own as roots: part of <mallocgc/mallocgc.h>, which includes it.
 *
 * They are for code that keeps pointers where its compiler puts them. Every aligned word of such a stack is a root if
 * it lies in an allocated object, and is ignored otherwise; nothing is to be registered or cleared for a single
 * pointer. None of these calls collects, but as is said at mgc_enable_c_stack; constant time. Doors: mgc_add_stack,
 * mgc_enable_c_stack.
 */
#ifndef MALLOCGC_STACKS_H
#define MALLOCGC_STACKS_H

#include <mallocgc/mallocgc.h>

#ifdef __cplusplus
extern "C" {
#endif

/* mgc_add_stack: [*low_cell, base) is a stack of the mutator, which grows downwards. A mutator has at most one. The
 * cell is read at each collection: 0, or a value above `base`, means that nothing is in use. A WebAssembly module that
 * mallocgc-root has rewritten stores its stack pointer there. MGC_BAD_POINTER if one of the two is null or not aligned
 * to a word; MGC_BAD_ARGUMENT if the mutator has a stack with another cell. mgc_remove_stack ends it; MGC_BAD_ARGUMENT
 * if there is none. */
mgc_status mgc_add_stack(mgc_mutator* mutator, const void* low_cell, const void* base);
mgc_status mgc_remove_stack(mgc_mutator* mutator);

/* The stack of the thread that calls, and its registers, are roots from now on, in whatever function a collection
 * starts: C and C++ programs then need no frames and no handles. In an Emscripten program this is the linear stack,
 * and the program is rewritten by mallocgc-root; if that was without --barriers, this call is mgc_set_no_barriers too,
 * may collect and fail as that does. Once for a heap; after the heap has moved to another thread, again there. Using
 * the heap on any other stack ends the program. MGC_BAD_ARGUMENT where the platform does not tell where the stack is.
 * mgc_disable_c_stack ends it. */
mgc_status mgc_enable_c_stack(mgc_mutator* mutator);
mgc_status mgc_disable_c_stack(mgc_mutator* mutator);

/* The static data of the program, and of each shared library that is loaded at the time of a collection, are roots from
 * now on: every aligned word of them that lies in an allocated object, so plain global variables keep objects alive. In
 * an Emscripten program they reach from `__global_base` to `__heap_base`. Memory of malloc and variables of a thread
 * are no static data. Each cycle of any kind reads them to the end. MGC_BAD_ARGUMENT where the platform does not tell
 * where they are. mgc_disable_static_data ends it. */
mgc_status mgc_enable_static_data(mgc_heap* heap);
mgc_status mgc_disable_static_data(mgc_heap* heap);

/* The frames of LLVM's gc "shadow-stack": `head` is the address of `llvm_gc_root_chain`, which compilers that emit such
 * frames define. What the list holds at a collection are roots of the mutator; each slot is null or a pointer. Null
 * ends it. MGC_BAD_POINTER if `head` is not aligned to a word. */
mgc_status mgc_add_shadow_chain(mgc_mutator* mutator, const void* head);

#ifdef __cplusplus
}
#endif

#endif
