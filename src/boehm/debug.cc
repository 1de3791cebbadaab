// These are the debugging names: their objects have a guard, and a label at their end that says what was asked for, and
// where.
//
//   | bytes asked for, up to a whole word | guard, at least a byte | label |
//
// Their kinds tell them from others (kinds.h). What is written past the end changes the guard, or the label; that is
// seen when the object is freed or moved, and after each collection.
#include <cstdio>
#include <cstring>
#include <cwchar>

#include "boehm/kinds.h"
#include "boehm/walk.h"

using namespace mallocgc::boehm;

namespace mallocgc::boehm {

namespace {

constexpr unsigned char kGuardByte = 0xfd;

struct Label {
  const char* file;
  uintptr_t line;
  uintptr_t hidden_bytes;  // inverted, so that it looks like no pointer
  uintptr_t seal;          // of the others
};

uintptr_t seal_of(const Label& label) {
  constexpr uintptr_t kSalt = static_cast<uintptr_t>(0x9e3779b97f4a7c15);
  return (reinterpret_cast<uintptr_t>(label.file) ^ label.line ^ label.hidden_bytes) * 31 ^ kSalt;
}
Label& label_of(void* object, size_t object_bytes) {
  return *reinterpret_cast<Label*>(static_cast<char*>(object) + object_bytes - sizeof(Label));
}

// Programs of Boehm's collector write up to the end of the last word.
size_t to_word(size_t bytes) { return (bytes + sizeof(void*) - 1) & ~(sizeof(void*) - 1); }

bool is_any_guarded;

int tell_of_leak(void* object) {
  const Label& label = label_of(object, GC_size(object));
  std::fprintf(stderr, "mallocgc: leaked: %zu bytes at %p, made at %s:%u\n", size_t{~label.hidden_bytes}, object,
               label.file, static_cast<unsigned>(label.line));
  return 0;
}

void seal(void* object, size_t object_bytes, size_t bytes, const char* file, uintptr_t line) {
  Label& label = label_of(object, object_bytes);
  unsigned char* const end = static_cast<unsigned char*>(object) + to_word(bytes);
  std::memset(end, kGuardByte, static_cast<size_t>(reinterpret_cast<unsigned char*>(&label) - end));
  label = Label{file, line, ~uintptr_t{bytes}, 0};
  label.seal = seal_of(label);
}

void* make_guarded(size_t bytes, bool has_pointers, bool is_uncollectable, const char* file, int line) {
  const int kind = has_pointers ? kGuarded : kGuardedPointerFree;
  if (bytes > SIZE_MAX / 2) return out_of_memory(bytes);
  own_type(kind, has_pointers ? "GC_debug_malloc" : "GC_debug_malloc_atomic", has_pointers);
  kind_of(kind).disclaim = tell_of_leak;
  is_any_guarded = true;
  void* const made = make_of_kind(whole_slot(to_word(bytes) + sizeof(Label)), kind, is_uncollectable);
  // This comes before a collection, which would look at the guard.
  if (made != nullptr) seal(made, GC_size(made), bytes, file, static_cast<uintptr_t>(line));
  return finish(made, bytes);
}

// Tells what is wrong with an object, once. Returns false if its label is lost.
bool check(void* object, size_t object_bytes) {
  Label& label = label_of(object, object_bytes);
  const uintptr_t bytes = ~label.hidden_bytes;
  if (label.seal != seal_of(label) || to_word(bytes) > object_bytes - sizeof(Label)) {
    std::fprintf(stderr, "mallocgc: the object at %p was written far past its end, over its label\n", object);
    seal(object, object_bytes, object_bytes - sizeof(Label), "?", 0);
    return false;
  }
  const auto* const first = static_cast<const unsigned char*>(object) + to_word(bytes);
  const auto* const last = reinterpret_cast<const unsigned char*>(&label);
  for (const unsigned char* at = first; at < last; ++at) {
    if (*at == kGuardByte) continue;
    std::fprintf(stderr,
                 "mallocgc: the object of %zu bytes at %p, made at %s:%u, was written past its end, at byte %zu\n",
                 size_t{bytes}, object, label.file, static_cast<unsigned>(label.line),
                 static_cast<size_t>(at - static_cast<const unsigned char*>(object)));
    seal(object, object_bytes, bytes, label.file, label.line);
    break;
  }
  return true;
}

bool is_guarded(int kind) { return kind == kGuarded || kind == kGuardedPointerFree; }

}  // namespace

void check_guards() {
  if (!is_any_guarded) return;
  const uint32_t with_pointers = mgc_type_id(kind_of(kGuarded).type);
  const uint32_t without = mgc_type_id(kind_of(kGuardedPointerFree).type);
  for_each_object([&](void* object, uint32_t type) {
    if (type != 0 && (type == with_pointers || type == without)) check(object, GC_size(object));
  });
}

void check_before_end(void* object, const mgc_found& found) {
  if (is_any_guarded && is_guarded(kind_of_type(found.type))) check(object, found.size);
}

bool realloc_guarded(void* object, const mgc_found& found, size_t bytes, void** result) {
  const int kind = kind_of_type(found.type);
  if (!is_guarded(kind)) return false;
  check(object, found.size);
  const Label label = label_of(object, found.size);
  void* const fresh = make_guarded(bytes, kind == kGuarded, false, label.file, static_cast<int>(label.line));
  if (fresh != nullptr) {
    const size_t before = ~label.hidden_bytes;
    std::memcpy(fresh, object, before < bytes ? before : bytes);
    GC_free(object);
  }
  mgc_keep_alive(object);
  *result = fresh;
  return true;
}

}  // namespace mallocgc::boehm

extern "C" {

void* GC_debug_malloc(size_t bytes, const char* file, int line) { return make_guarded(bytes, true, false, file, line); }
void* GC_debug_malloc_atomic(size_t bytes, const char* file, int line) {
  return make_guarded(bytes, false, false, file, line);
}
void* GC_debug_malloc_uncollectable(size_t bytes, const char* file, int line) {
  return make_guarded(bytes, true, true, file, line);
}
void* GC_debug_malloc_atomic_uncollectable(size_t bytes, const char* file, int line) {
  return make_guarded(bytes, false, true, file, line);
}
void* GC_debug_malloc_stubborn(size_t bytes, const char* file, int line) { return GC_debug_malloc(bytes, file, line); }
void* GC_debug_malloc_ignore_off_page(size_t bytes, const char* file, int line) {
  return GC_debug_malloc(bytes, file, line);
}
void* GC_debug_malloc_atomic_ignore_off_page(size_t bytes, const char* file, int line) {
  return GC_debug_malloc_atomic(bytes, file, line);
}
void* GC_debug_malloc_replacement(size_t bytes) { return GC_debug_malloc(bytes, "GC_debug_malloc_replacement", 0); }
void* GC_debug_realloc(void* object, size_t bytes, const char* file, int line) {
  return object == nullptr ? GC_debug_malloc(bytes, file, line) : GC_realloc(object, bytes);
}
void* GC_debug_realloc_replacement(void* object, size_t bytes) {
  return GC_debug_realloc(object, bytes, "GC_debug_realloc_replacement", 0);
}
char* GC_debug_strndup(const char* text, size_t bytes, const char* file, int line) {
  const size_t length = strnlen(text, bytes);
  auto* const copy = static_cast<char*>(GC_debug_malloc_atomic(length + 1, file, line));
  if (copy == nullptr) return nullptr;
  std::memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}
char* GC_debug_strdup(const char* text, const char* file, int line) {
  return GC_debug_strndup(text, std::strlen(text), file, line);
}
wchar_t* GC_debug_wcsdup(const wchar_t* text, const char* file, int line) {
  const size_t bytes = (std::wcslen(text) + 1) * sizeof(wchar_t);
  auto* const copy = static_cast<wchar_t*>(GC_debug_malloc_atomic(bytes, file, line));
  if (copy != nullptr) std::memcpy(copy, text, bytes);
  return copy;
}
void GC_debug_free(void* object) { GC_free(object); }

void GC_debug_register_finalizer(void* object, GC_finalization_proc function, void* data,
                                 GC_finalization_proc* old_function, void** old_data) {
  GC_register_finalizer(object, function, data, old_function, old_data);
}
void GC_debug_register_finalizer_ignore_self(void* object, GC_finalization_proc function, void* data,
                                             GC_finalization_proc* old_function, void** old_data) {
  GC_register_finalizer_ignore_self(object, function, data, old_function, old_data);
}
void GC_debug_register_finalizer_no_order(void* object, GC_finalization_proc function, void* data,
                                          GC_finalization_proc* old_function, void** old_data) {
  GC_register_finalizer_no_order(object, function, data, old_function, old_data);
}
void GC_debug_register_finalizer_unreachable(void* object, GC_finalization_proc function, void* data,
                                             GC_finalization_proc* old_function, void** old_data) {
  GC_register_finalizer_unreachable(object, function, data, old_function, old_data);
}
void GC_debug_register_displacement(size_t offset) { GC_register_displacement(offset); }
void GC_debug_change_stubborn(const void* object) { GC_change_stubborn(object); }
void GC_debug_end_stubborn_change(const void* object) { GC_end_stubborn_change(object); }
void GC_debug_ptr_store_and_dirty(void* slot, const void* value) { GC_ptr_store_and_dirty(slot, value); }

}  // extern "C"
