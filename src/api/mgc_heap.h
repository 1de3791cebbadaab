// What the opaque names of the C face are: a mgc_heap is a Heap with what only the C face needs beside it, a
// mgc_mutator is a Mutator, a mgc_type is a Type. The functions of api/ encode and decode, check what C can get wrong,
// and go down one floor; they decide nothing.
// Doors: <mallocgc/mallocgc.h> from above; heap/heap.h below.
#pragma once

#include <mallocgc/mallocgc.h>

#include "heap/heap.h"

struct mgc_heap : mallocgc::Heap {
  alignas(16) unsigned char source[mallocgc::platform::kDefaultSourceBytes] = {};
  void* data = nullptr;
  mgc_heap* next_heap = nullptr;  // of the process, in the debug flavour
  bool is_pooled = false;         // its storage came from api/heap_storage
};

namespace mallocgc::api {

inline Mutator& core(mgc_mutator* mutator) { return *reinterpret_cast<Mutator*>(mutator); }
inline const Mutator& core(const mgc_mutator* mutator) { return *reinterpret_cast<const Mutator*>(mutator); }
inline Heap& heap_of(mgc_mutator* mutator) { return *core(mutator).heap; }
// Types never change; the collector's part of one is not the client's.
inline Type* core(mgc_type type) { return const_cast<Type*>(reinterpret_cast<const Type*>(type)); }
inline mgc_type face(const Type* type) { return reinterpret_cast<mgc_type>(type); }
inline mgc_mutator* face(Mutator* mutator) { return reinterpret_cast<mgc_mutator*>(mutator); }
inline mgc_status code(Status status) { return static_cast<mgc_status>(status); }

// Makes a constructed heap ready; *out is the heap only where that succeeds.
mgc_status make(mgc_heap* heap, const mgc_options* given, mgc_heap** out);

}  // namespace mallocgc::api
