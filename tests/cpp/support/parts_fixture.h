// The tests of spans/, alloc/ and gc/ stand on these parts of a heap without the heap. Everything is public, so that a
// test can look at a span's bits, drive one part alone, and damage what it wants to see found.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "gc/resolver.h"
#include "gc/sweeper.h"
#include "heap/heap.h"
#include "inspect/verifier.h"
#include "platform/fake.h"
#include "platform/sanitizer.h"
#include "support/flavour.h"

namespace mallocgc {

inline constexpr size_t kMiB = size_t{1} << 20;

struct Parts {
  explicit Parts(const platform::FakeSource::Options& options = {.total_bytes = 16 * kMiB}) : source(options) {
    EXPECT_TRUE(map.init(source));
    EXPECT_EQ(pages.init(source, options.total_bytes), Status::kOk);
    EXPECT_TRUE(platform::reserve_cards(source.range()));
    metadata.init(pages);
    types.init(metadata);
    classes.init(metadata);
    spans.init(pages, map, metadata);
    specials.init(metadata);
    host_values.init(metadata);
    handles.init(metadata);
    globals.init(metadata);
    cache.init(metadata);
    sweep = SweepContext{
        .poison = false,
        .counters = &counters,
        .specials = &specials,
        .types = &types,
        .release_host = [](void* parts, uint32_t index) { static_cast<Parts*>(parts)->released.push_back(index); },
        .release_context = this,
        .recorder = &recorder};
    allocator.init(spans, counters, sweep, young);
    marker.init(spans, types);
    marker.start_cycle(sweep.epochs);
    marker.recorder = &recorder;
    resolver.init(spans, sweep);
    sweeper.init(spans, pages, sweep, events);
    EXPECT_EQ(mutator.stack.init(metadata, 1024), Status::kOk);
    mutators.push_back(&mutator);
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() { platform::unpoison(source.range().low, source.given_bytes()); }

  Type* define(const mgc_type_info& info) {
    Type* type = nullptr;
    EXPECT_EQ(types.define(info, &type, error), Status::kOk) << error.c_str();
    return type;
  }
  // Defines a type of `words` words. The set bits of the mask are pointers, among the first 32 at most.
  Type* define(const char* name, size_t words, uint32_t mask, uint32_t tail = MGC_TAIL_REPEAT) {
    mgc_type_info info{};
    info.name = name;
    info.size = words * kWordBytes;
    info.tail = tail;
    std::vector<uint32_t> bits(words / 32 + 1);
    bits[0] = mask;
    if (mask != 0) info.pointers.mask = bits.data();
    return define(info);
  }
  SpanClass& class_of(const Type& type) { return classes.own_class(type, size_class_of(type.size_bytes)); }

  // Takes one slot of a class, and grows memory where there is none.
  Address take(SpanClass& span_class) {
    CacheEntry* const entry = cache.try_entry(span_class);
    EXPECT_NE(entry, nullptr);
    Address taken = allocator.try_take(*entry);
    if (taken.is_null() && pages.try_grow(span_pages(span_class.size_class), false)) taken = allocator.try_take(*entry);
    EXPECT_FALSE(taken.is_null());
    platform::unpoison(taken, span_class.slot_bytes);
    if (!span_class.zero_on_take) __builtin_memset(taken.pointer(), 0, span_class.slot_bytes);
    return taken;
  }
  void** make(const Type& type) { return take(class_of(type)).pointer<void*>(); }
  Address take_large(size_t bytes, const Type* type) {
    const LargeRequest request{.bytes = bytes, .pages = pages_for_bytes(bytes), .type = type};
    bool zeroed = false;
    Address taken = allocator.try_take_large(request, &zeroed);
    if (taken.is_null() && pages.try_grow(request.pages, false)) taken = allocator.try_take_large(request, &zeroed);
    EXPECT_FALSE(taken.is_null());
    platform::unpoison(taken, bytes);
    if (!zeroed) __builtin_memset(taken.pointer(), 0, bytes);
    return taken;
  }
  Span& span(const void* object) { return *map.span_at(Address::of(object)); }
  uint32_t slot(const void* object) { return span(object).slot_at(Address::of(object) - span(object).base); }
  bool marked(const void* object) { return span(object).is_marked(slot(object), sweep.epochs.mark); }
  bool allocated(const void* object) {
    Span* const span = map.span_at(Address::of(object));
    return span != nullptr && Address::of(object) - span->base < span->limit_bytes && is_allocated(*span, slot(object));
  }

  void flush() {
    allocator.flush_all();
    cache.tiny = TinyBlock{};
  }
  // Does what the collector does before it shades roots. The test chooses whether pointers wait in buffers.
  void begin_mark() {
    flush();
    sweep.epochs.end_marking();  // this ends a marking that the test has not swept
    sweep.epochs.begin_marking();
    marker.start_cycle(sweep.epochs);
    if (buffered) marker.use_buffers(metadata, spans.begin(), spans.end());
  }
  void drain() { EXPECT_TRUE(marker.drain(UINT64_MAX / 2)); }
  void mark_from(const std::vector<const void*>& roots) {
    begin_mark();
    for (const void* root : roots) marker.shade_root(Address::of(root));
    drain();
  }
  // Does what the collector does when marking is over.
  void begin_sweep() {
    sweep.epochs.end_marking();
    young.forget();
    resolver.begin();
    EXPECT_TRUE(resolver.some(~uint64_t{0}));
    sweeper.start_cycle();
  }
  void sweep_all() {
    counters.heap_live = marker.work().bytes_marked;
    begin_sweep();
    sweeper.sweep_rest();
  }
  void collect(const std::vector<const void*>& roots) {
    mark_from(roots);
    sweep_all();
  }
  ObjectPlace place(const void* object) {
    Span& home = span(object);
    return ObjectPlace{&home.specials, home.slot_count, slot(object), home.slot_address(slot(object))};
  }
  RootSet roots() { return RootSet{&mutators, &handles, &globals, &specials, &running}; }
  Status verify() {
    error.clear();
    Verifier verifier(VerifiedParts{.spans = spans,
                                    .classes = classes,
                                    .pages = pages,
                                    .metadata = metadata,
                                    .types = types,
                                    .specials = specials,
                                    .host_values = host_values,
                                    .handles = handles,
                                    .globals = globals,
                                    .mutators = mutators,
                                    .counters = counters,
                                    .sweep = sweep});
    return verifier.run(error);
  }

  platform::FakeSource source;
  PageHeap pages;
  PageMap map;
  Metadata metadata;
  TypeTable types;
  SpanClassTable classes;
  SpanHeap spans;
  Specials specials;
  HostTable host_values;
  HandleTable handles;
  GlobalRoots globals;
  AllocCounters counters;
  SweepContext sweep;
  YoungSpans young;
  Allocator allocator;
  AllocCache cache;
  Heap no_heap;  // a mutator names its heap; none of these parts asks it anything
  Mutator mutator{no_heap, cache};
  List<Mutator> mutators;
  Marker marker;
  bool buffered = false;
  Resolver resolver;
  Sweeper sweeper;
  Events events;
  Recorder recorder;
  RunningRecord* running = nullptr;
  ErrorText error;
  std::vector<uint32_t> released;
};

}  // namespace mallocgc
