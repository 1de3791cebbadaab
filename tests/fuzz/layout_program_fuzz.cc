// libFuzzer gives arbitrary type descriptions to TypeTable::define. Nothing may crash. What is accepted must read like
// its naive unrolling from any word on. What is rejected must be rejected by the naive reading too, with its place. A
// second definition must find the first.
//
//   clang++-14 -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
//     -DMALLOCGC_FLAVOUR_DEBUG=1 -Isrc -Isrc/abi -Itests tests/fuzz/layout_program_fuzz.cc \
//     src/types/*.cc src/pages/*.cc src/base/*.cc src/platform/{fake,native}.cc
//
// The input is a byte for the name, bytes of the size, and the kind of tail with bytes of its size if it has elements.
// Then come the set of words of the unit, that of the tail, and a byte that says whether they are host values. A set
// has a kind byte, a length byte if it is a program, and program words. A program word is one byte; 255 is followed by
// four bytes of a large one.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "cpp/types_reference.h"
#include "platform/fake.h"

namespace {

using namespace mallocgc;
using namespace mallocgc::types_test;

class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  uint32_t byte() { return at_ < size_ ? data_[at_++] : 0; }
  uint32_t word() {
    const uint32_t first = byte();
    if (first != 255) return first;
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | byte();
    return value;
  }

 private:
  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
};

// A set of words has a meaning to the naive reader.
struct Set {
  Program words;
  mgc_words_info info{};
  Words unrolled;
  bool legal = true;

  void read(Input& input, size_t unit_bytes) {
    const size_t unit = unit_bytes / kWordBytes;
    const uint32_t kind = input.byte() % 4;
    if (kind == 0) return;
    if (kind == 1) {
      for (size_t i = 0; i < (unit_bytes + kWordBytes - 1) / kWordBytes; i += 32)
        words.push_back(input.word() * 0x01010101u ^ input.byte());
      if (words.empty()) words.push_back(0);
      info = mask_words(words.data());
      legal = unit_bytes != 0;
      for (size_t i = 0; i < words.size() * 32; ++i) {
        const bool set = (words[i / 32] >> (i % 32) & 1) != 0;
        if (i < unit) unrolled.push_back(set);
        legal = legal && (i < unit || !set);
      }
      return;
    }
    const uint32_t length = input.byte() % 64;
    for (uint32_t i = 0; i < length; ++i) words.push_back(input.word());
    words.reserve(1);  // the data pointer of an empty program is not null
    info = program_words(words);
    legal = NaiveProgram(words, unit).unroll(&unrolled);
  }
  bool any() const {
    for (bool set : unrolled) {
      if (set) return true;
    }
    return false;
  }
};

void require(bool condition, const char* cause, const std::string& detail = {}) {
  if (condition) return;
  std::fprintf(stderr, "%s: %s\n", cause, detail.c_str());
  std::abort();
}

struct Room {
  platform::FakeSource source{size_t{64} << 20};
  PageHeap pages;
  Metadata metadata;
  TypeTable table;
  Room() {
    require(pages.init(source, size_t{64} << 20) == Status::kOk, "no heap");
    metadata.init(pages);
    table.init(metadata);
  }
};

template <class Cursor>
void compare(const Layout& layout, const Set& head, const Set& tail, const mgc_type_info& info) {
  const bool split = info.tail == MGC_TAIL_OPAQUE || info.tail == MGC_TAIL_ELEMENTS;
  Words head_words = split ? head.unrolled : Words{};
  Words tail_words = split ? tail.unrolled : head.unrolled;
  if (split) head_words.resize(info.size / kWordBytes);
  const size_t words = head_words.size() + tail_words.size() * 5 / 2 + 3;
  const Words object = object_words(head_words, tail_words, words);
  for (size_t from = 0; from < words; from = from * 3 + 1) {
    const std::string why = difference<Cursor>(layout, object, from);
    require(why.empty(), "the cursor differs", why);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Room* room = nullptr;
  static uint32_t runs = 0;
  if (room == nullptr || room->table.count() > 20000) {
    delete room;
    room = new Room;
  }
  Input input(data, size);
  mgc_type_info info{};
  info.name = (input.byte() & 1) != 0 ? "Fuzzed" : nullptr;
  info.size = (input.byte() * 16 + input.byte() % 16) % 2500;
  info.size *= input.byte() % 8 == 0 ? 1 : kWordBytes;
  info.tail = input.byte() % 4;
  if (info.tail == MGC_TAIL_ELEMENTS) info.tail_size = input.byte() * (input.byte() % 8 == 0 ? 1 : kWordBytes);
  Set head;
  Set tail;
  head.read(input, info.size);
  if (info.tail == MGC_TAIL_ELEMENTS) tail.read(input, info.tail_size);
  const bool host = input.byte() % 2 != 0;  // both readers are the same code, so one of them is enough
  (host ? info.host : info.pointers) = head.info;
  (host ? info.tail_host : info.tail_pointers) = tail.info;

  bool legal = head.legal && tail.legal;
  if (info.tail == MGC_TAIL_CONSERVATIVE && !host && (head.info.mask != nullptr || head.info.program != nullptr))
    legal = false;
  if (info.tail == MGC_TAIL_REPEAT || info.tail == MGC_TAIL_CONSERVATIVE)
    legal = legal && (!head.any() || info.size % kWordBytes == 0);
  if (info.tail == MGC_TAIL_ELEMENTS)
    legal = legal && (!tail.any() || (info.size % kWordBytes == 0 && info.tail_size % kWordBytes == 0));

  Type* type = nullptr;
  ErrorText error;
  const uint32_t layouts = room->table.layout_count();
  const uint32_t types = room->table.count();
  const Status status = room->table.define(info, &type, error);
  require((status == Status::kOk) == legal, "legality", error.c_str());
  if (!legal) {
    require(std::strstr(error.c_str(), "type") != nullptr && std::strstr(error.c_str(), "at byte offset") != nullptr,
            "text", error.c_str());
    require(room->table.count() == types && room->table.layout_count() == layouts, "a failure changed the table");
    return 0;
  }
  Type* again = nullptr;
  require(room->table.define(info, &again, error) == Status::kOk && again == type, "interning");
  if (host) {
    compare<HostCursor>(*type->layout, head, tail, info);
  } else if (info.tail != MGC_TAIL_CONSERVATIVE) {
    compare<PointerCursor>(*type->layout, head, tail, info);
  }
  if (info.tail == MGC_TAIL_CONSERVATIVE)
    require(difference<PointerCursor>(*type->layout, Words(100, true), 3).empty(), "conservative");
  if (++runs % 4096 == 0) require(room->table.verify(error), "verify", error.c_str());
  return 0;
}
