// The shadow stack of one mutator: an explicit array of slots, since the wasm stack cannot be read (R1, R2). Compiled
// code pushes and pops through the two pointers of mgc_mutator_abi without a call; here are the checked doors and the
// walk.
//
//   base ─► [ 2 | slot slot ][ 3 | slot slot slot ]… ─► top (shadow_top)          ─► limit (shadow_limit)
//             └ header: the number of slots of the frame, above it
//
// A frame has at least one slot, so that a header differs from the null in an empty slot. Whoever pushes without a call
// writes the header, zeroes or fills the slots, then raises shadow_top. Only slots are roots. A frame is popped as the
// last one, or thrown away by restore(), which ends every frame above a saved top: an entry from JS does so, however
// the call ended (R2).
//
// The frame of gc.h's Frame is a *scope*: its header has MGC_FRAME_SCOPE in it, and its words are no roots. They are
// the top to return to, and the epoch, which tells which Locals end with the scope when it is thrown away. Scopes of
// coroutines may end in any order: one that is not the last is only crossed out, and its words go with the next one
// above.
//
// inv.shadow.frames: from the base, the frames end exactly at the top.   inv.shadow.bounds: base <= top <= limit.
// inv.shadow.scopes: a scope returns to a place of its stack that is not above it.
#pragma once

#include "base/address.h"
#include "base/check.h"
#include "base/status.h"
#include "base/text.h"
#include "pages/metadata.h"

namespace mallocgc {

class ShadowStack {
 public:
  // abi->shadow_top and abi->shadow_limit belong to the stack from init() on; `abi` outlives it.
  explicit constexpr ShadowStack(mgc_mutator_abi& abi) : abi_(abi) {}
  ShadowStack(const ShadowStack&) = delete;
  ShadowStack& operator=(const ShadowStack&) = delete;

  // Room for `slots` words in all, headers included. kOutOfMemory: there is no stack; kBadSize: none or more than
  // kMaxSlots.
  Status init(Metadata& metadata, size_t slots);
  // The same in a table (platform.h), which lives as long as its source and is touched on use.
  void init_in(Address table, size_t slots);
  // Gives the memory back for the next mutator; all frames end. Harmless without init().
  void release();

  // A frame of n zeroed slots (one for n == 0). kShadowStack "shadow stack overflow: …"; nothing is changed then.
  Status push(size_t n, void*** slots, ErrorText& error) {
    *slots = try_push(n);
    return *slots != nullptr ? Status::kOk : refuse_push(n, error);
  }
  // The same without a text; null when full.
  void** try_push(size_t n) {
    void** const top = abi_.shadow_top;
    const size_t room = static_cast<size_t>(abi_.shadow_limit - top);
    if (n == 0) n = 1;
    if (n >= room) return nullptr;
    *top = reinterpret_cast<void*>(n);
    for (size_t i = 1; i <= n; ++i) top[i] = nullptr;
    abi_.shadow_top = top + 1 + n;
    return top + 1;
  }
  // Ends the last frame, whose slots are at `slots`. kShadowStack "shadow stack underflow: …", "frame popped out of
  // order: …".
  Status pop(void** slots, ErrorText& error) {
    const size_t distance = Address::of(slots) - Address::of(base_);  // huge for a place below the stack
    const size_t index = distance / sizeof(void*);
    if (distance % sizeof(void*) != 0 || index == 0 || index >= used_slots() ||
        slot_count(base_ + index) != used_slots() - index) {
      return refuse_pop(slots, error);
    }
    abi_.shadow_top = base_ + (index - 1);
    return Status::kOk;
  }

  void** save() const { return abi_.shadow_top; }
  // Ends every frame above `top`, a value of save(). kShadowStack "shadow stack restored to a place outside: …"; in the
  // debug flavour, which walks the frames, also "shadow stack restored to the middle of a frame: …".
  // Gives the epoch of the oldest scope that it ends, if `epoch` is not null: 0 if there is none.
  Status restore(void** top, ErrorText& error, uint64_t* epoch = nullptr);
  // Ends a scope that is not the last frame, or is not there any more.
  void end_scope(void** scope);

  // For continuations: copies the frames above `from`, a place that save() gave or the base. The copy is the place, the
  // number of words, and the words; `needed` says how many that are, and nothing is written where `capacity` is less.
  // kShadowStack "a stack is copied from a place that is no end of a frame: …", "a Frame of gc.h lies in the stack …".
  Status copy(void** from, void** to, size_t capacity, size_t* needed, ErrorText& error) const;
  // Puts a copy back where it was, and ends the stack with it. kShadowStack "a copied stack is put back only where it
  // was: …", "the copy of a stack is damaged: …". An error changes nothing.
  // Gives the epoch of the oldest scope that it ends, as restore() does.
  Status put_back(const void* const* copy, ErrorText& error, uint64_t* epoch);

  size_t used_slots() const { return static_cast<size_t>(abi_.shadow_top - base_); }
  size_t capacity_slots() const { return static_cast<size_t>(abi_.shadow_limit - base_); }
  static constexpr size_t kMaxSlots = size_t{1} << 26;
  // Bytes of the table that count as taken from the system; 0 of a stack in the heap's own memory.
  size_t table_bytes() const;
  // The same, and all bytes of a stack in the heap's own memory.
  size_t sys_bytes() const { return metadata_ != nullptr ? capacity_slots() * sizeof(void*) : table_bytes(); }

  // f(void* value) for every slot of every frame, from the bottom. Ends the program where the frames do not fit
  // (inv.shadow.frames).
  template <class F>
  void visit(F&& f) const {
    for (void** frame = base_; frame != abi_.shadow_top;) {
      const size_t n = slot_count(frame + 1);
      MGC_CHECK(n < static_cast<size_t>(abi_.shadow_top - frame),
                "shadow stack: a frame does not fit (inv.shadow.frames)");
      if (!is_scope(frame)) {
        for (size_t i = 1; i <= n; ++i) f(frame[i]);
      }
      frame += n + 1;
    }
  }
  // Null if all hold, otherwise the name of the first invariant that does not.
  const char* verify() const;

 private:
  bool is_boundary(void** top) const;
  bool is_end(void** place) const;
  static constexpr size_t kCopyHeader = 2;
  static size_t slot_count(void** slots) { return reinterpret_cast<uintptr_t>(slots[-1]) & ~MGC_FRAME_SCOPE; }
  static bool is_scope(void** frame) { return (reinterpret_cast<uintptr_t>(*frame) & MGC_FRAME_SCOPE) != 0; }
  void** first_scope(void** from) const;
  Status refuse_push(size_t n, ErrorText& error) const;
  Status refuse_pop(void** slots, ErrorText& error) const;

  mgc_mutator_abi& abi_;
  Metadata* metadata_ = nullptr;
  void** base_ = nullptr;
  mutable size_t highest_used_ = 0;  // slots of a table, as far as it was seen
};

}  // namespace mallocgc
