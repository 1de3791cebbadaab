// The platform: how bytes arrive, the clock, last words, and where the card table lies. One file per system implements
// this header (native.cc, standalone.cc, emscripten.cc); CMake chooses it, and fake.cc stands beside it in tests. No
// other room contains a platform macro.
//
// A heap owns one MemorySource. It gives *regions* for pages: each is fresh, none ever moves, and two of them need not
// touch, because others may grow the same memory in between (the arena has holes). Beside regions it gives *tables*:
// memory for arrays that span the whole address range of the heap, sized once, zero, and costing nothing where they are
// untouched.
//
// inv.platform.range: every region lies inside range(), which never changes after the source is made.
// inv.platform.cards: two addresses inside the ranges of live sources share a card only if they are on the same card.
//
// Doors: from pages/page_heap.h (growth), pages/page_map.h (tables), heap/ (clock, cards); on to the host.
#pragma once

#include "base/address.h"
#include "base/check.h"

namespace mallocgc::platform {

// A stretch of addresses; both ends are page aligned.
struct Range {
  Address low;
  size_t bytes = 0;

  Address end() const { return low + bytes; }
  bool contains(Address a) const { return a.value() - low.value() < bytes; }
};

// Memory that the host handed over. bytes == 0: refused.
struct Region {
  Address base;
  size_t bytes = 0;
  bool zeroed = false;  // every byte is known to be 0

  Address end() const { return base + bytes; }
};

// Where one heap's memory comes from. Not thread safe. Nobody destroys a source: its storage is the caller's, and what
// it has taken goes back by release().
class MemorySource {
 public:
  // Every region this source will ever give lies in here. Constant.
  virtual Range range() const = 0;

  // A fresh region. Precondition: min_bytes <= wanted_bytes, both multiples of kPageBytes, min_bytes > 0. The region is
  // page aligned and has a multiple of kPageBytes with min_bytes <= bytes <= wanted_bytes; otherwise it is empty and
  // nothing has changed. It may or may not begin where the last one ended.
  virtual Region try_grow(size_t min_bytes, size_t wanted_bytes) = 0;

  // A zeroed, page-aligned table outside every region, of at least `bytes`. Untouched pages of it cost nothing but
  // address space. It is meant for the few tables that are sized at creation (a source may refuse more than 16), and
  // lives until release().
  virtual Region try_tables(size_t bytes) = 0;

  // Whether untouched parts of tables cost nothing but address space; else they are memory like any other.
  virtual bool tables_cost_by_use() const { return false; }

  // Whether give_back() can work here.
  virtual bool gives_back() const { return false; }
  // The memory behind these pages of a region goes back to the system; the addresses stay the heap's, and read as zero.
  // Page aligned. False: the system kept it, and nothing has changed.
  virtual bool give_back(Address, size_t) { return false; }

  // Gives everything back where the system can take it. The source gives nothing afterwards. Twice is once.
  virtual void release() = 0;

 protected:
  ~MemorySource() = default;
};

// Whether all sources of the process have one range(), in which there is nothing else. Where they have not, the host's
// memory is the range, and others' memory lies in it too.
#if defined(__wasm__)
inline constexpr bool kHeapsHaveOneRange = false;
#else
inline constexpr bool kHeapsHaveOneRange = true;
#endif

// Storage that default_source() needs; aligned as for any object.
inline constexpr size_t kDefaultSourceBytes = 1024;

// Makes the platform's own source in `storage`, able to give max_bytes in all, or returns null if the system refuses
// (or storage_bytes is less than kDefaultSourceBytes). max_bytes is rounded up to whole pages.
MemorySource* default_source(void* storage, size_t storage_bytes, size_t max_bytes);

// Makes ::mgc_cards (abi.h) cover every address of `range`. To be called when a heap is made, before the first barrier
// on it. A second call is harmless, and never moves the table while a range that was reserved before is in use. False:
// out of memory. The cards of a range are clean when its source is made, except that a barrier may be called for any
// address (abi.h), and so may have hit one of them.
[[nodiscard]] bool reserve_cards(Range range);

// Makes the cards of `range`, which is whole cards of the client's memory, its own: no heap cleans them until they are
// given back. Two owners of one card have to be told apart by the caller. False, and nothing is changed: they are a
// heap's, or those of other memory too.
[[nodiscard]] bool try_own_cards(Range range);
void give_back_cards(Range range);

// Nanoseconds of a monotonic clock with an arbitrary start. The standalone module imports nothing, so there it is the
// value that the host last wrote to *host_clock_cell(), 0 before.
uint64_t now_ns();

// The stack of the thread that calls, from its lowest address to its base; empty where the platform does not tell.
Range thread_stack();

// For a look at that stack while the function whose frame is at `frame` runs: copies what lies between the caller of
// this and `frame`, registers of its callers included, to `copy` (at most `capacity` words; *copied says how many).
// Gives the address from which on the stack itself is to be read.
inline constexpr size_t kStackCopyWords = kHasMachineStack ? 256 : 1;
Address capture_stack(Address frame, uintptr_t* copy, size_t capacity, size_t* copied);

// Returns whether the program was rewritten by mallocgc-root without --barriers, so that its stores mark no cards. The
// tool finds the function by its name and makes it say so; nothing else does.
bool is_rooted_without_barriers();

// visit(context, range) for each range of static data that can be written to: of the program and of each library that
// is loaded at the moment. Words aligned, never memory of a MemorySource. Allocates nothing.
using RangeVisitor = void (*)(void* context, Range range);
void visit_static_data(RangeVisitor visit, void* context);

// What the host of the standalone module reads and writes; the other platforms return null from all three.
double* host_clock_cell();         // nanoseconds; the host writes it before each call that it wants timed
const char* last_words();          // the cause that die() left before the trap; empty if there was none
uint32_t* host_memory_end_cell();  // written before the heap is made: the memory up to here is the heap's. 0: only what
                                   // the module reserves

// The first address above what the standalone module reserves for itself without asking (its stack and data, rounded up
// to a wasm page): other users of a memory that was passed in must live at or above it. 0 on the other platforms.
size_t reserved_end();

// Whether the whole range can be read, as far as the platform knows: on wasm, whether it lies in the memory.
bool is_readable(Range range);

// die() is declared in base/check.h: natively one line on stderr and abort; in the standalone module the text goes to
// last_words() and the module traps.

}  // namespace mallocgc::platform
