// The list of heaps, and the look at one store; see the header.
#include "api/stray_members.h"

#include <mallocgc/cpp/runtime.h>

#include "api/mgc_heap.h"
#include "platform/sanitizer.h"
#include "platform/threads.h"

namespace mallocgc::api {

namespace {

unsigned char lock = 0;
mgc_heap* first_heap = nullptr;

class Locked {
 public:
  Locked() {
    while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE)) {}
  }
  ~Locked() { __atomic_clear(&lock, __ATOMIC_RELEASE); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
};

bool is_in_a_heap(Address address) {
  for (const mgc_heap* heap = first_heap; heap != nullptr; heap = heap->next_heap) {
    if (heap->owns(address)) return true;
  }
  return false;
}

// Nobody tells where the stack of a fibre lies, so whatever is near to this frame counts as on the stack.
bool is_on_the_stack(Address address) {
  constexpr size_t kNearBytes = size_t{64} << 10;
  MGC_THREAD_LOCAL static platform::Range stack = {};
  if (stack.bytes == 0) stack = platform::thread_stack();
  if (stack.bytes == 0 || stack.contains(address)) return true;
  if (platform::fake_frame_around(address).bytes != 0) return true;
  const Address frame = Address::of(__builtin_frame_address(0));
  return !stack.contains(frame) && address.value() - frame.value() < kNearBytes;
}

[[maybe_unused]] bool is_stray(Address member, Address object) {
  {
    const Locked locked;
    if (is_in_a_heap(member) || !is_in_a_heap(object)) return false;
  }
  return !is_on_the_stack(member);
}

}  // namespace

void heap_is_made([[maybe_unused]] mgc_heap& heap) {
  if constexpr (kDebugFlavour) {
    const Locked locked;
    heap.next_heap = first_heap;
    first_heap = &heap;
  }
}

void heap_ends([[maybe_unused]] mgc_heap& heap) {
  if constexpr (kDebugFlavour) {
    const Locked locked;
    for (mgc_heap** link = &first_heap; *link != nullptr; link = &(*link)->next_heap) {
      if (*link != &heap) continue;
      *link = heap.next_heap;
      return;
    }
  }
}

}  // namespace mallocgc::api

using namespace mallocgc;

void mgc_member_stored([[maybe_unused]] const void* member, [[maybe_unused]] const void* object) {
  if constexpr (kDebugFlavour) {
    if (!api::is_stray(Address::of(member), Address::of(object))) return;
    ErrorText text;
    text.set("the Member at ")
        .add_hex(Address::of(member).value())
        .add(" is in no heap object, so it is no root, but ");
    text.add("was given the object at ").add_hex(Address::of(object).value()).add(": use a Root, a Handle or a Local");
    platform::die(text.c_str());
  }
}
