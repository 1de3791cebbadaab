// Stacks that are the client's own, as roots: memory that compiled code pushes to, and that the heap reads only while
// it collects.
//
//   StaticData     what the linker laid out, of the program and its libraries: words that may be pointers
//   LinearStack    [*low_cell, base): words that may be pointers; for WebAssembly modules that keep a stack in linear
//                  memory (every LLVM compiler does), and for stacks of coroutines; one for each mutator
//   ShadowChain    the frames of LLVM's gc "shadow-stack" (llvm_gc_root_chain): a linked list, whose slots are pointers
//   MachineStack   the native stack and the registers of the thread that uses the heap: words that may be pointers
//
// A word that may be a pointer keeps an allocated object alive, and is harmless otherwise (as T4). Nothing is cached:
// the cell and the head of the chain are read at each visit.
// Doors: from heap/ (add, remove), roots/root_set.h (visit).
#pragma once

#include <type_traits>

#include "base/address.h"
#include "base/status.h"
#include "platform/platform.h"
#include "platform/sanitizer.h"

namespace mallocgc {

struct LinearStack {
  const Address* low_cell = nullptr;  // null: there is no such stack
  Address base;

  // Where the used part begins. A cell of 0, or one above the base, says that nothing is in use.
  Address low() const {
    if (low_cell == nullptr || low_cell->is_null() || *low_cell > base) return base;
    return Address(low_cell->value() & ~(kWordBytes - 1));
  }
  size_t bytes() const { return base - low(); }
  // f(Address of a word), from the low end.
  template <class F>
  void visit(F&& f) const {
    for (Address at = low(); at < base; at = at + kWordBytes) f(at);
  }
};

struct ShadowChain {
  // As LLVM's ShadowStackGCLowering lays them out: the roots follow the entry.
  struct FrameMap {
    int32_t root_count;
    int32_t meta_count;
  };
  struct Entry {
    const Entry* next;
    const FrameMap* map;
  };
  const Entry* const* head = nullptr;  // null: there is no such chain

  // f(Address of a slot), from the innermost frame.
  template <class F>
  void visit(F&& f) const {
    if (head == nullptr) return;
    for (const Entry* entry = *head; entry != nullptr; entry = entry->next) {
      const Address roots = Address::of(entry + 1);
      for (int32_t i = 0; i < entry->map->root_count; ++i) f(roots + static_cast<size_t>(i) * kWordBytes);
    }
  }
};

// When a slow path begins, `capture` notes what will be scanned: where the client's part of the stack ends, and a copy
// of what lies between that and here, where the callers' registers are saved. So everybody who visits the roots in one
// slow path sees the same words.
class MachineStack {
 public:
  bool is_enabled() const { return stack_.bytes != 0; }
  // The stack of the thread that calls; false if the platform does not tell where it is.
  bool enable() {
    stack_ = platform::thread_stack();
    copied_ = 0;
    low_ = stack_.end();
    return is_enabled();
  }
  void disable() { stack_ = {}; }
  // `frame`: of the function that stays on the stack while the roots are visited.
  void capture(Address frame) {
    MGC_CHECK(stack_.contains(frame), "the heap is used on another stack than the one of mgc_enable_c_stack");
    low_ = platform::capture_stack(frame, copy_, platform::kStackCopyWords, &copied_);
  }
  size_t bytes() const { return is_enabled() ? stack_.end() - low_ : 0; }
  // f(Address of a word)
  template <class F>
  void visit(F&& f) const {
    if (!is_enabled()) return;
    for (size_t i = 0; i < copied_; ++i) visit_word(Address::of(&copy_[i]), f);
    for (Address at = low_; at < stack_.end(); at = at + kWordBytes) visit_word(at, f);
  }

 private:
  template <class F>
  static void visit_word(Address at, F&& f) {
    f(at);
    if constexpr (!platform::kAsan) return;
    const platform::Range elsewhere = platform::fake_frame_around(platform::load_word(at));
    for (size_t offset = 0; offset < elsewhere.bytes; offset += kWordBytes) f(elsewhere.low + offset);
  }

  platform::Range stack_;
  Address low_;
  size_t copied_ = 0;
  uintptr_t copy_[platform::kStackCopyWords] = {};
};

// The static data of the program, if the client says so: words that may be pointers, found anew at each visit.
class StaticData {
 public:
  bool is_enabled() const { return is_enabled_; }
  void enable(bool on) { is_enabled_ = on; }
  size_t bytes() const {
    size_t total = 0;
    if (is_enabled_) visit_ranges([&](const platform::Range& range) { total += range.bytes; });
    return total;
  }
  // f(Address of a word)
  template <class F>
  void visit(F&& f) const {
    if (!is_enabled_) return;
    visit_ranges([&](const platform::Range& range) {
      for (Address at = range.low; at < range.end(); at = at + kWordBytes) f(at);
    });
  }

 private:
  template <class F>
  static void visit_ranges(F&& f) {
    const auto call = [](void* context, platform::Range range) {
      (*static_cast<std::remove_reference_t<F>*>(context))(range);
    };
    platform::visit_static_data(call, &f);
  }

  bool is_enabled_ = false;
};

}  // namespace mallocgc
