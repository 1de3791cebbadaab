// The platform inside an Emscripten program. libc's malloc takes its memory from sbrk, and so does the heap: each gets
// what the other has not, and the arena has holes where malloc grew in between. (memory.grow beside sbrk would give the
// same bytes twice.)
//
// A *stretch* is a region with a small header in front. As the break is rarely on a page boundary, the header mostly
// lies in bytes that alignment would waste:
//
//   break        base - sizeof(Stretch)        base (page aligned)
//   |---wasted---|--------- Stretch -----------|--- bytes: regions, in order ---|
//
// A source whose last stretch ends at the break extends it. Since sbrk cannot shrink, released stretches wait in a pool
// for later sources; one that is too long is split, and the parts are joined again when both are back.
//
// The range of every source is the whole memory, and one card table spans it. Nothing says whether memory from sbrk was
// used before, so regions count as dirty; tables are made zero by writing only where they are not.
#include <bit>
#include <new>

#include <emscripten/emscripten.h>
#include <emscripten/heap.h>
#include <emscripten/stack.h>
#include <mallocgc/abi.h>
#include <stdlib.h>
#include <unistd.h>

#include "platform/platform.h"
#include "platform/sanitizer.h"

namespace {
unsigned char stray_card;  // what barriers write before the first heap exists
}  // namespace

extern "C" {
extern char __global_base;  // the linker's: where static data begins, and where what is left begins
extern char __heap_base;
mgc_card_table mgc_cards = {&stray_card, 0};
}

extern "C" void mgc_write_barrier_range(const void* address, size_t bytes);  // of the C face

namespace mallocgc::platform {

namespace {

constexpr size_t kMaxMemoryBytes = ~size_t{0} - 0x10000 + 1;  // B5: 4 GiB - 64 KiB, so that no end wraps to 0
constexpr size_t kMinSplitBytes = size_t{64} << 10;           // a rest below this stays with the stretch

struct Stretch {
  Stretch* next;
  size_t bytes;
  bool part;  // was split off the stretch that ends one page before its base

  Address base() { return Address::of(this) + sizeof(Stretch); }
  Address end() { return base() + bytes; }
  static Stretch* before(Address base) { return (base - sizeof(Stretch)).pointer<Stretch>(); }
};

// inv.emscripten.pool: in ascending order; no part directly behind its front half.
Stretch* pool = nullptr;
size_t card_bytes = 0;

size_t memory_max_bytes = 0;  // final once the card table is made, which spans it

size_t memory_max() { return memory_max_bytes; }

// Where the memory cannot grow, the maximum is the present size. Then nobody may ask sbrk for more: without
// ALLOW_MEMORY_GROWTH that ends the program. A program without JS (STANDALONE_WASM) cannot learn the maximum and is
// told the present size, too; but its memory grows by a page that is tried. The range then has room for the heap that
// is being made and for a quarter of it taken by others.
void raise_memory_max(uint64_t heap_max_bytes) {
  if (card_bytes != 0) return;
  uint64_t bytes = emscripten_get_heap_max();
  const uint64_t present = emscripten_get_heap_size();
  if (bytes <= present) {
    const bool grows = __builtin_wasm_memory_grow(0, 1) != ~size_t{0};
    bytes = grows ? present + heap_max_bytes + heap_max_bytes / 4 : present;
  }
  const size_t most = bytes < kMaxMemoryBytes ? static_cast<size_t>(bytes) & ~(kPageBytes - 1) : kMaxMemoryBytes;
  if (most > memory_max_bytes) memory_max_bytes = most;
}

Address program_break() { return Address::of(sbrk(0)); }

// Moves the break up. The old break, or null if the system refused.
Address move_break(size_t bytes) {
  void* const old = sbrk(static_cast<intptr_t>(bytes));
  return old == reinterpret_cast<void*>(-1) ? Address() : Address::of(old);
}

Stretch* try_new_stretch(size_t bytes) {
  const Address start = program_break();
  const Address base = (start + sizeof(Stretch)).aligned_up(kPageBytes);
  if (bytes > memory_max() || base.value() > memory_max() - bytes) return nullptr;
  const Address got = move_break(base + bytes - start);
  if (got != start) return nullptr;  // refused, or another thread was faster: then these bytes are lost
  Stretch* const stretch = Stretch::before(base);
  *stretch = Stretch{.next = nullptr, .bytes = bytes, .part = false};
  return stretch;
}

// If `rest` was split off `front` and nothing else lies between them, they are one stretch again.
void join(Stretch* front, Stretch* rest) {
  if (front == nullptr || rest == nullptr || !rest->part || rest->base() != front->end() + kPageBytes) return;
  front->bytes += kPageBytes + rest->bytes;
  front->next = rest->next;
}

void put_back(Stretch* stretch) {
  Stretch* front = nullptr;
  Stretch** place = &pool;
  for (; *place != nullptr && *place < stretch; place = &front->next) front = *place;
  stretch->next = *place;
  *place = stretch;
  join(stretch, stretch->next);
  join(front, stretch);
}

// The first stretch of the pool with so many bytes, without what is beyond them, if that is worth a header.
Stretch* take_pooled(size_t bytes) {
  for (Stretch** place = &pool; *place != nullptr; place = &(*place)->next) {
    Stretch* const stretch = *place;
    if (stretch->bytes < bytes) continue;
    *place = stretch->next;
    if (stretch->bytes - bytes > kPageBytes + kMinSplitBytes) {
      Stretch* const rest = Stretch::before(stretch->base() + bytes + kPageBytes);
      *rest = Stretch{.next = *place, .bytes = stretch->bytes - bytes - kPageBytes, .part = true};
      *place = rest;
      stretch->bytes = bytes;
    }
    return stretch;
  }
  return nullptr;
}

// Writes only where a byte is not zero: pages that were never touched stay so.
void clear_dirty(Address base, size_t bytes) {
  constexpr size_t kStep = 8;  // words
  uint64_t* const words = base.pointer<uint64_t>();
  for (size_t i = 0; i < bytes / sizeof(uint64_t); i += kStep) {
    uint64_t any = 0;
    for (size_t k = 0; k < kStep; ++k) any |= words[i + k];
    if (any != 0) __builtin_memset(words + i, 0, kStep * sizeof(uint64_t));
  }
}

// Takes memory that was used before, where the pool has some, and else new memory.
Stretch* try_stretch(size_t bytes) {
  Stretch* const stretch = take_pooled(bytes);
  return stretch != nullptr ? stretch : try_new_stretch(bytes);
}

class EmscriptenSource final : public MemorySource {
 public:
  explicit EmscriptenSource(size_t max_bytes)
      : max_bytes_(max_bytes < kMaxMemoryBytes ? align_up(max_bytes, kPageBytes) : kMaxMemoryBytes) {}

  Range range() const override { return Range{.low = Address(), .bytes = memory_max()}; }

  Region try_grow(size_t min_bytes, size_t wanted_bytes) override {
    const size_t room = max_bytes_ - given_bytes_;
    if (min_bytes > room) return {};
    if (wanted_bytes > room) wanted_bytes = room;
    size_t ask = wanted_bytes;
    while (!last_has(min_bytes) && !start_stretch(take_pooled(ask)) && !extend_last(ask) &&
           !start_stretch(try_new_stretch(ask))) {
      if (ask == min_bytes) return {};
      ask = ask / 2 > min_bytes ? align_up(ask / 2, kPageBytes) : min_bytes;
    }
    const size_t here = last_->end() - cursor_;
    const Region region = {.base = cursor_, .bytes = here < wanted_bytes ? here : wanted_bytes, .zeroed = false};
    cursor_ = region.end();
    given_bytes_ += region.bytes;
    return region;
  }

  Region try_tables(size_t bytes) override {
    if (released_ || bytes == 0 || bytes > kMaxMemoryBytes) return {};
    const size_t rounded = align_up(bytes, kPageBytes);
    Stretch* const stretch = try_stretch(rounded);
    if (stretch == nullptr) return {};
    keep(stretch);
    clear_dirty(stretch->base(), rounded);
    return Region{.base = stretch->base(), .bytes = rounded, .zeroed = true};
  }

  void release() override {
    while (stretches_ != nullptr) {
      Stretch* const stretch = stretches_;
      stretches_ = stretch->next;
      unpoison(stretch->base(), stretch->bytes);
      // The next heap here finds clean cards.
      if (card_bytes != 0) {
        const size_t first = stretch->base().value() >> MGC_CARD_SHIFT;
        __builtin_memset(mgc_cards.base + first, 0, stretch->bytes >> MGC_CARD_SHIFT);
      }
      put_back(stretch);
    }
    last_ = nullptr;
    max_bytes_ = given_bytes_ = 0;
    released_ = true;
  }

 private:
  void keep(Stretch* stretch) {
    stretch->next = stretches_;
    stretches_ = stretch;
  }

  bool start_stretch(Stretch* stretch) {
    if (stretch == nullptr) return false;
    keep(stretch);
    last_ = stretch;
    cursor_ = stretch->base();
    return true;
  }

  bool last_has(size_t bytes) const { return last_ != nullptr && last_->end() - cursor_ >= bytes; }

  // Makes `bytes` follow the cursor, where nobody has moved the break since the last stretch was made.
  bool extend_last(size_t bytes) {
    if (last_ == nullptr || last_->end() != program_break()) return false;
    if (last_has(bytes)) return true;
    const size_t more = bytes - (last_->end() - cursor_);
    if (more > memory_max() - last_->end().value() || move_break(more) != last_->end()) return false;
    last_->bytes += more;
    return true;
  }

  Stretch* stretches_ = nullptr;  // all of this source, tables too
  Stretch* last_ = nullptr;       // of regions
  Address cursor_;                // [cursor_, last_->end()) is not given yet
  size_t max_bytes_;
  size_t given_bytes_ = 0;
  bool released_ = false;
};

}  // namespace

MemorySource* default_source(void* storage, size_t storage_bytes, size_t max_bytes) {
  static_assert(sizeof(EmscriptenSource) <= kDefaultSourceBytes);
  if (storage_bytes < kDefaultSourceBytes) return nullptr;
  raise_memory_max(max_bytes);
  return ::new (storage) EmscriptenSource(max_bytes);
}

bool is_readable(Range range) {
  const uint64_t end = uint64_t{__builtin_wasm_memory_size(0)} << 16;
  return uint64_t{range.low.value()} + range.bytes <= end;
}

bool reserve_cards(Range) {
  if (card_bytes != 0) return true;
  // A power of two of cards, so that the mask keeps a barrier on any address inside the table.
  const size_t bytes = std::bit_ceil(memory_max() >> MGC_CARD_SHIFT);
  Stretch* const stretch = try_stretch(bytes);
  if (stretch == nullptr) return false;
  clear_dirty(stretch->base(), bytes);
  card_bytes = bytes;
  mgc_cards.base = stretch->base().pointer<unsigned char>();
  mgc_cards.mask = bytes - 1;
  return true;
}

// Below the end of the table no two addresses have one card.
bool try_own_cards(Range range) { return (range.end() - 1).value() >> MGC_CARD_SHIFT <= mgc_cards.mask; }
void give_back_cards(Range) {}

// The linear stack. There are no registers to be seen: mallocgc-root stores what they hold to this stack.
Range thread_stack() {
  const Address low(emscripten_stack_get_end());
  return Range{low, emscripten_stack_get_base() - low.value()};
}

// From the first static datum to where sbrk begins, but for the stack, which some linkers put in between.
void visit_static_data(RangeVisitor visit, void* context) {
  const Address begin = Address::of(&__global_base).aligned_up(kWordBytes);
  const Address end = Address::of(&__heap_base).aligned_down(kWordBytes);
  const Range stack = thread_stack();
  if (stack.end() <= begin || stack.low >= end) return visit(context, Range{begin, end - begin});
  if (begin < stack.low) visit(context, Range{begin, stack.low - begin});
  if (stack.end() < end) visit(context, Range{stack.end(), end - stack.end()});
}

// Gives the stack pointer as it is here; this function has no frame of its own that would lie below it.
Address capture_stack(Address frame, uintptr_t*, size_t, size_t* copied) {
  *copied = 0;
  const Address low = Address(emscripten_stack_get_current()).aligned_down(kWordBytes);
  return low < frame ? low : frame;
}

// This is a call of its own, which the tool finds (tools/rooting/linked.mjs). It names what --barriers calls, so that
// the linker keeps that in a program that has no barriers yet.
MGC_NOINLINE bool is_rooted_without_barriers() {
  __asm__ volatile("" : : "r"(&mgc_write_barrier_range));
  return false;
}

uint64_t now_ns() { return static_cast<uint64_t>(emscripten_get_now() * 1e6); }

void die(const char* cause) {
  char line[256] = "mallocgc: ";
  size_t length = 10;
  for (; *cause != '\0' && length < sizeof line - 1; ++cause) line[length++] = *cause;
  line[length++] = '\n';
  (void)!write(STDERR_FILENO, line, length);
  abort();
}

double* host_clock_cell() { return nullptr; }
const char* last_words() { return nullptr; }
uint32_t* host_memory_end_cell() { return nullptr; }
size_t reserved_end() { return 0; }

}  // namespace mallocgc::platform
