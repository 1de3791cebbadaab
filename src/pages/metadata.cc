// Metadata: chunks, direct requests, and recycled blocks. The head of metadata.h tells how it works.
#include "pages/metadata.h"

#include "platform/sanitizer.h"

namespace mallocgc {

namespace {

constexpr size_t kDefaultAlign = 8;  // P1
constexpr const char* kNoMemory = "persistentalloc: cannot allocate memory";

static_assert(Metadata::kMaxBlockBytes % Metadata::kBlockStep == 0);
static_assert(Metadata::kBlockStep >= sizeof(void*));

constexpr uint32_t bucket_of(size_t rounded) { return static_cast<uint32_t>(rounded / Metadata::kBlockStep - 1); }
constexpr uint32_t slab_pages(size_t rounded) {
  return rounded <= Metadata::kSmallBlockBytes ? 1 : Metadata::kLargeSlabPages;
}
constexpr size_t slab_bytes(size_t rounded) { return bytes_of_pages(slab_pages(rounded)); }

// What a block of `bytes` is accounted as.
constexpr size_t block_bytes(size_t bytes) {
  if (bytes == 0) bytes = 1;
  return align_up(bytes, bytes <= Metadata::kMaxBlockBytes ? Metadata::kBlockStep : kPageBytes);
}

}  // namespace

MGC_ALWAYS_INLINE void* Metadata::fail(Status status, const char* text) {
  last_status_ = status;
  last_error_ = kHasTexts ? text : "";
  return nullptr;
}

// ---- Persistent ----

void* Metadata::persistentalloc(size_t bytes, size_t align, MetaCategory category) {
  if (align == 0) align = kDefaultAlign;
  if (!is_power_of_two(align)) return fail(Status::kBadArgument, "persistentalloc: align is not a power of 2");
  if (align > kPageBytes) return fail(Status::kBadArgument, "persistentalloc: align is too large");
  const bool fits = align_up(cursor_.value(), align) - cursor_.value() + bytes <= limit_ - cursor_;
  const bool direct = bytes >= kDirectBytes || (bytes > kMaxBlockBytes && !fits);
  void* const memory = direct ? take_zeroed(bytes) : cut(bytes, align);
  if (memory == nullptr) return fail(Status::kOutOfMemory, kNoMemory);
  move(MetaCategory::kOther, category, bytes);
  last_status_ = Status::kOk;
  return memory;
}

// Whole pages, accounted to kOther.
void* Metadata::take_pages(uint32_t count, uint32_t align_pages, bool* zeroed) {
  PageRun run;
  if (!pages_->try_allocate(count, align_pages, &run)) {
    if (!pages_->try_grow(count + align_pages - 1, false) || !pages_->try_allocate(count, align_pages, &run)) {
      return nullptr;
    }
  }
  *zeroed = run.zeroed;
  sys_bytes_ += bytes_of_pages(count);
  bytes_[static_cast<uint32_t>(MetaCategory::kOther)] += bytes_of_pages(count);
  return pages_->address_of(run.first).pointer();
}

void* Metadata::take_zeroed(size_t bytes) {
  if (bytes > pages_->max_bytes()) return nullptr;  // also keeps the number of pages in its type
  bool zeroed = false;
  void* const memory = take_pages(pages_for_bytes(bytes), 1, &zeroed);
  if (memory != nullptr && !zeroed) __builtin_memset(memory, 0, bytes_of_pages(pages_for_bytes(bytes)));
  return memory;
}

void* Metadata::try_pages(uint32_t pages, uint32_t align_pages, MetaCategory category) {
  bool zeroed = false;
  void* const memory = take_pages(pages, align_pages, &zeroed);
  if (memory != nullptr) move(MetaCategory::kOther, category, bytes_of_pages(pages));
  return memory;
}

void Metadata::free_pages(void* memory, uint32_t pages, MetaCategory category) {
  move(category, MetaCategory::kOther, bytes_of_pages(pages));
  pages_->free(PageRun{.first = pages_->page_of(Address::of(memory)), .count = pages});
  sys_bytes_ -= bytes_of_pages(pages);
  bytes_[static_cast<uint32_t>(MetaCategory::kOther)] -= bytes_of_pages(pages);
}

// Bumps the cursor; at most one chunk is taken. After an extension the cursor's alignment cannot pass the old limit,
// which is on a page boundary, so the new chunk alone has room for the request.
void* Metadata::cut(size_t bytes, size_t align) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    const Address start = cursor_.aligned_up(align);
    if (!cursor_.is_null() && start <= limit_ && bytes <= limit_ - start) {
      cursor_ = start + bytes;
      return start.pointer();
    }
    if (!refill(bytes)) return nullptr;
  }
  return nullptr;
}

bool Metadata::refill(size_t bytes) {
  size_t chunk = chunk_bytes_ < kChunkBytes ? kFirstChunkBytes : kChunkBytes;
  void* memory = take_zeroed(chunk);
  if (memory == nullptr && chunk > kFirstChunkBytes) {
    chunk = kFirstChunkBytes;  // memory is short: what is needed now may still be there
    memory = take_zeroed(chunk);
  }
  if (memory == nullptr) {
    chunk = align_up(bytes == 0 ? 1 : bytes, kPageBytes);
    memory = take_zeroed(chunk);
  }
  if (memory == nullptr) return false;
  const Address base = Address::of(memory);
  chunk_bytes_ += chunk;
  if (base != limit_) cursor_ = base;
  limit_ = base + chunk;
  return true;
}

// ---- Blocks ----

void* Metadata::take_from_slab(size_t rounded) {
  SlabList& slabs = slabs_[bucket_of(rounded)];
  const uint32_t pages = slab_pages(rounded);
  if (!slabs.has_room()) {
    void* const memory = try_pages(pages, pages, MetaCategory::kOther);
    if (memory == nullptr) return nullptr;
    slabs.add(memory, rounded, slab_bytes(rounded));
    free_block_bytes_ += SlabList::capacity(rounded, slab_bytes(rounded)) * rounded;
  }
  void* const block = slabs.take(rounded, slab_bytes(rounded));
  free_block_bytes_ -= rounded;
  platform::unpoison(Address::of(block), rounded);
  __builtin_memset(block, 0, rounded);
  return block;
}

void* Metadata::try_block(size_t bytes, MetaCategory category) {
  if (bytes > pages_->max_bytes()) return fail(Status::kOutOfMemory, kNoMemory);
  const size_t rounded = block_bytes(bytes);
  void* const block = rounded > kMaxBlockBytes ? take_zeroed(rounded) : take_from_slab(rounded);
  if (block == nullptr) return fail(Status::kOutOfMemory, kNoMemory);
  move(MetaCategory::kOther, category, rounded);
  last_status_ = Status::kOk;
  return block;
}

void Metadata::free_block(void* block, size_t bytes, MetaCategory category) {
  if (block == nullptr) return;
  const size_t rounded = block_bytes(bytes);
  if (rounded > kMaxBlockBytes) return free_pages(block, pages_for_bytes(rounded), category);
  move(category, MetaCategory::kOther, rounded);
  Slab* const empty = slabs_[bucket_of(rounded)].give_back(block, rounded, slab_bytes(rounded));
  free_block_bytes_ += rounded;
  platform::poison(Address::of(block) + sizeof(void*), rounded - sizeof(void*));
  if (empty == nullptr) return;
  free_block_bytes_ -= SlabList::capacity(rounded, slab_bytes(rounded)) * rounded;
  free_pages(empty, slab_pages(rounded), MetaCategory::kOther);
}

// ---- Accounts ----

void Metadata::move(MetaCategory from, MetaCategory to, size_t bytes) {
  MGC_CHECK(bytes_[static_cast<uint32_t>(from)] >= bytes, "metadata: more given back than was taken");
  bytes_[static_cast<uint32_t>(from)] -= bytes;
  bytes_[static_cast<uint32_t>(to)] += bytes;
}

const char* Metadata::verify() const {
  uint64_t sum = 0;
  for (const uint64_t bytes : bytes_) sum += bytes;
  if (sum != sys_bytes_ || sys_bytes_ > uint64_t{pages_->pages_in_use()} << kPageShift) return "inv.meta.sum";
  uint64_t free_bytes = 0;
  for (uint32_t bucket = 0; bucket < kBuckets; ++bucket) {
    const size_t bytes = (bucket + 1) * kBlockStep;
    const uint64_t free_items = slabs_[bucket].recount(bytes, slab_bytes(bytes));
    if (free_items != slabs_[bucket].free_items()) return "inv.meta.free";  // or a slab contradicts itself
    free_bytes += free_items * bytes;
  }
  if (free_bytes != free_block_bytes_) return "inv.meta.free";
  if (free_bytes + (limit_ - cursor_) > bytes_[static_cast<uint32_t>(MetaCategory::kOther)]) return "inv.meta.cursor";
  return nullptr;
}

}  // namespace mallocgc
