// This offers what gc.h offers to the Lisp of the bench, over the plainest collector there is. It has two spaces of 4
// MiB, of which one is in use; when that is full, what is alive is copied into the other (C. Cheney, "A Nonrecursive
// List Compacting Algorithm", 1970). It is a baseline: an allocation is an addition and a comparison, and a collection
// costs what lives. It moves objects, so programs hold them in Locals across every allocation.
//
// An object has a word of 8 bytes before it: the number of its type, and how many of them are in a row. Weak and
// Ephemeron are here only so that programs compile: they are null at once. A full heap ends the program.
#ifndef MALLOCGC_GC_H
#define MALLOCGC_GC_H

#include <mallocgc/cpp/layout.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

namespace mallocgc {
inline namespace face {

struct TypeInfo {
  uint32_t bytes;
  std::vector<uint32_t> pointers;  // their offsets
};

struct Space {
  static constexpr size_t kBytes = size_t{4} << 20;
  static constexpr uint32_t kForwarded = ~uint32_t{0};
  static constexpr size_t kStackSlots = 65536;
  struct Header {
    uint32_t type, count;
  };
  struct RootLink {
    RootLink *next, *previous;
    void* object;
  };

  Space() {
    roots.next = roots.previous = &roots;
    begin = cursor = static_cast<char*>(std::malloc(kBytes));
    other = static_cast<char*>(std::malloc(kBytes));
    limit = begin + kBytes;
    top = stack = static_cast<void**>(std::malloc(kStackSlots * sizeof(void*)));
  }

  [[gnu::always_inline]] void* allocate(uint32_t type, uint32_t count, size_t bytes) {
    bytes = (bytes + 7) & ~size_t{7};
    if (static_cast<size_t>(limit - cursor) < bytes + sizeof(Header)) [[unlikely]]
      make_room(bytes);
    Header* const header = reinterpret_cast<Header*>(cursor);
    *header = {type, count};
    cursor += bytes + sizeof(Header);
    return header + 1;
  }
  [[gnu::noinline]] void make_room(size_t bytes) {
    collect();
    if (static_cast<size_t>(limit - cursor) >= bytes + sizeof(Header)) return;
    std::fprintf(stderr, "the semispace is full\n");
    std::abort();
  }
  [[gnu::noinline]] void collect() {
    ++collections;
    char* const from = begin;
    std::swap(begin, other);
    cursor = begin;
    limit = begin + kBytes;
    char* scan = begin;
    for (void** slot = stack; slot != top; ++slot) forward(*slot, from);
    for (RootLink* root = roots.next; root != &roots; root = root->next) forward(root->object, from);
    while (scan != cursor) {
      const Header header = *reinterpret_cast<Header*>(scan);
      const TypeInfo& type = (*types)[header.type];
      char* object = scan + sizeof(Header);
      for (uint32_t i = 0; i < header.count; ++i, object += type.bytes) {
        for (const uint32_t offset : type.pointers) forward(*reinterpret_cast<void**>(object + offset), from);
      }
      scan += sizeof(Header) + bytes_of(header);
    }
    std::memset(cursor, 0, static_cast<size_t>(limit - cursor));
  }
  static size_t bytes_of(Header header) {
    const size_t bytes = size_t{(*types)[header.type].bytes} * header.count;
    return ((bytes < 8 ? 8 : bytes) + 7) & ~size_t{7};
  }
  void forward(void*& place, const char* from) {
    char* const object = static_cast<char*>(place);
    if (reinterpret_cast<uintptr_t>(object) - reinterpret_cast<uintptr_t>(from) >= kBytes) return;
    Header* const header = reinterpret_cast<Header*>(object) - 1;
    if (header->type != kForwarded) {
      const size_t bytes = bytes_of(*header);
      std::memcpy(cursor, header, bytes + sizeof(Header));
      header->type = kForwarded;
      *reinterpret_cast<void**>(object) = cursor + sizeof(Header);
      cursor += bytes + sizeof(Header);
    }
    place = *reinterpret_cast<void**>(object);
  }

  static inline std::vector<TypeInfo>* types = nullptr;
  char *begin, *cursor, *limit, *other;
  void **stack, **top;
  RootLink roots;
  double collections = 0;
};

inline Space space;

template <class T>
uint32_t register_type() {
  if (Space::types == nullptr) Space::types = new std::vector<TypeInfo>;
  TypeInfo info{sizeof(T), {}};
  if constexpr (LayoutOf<T>::has_pointers()) {
    // Of all that a program may say only runs are used here.
    const auto& program = kProgram<T>;
    uint32_t offset = 0;
    for (uint32_t i = 0; i < program.length; i += 2) {
      if (program.words[i] != MGC_PROG_POINTERS && program.words[i] != MGC_PROG_SKIP) std::abort();
      for (uint32_t n = 0; n < program.words[i + 1]; ++n, offset += sizeof(void*)) {
        if (program.words[i] == MGC_PROG_POINTERS) info.pointers.push_back(offset);
      }
    }
  }
  Space::types->push_back(info);
  return static_cast<uint32_t>(Space::types->size() - 1);
}
template <class T>
inline const uint32_t kTypeNumber = register_type<T>();

class Heap;
class Frame;
template <class T>
class Local;

template <class T>
class [[nodiscard]] Fresh {
 public:
  explicit Fresh(T* object) : object_(object) {}
  template <class U>
  Fresh(Fresh<U> other) : object_(other.object()) {}
  T* object() const { return object_; }

 private:
  T* object_;
};

template <class T>
class Member {
 public:
  Member() = default;
  Member(T* object) : object_(object) {}
  Member(const Member&) = default;
  Member& operator=(const Member&) = default;
  template <class U>
  Member(Fresh<U> fresh) : object_(fresh.object()) {}
  template <class U>
  Member(const Local<U>& local) : object_(local.get()) {}
  template <class U>
  Member(const Member<U>& other) : object_(other.get()) {}
  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  T& operator[](size_t i) const { return object_[i]; }
  explicit operator bool() const { return object_ != nullptr; }
  void init(const Member& other) { *this = other; }
  friend bool operator==(const Member& member, std::nullptr_t) { return member.object_ == nullptr; }

 private:
  T* object_ = nullptr;
};

// A Local is a slot of the stack of roots.
template <class T>
class Local {
 public:
  explicit Local(Frame&, T* object = nullptr) : Local(object) {}
  template <class U>
  Local(Frame&, const Member<U>& member) : Local(member.get()) {}
  template <class U>
  Local(Fresh<U> fresh) : Local(fresh.object()) {}
  template <class U>
  Local(const Local<U>& other) : Local(other.get()) {}
  Local(const Local& other) : Local(other.get()) {}
  ~Local() { space.top = slot_; }

  T* get() const { return static_cast<T*>(*slot_); }
  T* operator->() const { return get(); }
  T& operator*() const { return *get(); }
  T& operator[](size_t i) const { return get()[i]; }
  explicit operator bool() const { return *slot_ != nullptr; }
  Fresh<T> fresh() const { return Fresh<T>(get()); }

  Local& operator=(const Local& other) { return *this = other.get(); }
  Local& operator=(T* object) {
    *slot_ = object;
    return *this;
  }
  Local& operator=(std::nullptr_t) { return *this = static_cast<T*>(nullptr); }
  template <class U>
  Local& operator=(Fresh<U> fresh) {
    return *this = static_cast<T*>(fresh.object());
  }
  template <class U>
  Local& operator=(const Local<U>& other) {
    return *this = static_cast<T*>(other.get());
  }
  template <class U>
  Local& operator=(const Member<U>& member) {
    return *this = static_cast<T*>(member.get());
  }

 private:
  explicit Local(T* object) : slot_(space.top++) {
    if (slot_ - space.stack >= static_cast<std::ptrdiff_t>(Space::kStackSlots)) [[unlikely]]
      std::abort();
    *slot_ = object;
  }
  void** slot_;
};

template <class T>
class Root : Space::RootLink {
 public:
  Root() : Space::RootLink{space.roots.next, &space.roots, nullptr} { next->previous = previous->next = this; }
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;
  ~Root() {
    next->previous = previous;
    previous->next = next;
  }
  template <class U>
  Root& operator=(Fresh<U> fresh) {
    object = fresh.object();
    return *this;
  }
  template <class U>
  Root& operator=(const Local<U>& local) {
    object = local.get();
    return *this;
  }
  T* get() const { return static_cast<T*>(object); }
  T* operator->() const { return get(); }
  T& operator[](size_t i) const { return get()[i]; }
  friend bool operator==(const Root& root, std::nullptr_t) { return root.object == nullptr; }
};

template <class T>
class Weak {
 public:
  Weak() = default;
  explicit Weak(const Local<T>&) {}
  T* get() const { return nullptr; }
  explicit operator bool() const { return false; }
};

template <class K, class V>
class Ephemeron {
 public:
  void set(K*, V*) {}
  template <class H>
  K* key(const H&) const {
    return nullptr;
  }
  bool is_of(const K*) const { return false; }
  V* value_of(const K*) const { return nullptr; }

 private:
  void* words_[2] = {};
};

class Heap {
 public:
  void collect() { space.collect(); }
};

class Frame {
 public:
  explicit Frame(Heap&) {}
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  template <class T>
  Fresh<T> make() {
    return Fresh<T>(::new (space.allocate(kTypeNumber<T>, 1, sizeof(T) < 8 ? 8 : sizeof(T))) T());
  }
  template <class T>
  Fresh<T> make_array(std::ptrdiff_t n) {
    const size_t bytes = static_cast<size_t>(n) * sizeof(T);
    return Fresh<T>(static_cast<T*>(space.allocate(kTypeNumber<T>, static_cast<uint32_t>(n), bytes < 8 ? 8 : bytes)));
  }
};

}  // namespace face
}  // namespace mallocgc

#endif
