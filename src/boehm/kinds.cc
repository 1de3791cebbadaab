// These are kinds, disclaim procedures and marks (see the header).
#include "boehm/kinds.h"

#include <cstdio>
#include <cstring>

#include "boehm/descriptors.h"

using namespace mallocgc::boehm;

namespace mallocgc::boehm {

namespace {

Kind kinds[kKindsMax];
int kind_count = kFirstOfClient;
bool is_any_watched;

// This is the object whose procedure runs, and whether it said that the object is to be kept.
const void* asked;
bool is_kept;

void ask(mgc_mutator*, void* object, void*) {
  const int number = kind_of_object(object);
  if (number < 0 || kinds[number].disclaim == nullptr) return;
  const void* const outer = asked;
  const bool was_kept = is_kept;
  asked = object;
  is_kept = false;
  const bool lives = kinds[number].disclaim(object) != 0 || is_kept;
  asked = outer;
  is_kept = was_kept;
  if (lives && !watch(object, number)) stop("out of memory for a disclaim procedure");
}

// The closure lies in the last word of the object.
const GC_finalizer_closure*& closure_of(void* object) {
  return *reinterpret_cast<const GC_finalizer_closure**>(static_cast<char*>(object) + GC_size(object) - sizeof(void*));
}
int run_closure(void* object) {
  if (const GC_finalizer_closure* const closure = closure_of(object)) closure->proc(object, closure->cd);
  return 0;
}

}  // namespace

Kind& kind_of(int number) {
  if (number < 0 || number >= kind_count) stop("a kind that does not exist");
  return kinds[number];
}

int kind_of_type(mgc_type type) {
  if (type == nullptr) return -1;
  for (int i = 0; i < kind_count; ++i)
    if (kinds[i].type == type || kinds[i].wide_type == type) return i;
  return -1;
}

int kind_of_object(const void* object) {
  mgc_found found = {};
  if (program.heap == nullptr || mgc_find_object(program.heap, object, &found) == 0) return -1;
  return kind_of_type(found.type);
}

bool watch(void* object, int kind) {
  const Kind& known = kinds[kind];
  if (known.disclaim == nullptr) return true;
  if ((kind == kGuarded || kind == kGuardedPointerFree) && GC_find_leak == 0) return true;
  is_any_watched = true;
  const mgc_status status = known.is_in_order ? mgc_set_finalizer(program.heap, object, ask, nullptr)
                                              : mgc_set_finalizer_unordered(program.heap, object, ask, nullptr);
  return status == MGC_OK;
}

void watch_again(void* object) {
  if (!is_any_watched) return;
  const int number = kind_of_object(object);
  if (number >= 0 && !watch(object, number)) stop("out of memory for a disclaim procedure");
}
void unwatch(void* object) {
  if (is_any_watched && kind_of_object(object) >= 0) mgc_clear_finalizer(program.heap, object);
}
bool has_watched() { return is_any_watched; }

bool realloc_watched(void* object, const mgc_found& found, size_t bytes, void** result) {
  const int number = is_any_watched ? kind_of_type(found.type) : -1;
  if (number < 0 || kinds[number].disclaim == nullptr) return false;
  const bool has_closure = number == kFinalized;
  void* const fresh = has_closure ? GC_finalized_malloc(bytes, closure_of(object)) : GC_generic_malloc(bytes, number);
  if (fresh != nullptr) {
    const size_t before = found.size - (has_closure ? sizeof(void*) : 0);
    std::memcpy(fresh, object, before < bytes ? before : bytes);
    GC_free(object);
  }
  mgc_keep_alive(object);
  *result = fresh;
  return true;
}

void* make_of_kind(size_t bytes, int number, bool is_uncollectable) {
  ensure();
  const Kind& kind = kinds[number];
  const mgc_type type = bytes < kind.least_bytes ? kind.wide_type : kind.type;
  void* const made = is_uncollectable ? mgc_malloc_uncollectable(program.mutator, padded(bytes), type, 0)
                                      : mgc_malloc(program.mutator, padded(bytes), type, 0);
  if (made == nullptr || is_uncollectable || watch(made, number)) return made;
  mgc_free(program.heap, made);
  return nullptr;
}

mgc_type own_type(int number, const char* name, bool has_pointers) {
  ensure();
  Kind& kind = kinds[number];
  if (kind.type != nullptr) return kind.type;
  mgc_type_info info = {};
  info.name = name;
  info.size = sizeof(void*);
  info.tail = has_pointers ? MGC_TAIL_CONSERVATIVE : MGC_TAIL_OPAQUE;
  if (mgc_type_define(program.heap, &info, &kind.type) != MGC_OK) stop(mgc_last_error(program.heap));
  return kind.type;
}

}  // namespace mallocgc::boehm

extern "C" {

void** GC_new_free_list(void) { return static_cast<void**>(GC_malloc_uncollectable(sizeof(void*))); }
void** GC_new_free_list_inner(void) { return GC_new_free_list(); }

unsigned GC_new_kind(void**, GC_word descriptor, int adjust, int) {
  ensure();
  if (kind_count == kKindsMax) stop("too many kinds");
  const int number = kind_count++;
  Kind& kind = kinds[number];
  kind = Kind{};
  // Types of one name and layout would be the same.
  char name[32];
  std::snprintf(name, sizeof name, "GC_new_kind %d", number);
  own_type(number, name, true);
  kind.wide_type = kind.type;
  if (adjust != 0 && (descriptor & GC_DS_TAGS) == GC_DS_LENGTH) return static_cast<unsigned>(number);
  kind.type = define_type(descriptor, name);
  if (kind.type == nullptr) stop("out of memory for a kind");
  kind.least_bytes = least_bytes(descriptor);
  return static_cast<unsigned>(number);
}
unsigned GC_new_kind_inner(void** free_list, GC_word descriptor, int adjust, int clear) {
  return GC_new_kind(free_list, descriptor, adjust, clear);
}

void* GC_generic_malloc(size_t bytes, int kind) {
  if (kind == kPointerFree) return GC_malloc_atomic(bytes);
  if (kind == kNormal) return GC_malloc(bytes);
  if (kind_of(kind).type == nullptr) stop("a kind that does not exist");
  return finish(make_of_kind(bytes, kind, false), bytes);
}
void* GC_malloc_kind(size_t bytes, int kind) { return GC_generic_malloc(bytes, kind); }
void* GC_generic_malloc_ignore_off_page(size_t bytes, int kind) { return GC_generic_malloc(bytes, kind); }
void* GC_generic_malloc_uncollectable(size_t bytes, int kind) {
  if (kind == kPointerFree || kind == kPointerFreeUncollectable) return GC_malloc_atomic_uncollectable(bytes);
  if (kind == kNormal || kind == kUncollectable) return GC_malloc_uncollectable(bytes);
  if (kind_of(kind).type == nullptr) stop("a kind that does not exist");
  return finish(make_of_kind(bytes, kind, true), bytes);
}
void* GC_generic_or_special_malloc(size_t bytes, int kind) {
  const bool is_special = kind == kUncollectable || kind == kPointerFreeUncollectable;
  return is_special ? GC_generic_malloc_uncollectable(bytes, kind) : GC_generic_malloc(bytes, kind);
}
void* GC_debug_generic_or_special_malloc(size_t bytes, int kind, const char* file, int line) {
  if (kind == kNormal) return GC_debug_malloc(bytes, file, line);
  if (kind == kPointerFree) return GC_debug_malloc_atomic(bytes, file, line);
  if (kind == kUncollectable) return GC_debug_malloc_uncollectable(bytes, file, line);
  if (kind == kPointerFreeUncollectable) return GC_debug_malloc_atomic_uncollectable(bytes, file, line);
  return GC_generic_malloc(bytes, kind);
}
void GC_generic_malloc_many(size_t bytes, int kind, void** result) {
  *result = GC_generic_malloc(bytes < sizeof(void*) ? sizeof(void*) : bytes, kind);
  if (*result != nullptr) GC_NEXT(*result) = nullptr;
}
int GC_get_kind_and_size(const void* object, size_t* bytes) {
  mgc_found found = {};
  if (program.heap != nullptr) mgc_find_object(program.heap, object, &found);
  if (bytes != nullptr) *bytes = found.size;
  const int kind = kind_of_type(found.type);
  if (kind == kGuarded) return kNormal;
  if (kind == kGuardedPointerFree) return kPointerFree;
  return kind >= 0 ? kind : found.type == nullptr ? kPointerFree : kNormal;
}
size_t GC_debug_header_size = 0;
size_t GC_get_debug_header_size(void) { return 0; }
void GC_register_describe_type_fn(int kind, GC_describe_type_fn function) { kind_of(kind).describe = function; }

void GC_register_disclaim_proc(int kind, GC_disclaim_proc procedure, int in_order) {
  Kind& known = kind_of(kind);
  if (kind < kFirstOfClient) stop("GC_register_disclaim_proc: a kind that is not the program's");
  known.disclaim = procedure;
  known.is_in_order = in_order != 0;
}

void GC_init_finalized_malloc(void) {
  own_type(kFinalized, "GC_finalized_malloc", true);
  kinds[kFinalized].disclaim = run_closure;
  kinds[kFinalized].is_in_order = true;
}
void* GC_finalized_malloc(size_t bytes, const GC_finalizer_closure* closure) {
  GC_init_finalized_malloc();
  const size_t all = bytes > SIZE_MAX / 2 ? bytes : bytes + sizeof(void*);
  void* const made = make_of_kind(whole_slot(all), kFinalized, false);
  if (made != nullptr) closure_of(made) = closure;
  return finish(made, bytes);
}

int GC_is_marked(const void* object) {
  if (program.heap == nullptr || object == nullptr || object == asked) return object == asked && is_kept;
  mgc_span_info span;
  if (mgc_walk_spans(program.heap, object, &span, 1) == 0) return 0;
  const auto at = reinterpret_cast<uintptr_t>(object);
  const auto base = reinterpret_cast<uintptr_t>(span.base);
  if (at < base || span.slot_bytes == 0) return 0;
  uint32_t slot = 0;
  const auto index = static_cast<uint32_t>((at - base) / span.slot_bytes);
  if (index >= span.slot_count || mgc_walk_slots(program.heap, span.base, index, &slot, 1) == 0) return 0;
  constexpr uint32_t kStates = (uint32_t{1} << MGC_SLOT_TYPE_SHIFT) - 1;
  return (slot & kStates) == MGC_SLOT_SURVIVED || (slot & kStates) == MGC_SLOT_REACHED;
}
void GC_set_mark_bit(const void* object) {
  if (object != nullptr && object == asked) is_kept = true;
}
void GC_clear_mark_bit(const void* object) {
  if (object != nullptr && object == asked) is_kept = false;
}
void* GC_clear_stack(void* value) { return value; }

}  // extern "C"
