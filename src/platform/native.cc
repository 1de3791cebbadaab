// The native platform: Linux and macOS. The head of native.h tells how address space is shared between heaps.
//
// The reservation is cut into granules of 1 MiB; a bitmap says which are taken. A heap's sub-range is a run of
// granules, so one card index, (address >> MGC_CARD_SHIFT) modulo the number of cards of the reservation, never belongs
// to two heaps. Stacks and static data alias some cards harmlessly: a dirty card too many is read once.
#include "platform/native.h"

#include <cstdlib>
#include <new>

#include <mallocgc/abi.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "platform/sanitizer.h"

namespace {
unsigned char stray_card;  // what barriers write before the first heap exists
}  // namespace

extern "C" {
mgc_card_table mgc_cards = {&stray_card, 0};
}

namespace mallocgc::platform {

namespace {

// log2 of the sizes to try for the reservation: a sanitizer or a resource limit may leave less room.
constexpr unsigned kReservationShifts[] = {kIs64Bit ? 36 : 29, kIs64Bit ? 34 : 28, kIs64Bit ? 32 : 27};
constexpr unsigned kLargestShift = kReservationShifts[0];
constexpr unsigned kGranuleShift = 20;
constexpr size_t kGranuleBytes = size_t{1} << kGranuleShift;
constexpr size_t kMaxGranules = size_t{1} << (kLargestShift - kGranuleShift);
constexpr size_t kBitmapWordBits = 64;

// The one state of a process, guarded by its lock. Zero until first use.
struct Process {
  pthread_mutex_t lock;
  Address base;  // of the reservation; null: not made yet
  size_t granules;
  size_t card_bytes;  // of the card table; 0: not made yet
  uint64_t taken[kMaxGranules / kBitmapWordBits];
};
Process process = {PTHREAD_MUTEX_INITIALIZER, {}, 0, 0, {}};

class Locked {
 public:
  Locked() { pthread_mutex_lock(&process.lock); }
  ~Locked() { pthread_mutex_unlock(&process.lock); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
};

size_t system_page_bytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

// Address space without memory behind it; null if refused.
Address map_bytes(size_t bytes, int protection) {
  void* const p = mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? Address() : Address::of(p);
}

// Twice the size is mapped, and what lies outside the aligned middle is given back.
bool reserve_shift(unsigned shift) {
  const size_t bytes = size_t{1} << shift;
  const Address raw = map_bytes(2 * bytes, PROT_NONE);
  if (raw.is_null()) return false;
  process.base = raw.aligned_up(bytes);
  process.granules = bytes >> kGranuleShift;
  if (process.base != raw) munmap(raw.pointer(), process.base - raw);
  const Address end = process.base + bytes;
  if (end != raw + 2 * bytes) munmap(end.pointer(), raw + 2 * bytes - end);
  return true;
}

bool reserve() {
  if (!process.base.is_null()) return true;
  for (const unsigned shift : kReservationShifts) {
    if (reserve_shift(shift)) return true;
  }
  return false;
}

bool is_taken(size_t granule) {
  return (process.taken[granule / kBitmapWordBits] >> (granule % kBitmapWordBits) & 1) != 0;
}

void mark_granules(size_t first, size_t count, bool taken) {
  for (size_t i = first; i < first + count; ++i) {
    const uint64_t bit = uint64_t{1} << (i % kBitmapWordBits);
    uint64_t& word = process.taken[i / kBitmapWordBits];
    word = taken ? word | bit : word & ~bit;
  }
}

// First fit, so that released sub-ranges are taken again. Null: no run of that length.
Address take_granules(size_t count) {
  size_t run = 0;
  for (size_t granule = 0; granule < process.granules; ++granule) {
    run = is_taken(granule) ? 0 : run + 1;
    if (run != count) continue;
    const size_t first = granule + 1 - count;
    mark_granules(first, count, true);
    return process.base + (first << kGranuleShift);
  }
  return Address();
}

size_t granules_of(size_t bytes) { return (bytes + kGranuleBytes - 1) >> kGranuleShift; }

}  // namespace

// ---- Memory ----

bool NativeSource::init(size_t max_bytes) {
  const Locked locked;
  if (!reserve() || max_bytes > process.granules << kGranuleShift) return false;
  const size_t bytes = max_bytes == 0 ? kPageBytes : align_up(max_bytes, kPageBytes);
  const Address low = take_granules(granules_of(bytes));
  if (low.is_null()) return false;
  range_ = Range{.low = low, .bytes = bytes};
  grown_bytes_ = 0;
  table_count_ = 0;
  return true;
}

Region NativeSource::try_grow(size_t min_bytes, size_t wanted_bytes) {
  const size_t room = range_.bytes - grown_bytes_;
  if (min_bytes > room) return {};
  size_t bytes = wanted_bytes < room ? wanted_bytes : room;
  const Address base = range_.low + grown_bytes_;
  const size_t system_page = system_page_bytes();
  const Address first = base.aligned_down(system_page);
  while (mprotect(first.pointer(), (base + bytes).aligned_up(system_page) - first, PROT_READ | PROT_WRITE) != 0) {
    if (bytes == min_bytes) return {};
    bytes = min_bytes;
  }
  grown_bytes_ += bytes;
  return Region{.base = base, .bytes = bytes, .zeroed = true};
}

Region NativeSource::try_tables(size_t bytes) {
  if (table_count_ == kMaxTables || range_.bytes == 0 || bytes == 0) return {};
  const size_t rounded = align_up(bytes, system_page_bytes() > kPageBytes ? system_page_bytes() : kPageBytes);
  if (rounded < bytes) return {};
  // The system aligns to its own page only: a little more is mapped, so that a table can begin on one of ours.
  const Address raw = map_bytes(rounded + kPageBytes, PROT_READ | PROT_WRITE);
  if (raw.is_null()) return {};
  tables_[table_count_++] = Region{.base = raw, .bytes = rounded + kPageBytes, .zeroed = true};
  return Region{.base = raw.aligned_up(kPageBytes), .bytes = rounded, .zeroed = true};
}

void NativeSource::release() {
  if (range_.bytes == 0) return;
  while (table_count_ != 0) {
    const Region& table = tables_[--table_count_];
    munmap(table.base.pointer(), table.bytes);
  }
  const Locked locked;
  if (grown_bytes_ != 0) {
    unpoison(range_.low, grown_bytes_);
    // The next heap here finds clean cards, and pages that are inaccessible and zero again.
    if (process.card_bytes != 0) {
      const size_t first = (range_.low.value() >> MGC_CARD_SHIFT) & (process.card_bytes - 1);
      __builtin_memset(mgc_cards.base + first, 0, (grown_bytes_ + (size_t{1} << MGC_CARD_SHIFT) - 1) >> MGC_CARD_SHIFT);
    }
    void* const low = range_.low.pointer();
    void* const again = mmap(low, align_up(grown_bytes_, system_page_bytes()), PROT_NONE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    if (again != low) return;  // nothing is lost but these granules of address space
  }
  mark_granules((range_.low - process.base) >> kGranuleShift, granules_of(range_.bytes), false);
  range_ = Range{};
  grown_bytes_ = 0;
}

MemorySource* default_source(void* storage, size_t storage_bytes, size_t max_bytes) {
  static_assert(sizeof(NativeSource) <= kDefaultSourceBytes);
  if (storage_bytes < kDefaultSourceBytes) return nullptr;
  auto* const source = ::new (storage) NativeSource;
  return source->init(max_bytes) ? source : nullptr;
}

// ---- Cards ----

bool reserve_cards(Range) {
  const Locked locked;
  if (process.card_bytes != 0) return true;
  if (!reserve()) return false;
  const size_t bytes = (process.granules << kGranuleShift) >> MGC_CARD_SHIFT;
  const Address base = map_bytes(bytes, PROT_READ | PROT_WRITE);
  if (base.is_null()) return false;
  process.card_bytes = bytes;
  mgc_cards.base = base.pointer<unsigned char>();  // legal with the old mask, too
  mgc_cards.mask = bytes - 1;
  return true;
}

// ---- The stack ----

Range thread_stack() {
#if defined(__APPLE__)
  const pthread_t self = pthread_self();
  const size_t bytes = pthread_get_stacksize_np(self);
  return Range{Address::of(pthread_get_stackaddr_np(self)) - bytes, bytes};
#elif defined(__GLIBC__)
  pthread_attr_t attributes;
  void* low = nullptr;
  size_t bytes = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return {};
  const bool known = pthread_attr_getstack(&attributes, &low, &bytes) == 0;
  pthread_attr_destroy(&attributes);
  return known ? Range{Address::of(low), bytes} : Range{};
#else
  return {};
#endif
}

namespace {

MGC_NOINLINE Address copy_stack(Address frame, uintptr_t* copy, size_t capacity, size_t* copied) {
  Address at = Address::of(__builtin_frame_address(0)).aligned_down(kWordBytes);
  for (*copied = 0; *copied < capacity && at < frame; at = at + kWordBytes) copy[(*copied)++] = load_word(at).value();
  return at;
}

}  // namespace

// The registers that a function must save are saved in this one's frame; its own callers saved the rest in theirs.
MGC_NOINLINE Address capture_stack(Address frame, uintptr_t* copy, size_t capacity, size_t* copied) {
  __builtin_unwind_init();
  const Address low = copy_stack(frame, copy, capacity, copied);
  __asm__ volatile("" : : : "memory");  // no tail call: the frame stays until the copy is made
  return low;
}

// ---- Clock and last words ----

uint64_t now_ns() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

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
