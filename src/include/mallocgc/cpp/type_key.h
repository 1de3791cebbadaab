// What gc.h knows of a C++ type: its number in this program, its description for the heap, and whether MALLOCGC_TYPE
// told the truth.
//
// The number indexes mutator->type_slots (abi.h). A type gets one when it is first used, so that the types that a
// program really uses have numbers. Until then its slot is slot 0, which is never filled: so the allocation goes the
// slow way, which registers the type with the heap.
//
// The probe (debug flavour): while the first object of a type is constructed, each Member reports its place, and one
// that the layout does not cover is an error that names the type and the offset; the type makes no objects from then
// on.
//
// inv.type_key: slots other than 0 are unique and below MGC_TYPE_SLOTS.
// Doors: gc.h, pointers.h.
#ifndef MALLOCGC_CPP_TYPE_KEY_H
#define MALLOCGC_CPP_TYPE_KEY_H

#include <mallocgc/cpp/layout.h>
#include <mallocgc/mallocgc.h>
#include <mallocgc/size_class.h>

// The flavour of the library that the program links; CMake passes it on. It only decides here whether Members are
// probed.
#if !defined(MALLOCGC_FLAVOUR_DEBUG)
#define MALLOCGC_FLAVOUR_DEBUG 0
#endif

namespace mallocgc {
inline namespace face {

inline constexpr bool kProbeMembers = MALLOCGC_FLAVOUR_DEBUG != 0;

// ---- Names ----

// The compiler's spelling of T, cut out of the signature of this function: "[with T = app::Node]" or "[T = app::Node]".
template <class T>
constexpr auto make_type_name() {
  constexpr size_t kBytes = sizeof(__PRETTY_FUNCTION__);
  struct Text {
    char bytes[kBytes] = {};
  };
  Text name;
  const char* const signature = __PRETTY_FUNCTION__;
  size_t begin = 0;
  while (signature[begin] != 'T' || signature[begin + 1] != ' ' || signature[begin + 2] != '=') ++begin;
  begin += 4;
  for (size_t i = begin; i + 2 < kBytes; ++i) name.bytes[i - begin] = signature[i];
  return name;
}
template <class T>
inline constexpr auto kTypeName = make_type_name<T>();

// ---- Descriptions ----

// What the slow paths, which are no templates, need of a type. A constant, and passed by reference: a copy would be
// stored and read again in other widths, and such a read waits for all stores before it.
struct TypeRecord {
  const mgc_type_info* info;
  uint32_t* slot;  // index into type_slots, 0: none yet, or none at all
  bool bumps;      // objects may be bumped inline
};

// Members of all kinds and scalars are elements of arrays; their layouts are shared and have no names.
template <class T>
inline constexpr bool kIsNamed = !kIsScalar<T> && !kIsSlot<T>;

template <class T>
constexpr mgc_type_info describe_type() {
  using Layout = LayoutOf<T>;
  mgc_type_info info = {};
  info.size = sizeof(T);
  info.align = alignof(T);
  info.tail = MGC_TAIL_REPEAT;
  if constexpr (kIsNamed<T>) {
    info.name = kTypeName<T>.bytes;
    if constexpr (Layout::kDescribed != 0) {
      info.fields = Layout::kDescription;
      info.field_count = Layout::kDescribed;
    }
  }
  info.pointers = words_of<T, Words::kPointers>();
  info.weak = words_of<T, Words::kWeak>();
  info.keys = words_of<T, Words::kKeys>();
  return info;
}
template <class T>
inline constexpr mgc_type_info kTypeInfo = describe_type<T>();

// ---- Numbers ----

inline uint32_t last_type_number = 0;

// The number of a type, which is a new one at the first call. Heaps of several threads may meet a type at the same
// time: then one number wins, and the other is lost.
inline uint32_t number_type(uint32_t* slot) {
  const uint32_t known = __atomic_load_n(slot, __ATOMIC_RELAXED);
  if (known != 0 || __atomic_load_n(&last_type_number, __ATOMIC_RELAXED) + 1 >= MGC_TYPE_SLOTS) return known;
  const uint32_t number = __atomic_add_fetch(&last_type_number, 1, __ATOMIC_RELAXED);
  uint32_t none = 0;
  if (number < MGC_TYPE_SLOTS)
    __atomic_compare_exchange_n(slot, &none, number, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return __atomic_load_n(slot, __ATOMIC_RELAXED);
}

inline constexpr size_t kMaxInlineAlign = 16;  // the slots of a size class are aligned at least so well as their size

template <class T>
struct TypeKey {
  static_assert(std::is_trivially_destructible_v<T>, "objects of the heap are never destroyed, only freed");
  static_assert(alignof(T) <= abi::kSizeClassPageBytes, "no alignment above a page");

  static constexpr size_t kSlotBytes = abi::slot_bytes_of(sizeof(T));
  static constexpr bool kBumps = kIsNamed<T> && kSlotBytes != 0 && alignof(T) <= kMaxInlineAlign;

  static inline bool proved = false;   // the probe has found nothing
  static inline bool broken = false;   // the probe has found a Member that is not listed,
  static inline size_t forgotten = 0;  // here

  static inline uint32_t slot = 0;  // 0 before the first use, and for those that come too late

  static constexpr TypeRecord kRecord{&kTypeInfo<T>, &slot, kBumps};
};

// ---- The probe ----

class MemberProbe {
 public:
  using Covers = bool (*)(size_t offset);
  MemberProbe(const void* base, size_t bytes, Covers covers)
      : base_(reinterpret_cast<uintptr_t>(base)), bytes_(bytes), covers_(covers), outer_(active) {
    active = this;
  }
  MemberProbe(const MemberProbe&) = delete;
  MemberProbe& operator=(const MemberProbe&) = delete;
  ~MemberProbe() { active = outer_; }

  static void report(const void* member) {
    for (MemberProbe* probe = active; probe != nullptr; probe = probe->outer_) {
      const size_t offset = reinterpret_cast<uintptr_t>(member) - probe->base_;
      if (offset < probe->bytes_ && !probe->covers_(offset) && offset < probe->forgotten_) probe->forgotten_ = offset;
    }
  }
  bool found_one() const { return forgotten_ != kNone; }
  size_t forgotten_offset() const { return forgotten_; }

 private:
  static constexpr size_t kNone = ~size_t{0};
  static inline thread_local MemberProbe* active = nullptr;

  uintptr_t base_;
  size_t bytes_;
  Covers covers_;
  MemberProbe* outer_;
  size_t forgotten_ = kNone;
};

// Leaves the probe's verdict as the heap's last error: "app::Node: the Member at offset 8 is not in MALLOCGC_TYPE".
inline void report_forgotten_member(mgc_heap* heap, const char* type_name, size_t offset) {
  char text[256];
  size_t length = 0;
  const auto add = [&](const char* part) {
    for (; *part != '\0' && length + 1 < sizeof text; ++part) text[length++] = *part;
    text[length] = '\0';
  };
  char digits[24] = {};
  size_t first = sizeof digits - 1;
  do {
    digits[--first] = static_cast<char>('0' + offset % 10);
    offset /= 10;
  } while (offset != 0);
  add(type_name);
  add(": the Member at offset ");
  add(digits + first);
  add(" is not in MALLOCGC_TYPE");
  mgc_fail(heap, MGC_BAD_TYPE, text);
}

}  // namespace face
}  // namespace mallocgc

#endif
