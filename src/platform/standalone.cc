// The platform of the standalone module (heap.wasm), which imports nothing but its memory. It has one heap. Memory
// comes from memory.grow; before that, from what the module reserves behind its static data, and, where the host says
// that the memory it made is all ours, from there to its end:
//
//   0        stack, data       __heap_base      reserved_end()          *host_memory_end_cell()     memory.size
//   |--------------------------|--------ours-----|----ours if the host says so----|----others'--------|--> memory.grow
//
// The host promises that what it gives is zero, as fresh memory is. Others may grow the memory in between: then the
// next growth is not adjacent, and what was left of the stretch before is kept as a spare.
//
// inv.standalone.stretch: [cursor_, end_) and the spare are ours, zero, and not given to anybody yet.
#include <bit>
#include <new>

#include <mallocgc/abi.h>

#include "platform/platform.h"

extern "C" unsigned char __heap_base;  // the linker's: the first address behind stack and static data

namespace {
unsigned char stray_card;  // what barriers write before the heap exists
}  // namespace

extern "C" {
mgc_card_table mgc_cards = {&stray_card, 0};
}

namespace mallocgc::platform {

namespace {

constexpr size_t kWasmPageBytes = size_t{64} << 10;
constexpr size_t kMaxMemoryBytes = ~size_t{0} - kWasmPageBytes + 1;  // B5: 4 GiB - 64 KiB, so that no end wraps to 0
constexpr size_t kForeignShare = 8;  // of the maximum: how much of others' memory the range leaves room for
constexpr size_t kLastWordsBytes = 256;

double clock_ns;
uint32_t memory_end;
char words[kLastWordsBytes];

// Bytes of so many wasm pages, but never more than the address arithmetic bears.
size_t bytes_of_wasm_pages(size_t pages) {
  return pages < kMaxMemoryBytes / kWasmPageBytes ? pages * kWasmPageBytes : kMaxMemoryBytes;
}

// The address of the first byte behind the memory that is now; null if the host refused to grow.
Address grow_memory(size_t wasm_pages) {
  const size_t before = __builtin_wasm_memory_grow(0, wasm_pages);
  if (before == ~size_t{0}) return Address();
  return Address(before * kWasmPageBytes);
}

size_t wasm_pages_for(size_t bytes) { return bytes / kWasmPageBytes + (bytes % kWasmPageBytes != 0); }

class StandaloneSource final : public MemorySource {
 public:
  // In a memory of our own, max_bytes is the end of all addresses, stack, data and tables included. In a memory that
  // others use, growth begins behind them, and may have to jump over what they grow later.
  void init(size_t max_bytes) {
    const size_t size = bytes_of_wasm_pages(__builtin_wasm_memory_size(0));
    const size_t ours = memory_end > reserved_end() ? memory_end : reserved_end();
    end_of_range_ = max_bytes < kMaxMemoryBytes ? align_up(max_bytes, kPageBytes) : kMaxMemoryBytes;
    if (ours < size) {
      const size_t room = kMaxMemoryBytes - size;
      const size_t wish = end_of_range_ < room ? end_of_range_ + end_of_range_ / kForeignShare : room;
      end_of_range_ = size + (wish < room ? wish : room);
    }
    cursor_ = Address::of(&__heap_base).aligned_up(kPageBytes);
    end_ = Address(ours < size ? ours : size).aligned_down(kPageBytes);
    if (end_ < cursor_) end_ = cursor_;
  }

  Range range() const override { return Range{.low = Address(), .bytes = end_of_range_}; }

  Region try_grow(size_t min_bytes, size_t wanted_bytes) override {
    const size_t room = end_of_range_ > cursor_.value() ? end_of_range_ - cursor_.value() : 0;
    if (wanted_bytes > room && room >= min_bytes) wanted_bytes = room;
    Region region = take(min_bytes, wanted_bytes);
    if (region.bytes == 0 || region.end() <= Address(end_of_range_)) return region;
    // What lies above the range has no entry in any table.
    region.bytes = region.base < Address(end_of_range_) ? end_of_range_ - region.base.value() : 0;
    return region.bytes >= min_bytes ? region : Region{};
  }

  Region try_tables(size_t bytes) override {
    if (bytes == 0 || bytes > kMaxMemoryBytes) return {};
    const size_t rounded = align_up(bytes, kPageBytes);
    return take(rounded, rounded);
  }

  void release() override {}  // a wasm memory cannot shrink, and the module has no second heap

 private:
  Region take(size_t min_bytes, size_t wanted_bytes) {
    if (spare_.bytes >= min_bytes) return take_spare(wanted_bytes);
    if (end_ - cursor_ < min_bytes && !extend(min_bytes, wanted_bytes)) return {};
    const size_t here = end_ - cursor_;
    const Region region = {.base = cursor_, .bytes = here < wanted_bytes ? here : wanted_bytes, .zeroed = true};
    cursor_ = region.end();
    return region;
  }

  Region take_spare(size_t wanted_bytes) {
    const size_t bytes = spare_.bytes < wanted_bytes ? spare_.bytes : wanted_bytes;
    const Region region = {.base = spare_.base, .bytes = bytes, .zeroed = true};
    spare_ = Region{.base = region.end(), .bytes = spare_.bytes - bytes, .zeroed = true};
    return region;
  }

  // Makes [cursor_, end_) at least min_bytes long. Twice at most: if the first growth is not adjacent it may be too
  // short.
  bool extend(size_t min_bytes, size_t wanted_bytes) {
    for (int attempt = 0; attempt < 2; ++attempt) {
      const size_t here = end_ - cursor_;
      const size_t least = wasm_pages_for(min_bytes - here);
      size_t pages = wasm_pages_for(wanted_bytes - here);
      Address base = grow_memory(pages);
      while (base.is_null() && pages > least) {
        pages = pages / 2 > least ? pages / 2 : least;
        base = grow_memory(pages);
      }
      if (base.is_null() || base > Address(kMaxMemoryBytes)) return false;
      if (base != end_) {
        if (here > spare_.bytes) spare_ = Region{.base = cursor_, .bytes = here, .zeroed = true};
        cursor_ = base;
      }
      const size_t room = (kMaxMemoryBytes - base.value()) / kWasmPageBytes;
      end_ = base + (pages < room ? pages : room) * kWasmPageBytes;
      if (end_ - cursor_ >= min_bytes) return true;
    }
    return false;
  }

  size_t end_of_range_ = 0;
  Address cursor_;
  Address end_;
  Region spare_;
};

StandaloneSource* the_source = nullptr;
size_t card_bytes = 0;

}  // namespace

MemorySource* default_source(void* storage, size_t storage_bytes, size_t max_bytes) {
  static_assert(sizeof(StandaloneSource) <= kDefaultSourceBytes);
  if (storage_bytes < kDefaultSourceBytes || the_source != nullptr) return nullptr;
  the_source = ::new (storage) StandaloneSource;
  the_source->init(max_bytes);
  return the_source;
}

// The table spans the configured maximum, rounded up to a power of two, so that the mask keeps even a barrier on a
// foreign address inside it.
bool is_readable(Range range) {
  const uint64_t end = uint64_t{__builtin_wasm_memory_size(0)} << 16;
  return uint64_t{range.low.value()} + range.bytes <= end;
}

bool reserve_cards(Range range) {
  if (card_bytes != 0) return true;
  if (the_source == nullptr) return false;
  const size_t cards = std::bit_ceil(((range.end().value() - 1) >> MGC_CARD_SHIFT) + 1);
  const Region table = the_source->try_tables(cards);
  if (table.bytes == 0) return false;
  card_bytes = cards;
  mgc_cards.base = table.base.pointer<unsigned char>();
  mgc_cards.mask = cards - 1;
  return true;
}

// Below the end of the table no two addresses have one card.
bool try_own_cards(Range range) { return (range.end() - 1).value() >> MGC_CARD_SHIFT <= mgc_cards.mask; }
void give_back_cards(Range) {}

// The stack of the caller is another module's.
Range thread_stack() { return {}; }
void visit_static_data(RangeVisitor, void*) {}
Address capture_stack(Address frame, uintptr_t*, size_t, size_t*) { return frame; }

bool is_rooted_without_barriers() { return false; }

uint64_t now_ns() { return kHasEvents && clock_ns > 0 ? static_cast<uint64_t>(clock_ns) : 0; }

void die(const char* cause) {
  if constexpr (!kHasTexts) __builtin_trap();
  size_t length = 0;
  for (; cause[length] != '\0' && length < kLastWordsBytes - 1; ++length) words[length] = cause[length];
  words[length] = '\0';
  __builtin_trap();
}

double* host_clock_cell() { return &clock_ns; }
const char* last_words() { return words; }
uint32_t* host_memory_end_cell() { return &memory_end; }
size_t reserved_end() { return Address::of(&__heap_base).aligned_up(kWasmPageBytes).value(); }

}  // namespace mallocgc::platform
