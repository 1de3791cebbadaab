// The slow ends of the shadow stack: memory, errors, checks. The fast ones are in the header.
#include "roots/shadow_stack.h"

namespace mallocgc {

Status ShadowStack::init(Metadata& metadata, size_t slots) {
  MGC_CHECK(base_ == nullptr, "shadow stack: made twice");
  abi_.shadow_top = abi_.shadow_limit = nullptr;
  if (slots == 0 || slots > kMaxSlots) return Status::kBadSize;
  void* const block = metadata.try_block(slots * sizeof(void*), MetaCategory::kRoots);
  if (block == nullptr) return Status::kOutOfMemory;
  metadata_ = &metadata;
  init_in(Address::of(block), slots);
  return Status::kOk;
}

void ShadowStack::init_in(Address table, size_t slots) {
  abi_.shadow_base = abi_.shadow_top = base_ = table.pointer<void*>();
  abi_.shadow_limit = base_ + slots;
}

void ShadowStack::release() {
  if (base_ != nullptr && metadata_ != nullptr)
    metadata_->free_block(base_, capacity_slots() * sizeof(void*), MetaCategory::kRoots);
  base_ = nullptr;
  abi_.shadow_base = abi_.shadow_top = abi_.shadow_limit = nullptr;
}

size_t ShadowStack::table_bytes() const {
  if (metadata_ != nullptr) return 0;
  if (!kIs64Bit) return capacity_slots() * sizeof(void*);
  if (used_slots() > highest_used_) highest_used_ = used_slots();
  return align_up(highest_used_ * sizeof(void*), kPageBytes);
}

Status ShadowStack::refuse_push(size_t n, ErrorText& error) const {
  error.set("shadow stack overflow: a frame of ").add_number(n).add(" slots does not fit, ");
  error.add_number(used_slots()).add(" of ").add_number(capacity_slots()).add(" are used");
  return Status::kShadowStack;
}

Status ShadowStack::refuse_pop(void** slots, ErrorText& error) const {
  if (abi_.shadow_top == base_) {
    error.set("shadow stack underflow: there is no frame");
  } else {
    error.set("frame popped out of order: ").add_hex(Address::of(slots).value()).add(" is not the last frame");
  }
  return Status::kShadowStack;
}

Status ShadowStack::restore(void** top, ErrorText& error, uint64_t* epoch) {
  const Address to = Address::of(top);
  if (to < Address::of(base_) || to > Address::of(abi_.shadow_top) || !to.is_aligned(sizeof(void*))) {
    error.set("shadow stack restored to a place outside: ").add_hex(to.value());
    return Status::kShadowStack;
  }
  if (kDebugFlavour && !is_boundary(top)) {
    error.set("shadow stack restored to the middle of a frame: ").add_hex(to.value());
    return Status::kShadowStack;
  }
  if (epoch != nullptr) {
    *epoch = 0;
    void** const scope = first_scope(top);
    if (scope != nullptr) __builtin_memcpy(epoch, scope + 2, sizeof *epoch);
  }
  abi_.shadow_top = top;
  return Status::kOk;
}

void** ShadowStack::first_scope(void** from) const {
  while (from < abi_.shadow_top && !is_scope(from)) from += slot_count(from + 1) + 1;
  return from < abi_.shadow_top ? from : nullptr;
}

// What lies above a scope without another scope in it was left behind by code that has ended. Where another scope
// returns to the end of this one, it returns to its start from now on.
void ShadowStack::end_scope(void** scope) {
  if (scope == nullptr || scope < base_ || scope >= abi_.shadow_top || !is_scope(scope)) return;
  void** const end = scope + 1 + MGC_FRAME_SCOPE_SLOTS;
  void** const above = first_scope(end);
  void* const start = scope[1];
  if (above == nullptr) {
    abi_.shadow_top = static_cast<void**>(start);
    return;
  }
  scope[0] = Address(MGC_FRAME_SCOPE_SLOTS).pointer();
  for (size_t i = 1; i <= MGC_FRAME_SCOPE_SLOTS; ++i) scope[i] = nullptr;
  if (above[1] == end) above[1] = start;
}

bool ShadowStack::is_end(void** place) const {
  const Address at = Address::of(place);
  return at >= Address::of(base_) && at <= Address::of(abi_.shadow_top) && at.is_aligned(sizeof(void*)) &&
         is_boundary(place);
}

Status ShadowStack::copy(void** from, void** to, size_t capacity, size_t* needed, ErrorText& error) const {
  *needed = 0;
  if (!is_end(from)) {
    error.set("a stack is copied from a place that is no end of a frame: ").add_hex(Address::of(from).value());
    return Status::kShadowStack;
  }
  if (first_scope(from) != nullptr) {
    error.set("a Frame of gc.h lies in the stack that is copied, and cannot come back");
    return Status::kShadowStack;
  }
  const auto words = static_cast<size_t>(abi_.shadow_top - from);
  *needed = kCopyHeader + words;
  if (to == nullptr || capacity < *needed) return Status::kOk;
  to[0] = static_cast<void*>(from);
  to[1] = Address(words).pointer();
  __builtin_memcpy(to + kCopyHeader, from, words * sizeof(void*));
  return Status::kOk;
}

Status ShadowStack::put_back(const void* const* copy, ErrorText& error, uint64_t* epoch) {
  void** const from = Address::of(copy[0]).pointer<void*>();
  const size_t words = Address::of(copy[1]).value();
  if (!is_end(from)) {
    error.set("a copied stack is put back only where it was: ").add_hex(Address::of(from).value());
    error.add(" is no end of a frame of this stack");
    return Status::kShadowStack;
  }
  size_t at = 0;
  if (words <= static_cast<size_t>(abi_.shadow_limit - from)) {
    const auto slots = [&] { return Address::of(copy[kCopyHeader + at]).value(); };
    while (at < words && slots() != 0 && slots() < words - at) at += slots() + 1;
  }
  if (at != words) {
    error.set("the copy of a stack is damaged: its frames do not end with it");
    return Status::kShadowStack;
  }
  const Status status = restore(from, error, epoch);
  if (status != Status::kOk) return status;
  __builtin_memcpy(from, copy + kCopyHeader, words * sizeof(void*));
  abi_.shadow_top = from + words;
  return Status::kOk;
}

bool ShadowStack::is_boundary(void** top) const {
  void** frame = base_;
  while (frame < top && slot_count(frame + 1) < static_cast<size_t>(top - frame)) frame += slot_count(frame + 1) + 1;
  return frame == top;
}

const char* ShadowStack::verify() const {
  if (Address::of(abi_.shadow_top) < Address::of(base_) || abi_.shadow_top > abi_.shadow_limit)
    return "inv.shadow.bounds";
  for (void** frame = base_; frame != abi_.shadow_top;) {
    const size_t n = slot_count(frame + 1);
    if (n >= static_cast<size_t>(abi_.shadow_top - frame)) return "inv.shadow.frames";
    if (is_scope(frame) && (Address::of(frame[1]) < Address::of(base_) || frame[1] > frame)) return "inv.shadow.scopes";
    frame += n + 1;
  }
  return nullptr;
}

}  // namespace mallocgc
