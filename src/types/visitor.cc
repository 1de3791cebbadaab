// Reports of the client's code, checked one by one; see the header.
#include "types/visitor.h"

#include "base/check.h"
#include "platform/sanitizer.h"

namespace mallocgc {

void Visitor::run_enumerator(Enumerator function, void* context) {
  struct Call {
    Enumerator function;
    Visitor* visitor;
    void* context;
  } call{function, this, context};
  MGC_CHECK(mode_ == Mode::kOff, "an enumerator runs inside another visit");
  mode_ = Mode::kEnumerates;
  code_.call(
      code_.heap,
      [](void* argument) {
        const Call& wanted = *static_cast<const Call*>(argument);
        wanted.function(reinterpret_cast<mgc_visitor*>(wanted.visitor), wanted.context);
      },
      &call);
  mode_ = Mode::kOff;
}

void Visitor::run_trace(mgc_trace function, const TracedPart& part) {
  struct Call {
    mgc_trace function;
    Visitor* visitor;
    const TracedPart* part;
  } call{function, this, &part};
  MGC_CHECK(mode_ == Mode::kOff, "a trace function runs inside another visit");
  mode_ = Mode::kTraces;
  part_ = part;
  code_.call(
      code_.heap,
      [](void* argument) {
        const Call& wanted = *static_cast<const Call*>(argument);
        const TracedPart& asked = *wanted.part;
        wanted.function(reinterpret_cast<mgc_visitor*>(wanted.visitor), asked.base.pointer(), asked.from, asked.to);
      },
      &call);
  mode_ = Mode::kOff;
}

void Visitor::complain(const char* text, Address place) {
  if (!complaint_.empty()) return;
  if (mode_ == Mode::kOff) {
    complaint_.set("a visitor was used after its call");
    return;
  }
  complaint_.set(mode_ == Mode::kTraces ? "a trace function reported " : "an enumerator reported ");
  complaint_.add(text).add(": ").add_hex(place.value());
  if (mode_ == Mode::kTraces) complaint_.add(", of the object at ").add_hex(part_.base.value());
}

bool Visitor::may_read(Address base, size_t bytes) {
  const char* fault = nullptr;
  if (mode_ == Mode::kOff) {
    fault = "";
  } else if (base.is_null() || !base.is_aligned(kWordBytes)) {
    fault = "a slot that is null or not aligned to a word";
  } else if (bytes > ~base.value() || !platform::is_readable(platform::Range{base, bytes})) {
    fault = "a range that is outside the memory";
  } else if (mode_ == Mode::kTraces && (base - part_.base > part_.bytes || bytes > part_.bytes - (base - part_.base))) {
    fault = "a slot outside its object";
  }
  if (fault != nullptr) complain(fault, base);
  return fault == nullptr;
}

// While an object is traced, only the part that is asked for counts: other reports belong to another call.
void Visitor::report_range(Address base, size_t bytes, uint32_t certainty) {
  if (!may_read(base, bytes)) return;
  Address from = base;
  Address to = base + bytes / kWordBytes * kWordBytes;
  if (mode_ == Mode::kTraces) {
    if (from < part_.base + part_.from) from = part_.base + part_.from;
    if (to > part_.base + part_.to) to = part_.base + part_.to;
  } else {
    reported_ += bytes / kWordBytes;
  }
  for (Address at = from; at < to; at = at + kWordBytes) {
    const Address value = platform::load_word(at);
    if (!value.is_null()) take_(sink_, at, value, certainty == MGC_EXACT ? Certainty::kExact : Certainty::kAmbiguous);
  }
}

void Visitor::report_value(Address value, uint32_t certainty) {
  if (mode_ != Mode::kEnumerates) return complain("a value, and not the address of its slot", value);
  ++reported_;
  if (!value.is_null())
    take_(sink_, Address(), value, certainty == MGC_EXACT ? Certainty::kExact : Certainty::kAmbiguous);
}

}  // namespace mallocgc
