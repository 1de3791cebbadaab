// Metadata: chunks, direct requests, and recycled blocks. The head of metadata.h tells how it works.
#include "pages/metadata.h"

#include "platform/sanitizer.h"

namespace mallocgc {

namespace {

constexpr size_t kDefaultAlign = 8;  // P1
constexpr const char* kNoMemory = "persistentalloc: cannot allocate memory";

static_assert(Metadata::kMaxBlockBytes % Metadata::kBlockStep == 0);
static_assert(Metadata::kMaxBlockBytes <= kPageBytes);  // a block that did not fit leaves a chunk's rest below this
static_assert(Metadata::kBlockStep >= sizeof(void*));

constexpr uint32_t bucket_of(size_t rounded) { return static_cast<uint32_t>(rounded / Metadata::kBlockStep - 1); }

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
  void* memory = nullptr;
  const bool fits = align_up(cursor_.value(), align) - cursor_.value() + bytes <= limit_ - cursor_;
  if (bytes >= kDirectBytes || (bytes > kMaxBlockBytes && !fits)) {
    memory = take_pages(bytes);
    if (memory != nullptr) {
      const Address end = Address::of(memory) + bytes;
      keep_rest(end, end.aligned_up(kPageBytes));
    }
  } else {
    memory = cut(bytes, align);
  }
  if (memory == nullptr) return fail(Status::kOutOfMemory, kNoMemory);
  move(MetaCategory::kOther, category, bytes);
  last_status_ = Status::kOk;
  return memory;
}

// Whole pages, zeroed, accounted to kOther.
void* Metadata::take_pages(size_t bytes) {
  if (bytes > pages_->max_bytes()) return nullptr;  // also keeps the number of pages in its type
  const uint32_t count = pages_for_bytes(bytes);
  PageRun run;
  if (!pages_->try_allocate(count, 1, &run)) {
    if (!pages_->try_grow(count, false) || !pages_->try_allocate(count, 1, &run)) return nullptr;
  }
  void* const memory = pages_->address_of(run.first).pointer();
  if (!run.zeroed) __builtin_memset(memory, 0, bytes_of_pages(count));
  sys_bytes_ += bytes_of_pages(count);
  bytes_[static_cast<uint32_t>(MetaCategory::kOther)] += bytes_of_pages(count);
  return memory;
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
  size_t chunk = sys_bytes_ < kChunkBytes ? kFirstChunkBytes : kChunkBytes;
  void* memory = take_pages(chunk);
  if (memory == nullptr && chunk > kFirstChunkBytes) {
    chunk = kFirstChunkBytes;  // memory is short: what is needed now may still be there
    memory = take_pages(chunk);
  }
  if (memory == nullptr) {
    chunk = align_up(bytes == 0 ? 1 : bytes, kPageBytes);
    memory = take_pages(chunk);
  }
  if (memory == nullptr) return false;
  const Address base = Address::of(memory);
  if (base != limit_) {
    keep_rest(cursor_, limit_);
    cursor_ = base;
  }
  limit_ = base + chunk;
  return true;
}

// Cuts [from, to) into free blocks, so that nothing but crumbs is lost.
void Metadata::keep_rest(Address from, Address to) {
  if (from.is_null()) return;
  from = from.aligned_up(kBlockStep);
  while (from < to && to - from >= kBlockStep) {
    size_t bytes = (to - from) & ~(kBlockStep - 1);
    if (bytes > kMaxBlockBytes) bytes = kMaxBlockBytes;
    put(from.pointer(), bucket_of(bytes));
    from = from + bytes;
  }
}

// ---- Blocks ----

void Metadata::put(void* block, uint32_t bucket) {
  auto* const free_block = static_cast<FreeBlock*>(block);
  free_block->next = buckets_[bucket];
  buckets_[bucket] = free_block;
  free_block_bytes_ += (bucket + 1) * kBlockStep;
  platform::poison(Address::of(block) + sizeof(FreeBlock), (bucket + 1) * kBlockStep - sizeof(FreeBlock));
}

void* Metadata::try_block(size_t bytes, MetaCategory category) {
  if (bytes > pages_->max_bytes()) return fail(Status::kOutOfMemory, kNoMemory);
  const size_t rounded = block_bytes(bytes);
  void* block = nullptr;
  if (rounded > kMaxBlockBytes) {
    block = take_pages(rounded);
  } else if (FreeBlock*& list = buckets_[bucket_of(rounded)]; list != nullptr) {
    block = list;
    list = list->next;
    free_block_bytes_ -= rounded;
    platform::unpoison(Address::of(block), rounded);
    __builtin_memset(block, 0, rounded);
  } else {
    block = cut(rounded, kBlockStep);
  }
  if (block == nullptr) return fail(Status::kOutOfMemory, kNoMemory);
  move(MetaCategory::kOther, category, rounded);
  last_status_ = Status::kOk;
  return block;
}

void Metadata::free_block(void* block, size_t bytes, MetaCategory category) {
  if (block == nullptr) return;
  const size_t rounded = block_bytes(bytes);
  move(category, MetaCategory::kOther, rounded);
  if (rounded <= kMaxBlockBytes) {
    put(block, bucket_of(rounded));
    return;
  }
  pages_->free(PageRun{.first = pages_->page_of(Address::of(block)), .count = pages_for_bytes(rounded)});
  sys_bytes_ -= rounded;
  bytes_[static_cast<uint32_t>(MetaCategory::kOther)] -= rounded;
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
    for (const FreeBlock* block = buckets_[bucket]; block != nullptr; block = block->next) {
      free_bytes += (bucket + 1) * kBlockStep;
      if (free_bytes > free_block_bytes_) return "inv.meta.free";  // also ends a list that became a ring
    }
  }
  if (free_bytes != free_block_bytes_) return "inv.meta.free";
  if (free_bytes + (limit_ - cursor_) > bytes_[static_cast<uint32_t>(MetaCategory::kOther)]) return "inv.meta.cursor";
  return nullptr;
}

}  // namespace mallocgc
