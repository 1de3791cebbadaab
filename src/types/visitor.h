// Visitor: where the client's code says what points where, by enumerators of roots (roots/enumerators.h) and by trace
// functions of types (Layout::trace). A heap has one visitor, since neither kind ever runs inside the other. Each
// report is checked before it is used, and handed to whoever asked: the marker, a check, a question. A report that is
// wrong is not used, and the first such one is kept as a text, which becomes an error when the collection is over.
//
// The client's code is called through the heap (ClientCode), which sees to it that it cannot allocate or collect.
// Doors: from api/ (reports), types/pointers.h and roots/ (calls); heap/ owns it and reads the complaint.
#pragma once

#include <mallocgc/abi.h>

#include "base/address.h"
#include "base/text.h"

namespace mallocgc {

struct Layout;

// What is known of a value that a layout calls a pointer.
enum class Certainty : uint8_t { kExact, kAmbiguous };

class Visitor;
using Enumerator = void (*)(mgc_visitor* visitor, void* context);

// How the heap calls the client: run(argument), with itself locked.
struct ClientCode {
  using Run = void (*)(void* argument);
  void (*call)(void* heap, Run run, void* argument) = nullptr;
  void* heap = nullptr;
};

// The object whose trace function runs, and the part of it that is asked for.
struct TracedPart {
  Address base;
  size_t bytes = 0;
  size_t from = 0;
  size_t to = 0;
};

class Visitor {
 public:
  constexpr Visitor() = default;
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;
  void init(const ClientCode& code) { code_ = code; }
  void* heap() const { return code_.heap; }

  // Calls the client. f(Address of the slot or null, Address value, Certainty) for each report that is not null.
  template <class F>
  void enumerate(Enumerator function, void* context, F& f) {
    start<F>(f);
    run_enumerator(function, context);
  }
  template <class F>
  void trace(mgc_trace function, const TracedPart& part, F& f) {
    start<F>(f);
    run_trace(function, part);
  }

  // The client's reports. Certainties are MGC_EXACT or MGC_AMBIGUOUS.
  void report_slot(Address slot, uint32_t certainty) { report_range(slot, kWordBytes, certainty); }
  void report_range(Address base, size_t bytes, uint32_t certainty);
  void report_value(Address value, uint32_t certainty);

  // Words and values that enumerators have reported since the count was forgotten.
  uint64_t reported() const { return reported_; }
  void forget_reported() { reported_ = 0; }

  // The first report that could not be used; empty if there was none.
  const ErrorText& complaint() const { return complaint_; }
  void forget_complaint() { complaint_.clear(); }

 private:
  enum class Mode : uint8_t { kOff, kEnumerates, kTraces };
  using Take = void (*)(void* sink, Address slot, Address value, Certainty certainty);

  template <class F>
  void start(F& f) {
    sink_ = const_cast<void*>(static_cast<const void*>(&f));
    take_ = [](void* sink, Address slot, Address value, Certainty certainty) {
      (*static_cast<F*>(sink))(slot, value, certainty);
    };
  }
  void run_enumerator(Enumerator function, void* context);
  void run_trace(mgc_trace function, const TracedPart& part);
  void complain(const char* text, Address place);
  bool may_read(Address base, size_t bytes);

  ClientCode code_;
  Mode mode_ = Mode::kOff;
  TracedPart part_;
  void* sink_ = nullptr;
  Take take_ = nullptr;
  uint64_t reported_ = 0;
  ErrorText complaint_;
};

}  // namespace mallocgc
