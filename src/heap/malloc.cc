// mallocgc: the way of one allocation, and the one place where allocation and collection meet.
//
//   allocate_fast    tries the entry that served the last request like this one (usual_entry)
//                      its window has room      bump: gc.h, JS and compiled code do just this inline
//                      else                     allocate_beyond_window
//                                                 a tiny request  allocate_tiny: a place in the shared block (M3)
//                                                 others          take_near: the rest of the run, or one that is near
//   allocate_slow    takes every other request, after all checks
//                      size 0                   zero_base (M1)
//                      tiny                     allocate_tiny
//                      small                    allocate_small: entry_for finds the entry, then
//                                                 take_fast  bumps
//                                                 take_slow  collects if that is due (M11), then gets the next run,
//                                                            from the next span or a fresh one (Allocator::try_take)
//                      large                    allocate_large: collects if that is due, then takes pages of its own
//   no pages         make_room (room.cc): sweep, grow, collect, grow exactly, pressure callback, out of memory (M12)
//
// Doors: api/allocation.cc; on to alloc/allocator.h and room.cc. docs/life-of-an-allocation.md walks the same way.
#include <new>

#include "heap/heap.h"
#include "platform/sanitizer.h"

namespace mallocgc {

namespace {

// What every empty object is (M1). It lies outside the heap, and nobody writes to it.
alignas(16) uintptr_t zero_base_word[2];

// Zeroes an object. Whole units of 8 bytes may be written, because every slot is a multiple of 8 bytes.
MGC_ALWAYS_INLINE void* cleared(Address base, size_t bytes) {
  if (kPrefersSize || platform::kAsan) return __builtin_memset(base.pointer(), 0, bytes);
  return clear_units<64>(base, bytes);
}

// The smallest class that holds `bytes` and whose slots are all aligned; kSizeClassCount if none is.
uint32_t aligned_size_class(size_t bytes, size_t align) {
  for (uint32_t size_class = size_class_of(bytes); size_class < kSizeClassCount; ++size_class) {
    if (size_class_bytes(size_class) % align == 0) return size_class;
  }
  return kSizeClassCount;
}

// The alignment that a request gets without asking (M8).
size_t natural_alignment(size_t bytes) { return bytes % 16 == 0 ? 16 : 8; }

}  // namespace

MGC_ALWAYS_INLINE void* Heap::recorded(void* object, size_t size, const Type* type) {
  if (recorder_.allocations() && object != nullptr)
    recorder_.add(MGC_RECORD_ALLOCATION, type == nullptr ? 0 : type->id, Address::of(object).value(), size);
  return object;
}

void* Heap::zero_base() { return zero_base_word; }

// The entry of the mutator's cache that served the last request like this one (KnownEntries).
MGC_ALWAYS_INLINE CacheEntry& Heap::usual_entry(KnownEntries& known, size_t size, Type* type, uint32_t flags) {
  if (size - 1 >= kMaxSmallBytes) return known.never_entry();
  const uint32_t size_class = size_class_of(size);
  if (type == nullptr) {
    const bool usual = (flags | MGC_NOZERO) == (MGC_NOSCAN | MGC_NOZERO) && size >= kTinyBlockBytes;
    return usual ? known.noscan(size_class) : known.never_entry();
  }
  if (flags != 0 || type->align_bytes > sizeof(uint64_t)) return known.never_entry();
  CacheEntry& whole = known.whole(*type);
  return whole.size_class == size_class ? whole : known.recent(*type, size_class, size);
}

// A slot of the next window, where it is near (Allocator::try_take_near). Null, so that the slow path goes on, where a
// collection is due and where somebody must see single allocations.
MGC_ALWAYS_INLINE Address Heap::take_near(CacheEntry& entry) {
  if (platform::kAsan || allocator_.cap() != Allocator::kNoCap || pacer_.is_due(counters_.heap_live)) return Address();
  return allocator_.try_take_near(entry);
}

// What the object of a usual request still needs: zero bytes, where its window has not been zeroed.
MGC_ALWAYS_INLINE void* Heap::finished(Address object, const CacheEntry& entry, size_t size, uint32_t flags) {
  return entry.zero_on_take || (flags & MGC_NOZERO) != 0 ? object.pointer() : cleared(object, size);
}

// Functions that make calls save registers: so this one is called last, or not at all.
MGC_NOINLINE void* Heap::allocate_beyond_window(Mutator& mutator, size_t size, Type* type, uint32_t flags,
                                                CacheEntry& entry) {
  const bool is_plain = type == nullptr && (flags | MGC_NOZERO) == (MGC_NOSCAN | MGC_NOZERO);
  if (is_plain && size - 1 < kTinyBlockBytes - 1) return recorded(allocate_tiny(mutator, size, size), size, type);
  const Address object = take_near(entry);
  return object.is_null() ? allocate_slow(mutator, size, type, flags, 0) : finished(object, entry, size, flags);
}

MGC_ALWAYS_INLINE void* Heap::allocate_fast(Mutator& mutator, size_t size, Type* type, uint32_t flags, size_t align) {
  if (kPrefersSize || align != 0 || busy_.is_busy()) return allocate_slow(mutator, size, type, flags, align);
  CacheEntry& entry = usual_entry(mutator.cache->known, size, type, flags);
  const Address object = entry.try_bump();
  if (object.is_null()) return allocate_beyond_window(mutator, size, type, flags, entry);
  return finished(object, entry, size, flags);
}

void* Heap::mallocgc(Mutator& mutator, size_t size, Type* type, uint32_t flags, size_t align) {
  return allocate_fast(mutator, size, type, flags, align);
}

// Every request that the fast path has not served. Where it fails, the mutator remembers the failure.
MGC_NOINLINE void* Heap::allocate_slow(Mutator& mutator, size_t size, Type* type, uint32_t flags, size_t align) {
  void* const object = try_allocate(mutator, size, type, flags, align);
  if (object == nullptr) (void)note_for(mutator, last_status_);
  return object;
}

// Checks the request, and sends it the way of its kind.
MGC_ALWAYS_INLINE void* Heap::try_allocate(Mutator& mutator, size_t size, Type* type, uint32_t flags, size_t align) {
  if (size == 0) return zero_base();
  const bool noscan = (flags & MGC_NOSCAN) != 0;
  if (type == nullptr && !noscan) return refuse(Status::kBadType, "malloc missing type");
  if ((flags & MGC_NOZERO) != 0 && !noscan) return refuse(Status::kBadArgument, "noZero is legal only with noScan");
  const uint32_t align_shift = (flags >> MGC_ALIGN_SHIFT) & 0xff;
  if (align == 0 && align_shift != 0) align = align_shift < 32 ? size_t{1} << align_shift : ~size_t{0};
  if (align != 0 && (!is_power_of_two(align) || align > kPageBytes)) {
    return refuse(Status::kBadArgument, "alignment is not a power of two up to 8192");
  }
  if (size > kMaxObjectBytes) return refuse(Status::kBadSize, "allocation size out of range");
  if (usable() != Status::kOk) return nullptr;
  if (type != nullptr && type->align_bytes > align) align = type->align_bytes;
  const bool may_share = (flags & MGC_OWN_BLOCK) == 0 && (type == nullptr || !type->is_named());
  if (noscan && type != nullptr && (type->layout->has_pointers || type->layout->has_host))
    type = nullptr;  // MGC_NOSCAN: the layout of the type does not apply
  const bool pointer_free = type == nullptr || (type->is_noscan() && !type->layout->has_host);
  const size_t padded = size + ((flags & MGC_END_POINTERS) != 0 ? 1 : 0);

  if (kHasTinyBlocks && pointer_free && padded < kTinyBlockBytes && align <= 1 && may_share)
    return recorded(allocate_tiny(mutator, padded, size), size, type);
  // M8, of the asked size; M4 for what would be tiny.
  const size_t natural = size < kTinyBlockBytes ? sizeof(uint64_t) : natural_alignment(size);
  const size_t least = align > natural ? align : natural;
  const uint32_t size_class = padded > kMaxSmallBytes              ? kSizeClassCount
                              : least <= natural_alignment(padded) ? size_class_of(padded)
                                                                   : aligned_size_class(padded, least);
  if (size_class == kSizeClassCount)
    return recorded(allocate_large(padded, type, flags), size, type);  // aligned to a page
  return recorded(allocate_small(mutator, size, type, flags, size_class), size, type);
}

void* Heap::newobject(Mutator& mutator, Type* type) {
  const size_t size = type != nullptr ? type->size_bytes : 1;
  if (type == nullptr || kPrefersSize || busy_.is_busy()) return allocate_slow(mutator, size, type, 0, 0);
  CacheEntry& entry = mutator.cache->known.whole(*type);
  const Address object = entry.try_bump();
  if (object.is_null()) return allocate_beyond_window(mutator, size, type, 0, entry);
  return finished(object, entry, size, 0);
}

void* Heap::newarray(Mutator& mutator, Type* type, intptr_t count) {
  if (type == nullptr) return refuse_for(mutator, Status::kBadType, "malloc missing type");
  size_t bytes = 0;
  if (count < 0 || __builtin_mul_overflow(static_cast<size_t>(count), type->size_bytes, &bytes)) {
    return refuse_for(mutator, Status::kBadSize, "allocation size out of range");
  }
  return allocate_fast(mutator, bytes, type, 0, 0);
}

void* Heap::rawmem(Mutator& mutator, size_t size) {
  return allocate_fast(mutator, size, nullptr, MGC_NOSCAN | MGC_NOZERO, 0);
}

size_t Heap::roundupsize(size_t size) {
  if (size <= kMaxSmallBytes) return size == 0 ? 0 : size_class_bytes(size_class_of(size));
  return size + kPageBytes < size ? size : align_up(size, kPageBytes);
}

mgc_alloc_slot* Heap::type_window(Mutator& mutator, Type* type, size_t bytes) {
  if (type == nullptr) return refuse_for(mutator, Status::kBadType, "malloc missing type");
  if (bytes == 0) bytes = type->size_bytes;
  KnownEntries& known = mutator.cache->known;
  mgc_alloc_slot* const none = &known.never_entry().window;
  if (bytes == 0 || bytes > kMaxSmallBytes || type->align_bytes > natural_alignment(bytes)) return none;
  const uint32_t size_class = size_class_of(bytes);
  CacheEntry& whole = known.whole(*type);
  if (whole.size_class == size_class) return &whole.window;
  SpanClass& span_class = classes_.own_class(*type, size_class);
  if (span_class.mixed) return none;
  CacheEntry* const entry = mutator.cache->try_entry(span_class);
  return entry == nullptr ? none : &entry->window;
}

mgc_alloc_slot* Heap::noscan_window(Mutator& mutator, size_t size) {
  mgc_alloc_slot* const none = &mutator.cache->known.never_entry().window;
  if (size < kTinyBlockBytes || size > kMaxSmallBytes) return none;
  CacheEntry* const entry = entry_for(mutator, nullptr, size_class_of(size));
  return entry != nullptr ? &entry->window : none;
}

// `asked` bytes were asked for and decide the alignment (M4); `size` counts the padding of MGC_END_POINTERS too.
void* Heap::allocate_tiny(Mutator& mutator, size_t size, size_t asked) {
  TinyBlock& tiny = mutator.cache->tiny;
  const bool counted = allocator_.cap() != Allocator::kNoCap;  // somebody sees every allocation, tiny ones too (M15)
  if (counted) {
    if (begin("tiny allocation") != Status::kOk) return nullptr;
    collect_if_due(0);
    end();
  }
  const Address place = tiny.try_take(size, asked);
  if (!place.is_null()) {
    ++counters_.tiny_allocs;
    if (recorder_.allocations()) recorder_.add(MGC_RECORD_TINY, 0, place.value());
    platform::unpoison(place, size);
    return place.pointer();
  }
  CacheEntry* entry = entry_for(mutator, nullptr, SpanClassTable::kSharedBlocks);
  if (entry == nullptr) [[unlikely]]
    entry = entry_by_last_resort(mutator, nullptr, SpanClassTable::kSharedBlocks);
  if (entry == nullptr) return nullptr;
  const Address block = counted ? take_slow(*entry, counted) : take_fast(*entry);
  if (block.is_null()) return nullptr;
  platform::unpoison(block, kTinyBlockBytes);
  cleared(block, kTinyBlockBytes);
  platform::poison(block + size, kTinyBlockBytes - size);
  tiny.offer(block, size);
  return block.pointer();
}

void* Heap::allocate_small(Mutator& mutator, size_t size, Type* type, uint32_t flags, uint32_t size_class) {
  CacheEntry* entry = entry_for(mutator, type, size_class);
  if (entry == nullptr) [[unlikely]]
    entry = entry_by_last_resort(mutator, type, size_class);
  if (entry == nullptr) return nullptr;
  const Address object = take_fast(*entry);
  if (object.is_null()) return nullptr;
  platform::unpoison(object, size);
  if (entry->span_class->mixed) {
    Span& span = *entry->span;
    span.slot_types[span.slot_at(object - span.base)] = type->id;
  } else if (!entry->zero_on_take && (flags & MGC_NOZERO) == 0) {
    cleared(object, size);
  }
  return object.pointer();
}

void* Heap::allocate_large(size_t size, Type* type, uint32_t flags) {
  const uint32_t pages = pages_for_bytes(size);
  if (begin("large allocation") != Status::kOk) return nullptr;
  collect_if_due(size);
  Address object;
  bool zeroed = false;
  const LargeRequest request{.bytes = size, .pages = pages, .type = type};
  for (LastResort step = LastResort::kSweep;;) {
    object = allocator_.try_take_large(request, &zeroed);
    if (!object.is_null() || !make_room(pages, step)) break;
  }
  end();
  if (object.is_null()) return refuse_memory();
  platform::unpoison(object, size);
  if (!zeroed && (flags & MGC_NOZERO) == 0) cleared(object, size);
  return object.pointer();
}

CacheEntry* Heap::entry_for(Mutator& mutator, Type* type, uint32_t size_class) {
  AllocCache& cache = *mutator.cache;
  if (type == nullptr) {
    CacheEntry& noscan = cache.known.noscan(size_class);
    if (&noscan != &cache.known.never_entry()) return &noscan;
    CacheEntry* const entry = cache.try_entry(classes_.noscan(size_class));
    if (entry != nullptr) cache.known.note_noscan(size_class, *entry);
    return entry;
  }
  CacheEntry& whole = cache.known.whole(*type);
  if (whole.size_class == size_class) return &whole;
  SpanClass& span_class = classes_.for_object(*type, size_class);
  if (kHasWeakWords && span_class.mixed && type->layout->has_weak) return nullptr;
  CacheEntry* const entry = cache.try_entry(span_class);
  const bool is_whole = type->size_bytes <= kMaxSmallBytes && size_class == size_class_of(type->size_bytes);
  if (entry == nullptr || span_class.mixed) return entry;
  if (is_whole) {
    cache.note_whole(*type, *entry);
  } else {
    cache.known.note_recent(*type, size_class, *entry);
  }
  return entry;
}

// The first object of a class needs metadata for its entry. Where that is short, all is done for it that is done for an
// object (M12).
MGC_NOINLINE CacheEntry* Heap::entry_by_last_resort(Mutator& mutator, Type* type, uint32_t size_class) {
  if (begin("refill") != Status::kOk) return nullptr;
  CacheEntry* entry = nullptr;
  for (LastResort step = LastResort::kSweep; entry == nullptr && make_room(1, step);)
    entry = entry_for(mutator, type, size_class);
  end();
  return entry != nullptr ? entry : refuse_memory();
}

MGC_ALWAYS_INLINE Address Heap::take_fast(CacheEntry& entry) {
  const Address taken = entry.try_bump();
  return taken.is_null() ? take_slow(entry) : taken;
}

// `counted`: the caller has tested the trigger for this request.
MGC_NOINLINE Address Heap::take_slow(CacheEntry& entry, bool counted) {
  if (begin("refill") != Status::kOk) return Address();
  if (!counted) collect_if_due(0);
  Address object;
  const uint32_t pages = span_pages(entry.span_class->size_class);
  for (LastResort step = LastResort::kSweep;;) {
    object = allocator_.try_take(entry);
    if (!object.is_null() || !make_room(pages, step)) break;
  }
  allocator_.is_thorough = false;
  end();
  if (object.is_null()) refuse_memory();
  return object;
}

void Heap::update_run_cap() {
  allocator_.run_cap = stress_every_ != 0 || recorder_.allocations() ? 1 : Allocator::kNoCap;
  allocator_.flush_all();
}

}  // namespace mallocgc
