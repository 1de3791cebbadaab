// Typed allocation: a descriptor is a type of the heap, whose words may be pointers where its map says so, with what is
// needed to repeat it in an array.
#include <mallocgc/boehm/gc_typed.h>

#include <cstdlib>

#include "boehm/program.h"

using namespace mallocgc::boehm;

namespace {

constexpr size_t kMaskBits = 32;

struct Descriptor {
  mgc_type type;   // of one object; other words of it are no pointers
  size_t words;    // of the map, without zeroes at its end
  uint32_t* mask;  // as mgc_words_info has it
  Descriptor* older;
};

Descriptor* newest;  // a descriptor lives as long as the program: whoever looks for leaks finds it from here

void* objects(size_t bytes, mgc_type type) {
  ensure();
  const size_t padded = bytes > SIZE_MAX / 2 ? bytes : (bytes + kUnit) & ~(kUnit - 1);
  return finish(mgc_malloc(program.mutator, padded, type, 0), bytes);
}

// Null if there is no memory.
mgc_type define(const Descriptor& descriptor, size_t bytes, uint32_t tail) {
  mgc_type_info info = {};
  info.name = "GC_malloc_explicitly_typed";
  info.size = bytes;
  info.tail = tail;
  if (descriptor.words != 0) info.ambiguous.mask = descriptor.mask;
  mgc_type type = nullptr;
  (void)mgc_type_define(program.heap, &info, &type);
  return type;
}

}  // namespace

extern "C" {

GC_descr GC_make_descriptor(const GC_word* map, size_t words) {
  ensure();
  while (words > 0 && GC_get_bit(map, words - 1) == 0) --words;
  auto* const made = static_cast<Descriptor*>(calloc(1, sizeof(Descriptor)));
  if (made == nullptr) return 0;
  made->words = words;
  made->mask = static_cast<uint32_t*>(calloc(words / kMaskBits + 1, sizeof(uint32_t)));
  if (made->mask == nullptr) {
    free(made);
    return 0;
  }
  for (size_t i = 0; i < words; ++i) {
    if (GC_get_bit(map, i) != 0) made->mask[i / kMaskBits] |= uint32_t{1} << (i % kMaskBits);
  }
  made->type = define(*made, (words == 0 ? 1 : words) * sizeof(GC_word), MGC_TAIL_OPAQUE);
  if (made->type != nullptr) {
    made->older = newest;
    newest = made;
    return reinterpret_cast<GC_descr>(made);
  }
  free(made->mask);
  free(made);
  return 0;
}

void* GC_malloc_explicitly_typed(size_t bytes, GC_descr descriptor) {
  if (descriptor == 0) return GC_malloc(bytes);
  const auto& known = *reinterpret_cast<const Descriptor*>(descriptor);
  // A map may be longer than the object.
  if (bytes < known.words * sizeof(GC_word)) return GC_malloc(bytes);
  return objects(bytes, known.type);
}
void* GC_malloc_explicitly_typed_ignore_off_page(size_t bytes, GC_descr descriptor) {
  return GC_malloc_explicitly_typed(bytes, descriptor);
}

// Elements lie one after the other. Where they are no whole number of words, every word may be a pointer.
void* GC_calloc_explicitly_typed(size_t count, size_t bytes, GC_descr descriptor) {
  size_t total = 0;
  if (__builtin_mul_overflow(count, bytes, &total)) return out_of_memory(SIZE_MAX);
  if (count == 1) return GC_malloc_explicitly_typed(total, descriptor);
  if (descriptor == 0 || total == 0 || bytes % sizeof(GC_word) != 0) return GC_malloc(total);
  const auto& known = *reinterpret_cast<const Descriptor*>(descriptor);
  if (bytes < known.words * sizeof(GC_word)) return GC_malloc(total);
  Descriptor element = known;
  uint32_t* const mask = static_cast<uint32_t*>(calloc(bytes / sizeof(GC_word) / kMaskBits + 1, sizeof(uint32_t)));
  if (mask == nullptr) return out_of_memory(total);
  for (size_t i = 0; i < known.words / kMaskBits + 1; ++i) mask[i] = known.mask[i];
  element.mask = mask;
  const mgc_type type = define(element, bytes, MGC_TAIL_REPEAT);
  free(mask);
  if (type == nullptr) return out_of_memory(total);
  ensure();
  return finish(mgc_malloc(program.mutator, total, type, MGC_END_POINTERS), total);
}

}  // extern "C"
