// Appending, a character at a time: errors are rare and short.
#include "base/text.h"

namespace mallocgc {

void TextBuffer::reset() {
  length_ = 0;
  bytes_[0] = '\0';
}

void TextBuffer::replace(const char* text) {
  reset();
  append(text);
}

void TextBuffer::append(char c) {
  if (length_ + 1 >= capacity_) return;
  bytes_[length_++] = c;
  bytes_[length_] = '\0';
}

void TextBuffer::append(const char* text) {
  for (; text != nullptr && *text != '\0'; ++text) append(*text);
}

void TextBuffer::append_number(uint64_t n) {
  char digits[20];
  size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + n % 10);
    n /= 10;
  } while (n != 0);
  while (count != 0) append(digits[--count]);
}

void TextBuffer::append_hex(uint64_t n) {
  append("0x");
  bool started = false;
  for (unsigned shift = 64; shift != 0;) {
    shift -= 4;
    const unsigned digit = static_cast<unsigned>(n >> shift) & 15u;
    started = started || digit != 0 || shift == 0;
    if (started) append("0123456789abcdef"[digit]);
  }
}

}  // namespace mallocgc
