// This allocates by Boehm's names. Objects with pointers are of one type, whose every word may be a pointer; objects
// without have none; typed ones have the type of their descriptor (typed.cc). An object that is freed by hand takes its
// finalizer and its links with it.
#include <cerrno>
#include <cstring>
#include <cwchar>

#include "boehm/program.h"

namespace mallocgc::boehm {

namespace {

constexpr size_t kLargestAlign = 8192;
constexpr size_t kSystemPage = 4096;
constexpr uint32_t kAtomic = MGC_NOSCAN | MGC_NOZERO | MGC_OWN_BLOCK;

void* words(size_t bytes) {
  ensure();
  return mgc_malloc(program.mutator, padded(bytes), program.words, 0);
}
void* atomic(size_t bytes) {
  ensure();
  return mgc_malloc(program.mutator, padded(bytes), nullptr, kAtomic);
}

// The object is alive until GC_free.
void* kept(size_t bytes, mgc_type type, uint32_t flags) {
  ensure();
  return finish(mgc_malloc_uncollectable(program.mutator, padded(bytes), type, flags), bytes);
}

}  // namespace

void* out_of_memory(size_t bytes) { return GC_oom_fn != nullptr ? GC_oom_fn(bytes) : nullptr; }

}  // namespace mallocgc::boehm

using namespace mallocgc::boehm;

extern "C" {

void* GC_malloc(size_t bytes) { return finish(words(bytes), bytes); }
void* GC_malloc_atomic(size_t bytes) { return finish(atomic(bytes), bytes); }
void* GC_malloc_uncollectable(size_t bytes) {
  ensure();
  return kept(bytes, program.words, 0);
}
void* GC_malloc_atomic_uncollectable(size_t bytes) { return kept(bytes, nullptr, kAtomic); }
void* GC_malloc_stubborn(size_t bytes) { return GC_malloc(bytes); }
void* GC_malloc_ignore_off_page(size_t bytes) { return GC_malloc(bytes); }
void* GC_malloc_atomic_ignore_off_page(size_t bytes) { return GC_malloc_atomic(bytes); }
void* GC_malloc_many(size_t bytes) { return GC_malloc(bytes); }

void* GC_memalign(size_t align, size_t bytes) {
  if (align > kLargestAlign || align == 0 || (align & (align - 1)) != 0) return nullptr;
  ensure();
  return finish(mgc_malloc_aligned(program.mutator, padded(bytes), program.words, 0, align), bytes);
}
int GC_posix_memalign(void** memory, size_t align, size_t bytes) {
  if (align == 0 || (align & (align - 1)) != 0 || align % sizeof(void*) != 0 || align > kLargestAlign) return EINVAL;
  void* const made = GC_memalign(align, bytes);
  if (made == nullptr) return ENOMEM;
  *memory = made;
  return 0;
}
void* GC_valloc(size_t bytes) { return GC_memalign(kSystemPage, bytes); }
void* GC_pvalloc(size_t bytes) {
  return bytes > SIZE_MAX - kSystemPage ? out_of_memory(bytes)
                                        : GC_valloc((bytes + kSystemPage - 1) & ~(kSystemPage - 1));
}

void* GC_realloc(void* object, size_t bytes) {
  if (object == nullptr) return GC_malloc(bytes);
  if (bytes == 0) {
    GC_free(object);
    return nullptr;
  }
  mgc_found found = {};
  if (program.heap == nullptr || mgc_find_object(program.heap, object, &found) == 0 || found.base != object)
    stop("GC_realloc: not the beginning of an object");
  void* moved = nullptr;
  if (realloc_guarded(object, found, bytes, &moved) || realloc_watched(object, found, bytes, &moved)) return moved;
  const size_t before = found.size;
  const mgc_type type = found.type;
  void* const fresh = mgc_realloc(program.mutator, object, padded(bytes));
  if (fresh == nullptr) return finish(fresh, bytes);
  if (fresh != object) forget(object);
  // What lies behind a new end keeps nothing alive, and is zero when the object grows again. The core has cleared what
  // is behind the object itself.
  const size_t now = padded(bytes);
  const size_t copied = now < before ? now : before;
  if (type != nullptr && bytes < copied) std::memset(static_cast<char*>(fresh) + bytes, 0, copied - bytes);
  return finish(fresh, bytes);
}

char* GC_strndup(const char* text, size_t bytes) {
  const size_t length = strnlen(text, bytes);
  char* const copy = static_cast<char*>(GC_malloc_atomic(length + 1));
  if (copy == nullptr) return nullptr;
  std::memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}
char* GC_strdup(const char* text) { return GC_strndup(text, std::strlen(text)); }
wchar_t* GC_wcsdup(const wchar_t* text) {
  const size_t bytes = (std::wcslen(text) + 1) * sizeof(wchar_t);
  auto* const copy = static_cast<wchar_t*>(GC_malloc_atomic(bytes));
  if (copy != nullptr) std::memcpy(copy, text, bytes);
  return copy;
}

void GC_free(void* object) {
  if (object == nullptr || program.heap == nullptr) return;
  mgc_found found = {};
  if (mgc_find_object(program.heap, object, &found) != 0) check_before_end(object, found);
  if (mgc_free(program.heap, object) != MGC_OK) stop(mgc_last_error(program.heap));
  forget(object);
  program.freed_bytes += found.size;
}

GC_oom_func GC_oom_fn;
void GC_set_oom_fn(GC_oom_func function) { GC_oom_fn = function; }
GC_oom_func GC_get_oom_fn(void) { return GC_oom_fn; }

}  // extern "C"
