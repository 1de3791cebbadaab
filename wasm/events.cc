// The module can tell nobody of an event, so events wait in a bounded ring until the host reads them (B7). Those that
// are overwritten before that are counted. Texts lie in a ring of their own; when one is overwritten, the record that
// it belonged to says null.
#include "events.h"

#include "door.h"

namespace {

struct TextSlot {
  uint32_t event;  // number of the event it belongs to
  char bytes[door::kTextBytes];
};

door::EventRing ring = {0, door::kEventCapacity, 0, 0, {}};
TextSlot texts[door::kTextCapacity];
uint32_t texts_written = 0;

bool is_in_ring(uint32_t event) { return ring.written - event <= door::kEventCapacity; }

const char* keep_text(const char* text) {
  TextSlot& slot = texts[texts_written % door::kTextCapacity];
  if (texts_written >= door::kTextCapacity && is_in_ring(slot.event))
    ring.records[slot.event % door::kEventCapacity].text = nullptr;
  ++texts_written;
  slot.event = ring.written;
  uint32_t length = 0;
  for (; text[length] != '\0' && length + 1 < door::kTextBytes; ++length) slot.bytes[length] = text[length];
  slot.bytes[length] = '\0';
  return slot.bytes;
}

void hear(const mgc_event* event, void*) {
  if (ring.written - ring.read >= door::kEventCapacity) {
    ++ring.lost;
    ++ring.read;
  }
  const char* const text = event->text != nullptr ? keep_text(event->text) : nullptr;
  mgc_event& record = ring.records[ring.written % door::kEventCapacity];
  record = *event;
  record.text = text;
  ++ring.written;
}

}  // namespace

// Returns the ring's address. The heap is listened to from the first call on.
MGC_EXPORT(mgc_events) uint32_t door_events() {
  mgc_set_listener(door::heap(), hear, nullptr);
  return door::address_of(&ring);
}
