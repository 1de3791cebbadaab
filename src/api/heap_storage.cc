// The pool of heap records; heap_storage.h tells why there is one.
#include "api/heap_storage.h"

#include "api/mgc_heap.h"

namespace mallocgc::api {

namespace {

constexpr size_t kBlockBytes = align_up(sizeof(mgc_heap), kPageBytes);
constexpr size_t kSourceBytes = size_t{64} << 20;  // of address space, that one source is asked for
constexpr size_t kBlocksOfSource = kSourceBytes / kBlockBytes;

struct FreeBlock {
  FreeBlock* next;
};

// The one state of a process in this room. Zero until first use.
struct Pool {
  FreeBlock* free;
  platform::MemorySource* source;
  size_t left;  // blocks that the source may still give
  unsigned char lock;
};
Pool pool = {nullptr, nullptr, 0, 0};
alignas(16) unsigned char source_storage[platform::kDefaultSourceBytes];

class Locked {
 public:
  Locked() {
    while (__atomic_test_and_set(&pool.lock, __ATOMIC_ACQUIRE)) {}
  }
  ~Locked() { __atomic_clear(&pool.lock, __ATOMIC_RELEASE); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
};

void add_block(Address block) {
  auto* const entry = block.pointer<FreeBlock>();
  entry->next = pool.free;
  pool.free = entry;
}

// Takes one source after the other, each in the place of the last. What a source gave stays taken when it is forgotten.
bool grow() {
  if (pool.left == 0) {
    pool.source = platform::default_source(source_storage, sizeof source_storage, kSourceBytes);
    if (pool.source == nullptr) return false;
    pool.left = kBlocksOfSource;
  }
  const platform::Region region = pool.source->try_grow(kBlockBytes, kBlockBytes);
  if (region.bytes == 0) return false;
  pool.left -= 1;
  add_block(region.base);
  return true;
}

}  // namespace

void* try_heap_storage() {
  const Locked locked;
  if (pool.free == nullptr && !grow()) return nullptr;
  FreeBlock* const block = pool.free;
  pool.free = block->next;
  return block;
}

void free_heap_storage(void* storage) {
  const Locked locked;
  add_block(Address::of(storage));
}

}  // namespace mallocgc::api
