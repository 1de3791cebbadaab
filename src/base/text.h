// Text of fixed capacity, for error messages and trace lines: no allocation, no printf, always terminated, truncated
// when full. TextBuffer does the work once for all capacities; FixedText<n> is one with room for n bytes, the
// terminator included.
#pragma once

#include <type_traits>

#include "base/config.h"

namespace mallocgc {

class TextBuffer {
 public:
  TextBuffer(const TextBuffer&) = delete;
  TextBuffer& operator=(const TextBuffer&) = delete;

  const char* c_str() const { return bytes_; }
  size_t length() const { return length_; }
  bool empty() const { return length_ == 0; }

 protected:
  constexpr TextBuffer(char* bytes, size_t capacity) : bytes_(bytes), capacity_(capacity) {}
  void reset();
  void replace(const char* text);
  void append(char c);
  void append(const char* text);  // null is the empty text
  void append_number(uint64_t n);
  void append_hex(uint64_t n);

 private:
  char* bytes_;
  size_t capacity_;
  size_t length_ = 0;
};

template <size_t kCapacity>
class FixedText : public TextBuffer {
 public:
  constexpr FixedText() : TextBuffer(storage_, kCapacity) {}

  FixedText& clear() {
    reset();
    return *this;
  }
  FixedText& set(const char* text) {
    replace(text);
    return *this;
  }
  FixedText& add(char c) {
    append(c);
    return *this;
  }
  FixedText& add(const char* text) {
    append(text);
    return *this;
  }
  FixedText& add_number(uint64_t n) {
    append_number(n);
    return *this;
  }
  // 0x, lower case, no leading zeros.
  FixedText& add_hex(uint64_t n) {
    append_hex(n);
    return *this;
  }

 private:
  char storage_[kCapacity] = {};
};

// The same where errors are a status alone: it keeps nothing, so that the texts are not linked.
class NoText {
 public:
  MGC_ALWAYS_INLINE const char* c_str() const { return ""; }
  MGC_ALWAYS_INLINE bool empty() const { return true; }
  MGC_ALWAYS_INLINE size_t length() const { return 0; }
  MGC_ALWAYS_INLINE NoText& clear() { return *this; }
  MGC_ALWAYS_INLINE NoText& set(const char*) { return *this; }
  MGC_ALWAYS_INLINE NoText& add(char) { return *this; }
  MGC_ALWAYS_INLINE NoText& add(const char*) { return *this; }
  MGC_ALWAYS_INLINE NoText& add_number(uint64_t) { return *this; }
  MGC_ALWAYS_INLINE NoText& add_hex(uint64_t) { return *this; }
};

using ErrorText = std::conditional_t<kHasTexts, FixedText<256>, NoText>;

}  // namespace mallocgc
