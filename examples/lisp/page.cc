// This is the Lisp as a module without glue, for Node and for a page: a text goes in, an answer comes out. module.mjs
// calls this. The address space of the module is 2 GiB (CMakeLists.txt), so that no address has the highest bit
// (value.h).
#include <cstdlib>
#include <new>

#include "reader.h"

#define LISP_EXPORT extern "C" __attribute__((used, visibility("default")))

namespace {

constexpr uint64_t kHeapBytesMax = uint64_t{1} << 30;
// Each level of a call takes up to 40 words of the shadow stack, 400 bytes of the module's, and 550 of the host's.
// The host's has a megabyte in most hosts, and must not be used up (see module.mjs).
constexpr uint32_t kDepthMax = 1400;
constexpr uint32_t kShadowSlots = 48 * kDepthMax;

mallocgc::Heap* heap = nullptr;
lisp::Interpreter* interpreter = nullptr;
char* text = nullptr;
uint32_t text_bytes = 0;
std::string answer;

}  // namespace

// Makes the heap and the interpreter. `stress_every` collects at every n-th allocation, in the debug flavour with its
// checks; 0 does not. Returns false if there is no memory.
LISP_EXPORT bool lisp_begin(uint32_t stress_every) {
  mgc_options options = {};
  options.max_bytes = kHeapBytesMax;
  options.shadow_slots = kShadowSlots;
  options.stress_every = stress_every;
  delete interpreter;
  delete heap;
  interpreter = nullptr;
  heap = new mallocgc::Heap(options);
  if (!*heap) return false;
  interpreter = new lisp::Interpreter(*heap, kDepthMax);
  return true;
}
// Returns where the next text goes, with room for so many bytes, or null.
LISP_EXPORT char* lisp_text(uint32_t bytes) {
  std::free(text);
  text = static_cast<char*>(std::malloc(bytes == 0 ? 1 : bytes));
  text_bytes = text == nullptr ? 0 : bytes;
  return text;
}
LISP_EXPORT bool lisp_is_unfinished() { return lisp::is_unfinished({text, text_bytes}); }
// Evaluates the text. Returns the answer's length in bytes; the answer is at lisp_answer_text() until the next call.
LISP_EXPORT uint32_t lisp_answer() {
  answer = interpreter->answer({text, text_bytes});
  return static_cast<uint32_t>(answer.size());
}
LISP_EXPORT const char* lisp_answer_text() { return answer.data(); }
LISP_EXPORT double lisp_collections() { return static_cast<double>(heap->stats().num_gc + heap->stats().minor_gcs); }
LISP_EXPORT double lisp_live_bytes() { return static_cast<double>(heap->stats().heap_live); }
