// Descriptors of Boehm's interface (gc_mark.h) as types of the heap. One that says which words may be pointers becomes
// a type of such words; a mark procedure, or a descriptor that lies in each object, becomes a traced type. Doors:
// type_of(), for objects by descriptor; define_type(), for kinds.
#pragma once

#include <mallocgc/boehm/gc_typed.h>
#include <mallocgc/mallocgc.h>

namespace mallocgc::boehm {

inline constexpr size_t kMaskBits = 32;  // of mgc_words_info

// A map says which words of an object may be pointers; of the words behind `words` none is. It is in memory of malloc.
struct WordMap {
  uint32_t* mask = nullptr;
  size_t words = 0;
};
enum class MapResult : uint8_t { kMade, kNoMemory, kNone };
// kNone says that the descriptor does not tell it for all objects alike.
MapResult make_map(GC_descr descriptor, WordMap* map);

// Makes a fresh type. Returns null if memory is exhausted.
mgc_type define_type(GC_descr descriptor, const char* name);
// Returns the same type for the same descriptor.
mgc_type type_of(GC_descr descriptor);
// Returns how many bytes an object has to have so that the descriptor's type fits.
size_t least_bytes(GC_descr descriptor);

// Makes a descriptor for a map that is longer than a word has room for. Returns 0 if memory is exhausted.
GC_descr keep_long_map(const GC_word* map, size_t words);

void visit_other_roots(mgc_visitor* visitor);
void tell_of_start();

}  // namespace mallocgc::boehm
