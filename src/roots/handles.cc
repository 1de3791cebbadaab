// The checked doors of the handle table; see the header.
#include "roots/handles.h"

namespace mallocgc {

Status HandleTable::refuse(uint64_t handle, ErrorText& error) const {
  if (table_.find(handle) == GenerationTable::Found::kStale) {
    error.set("handle is stale: ").add_hex(handle).add(" was freed");
    return Status::kStaleHandle;
  }
  error.set("not a handle: ").add_hex(handle);
  return Status::kBadArgument;
}

Status HandleTable::get(uint64_t handle, Address* target, ErrorText& error) const {
  const uintptr_t* const word = table_.try_word(handle);
  if (word == nullptr) return refuse(handle, error);
  *target = Address(*word);
  return Status::kOk;
}

Status HandleTable::set(uint64_t handle, Address target, ErrorText& error) {
  if (table_.try_word(handle) == nullptr) return refuse(handle, error);
  table_.set(handle, target.value());
  return Status::kOk;
}

Status HandleTable::free(uint64_t handle, ErrorText& error) {
  if (table_.try_word(handle) == nullptr) return refuse(handle, error);
  table_.free(handle);
  return Status::kOk;
}

}  // namespace mallocgc
