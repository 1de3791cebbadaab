// Members of gc.h that lie in no heap object. They are no roots, so what they are given is freed under them; in the
// debug flavour the first such store ends the program with its cause. For that the process knows its heaps. A Member on
// the stack of its thread is let be: algorithms keep temporaries there.
// Doors: api/heap.cc; mgc_member_stored in cpp/runtime.h.
#pragma once

struct mgc_heap;

namespace mallocgc::api {

// A heap is known between these two calls. In the other flavours they do nothing.
void heap_is_made(mgc_heap& heap);
void heap_ends(mgc_heap& heap);

}  // namespace mallocgc::api
