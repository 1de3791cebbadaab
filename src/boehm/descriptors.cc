// These are descriptors, mark procedures, and roots that the client reports (see the header). A traced type's function
// is not told what type it is for, so there is one function for each descriptor of that sort, up to kTracers.
#include "boehm/descriptors.h"

#include <mallocgc/boehm/gc_mark.h>

#include <cstdlib>
#include <utility>

#include "boehm/address_map.h"
#include "boehm/program.h"

using namespace mallocgc::boehm;

namespace mallocgc::boehm {

namespace {

constexpr unsigned kLongMapIndex = 1;  // the reserved procedure that stands for a long map; env is its number
constexpr size_t kWordBytes = sizeof(GC_word);
constexpr size_t kTracers = 32;

GC_mark_proc procedures[GC_MAX_MARK_PROCS];
unsigned procedure_count = GC_RESERVED_MARK_PROCS;

WordMap* long_maps;
size_t long_map_count;

unsigned tag_of(GC_descr descriptor) { return descriptor & GC_DS_TAGS; }
unsigned index_of(GC_descr descriptor) { return (descriptor >> GC_DS_TAG_BITS) % GC_MAX_MARK_PROCS; }
GC_word env_of(GC_descr descriptor) { return descriptor >> (GC_DS_TAG_BITS + GC_LOG_MAX_MARK_PROCS); }
bool is_in_bitmap(GC_descr descriptor, size_t word) { return descriptor >> (GC_WORDSZ - 1 - word) & 1; }
bool is_long_map(GC_descr descriptor) {
  return tag_of(descriptor) == GC_DS_PROC && index_of(descriptor) == kLongMapIndex &&
         env_of(descriptor) < long_map_count;
}

bool allocate(WordMap* map, size_t words) {
  map->words = words;
  map->mask = static_cast<uint32_t*>(calloc(words / kMaskBits + 1, sizeof(uint32_t)));
  return map->mask != nullptr;
}
void put(const WordMap& map, size_t word) { map.mask[word / kMaskBits] |= uint32_t{1} << (word % kMaskBits); }
bool has(const WordMap& map, size_t word) { return map.mask[word / kMaskBits] >> (word % kMaskBits) & 1; }

// ---- What the client's code reports goes to ----

struct Visit {
  mgc_visitor* visitor = nullptr;
  char* object = nullptr;  // null: roots are asked for
  size_t from = 0;
  size_t to = 0;
};
Visit current;

void visit_word(size_t word) {
  if ((word + 1) * kWordBytes <= current.to)
    mgc_visit_slot(current.visitor, current.object + word * kWordBytes, MGC_AMBIGUOUS);
}

// Returns a descriptor that lies in the object, or where the object points to, or 0 if there is none.
GC_descr inner_descriptor(GC_descr descriptor) {
  const auto offset = static_cast<GC_signed_word>(descriptor);
  const char* place = nullptr;
  if (offset >= 0) {
    const size_t at = descriptor - GC_DS_PER_OBJECT;
    if (at + kWordBytes <= current.to) place = current.object + at;
  } else if (current.to >= kWordBytes) {
    const char* const outside = *reinterpret_cast<const char* const*>(current.object);
    if (outside != nullptr) place = outside - (offset + (GC_INDIR_PER_OBJ_BIAS - GC_DS_PER_OBJECT));
  }
  if (place == nullptr) return 0;
  const GC_descr found = *reinterpret_cast<const GC_descr*>(place);
  return tag_of(found) == GC_DS_PER_OBJECT ? 0 : found;
}

void trace(GC_descr descriptor) {
  if (tag_of(descriptor) == GC_DS_PER_OBJECT) descriptor = inner_descriptor(descriptor);
  if (tag_of(descriptor) == GC_DS_LENGTH) {
    const size_t bytes = descriptor < current.to ? descriptor : current.to;
    mgc_visit_range(current.visitor, current.object, bytes, MGC_AMBIGUOUS);
  } else if (tag_of(descriptor) == GC_DS_BITMAP) {
    for (size_t i = 0; i < GC_WORDSZ - GC_DS_TAG_BITS; ++i)
      if (is_in_bitmap(descriptor, i)) visit_word(i);
  } else if (is_long_map(descriptor)) {
    const WordMap& map = long_maps[env_of(descriptor)];
    for (size_t i = 0; i < map.words; ++i)
      if (has(map, i)) visit_word(i);
  } else if (const GC_mark_proc procedure = procedures[index_of(descriptor)]) {
    GC_ms_entry stack[2] = {};
    (void)procedure(reinterpret_cast<GC_word*>(current.object), &stack[0], &stack[1], env_of(descriptor));
  }
}

GC_descr traced[kTracers];
size_t traced_count;

template <size_t kIndex>
void tracer(mgc_visitor* visitor, void* object, size_t from, size_t to) {
  current = Visit{visitor, static_cast<char*>(object), from, to};
  trace(traced[kIndex]);
  current = Visit{};
}
template <size_t... kIndices>
mgc_trace nth_tracer(size_t n, std::index_sequence<kIndices...>) {
  static constexpr mgc_trace kAll[] = {tracer<kIndices>...};
  return kAll[n];
}
mgc_trace tracer_of(GC_descr descriptor) {
  size_t n = 0;
  while (n < traced_count && traced[n] != descriptor) ++n;
  if (n == kTracers) stop("too many descriptors with mark procedures");
  if (n == traced_count) traced[traced_count++] = descriptor;
  return nth_tracer(n, std::make_index_sequence<kTracers>());
}

void no_other_roots() {}
GC_push_other_roots_proc push_other_roots = no_other_roots;
GC_start_callback_proc start_callback;

}  // namespace

MapResult make_map(GC_descr descriptor, WordMap* map) {
  const unsigned tag = tag_of(descriptor);
  if (tag != GC_DS_LENGTH && tag != GC_DS_BITMAP && !is_long_map(descriptor)) return MapResult::kNone;
  const size_t words = least_bytes(descriptor) / kWordBytes;
  if (!allocate(map, words)) return MapResult::kNoMemory;
  for (size_t i = 0; i < words; ++i) {
    const bool is_one = tag == GC_DS_LENGTH   ? true
                        : tag == GC_DS_BITMAP ? is_in_bitmap(descriptor, i)
                                              : has(long_maps[env_of(descriptor)], i);
    if (is_one) put(*map, i);
  }
  return MapResult::kMade;
}

size_t least_bytes(GC_descr descriptor) {
  if (tag_of(descriptor) == GC_DS_LENGTH) return descriptor / kWordBytes * kWordBytes;
  if (is_long_map(descriptor)) return long_maps[env_of(descriptor)].words * kWordBytes;
  if (tag_of(descriptor) != GC_DS_BITMAP) return 0;
  size_t words = GC_WORDSZ - GC_DS_TAG_BITS;
  while (words > 0 && !is_in_bitmap(descriptor, words - 1)) --words;
  return words * kWordBytes;
}

mgc_type define_type(GC_descr descriptor, const char* name) {
  ensure();
  WordMap map;
  const MapResult result = make_map(descriptor, &map);
  if (result == MapResult::kNoMemory) return nullptr;
  mgc_type_info info = {};
  info.name = name;
  info.size = (map.words == 0 ? 1 : map.words) * kWordBytes;
  info.tail = MGC_TAIL_OPAQUE;
  if (map.words != 0) info.ambiguous.mask = map.mask;
  if (result == MapResult::kNone) info.trace = tracer_of(descriptor);
  mgc_type type = nullptr;
  (void)mgc_type_define(program.heap, &info, &type);
  free(map.mask);
  return type;
}

mgc_type type_of(GC_descr descriptor) {
  static AddressMap<mgc_type> known;
  const void* const key = reinterpret_cast<void*>(descriptor);
  if (auto* const entry = known.find(key)) return entry->value;
  const mgc_type type = define_type(descriptor, "GC_malloc_explicitly_typed");
  auto* const entry = type == nullptr ? nullptr : known.add(key);
  if (entry != nullptr) entry->value = type;
  return type;
}

GC_descr keep_long_map(const GC_word* map, size_t words) {
  auto* const more = static_cast<WordMap*>(realloc(long_maps, (long_map_count + 1) * sizeof(WordMap)));
  if (more == nullptr) return 0;
  long_maps = more;
  WordMap made;
  if (!allocate(&made, words)) return 0;
  for (size_t i = 0; i < words; ++i)
    if (GC_get_bit(map, i) != 0) put(made, i);
  for (size_t n = 0; n < long_map_count; ++n) {
    bool is_same = long_maps[n].words == words;
    for (size_t i = 0; is_same && i < words / kMaskBits + 1; ++i) is_same = long_maps[n].mask[i] == made.mask[i];
    if (!is_same) continue;
    free(made.mask);
    return GC_MAKE_PROC(kLongMapIndex, n);
  }
  long_maps[long_map_count] = made;
  return GC_MAKE_PROC(kLongMapIndex, long_map_count++);
}

void visit_other_roots(mgc_visitor* visitor) {
  current = Visit{visitor};
  push_other_roots();
  current = Visit{};
}
void tell_of_start() {
  if (start_callback != nullptr) start_callback();
}

}  // namespace mallocgc::boehm

extern "C" {

void* GC_least_plausible_heap_addr = nullptr;
void* GC_greatest_plausible_heap_addr = reinterpret_cast<void*>(~uintptr_t{0});

unsigned GC_new_proc(GC_mark_proc procedure) {
  if (procedure_count == GC_MAX_MARK_PROCS) stop("too many mark procedures");
  procedures[procedure_count] = procedure;
  return procedure_count++;
}
unsigned GC_new_proc_inner(GC_mark_proc procedure) { return GC_new_proc(procedure); }

// A pointer that lies in no word of the object lies in its first word while it is reported.
GC_ms_entry* GC_mark_and_push(void* object, GC_ms_entry* top, GC_ms_entry*, void** source) {
  if (current.object == nullptr || object == nullptr) return top;
  const auto at = reinterpret_cast<uintptr_t>(source);
  const auto from = reinterpret_cast<uintptr_t>(current.object + current.from);
  const auto to = reinterpret_cast<uintptr_t>(current.object + current.to);
  if (at >= from && at < to && at % sizeof(void*) == 0 && *source == object) {
    mgc_visit_slot(current.visitor, source, MGC_AMBIGUOUS);
  } else if (to - from >= sizeof(void*)) {
    auto* const slot = reinterpret_cast<void**>(from);
    void* const before = *slot;
    *slot = object;
    mgc_visit_slot(current.visitor, slot, MGC_AMBIGUOUS);
    *slot = before;
  }
  return top;
}

void GC_set_push_other_roots(GC_push_other_roots_proc function) {
  push_other_roots = function != nullptr ? function : no_other_roots;
}
GC_push_other_roots_proc GC_get_push_other_roots(void) { return push_other_roots; }
void GC_push_all(void* bottom, void* top) {
  constexpr uintptr_t kMask = sizeof(void*) - 1;
  const uintptr_t from = (reinterpret_cast<uintptr_t>(bottom) + kMask) & ~kMask;
  const uintptr_t to = reinterpret_cast<uintptr_t>(top) & ~kMask;
  if (current.visitor == nullptr || current.object != nullptr || from >= to) return;
  mgc_visit_range(current.visitor, reinterpret_cast<void*>(from), to - from, MGC_AMBIGUOUS);
}
void GC_push_all_eager(void* bottom, void* top) { GC_push_all(bottom, top); }
void GC_push_conditional(void* bottom, void* top, int) { GC_push_all(bottom, top); }
void GC_push_finalizer_structures(void) {}
int GC_is_tmp_root(void*) { return 0; }
void GC_set_start_callback(GC_start_callback_proc function) { start_callback = function; }
GC_start_callback_proc GC_get_start_callback(void) { return start_callback; }

}  // extern "C"
