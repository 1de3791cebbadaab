// The native platform: Linux and macOS. The head of native.h tells how address space is shared between heaps.
//
// One *window* of address space serves all heaps of the process. It is made when the program is loaded, before there is
// a second thread, together with the card table that spans it: so neither moves while a barrier runs. Its size is a
// power of two, halved until the system grants it, since a sanitizer or a resource limit may leave less room; then one
// card index, (address >> MGC_CARD_SHIFT) modulo the number of cards, never belongs to two places of the window.
// Stacks and static data alias some cards harmlessly: a dirty card too many is read once. Memory outside the window
// that relies on its cards takes the granules whose cards they are from the heaps (try_own_cards).
//
// The window is cut into granules of 1 MiB. Those of one heap that lie together are a *run*:
//
//   owner of the granules        . . A A A . . . . B B . . . A . . .        . free
//   length[first of the run]         3             2         1
//   next[first of the run]           the run at the second A, …             the heap's list of runs
#include "platform/native.h"

#include <new>

#include <mallocgc/abi.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform/sanitizer.h"

namespace {
unsigned char stray_card;  // what barriers write where the system gives no window at all
}  // namespace

extern "C" {
mgc_card_table mgc_cards = {&stray_card, 0};
}

namespace mallocgc::platform {

namespace {

// log2 of the sizes to try for the window: where addresses have 32 bits, a quarter of them.
constexpr unsigned kLargestShift = kIs64Bit ? 38 : 30;
constexpr unsigned kSmallestShift = 24;
constexpr unsigned kGranuleShift = 20;
constexpr size_t kGranuleBytes = size_t{1} << kGranuleShift;
constexpr uint32_t kMaxGranules = uint32_t{1} << (kLargestShift - kGranuleShift);
constexpr uint32_t kBitmapWordBits = 64;
constexpr uint32_t kNoRun = UINT32_MAX;

// The one state of a process, guarded by its lock once main() has begun. All of it but the lock is zero until it is
// used.
struct Process {
  pthread_mutex_t lock;
  Address base;  // of the window; null: there is none
  uint32_t granules;
  uint64_t taken[kMaxGranules / kBitmapWordBits];
  uint32_t length[kMaxGranules];  // of the run that begins here
  uint32_t next[kMaxGranules];    // run of the same heap; where the cards are others', the place of their memory
  uint32_t owners[kMaxGranules];  // ranges outside the window that own cards of this granule, which is no heap's then
};
Process process = {PTHREAD_MUTEX_INITIALIZER, {}, 0, {}, {}, {}, {}};

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

// Twice the size is asked for and half of it given back: tables, threads and the program's own memory need room too,
// and the window is to begin at a granule.
bool try_window(unsigned shift) {
  const size_t bytes = size_t{1} << shift;
  const Address raw = map_bytes(2 * bytes, PROT_NONE);
  if (raw.is_null()) return false;
  const Address base = raw.aligned_up(kGranuleBytes);
  if (base != raw) munmap(raw.pointer(), base - raw);
  munmap((base + bytes).pointer(), raw + 2 * bytes - (base + bytes));
  const size_t cards = bytes >> MGC_CARD_SHIFT;
  const Address table = map_bytes(cards, PROT_READ | PROT_WRITE);
  if (table.is_null()) {
    munmap(base.pointer(), bytes);
    return false;
  }
  process.base = base;
  process.granules = static_cast<uint32_t>(bytes >> kGranuleShift);
  mgc_cards.base = table.pointer<unsigned char>();  // legal with the old mask, too
  mgc_cards.mask = cards - 1;
  return true;
}

bool make_window() {
  if (!process.base.is_null()) return true;
  for (unsigned shift = kLargestShift; shift >= kSmallestShift; --shift) {
    if (try_window(shift)) return true;
  }
  return false;
}

#if defined(__APPLE__)
[[gnu::constructor]]
#else
[[gnu::constructor(101)]]  // before the constructors of the program, which may make a heap
#endif
void make_window_at_load() {
  make_window();
}

Address granule_address(uint32_t granule) { return process.base + (size_t{granule} << kGranuleShift); }
uint32_t granules_of(size_t bytes) { return static_cast<uint32_t>((bytes + kGranuleBytes - 1) >> kGranuleShift); }

// Writes only to cards that are dirty: other threads' barriers may hit these cards from afar, and pages of the table
// that were never touched stay so.
void clear_cards(Range range) {
  const size_t first = range.low.value() >> MGC_CARD_SHIFT;
  for (size_t i = 0; i < range.bytes >> MGC_CARD_SHIFT; ++i) {
    unsigned char* const card = mgc_cards.base + ((first + i) & mgc_cards.mask);
    if (__atomic_load_n(card, __ATOMIC_RELAXED) != 0) __atomic_store_n(card, 0, __ATOMIC_RELAXED);
  }
}

struct Gap {
  uint32_t first = 0;
  uint32_t count = 0;
};

bool is_taken(uint32_t granule) {
  return (process.taken[granule / kBitmapWordBits] >> (granule % kBitmapWordBits) & 1) != 0;
}

void mark_granules(uint32_t first, uint32_t count, bool taken) {
  for (uint32_t i = first; i < first + count; ++i) {
    const uint64_t bit = uint64_t{1} << (i % kBitmapWordBits);
    uint64_t& word = process.taken[i / kBitmapWordBits];
    word = taken ? word | bit : word & ~bit;
  }
}

Gap longest_gap() {
  Gap longest;
  Gap gap;
  for (uint32_t granule = 0; granule < process.granules;) {
    const bool whole_word = granule % kBitmapWordBits == 0 && process.taken[granule / kBitmapWordBits] == 0 &&
                            process.granules - granule >= kBitmapWordBits;
    const uint32_t step = whole_word ? kBitmapWordBits : 1;
    if (!whole_word && is_taken(granule)) {
      gap.count = 0;
    } else {
      if (gap.count == 0) gap.first = granule;
      gap.count += step;
      if (gap.count > longest.count) longest = gap;
    }
    granule += step;
  }
  return longest;
}

// Takes granules in the middle of the longest gap, so that the heaps before and behind it, and this one, can grow where
// they are.
uint32_t take_run(uint32_t count) {
  const Gap gap = longest_gap();
  if (gap.count < count) return kNoRun;
  const uint32_t first = gap.first == 0 ? 0 : gap.first + (gap.count - count) / 2;
  mark_granules(first, count, true);
  process.length[first] = count;
  return first;
}

// Makes the run up to `count` granules longer; how many there are now.
uint32_t extend_run(uint32_t first, uint32_t count) {
  const uint32_t old_end = first + process.length[first];
  uint32_t end = old_end;
  while (end - old_end < count && end < process.granules && !is_taken(end)) ++end;
  mark_granules(old_end, end - old_end, true);
  return process.length[first] = end - first;
}

Range window() { return Range{process.base, size_t{process.granules} << kGranuleShift}; }

// Memory outside the window has the cards of the granules in it that lie a multiple of the window's size away: its
// *image*. `place` says how far, for the first of them. A granule behind the last one of the window is the first again,
// one place further.
struct Image {
  uint32_t first;
  uint32_t place;
  size_t count;
};

Image image_of(Range range) {
  const size_t from = (range.low - process.base) >> kGranuleShift;
  const size_t to = (range.end() - 1 - process.base) >> kGranuleShift;
  return Image{.first = static_cast<uint32_t>(from % process.granules),
               .place = static_cast<uint32_t>(from / process.granules),
               .count = to - from + 1};
}

// Returns whether f(granule, place) is true for all of them; those behind the first for which it is not are not asked.
template <class F>
bool every_granule(const Image& image, F f) {
  for (size_t i = 0; i < image.count; ++i) {
    const auto granule = static_cast<uint32_t>(image.first + i);
    if (!f(granule % process.granules, image.place + granule / process.granules)) return false;
  }
  return true;
}

}  // namespace

// ---- Memory ----

bool NativeSource::init(size_t max_bytes) {
  const Locked locked;
  if (!make_window()) return false;
  range_ = Range{.low = process.base, .bytes = size_t{process.granules} << kGranuleShift};
  max_bytes_ = max_bytes == 0 ? kPageBytes : max_bytes > range_.bytes ? range_.bytes : align_up(max_bytes, kPageBytes);
  given_bytes_ = 0;
  first_run_ = last_run_ = kNoRun;
  cursor_ = end_ = Address();
  spare_ = Region{};
  table_count_ = 0;
  return true;
}

Region NativeSource::try_grow(size_t min_bytes, size_t wanted_bytes) {
  const size_t room = max_bytes_ - given_bytes_;
  if (min_bytes > room) return {};
  if (wanted_bytes > room) wanted_bytes = room;
  if (spare_.bytes >= min_bytes) {
    const size_t bytes = spare_.bytes < wanted_bytes ? spare_.bytes : wanted_bytes;
    if (!open(spare_.base, bytes)) return {};
    const Region region = {.base = spare_.base, .bytes = bytes, .zeroed = true};
    spare_ = Region{.base = region.end(), .bytes = spare_.bytes - bytes};
    given_bytes_ += bytes;
    return region;
  }
  if (!reach(min_bytes, wanted_bytes)) return {};
  const size_t here = end_ - cursor_;
  size_t bytes = here < wanted_bytes ? here : wanted_bytes;
  while (!open(cursor_, bytes)) {
    if (bytes == min_bytes) return {};
    bytes = min_bytes;
  }
  const Region region = {.base = cursor_, .bytes = bytes, .zeroed = true};
  cursor_ = region.end();
  given_bytes_ += bytes;
  return region;
}

// Makes [cursor_, end_) at least min_bytes long, and wanted_bytes where the granules behind it are free.
bool NativeSource::reach(size_t min_bytes, size_t wanted_bytes) {
  const size_t here = end_ - cursor_;
  if (here >= wanted_bytes) return true;
  const Locked locked;
  if (last_run_ != kNoRun) {
    end_ = granule_address(last_run_ + extend_run(last_run_, granules_of(wanted_bytes - here)));
    if (size_t(end_ - cursor_) >= min_bytes) return true;
  }
  uint32_t run = take_run(granules_of(wanted_bytes));
  if (run == kNoRun) run = take_run(granules_of(min_bytes));
  if (run == kNoRun) return false;
  process.next[run] = kNoRun;
  (last_run_ == kNoRun ? first_run_ : process.next[last_run_]) = run;
  last_run_ = run;
  if (size_t(end_ - cursor_) > spare_.bytes) spare_ = Region{.base = cursor_, .bytes = size_t(end_ - cursor_)};
  cursor_ = granule_address(run);
  end_ = granule_address(run + process.length[run]);
  return true;
}

// Makes the bytes accessible.
bool NativeSource::open(Address base, size_t bytes) {
  const size_t system_page = system_page_bytes();
  const Address first = base.aligned_down(system_page);
  return mprotect(first.pointer(), (base + bytes).aligned_up(system_page) - first, PROT_READ | PROT_WRITE) == 0;
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

bool NativeSource::give_back(Address base, size_t bytes) {
#if defined(MADV_DONTNEED) && defined(__linux__)
  return base.is_aligned(system_page_bytes()) && bytes % system_page_bytes() == 0 &&
         madvise(base.pointer(), bytes, MADV_DONTNEED) == 0;
#else
  // Elsewhere only a new mapping is sure to be zero.
  void* const place = base.pointer();
  return base.is_aligned(system_page_bytes()) && bytes % system_page_bytes() == 0 &&
         mmap(place, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) ==
             place;
#endif
}

void NativeSource::release() {
  if (range_.bytes == 0) return;
  while (table_count_ != 0) {
    const Region& table = tables_[--table_count_];
    munmap(table.base.pointer(), table.bytes);
  }
  const Locked locked;
  for (uint32_t run = first_run_; run != kNoRun; run = process.next[run]) {
    const Address base = granule_address(run);
    const size_t bytes = size_t{process.length[run]} << kGranuleShift;
    unpoison(base, bytes);
    // The next heap here finds clean cards, and pages that are inaccessible and zero again.
    clear_cards(Range{base, bytes});
    void* const again =
        mmap(base.pointer(), bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    if (again != base.pointer()) continue;  // nothing is lost but these granules of address space
    mark_granules(run, process.length[run], false);
  }
  range_ = Range{};
  max_bytes_ = given_bytes_ = 0;
  first_run_ = last_run_ = kNoRun;
  cursor_ = end_ = Address();
  spare_ = Region{};
}

MemorySource* default_source(void* storage, size_t storage_bytes, size_t max_bytes) {
  static_assert(sizeof(NativeSource) <= kDefaultSourceBytes);
  if (storage_bytes < kDefaultSourceBytes) return nullptr;
  auto* const source = ::new (storage) NativeSource;
  return source->init(max_bytes) ? source : nullptr;
}

bool is_readable(Range range) { return range.bytes <= ~range.low.value(); }

// ---- Cards ----

bool reserve_cards(Range) {
  const Locked locked;
  return make_window();
}

bool try_own_cards(Range range) {
  const Locked locked;
  if (process.base.is_null() || window().contains(range.low) || window().contains(range.end() - 1)) return false;
  const Image image = image_of(range);
  const auto may_be_shared = [](uint32_t granule, uint32_t place) {
    return !is_taken(granule) || (process.owners[granule] != 0 && process.next[granule] == place);
  };
  if (image.count > process.granules || !every_granule(image, may_be_shared)) return false;
  return every_granule(image, [](uint32_t granule, uint32_t place) {
    mark_granules(granule, 1, true);
    process.next[granule] = place;
    return ++process.owners[granule] != 0;
  });
}

void give_back_cards(Range range) {
  const Locked locked;
  every_granule(image_of(range), [](uint32_t granule, uint32_t) {
    if (--process.owners[granule] == 0) mark_granules(granule, 1, false);
    return true;
  });
  clear_cards(range);
}

Range process_record() { return Range{Address::of(&process), sizeof process}; }

}  // namespace mallocgc::platform
