// There are the four kinds that Boehm's interface begins with, two for its debugging names, one for
// GC_finalized_malloc, and those of the client. A kind has types of its own, so that an object tells its kind.
// An object of a kind with a disclaim procedure is *watched*: it has a finalizer of the heap that asks the procedure.
// Doors: kind_of(), watch().
#pragma once

#include <mallocgc/boehm/gc_disclaim.h>
#include <mallocgc/boehm/gc_mark.h>

#include "boehm/program.h"

namespace mallocgc::boehm {

enum : int {
  kPointerFree = 0,
  kNormal = 1,
  kUncollectable = 2,
  kPointerFreeUncollectable = 3,
  kGuarded = 4,             // GC_debug_malloc
  kGuardedPointerFree = 5,  // GC_debug_malloc_atomic
  kFinalized = 6,
  kFirstOfClient = 7,
  kKindsMax = kFirstOfClient + 32
};

struct Kind {
  mgc_type type;       // null: none has been made
  mgc_type wide_type;  // every word may be a pointer: for objects that are shorter than the descriptor says
  size_t least_bytes;
  GC_disclaim_proc disclaim;
  bool is_in_order;
  GC_describe_type_fn describe;
};

// Ends the program for a number that names no kind.
Kind& kind_of(int number);
// Returns -1 if the type is of no kind.
int kind_of_type(mgc_type type);
// Returns -1 if the object is of no kind, or there is none there.
int kind_of_object(const void* object);

// Gives the object its finalizer of the heap (unwatch takes it away). Nothing happens where its kind has no procedure.
// Returns false if there is no memory.
bool watch(void* object, int kind);
void watch_again(void* object);
void unwatch(void* object);
bool has_watched();

// Makes an object of a kind with its watch. Returns null where there is no memory for it.
void* make_of_kind(size_t bytes, int number, bool is_uncollectable);
// Returns the type of a kind of the library's own, which is made at first.
mgc_type own_type(int number, const char* name, bool has_pointers);

}  // namespace mallocgc::boehm
