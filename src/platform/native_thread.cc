// The native platform where it has no state: the stack of a thread, clock and last words.
#include <cstdlib>

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "platform/platform.h"
#include "platform/sanitizer.h"

namespace mallocgc::platform {

// ---- The stack ----

Range thread_stack() {
#if defined(__APPLE__)
  const pthread_t self = pthread_self();
  const size_t bytes = pthread_get_stacksize_np(self);
  return Range{Address::of(pthread_get_stackaddr_np(self)) - bytes, bytes};
#elif defined(__GLIBC__)
  pthread_attr_t attributes;
  void* low = nullptr;
  size_t bytes = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return {};
  const bool known = pthread_attr_getstack(&attributes, &low, &bytes) == 0;
  pthread_attr_destroy(&attributes);
  return known ? Range{Address::of(low), bytes} : Range{};
#else
  return {};
#endif
}

namespace {

MGC_NOINLINE Address copy_stack(Address frame, uintptr_t* copy, size_t capacity, size_t* copied) {
  Address at = Address::of(__builtin_frame_address(0)).aligned_down(kWordBytes);
  for (*copied = 0; *copied < capacity && at < frame; at = at + kWordBytes) copy[(*copied)++] = load_word(at).value();
  return at;
}

}  // namespace

// The registers that a function must save are saved in this one's frame; its own callers saved the rest in theirs.
MGC_NOINLINE Address capture_stack(Address frame, uintptr_t* copy, size_t capacity, size_t* copied) {
  __builtin_unwind_init();
  const Address low = copy_stack(frame, copy, capacity, copied);
  __asm__ volatile("" : : : "memory");  // no tail call: the frame stays until the copy is made
  return low;
}

// ---- Clock and last words ----

bool is_rooted_without_barriers() { return false; }

uint64_t now_ns() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

void die(const char* cause) {
  char line[256] = "mallocgc: ";
  size_t length = 10;
  for (; *cause != '\0' && length < sizeof line - 1; ++cause) line[length++] = *cause;
  line[length++] = '\n';
  (void)!write(STDERR_FILENO, line, length);
  abort();
}

double* host_clock_cell() { return nullptr; }
const char* last_words() { return nullptr; }
uint32_t* host_memory_end_cell() { return nullptr; }
size_t reserved_end() { return 0; }

}  // namespace mallocgc::platform
