// This is the door to WebAssembly: the one static heap of the module, and what the files of this room share.
//
// The room is a client of the C face and of nothing else. Its exports carry the C face's names with the heap left out,
// so the functions have names of their own here and are exported through the attribute below. They take and give
// numbers and addresses. They call nobody but what the client has put into the table and named (visit.cc). Addresses,
// sizes and ids are 32 bits; handles and everything that counts to more are doubles, exact up to 2^53.
//
//   describe.cc     what the loader must know: offsets, constants, the reserved region
//   allocation.cc   types, allocation
//   collection.cc   cycles, settings, counters
//   roots.cc        frames, handles, barrier
//   lifecycle.cc    finalizers, cleanups, weak handles, host values, questions
//   walk.cc         spans and slots by value
//   visit.cc        enumerators, and what the client's code reports
//   events.cc       the event ring
//   record.cc       what the debug flavour records
//
// In the lean flavour there are no lifecycle.cc, visit.cc, walk.cc, events.cc and record.cc.
//
// inv.door.heap: before mgc_init has succeeded no other export but the descriptions and cells may be called.
#ifndef MALLOCGC_WASM_DOOR_H
#define MALLOCGC_WASM_DOOR_H

#include <mallocgc/mallocgc.h>

#define MGC_EXPORT(name) extern "C" [[clang::export_name(#name)]]

namespace door {

// The heap is a constant, as it lies in static memory.
inline mgc_heap* heap() { return &mgc_static_heap; }
inline mgc_mutator* mutator() { return mgc_main_mutator(heap()); }

inline mgc_type type_of_id(uint32_t id) { return mgc_type_by_id(heap(), id); }

template <class T = void>
T* at(uint32_t address) {
  return reinterpret_cast<T*>(static_cast<uintptr_t>(address));
}
inline uint32_t address_of(const void* pointer) { return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(pointer)); }

// What a collection of the debug flavour has found and no call has told yet (damage.h): the next call that can fail
// does, with MGC_CORRUPT and the text. The module calls nobody, and a trap would end the heap.
bool tells_damage();
inline uint32_t made(const void* object) { return tells_damage() ? 0 : address_of(object); }
inline int32_t outcome(int32_t status) { return tells_damage() ? mgc_last_status(heap()) : status; }

inline constexpr double kIntegersEnd = 9007199254740992.0;  // 2^53: above it, doubles skip integers

// Returns 0, which no handle is, for what is no integer from 0 to 2^53.
inline uint64_t integer_of(double x) {
  if (!(x >= 0 && x < kIntegersEnd)) return 0;
  const auto n = static_cast<uint64_t>(x);
  return static_cast<double>(n) == x ? n : 0;
}

}  // namespace door

#endif
