// States and lists of host values; see the header for the picture.
#include "specials/host_values.h"

namespace mallocgc {

void HostTable::push(Queue& queue, uint32_t index, State state) {
  entry(index) = state;
  if (queue.count == 0) {
    queue.first = index;
  } else {
    uint32_t& last = entry(queue.last);
    last = (index << kStateBits) | state_of(last);
  }
  queue.last = index;
  queue.count += 1;
}

// The queue is not empty.
uint32_t HostTable::pop(Queue& queue) {
  const uint32_t index = queue.first;
  queue.first = next_of(entry(index));
  queue.count -= 1;
  return index;
}

Status HostTable::acquire(uint32_t* index) {
  uint32_t taken = 0;
  if (free_.count != 0) {
    taken = pop(free_);
  } else {
    if (issued_ > kMaxIndex) return Status::kOutOfMemory;
    if (issued_ / kChunkEntries == chunks_.chunk_count()) {
      if (const Status status = chunks_.add_chunk(); status != Status::kOk) return status;
    }
    taken = issued_++;
  }
  entry(taken) = kLive;
  live_ += 1;
  *index = taken;
  return Status::kOk;
}

bool HostTable::is_live(uint32_t index) const {
  return index != 0 && index < issued_ && state_of(entry(index)) == kLive;
}

bool HostTable::release(uint32_t index) {
  if (!is_live(index)) return false;
  live_ -= 1;
  push(released_, index, kReleased);
  return true;
}

uint32_t HostTable::next_released() {
  if (released_.count == 0) return 0;
  const uint32_t index = pop(released_);
  push(free_, index, kFree);
  return index;
}

Status HostTable::free(uint32_t index, ErrorText& error) {
  if (!is_live(index)) {
    error.set("not a live host value: ").add_number(index);
    return Status::kBadArgument;
  }
  live_ -= 1;
  push(free_, index, kFree);
  return Status::kOk;
}

// From the end, since the numbers are the host's: what lies behind the last one in use goes.
void HostTable::trim() {
  uint32_t end = issued_;
  while (end > 1 && state_of(entry(end - 1)) == kFree) --end;
  const uint32_t chunks = (end + kChunkEntries - 1) / kChunkEntries;
  if (chunks == chunks_.chunk_count()) return;
  Queue kept;
  while (free_.count != 0) {
    const uint32_t index = pop(free_);
    if (index < end) push(kept, index, kFree);
  }
  free_ = kept;
  issued_ = end;
  while (chunks_.chunk_count() > chunks) chunks_.drop(chunks_.chunk_count() - 1);
}

bool HostTable::queue_holds(const Queue& queue, State state) const {
  uint32_t index = queue.first;
  for (uint32_t i = 0; i < queue.count; ++i) {
    if (index == 0 || index >= issued_ || state_of(entry(index)) != state) return false;
    const bool is_last = i + 1 == queue.count;
    if (is_last != (index == queue.last)) return false;
    index = next_of(entry(index));
  }
  return true;
}

const char* HostTable::verify() const {
  uint32_t live = 0;
  for (uint32_t index = 1; index < issued_; ++index) live += is_live(index);
  if (live != live_ || live_ + released_.count + free_.count + 1 != issued_) return "inv.host.count";
  return queue_holds(released_, kReleased) && queue_holds(free_, kFree) ? nullptr : "inv.host.count";
}

}  // namespace mallocgc
