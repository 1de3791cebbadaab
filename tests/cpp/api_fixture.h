// The tests of api/ use this heap through the C face. An argument error must give a status and a text that begins as
// Go's does, and change nothing.
#pragma once

#include <mallocgc/mallocgc.h>

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "support/flavour.h"

namespace api_test {

struct Node {
  Node* next;
  Node* other;
  intptr_t value;
};

inline mgc_type_info node_info() {
  static const uint32_t kMask[] = {3};
  mgc_type_info info = {};
  info.name = "Node";
  info.size = sizeof(Node);
  info.pointers.mask = kMask;
  return info;
}

class ApiTest : public testing::Test {
 protected:
  ApiTest() {
    mgc_options options = {};
    options.max_bytes = uint64_t{64} << 20;
    EXPECT_EQ(mgc_heap_create(&options, &heap), MGC_OK) << mgc_last_error(nullptr);
    mutator = mgc_main_mutator(heap);
    const mgc_type_info info = node_info();
    EXPECT_EQ(mgc_type_define(heap, &info, &node_type), MGC_OK) << mgc_last_error(heap);
  }
  ~ApiTest() override {
    verify();
    mgc_heap_destroy(heap);
  }

  Node* new_node(intptr_t value = 0) {
    auto* const node = static_cast<Node*>(mgc_new(mutator, node_type));
    if (node != nullptr) node->value = value;
    return node;
  }
  mgc_stats_data stats() {
    mgc_stats_data data;
    mgc_stats(heap, &data);
    return data;
  }
  uint64_t objects_after_collection() {
    EXPECT_EQ(mgc_collect(heap), MGC_OK) << mgc_last_error(heap);
    return mallocgc::objects_in(heap);
  }
  void verify() { EXPECT_EQ(mallocgc::verified(heap), mallocgc::Status::kOk) << mgc_last_error(heap); }

  // `call` gives true if it was refused as it should be: null, 0, or the status.
  template <class Call>
  void expect_refusal(mgc_status status, const std::string& text, Call call) {
    mgc_stats_data before = stats();
    EXPECT_TRUE(call()) << "was not refused: " << text;
    EXPECT_EQ(mgc_last_status(heap), status) << mgc_last_error(heap);
    refusal = mgc_last_error(heap);
    EXPECT_TEXT_BEGINS(refusal, text);
    mgc_stats_data after = stats();
    before.lookups = after.lookups = 0;  // asking for statistics counts itself
    EXPECT_EQ(std::memcmp(&before, &after, sizeof after), 0) << "counters have changed: " << text;
    verify();
  }

  std::string refusal;  // the last one's text
  mgc_heap* heap = nullptr;
  mgc_mutator* mutator = nullptr;
  mgc_type node_type = nullptr;
};

}  // namespace api_test
