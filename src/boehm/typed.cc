// Typed allocation has descriptors from bitmaps, and objects by descriptor (descriptors.h). A descriptor whose words
// fit into one is that word; a longer one is kept.
#include <mallocgc/boehm/gc_typed.h>

#include <cstdlib>

#include "boehm/descriptors.h"
#include "boehm/program.h"

using namespace mallocgc::boehm;

namespace {

constexpr size_t kWordBytes = sizeof(GC_word);
constexpr size_t kBitmapWords = GC_WORDSZ - 2;  // without the tag

}  // namespace

extern "C" {

GC_descr GC_make_descriptor(const GC_word* map, size_t words) {
  ensure();
  while (words > 0 && GC_get_bit(map, words - 1) == 0) --words;
  size_t leading = 0;
  while (leading < words && GC_get_bit(map, leading) != 0) ++leading;
  const GC_descr all = words * kWordBytes;  // as a length
  if (leading == words) return all;
  if (words <= kBitmapWords) {
    GC_descr bits = 0;
    for (size_t i = 0; i < words; ++i)
      if (GC_get_bit(map, i) != 0) bits |= GC_descr{1} << (GC_WORDSZ - 1 - i);
    constexpr GC_descr kBitmapTag = 1;
    return bits | kBitmapTag;
  }
  const GC_descr kept = keep_long_map(map, words);
  return kept != 0 ? kept : all;
}

void* GC_malloc_explicitly_typed(size_t bytes, GC_descr descriptor) {
  // A map may be longer than the object.
  if (bytes < least_bytes(descriptor)) return GC_malloc(bytes);
  const mgc_type type = type_of(descriptor);
  return type == nullptr ? out_of_memory(bytes) : finish(mgc_malloc(program.mutator, padded(bytes), type, 0), bytes);
}
void* GC_malloc_explicitly_typed_ignore_off_page(size_t bytes, GC_descr descriptor) {
  return GC_malloc_explicitly_typed(bytes, descriptor);
}

// Elements lie one after the other. Where they are no whole number of words, or their descriptor is looked for in the
// object, every word may be a pointer.
void* GC_calloc_explicitly_typed(size_t count, size_t bytes, GC_descr descriptor) {
  size_t total = 0;
  if (__builtin_mul_overflow(count, bytes, &total)) return out_of_memory(SIZE_MAX);
  if (count == 1 || descriptor == 0) return GC_malloc_explicitly_typed(total, descriptor);
  if (total == 0 || bytes % kWordBytes != 0 || bytes < least_bytes(descriptor)) return GC_malloc(total);
  WordMap map;
  const MapResult made = make_map(descriptor, &map);
  if (made == MapResult::kNone) return GC_malloc(total);
  auto* const mask = made == MapResult::kMade
                         ? static_cast<uint32_t*>(calloc(bytes / kWordBytes / kMaskBits + 1, sizeof(uint32_t)))
                         : nullptr;
  mgc_type type = nullptr;
  if (mask != nullptr) {
    for (size_t i = 0; i < (map.words + kMaskBits - 1) / kMaskBits; ++i) mask[i] = map.mask[i];
    mgc_type_info info = {};
    info.name = "GC_calloc_explicitly_typed";
    info.size = bytes;
    info.tail = MGC_TAIL_REPEAT;
    info.ambiguous.mask = mask;
    ensure();
    (void)mgc_type_define(program.heap, &info, &type);
  }
  free(mask);
  free(map.mask);
  if (type == nullptr) return out_of_memory(total);
  return finish(mgc_malloc(program.mutator, total, type, MGC_END_POINTERS), total);
}

}  // extern "C"
