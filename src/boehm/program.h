// A program that uses Boehm's interface has this one heap, and the files of this room share what is here. The room is a
// client of the C face and of nothing else in src/; it is a library of its own (mallocgc_boehm).
//
//   program.cc      the heap: made once; what happens after a collection
//   memory.cc       allocation
//   questions.cc    what lies where; pointers
//   collection.cc   collections and their settings
//   counters.cc     counters, and settings without effect
//   roots.cc        ranges beside static data
//   finalizers.cc   finalizers, of both orders
//   links.cc        disappearing links, toggled references
//   typed.cc        typed allocation
//   descriptors.cc  descriptors and mark procedures; roots that the client reports
//   kinds.cc        kinds of objects, disclaim procedures, marks
//   debug.cc        the debugging names
//   backptr.cc      what keeps an object alive
// Doors: <mallocgc/boehm/gc.h> from above; <mallocgc/mallocgc.h> below.
#pragma once

#include <mallocgc/boehm/gc.h>
#include <mallocgc/mallocgc.h>

namespace mallocgc::boehm {

struct Program {
  mgc_heap* heap = nullptr;
  mgc_mutator* mutator = nullptr;
  mgc_type words = nullptr;    // every word may be a pointer
  bool cycle_ended = false;    // since after_collection() ran
  bool is_finalizing = false;  // a finalizer is running
  uint64_t max_bytes = 0;      // asked for before the heap was made; 0: no limit but the default
  uint64_t freed_bytes = 0;    // by GC_free, since the last collection
  uint64_t live_bytes = 0;     // what the last collection left
  uint64_t pause_ns = 0;       // of all collections
};
extern Program program;

// A unit is two words, for sizes and alignment, as Boehm's granules are.
inline constexpr size_t kUnit = 2 * sizeof(void*);
// Returns one byte more than asked for, so that a pointer to the end stays inside, rounded up to a unit. Sizes that are
// too large to be had are left as they are.
inline size_t padded(size_t bytes) { return bytes > SIZE_MAX / 2 ? bytes : (bytes + kUnit) & ~(kUnit - 1); }

// Returns what to ask for so that `bytes` fit and GC_size gives no more than was asked for: what lies at the end of an
// object is found by its size, and memory behind what was asked for is nobody's.
inline size_t whole_slot(size_t bytes) { return bytes > SIZE_MAX / 2 ? bytes : mgc_roundup(padded(bytes)) - 1; }

// Makes the heap, once.
void make_heap();
inline void ensure() {
  if (program.heap == nullptr) [[unlikely]]
    make_heap();
}

// Does what follows a collection: links are cleared, then finalizers run. Nested calls run no finalizers.
void after_collection();
// Returns the result of an allocation, of `bytes` if there is none, after what follows a collection that happened in
// it, or the client's way out.
void* finish_slowly(void* object, size_t bytes);
inline void* finish(void* object, size_t bytes) {
  if (object == nullptr || program.cycle_ended) [[unlikely]]
    return finish_slowly(object, bytes);
  return object;
}

// These are of the files named above.
void clear_dead_links();
void forget_toggled_deaths();
bool has_links();
void toggle_references();  // before a collection
int run_finalizers();
bool has_finalizers();
bool is_armed(const void* object);  // or queued
void disarm(const void* object);    // it is freed
void unlink(const void* object);    // it is freed
inline void forget(const void* freed) {
  disarm(freed);
  unlink(freed);
}
void notify_or_run_finalizers();
void apply_settings();                                        // that a variable may have changed
void check_guards();                                          // of the debugging names, of all objects
void check_before_end(void* object, const mgc_found& found);  // of one that is freed
// Returns false if the object is not of the debugging names.
bool realloc_guarded(void* object, const mgc_found& found, size_t bytes, void** result);
// Returns false if the object has no disclaim procedure.
bool realloc_watched(void* object, const mgc_found& found, size_t bytes, void** result);
void* out_of_memory(size_t bytes);
void add_cycle_to_counters(const mgc_event& event);
void tell_of_collection(const mgc_event& event);
[[noreturn]] void stop(const char* text);

}  // namespace mallocgc::boehm
