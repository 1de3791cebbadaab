// Layouts of C++ types, made at compile time: MALLOCGC_TYPE lists the members of a type that hold pointers, and from
// their offsets and types comes the mask or the layout program (abi.h) that the heap reads.
//
// The macro declares one function, whose return type carries the list. At namespace scope it is found through the
// argument's type; inside a class it is a member. A private member cannot be named from outside, so the body of the
// function also hands the list over to a friend of LayoutTag, which the compiler reads with the rights of the class.
// (A. Alexandrescu calls what [temp.friend] allows "friend injection". A class template compiles no body until it is
// used, so there the macro must be in the public section.)
//
// inv.layout.order: fields are emitted by ascending offset, whatever their order in the list.
// Doors: gc.h; type_key.h has the probe, which checks the list.
#ifndef MALLOCGC_CPP_LAYOUT_H
#define MALLOCGC_CPP_LAYOUT_H

#include <mallocgc/abi.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace mallocgc {
inline namespace face {

template <class T>
class Member;
template <class T>
class WeakMember;
template <class K, class V>
class Ephemeron;

// A string as a template argument.
template <size_t kSize>
struct NameText {
  char bytes[kSize] = {};
  constexpr NameText(const char (&text)[kSize]) {
    for (size_t i = 0; i < kSize; ++i) bytes[i] = text[i];
  }
};

template <size_t kFieldOffset, class FieldType, NameText kFieldName>
struct Field {
  static constexpr size_t kOffset = kFieldOffset;
  using Type = FieldType;
  static constexpr auto& kName = kFieldName.bytes;
};

template <class Owner, class... Fields>
struct FieldList {
  using Self = Owner;
  static constexpr size_t kCount = sizeof...(Fields);
};

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-template-friend"
#endif
template <class T>
struct LayoutTag {
  friend constexpr auto mallocgc_remembered_(LayoutTag<T>);
};
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

template <class T, class List>
struct Remember {
  friend constexpr auto mallocgc_remembered_(LayoutTag<T>) { return List{}; }
  static constexpr bool kDone = true;
};

// ---- Finding the list of a type ----

template <class T>
concept HasMemberList =
    requires(T& object) {
      requires std::is_same_v<typename decltype(object.mallocgc_layout_(static_cast<const T*>(nullptr)))::Self, T>;
    };
template <class T>
concept HasOuterList =
    requires { requires std::is_same_v<typename decltype(mallocgc_layout_(static_cast<const T*>(nullptr)))::Self, T>; };
template <class T>
concept HasRememberedList =
    requires { requires std::is_same_v<typename decltype(mallocgc_remembered_(LayoutTag<T>{}))::Self, T>; };

template <class T>
constexpr auto list_of() {
  if constexpr (HasMemberList<T>) {
    return decltype(std::declval<T&>().mallocgc_layout_(static_cast<const T*>(nullptr))){};
  } else if constexpr (HasOuterList<T>) {
    return decltype(mallocgc_layout_(static_cast<const T*>(nullptr))){};
  } else if constexpr (HasRememberedList<T>) {
    return decltype(mallocgc_remembered_(LayoutTag<T>{})){};
  } else {
    static_assert(!std::is_same_v<T, T>, "no MALLOCGC_TYPE for this type (in a class template it must be public)");
  }
}

template <class T>
inline constexpr bool kIsMember = false;
template <class T>
inline constexpr bool kIsMember<Member<T>> = true;
// These are members of all kinds: zero memory is a null one, and as elements of arrays they have no name.
template <class T>
inline constexpr bool kIsSlot = kIsMember<T>;
template <class T>
inline constexpr bool kIsSlot<WeakMember<T>> = true;
template <class K, class V>
inline constexpr bool kIsSlot<Ephemeron<K, V>> = true;
template <class T>
inline constexpr bool kIsScalar = std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, std::byte>;

// ---- Programs ----

inline constexpr size_t kLayoutWordBytes = sizeof(void*);

// Writes a program; neighbouring runs of one kind become one.
class ProgramWriter {
 public:
  constexpr explicit ProgramWriter(uint32_t* words) : words_(words) {}
  constexpr void run(uint32_t kind, size_t count) {
    if (count == 0) return;
    if (last_ != kNone && words_[last_] == kind) {
      words_[last_ + 1] += static_cast<uint32_t>(count);
      return;
    }
    last_ = length_;
    words_[length_++] = kind;
    words_[length_++] = static_cast<uint32_t>(count);
  }
  constexpr void begin_repeat(size_t count) {
    words_[length_++] = MGC_PROG_REPEAT;
    words_[length_++] = static_cast<uint32_t>(count);
    last_ = kNone;
  }
  constexpr void end_repeat() {
    words_[length_++] = MGC_PROG_END;
    last_ = kNone;
  }
  constexpr uint32_t length() const { return length_; }

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};
  uint32_t* words_;
  uint32_t length_ = 0;
  uint32_t last_ = kNone;
};

// Not constexpr: calling it while a layout is made is the compile error.
void a_field_is_listed_twice();

// A layout has a program for each of these kinds of words.
enum class Words { kPointers, kWeak, kKeys };

struct FieldEntry {
  size_t offset;
  size_t words;
  void (*emit)(ProgramWriter&, Words);
};

template <class T>
struct LayoutOf;

template <class T>
constexpr void emit_layout(ProgramWriter& writer, Words kind) {
  LayoutOf<T>::emit(writer, kind);
}
template <class T>
constexpr bool has_slots() {
  using Layout = LayoutOf<T>;
  return Layout::has(Words::kPointers) || Layout::has(Words::kWeak) || Layout::has(Words::kKeys);
}

template <class T>
  requires kIsScalar<T>
struct LayoutOf<T> {
  static constexpr size_t kBound = 2;
  static constexpr void emit(ProgramWriter& writer, Words) { writer.run(MGC_PROG_SKIP, sizeof(T) / kLayoutWordBytes); }
  static constexpr bool has(Words) { return false; }
  static constexpr bool has_pointers() { return has(Words::kPointers); }
  static constexpr bool holds(size_t, Words) { return false; }
};

// This is one word of one kind, with so many of no kind behind it.
template <Words kKind, size_t kBehind>
struct LayoutOfSlot {
  static constexpr size_t kBound = kBehind == 0 ? 2 : 4;
  static constexpr void emit(ProgramWriter& writer, Words kind) {
    writer.run(kind == kKind ? MGC_PROG_POINTERS : MGC_PROG_SKIP, 1);
    writer.run(MGC_PROG_SKIP, kBehind);
  }
  static constexpr bool has(Words kind) { return kind == kKind; }
  static constexpr bool has_pointers() { return has(Words::kPointers); }
  static constexpr bool holds(size_t offset, Words kind) { return offset == 0 && kind == kKind; }
};
template <class T>
struct LayoutOf<Member<T>> : LayoutOfSlot<Words::kPointers, 0> {};
template <class T>
struct LayoutOf<WeakMember<T>> : LayoutOfSlot<Words::kWeak, 0> {};
template <class K, class V>
struct LayoutOf<Ephemeron<K, V>> : LayoutOfSlot<Words::kKeys, 1> {};

template <class T, size_t kLength>
struct LayoutOf<T[kLength]> {
  static constexpr size_t kBound = 3 + LayoutOf<T>::kBound;
  static constexpr void emit(ProgramWriter& writer, Words kind) {
    if (!LayoutOf<T>::has(kind)) {
      writer.run(MGC_PROG_SKIP, sizeof(T) * kLength / kLayoutWordBytes);
    } else if constexpr (sizeof(std::remove_all_extents_t<T>) == kLayoutWordBytes) {
      writer.run(MGC_PROG_POINTERS, sizeof(T[kLength]) / kLayoutWordBytes);
    } else {
      writer.begin_repeat(kLength);
      LayoutOf<T>::emit(writer, kind);
      writer.end_repeat();
    }
  }
  static constexpr bool has(Words kind) { return LayoutOf<T>::has(kind); }
  static constexpr bool has_pointers() { return has(Words::kPointers); }
  static constexpr bool holds(size_t offset, Words kind) {
    return offset < sizeof(T) * kLength && LayoutOf<T>::holds(offset % sizeof(T), kind);
  }
};

template <class List>
struct ListLayout;

template <class T, class... Fields>
struct ListLayout<FieldList<T, Fields...>> {
  static_assert(((Fields::kOffset % kLayoutWordBytes == 0 || !has_slots<typename Fields::Type>()) && ...),
                "a pointer that is not aligned to a word");
  static constexpr size_t kFields = sizeof...(Fields);
  static constexpr size_t kBound = 2 + (size_t{0} + ... + (2 + LayoutOf<typename Fields::Type>::kBound));

  static constexpr void emit(ProgramWriter& writer, Words kind) {
    FieldEntry entries[kFields + 1] = {
        {Fields::kOffset, sizeof(typename Fields::Type) / kLayoutWordBytes, &emit_layout<typename Fields::Type>}...,
        {}};
    size_t done_words = 0;
    for (size_t i = 0; i < kFields; ++i) {
      size_t least = i;
      for (size_t j = i + 1; j < kFields; ++j) {
        if (entries[j].offset < entries[least].offset) least = j;
      }
      const FieldEntry entry = entries[least];
      entries[least] = entries[i];
      if (entry.words == 0) continue;  // part of a word: holds no pointers
      if (entry.offset / kLayoutWordBytes < done_words) a_field_is_listed_twice();
      writer.run(MGC_PROG_SKIP, entry.offset / kLayoutWordBytes - done_words);
      entry.emit(writer, kind);
      done_words = entry.offset / kLayoutWordBytes + entry.words;
    }
    writer.run(MGC_PROG_SKIP, sizeof(T) / kLayoutWordBytes - done_words);
  }
  static constexpr bool has([[maybe_unused]] Words kind) {
    return (false || ... || LayoutOf<typename Fields::Type>::has(kind));
  }
  static constexpr bool has_pointers() { return has(Words::kPointers); }
  static constexpr bool holds([[maybe_unused]] size_t offset, [[maybe_unused]] Words kind) {
    return (false || ... ||
            (offset >= Fields::kOffset && offset - Fields::kOffset < sizeof(typename Fields::Type) &&
             LayoutOf<typename Fields::Type>::holds(offset - Fields::kOffset, kind)));
  }
  // Names and places of the fields that hold pointers themselves, for tools; the last entry is a dummy.
  static constexpr mgc_field kDescription[kFields + 1] = {
      {Fields::kName, static_cast<uint32_t>(Fields::kOffset), MGC_FIELD_ANY, 0,
       static_cast<uint32_t>(sizeof(typename Fields::Type) / kLayoutWordBytes)}...,
      {}};
  static constexpr uint32_t kDescribed =
      (true && ... && kIsMember<std::remove_all_extents_t<typename Fields::Type>>) ? kFields : 0;
};

template <class T>
struct LayoutOf : ListLayout<decltype(list_of<T>())> {};

template <class T>
struct Program {
  uint32_t words[LayoutOf<T>::kBound] = {};
  uint32_t length = 0;
};

template <class T, Words kKind>
constexpr Program<T> make_program() {
  Program<T> program;
  ProgramWriter writer(program.words);
  LayoutOf<T>::emit(writer, kKind);
  program.length = writer.length();
  return program;
}

template <class T, Words kKind = Words::kPointers>
inline constexpr Program<T> kProgram = make_program<T, kKind>();

// Returns whether a word that the list names, of any kind, begins at an offset.
template <class T>
constexpr bool covers(size_t offset) {
  using Layout = LayoutOf<T>;
  return Layout::holds(offset, Words::kPointers) || Layout::holds(offset, Words::kWeak) ||
         Layout::holds(offset, Words::kKeys);
}

// Types of few words have a mask, which every flavour of the heap understands. The lean one has no programs.
inline constexpr size_t kMaskWords = 64;
struct Mask {
  uint32_t bits[kMaskWords / 32] = {};
};
template <class T, Words kKind>
constexpr Mask make_mask() {
  Mask mask;
  for (size_t word = 0; word < sizeof(T) / kLayoutWordBytes; ++word) {
    if (LayoutOf<T>::holds(word * kLayoutWordBytes, kKind)) mask.bits[word / 32] |= uint32_t{1} << word % 32;
  }
  return mask;
}
template <class T, Words kKind>
inline constexpr Mask kMask = make_mask<T, kKind>();

// Returns the words of a type of one kind, or none.
template <class T, Words kKind>
constexpr mgc_words_info words_of() {
  if constexpr (!LayoutOf<T>::has(kKind)) {
    return mgc_words_info{};
  } else if constexpr (sizeof(T) <= kMaskWords * kLayoutWordBytes) {
    static_assert(kProgram<T, kKind>.length != 0);  // its writer has checked the list
    return mgc_words_info{kMask<T, kKind>.bits, nullptr, 0};
  } else {
    return mgc_words_info{nullptr, kProgram<T, kKind>.words, kProgram<T, kKind>.length};
  }
}

}  // namespace face
}  // namespace mallocgc

// ---- The macros ----

#define MALLOCGC_PARENS ()
#define MALLOCGC_EXPAND(...) MALLOCGC_EXPAND1(MALLOCGC_EXPAND1(MALLOCGC_EXPAND1(MALLOCGC_EXPAND1(__VA_ARGS__))))
#define MALLOCGC_EXPAND1(...) MALLOCGC_EXPAND2(MALLOCGC_EXPAND2(MALLOCGC_EXPAND2(MALLOCGC_EXPAND2(__VA_ARGS__))))
#define MALLOCGC_EXPAND2(...) MALLOCGC_EXPAND3(MALLOCGC_EXPAND3(MALLOCGC_EXPAND3(MALLOCGC_EXPAND3(__VA_ARGS__))))
#define MALLOCGC_EXPAND3(...) __VA_ARGS__
#define MALLOCGC_FIELDS(...) __VA_OPT__(, MALLOCGC_EXPAND(MALLOCGC_FIELDS_FROM(__VA_ARGS__)))
#define MALLOCGC_FIELDS_FROM(name, ...)                                                            \
  ::mallocgc::Field<__builtin_offsetof(MgcSelf, name), decltype(MgcSelf::name), #name> __VA_OPT__( \
      , MALLOCGC_FIELDS_AGAIN MALLOCGC_PARENS(__VA_ARGS__))
#define MALLOCGC_FIELDS_AGAIN() MALLOCGC_FIELDS_FROM
#define MALLOCGC_STRIP(...) __VA_ARGS__

#define MALLOCGC_LAYOUT_BODY(type, ...)                                                                         \
  _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Winvalid-offsetof\"") using MgcSelf = type; \
  using MgcList = ::mallocgc::FieldList<MgcSelf MALLOCGC_FIELDS(__VA_ARGS__)>;                                  \
  _Pragma("GCC diagnostic pop") static_assert(::mallocgc::Remember<MgcSelf, MgcList>::kDone);                   \
  return MgcList{};

// MALLOCGC_TYPE(Node, left, right); after the class, or inside it (then the members may be private). Lists every member
// that is a Member, an array of them, or a class that has a MALLOCGC_TYPE of its own; others may be listed too. None at
// all for a type without pointers. For a class template: inside it, in the public section; or outside, after `template
// <class V>`: MALLOCGC_TYPE(Pair<V>, first).
#define MALLOCGC_TYPE(type, ...)                                                                            \
  [[maybe_unused]] constexpr auto mallocgc_layout_(const type*) { MALLOCGC_LAYOUT_BODY(type, __VA_ARGS__) } \
  static_assert(true)

// The same for class templates with commas: MALLOCGC_TYPE_TEMPLATE((class K, class V), (Pair<K, V>), first, second);
#define MALLOCGC_TYPE_TEMPLATE(parameters, type, ...)                            \
  template <MALLOCGC_STRIP parameters>                                           \
  [[maybe_unused]] constexpr auto mallocgc_layout_(const MALLOCGC_STRIP type*) { \
    MALLOCGC_LAYOUT_BODY(MALLOCGC_STRIP type, __VA_ARGS__)                       \
  }                                                                              \
  static_assert(true)

#endif
