// Enumerators and trace functions work through the C face (R6, T10).
#include "cpp/api_fixture.h"

namespace api_test {
namespace {

MGC_ALL_NEED(kVisitors);

using VisitTest = ApiTest;

struct Stack {
  void* words[8];
  mgc_heap* asked = nullptr;
};

void report_stack(mgc_visitor* visitor, void* context) {
  auto* const stack = static_cast<Stack*>(context);
  stack->asked = mgc_visitor_heap(visitor);
  mgc_visit_range(visitor, stack->words, sizeof stack->words, MGC_AMBIGUOUS);
}

TEST_F(VisitTest, R6_AnEnumeratorReportsRoots) {
  Stack stack = {};
  stack.words[3] = &new_node()->value;
  ASSERT_EQ(mgc_add_enumerator(heap, report_stack, &stack), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 1u);
  EXPECT_EQ(stack.asked, heap);
  expect_refusal(MGC_BAD_ARGUMENT, "enumerator is null",
                 [&] { return mgc_add_enumerator(heap, nullptr, nullptr) != MGC_OK; });
  EXPECT_EQ(mgc_remove_enumerator(heap, report_stack, &stack), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 0u);
}

void report_single(mgc_visitor* visitor, void* context) {
  mgc_visit_slot(visitor, context, MGC_EXACT);
  mgc_visit_value(visitor, *static_cast<void**>(context), MGC_EXACT);
}

TEST_F(VisitTest, R6_SingleSlotsAndValues) {
  void* cell = new_node();
  ASSERT_EQ(mgc_add_enumerator(heap, report_single, &cell), MGC_OK);
  EXPECT_EQ(objects_after_collection(), 1u);
  EXPECT_EQ(mgc_remove_enumerator(heap, report_single, &cell), MGC_OK);
}

// The second word is a pointer if the first one says so.
void trace_variant(mgc_visitor* visitor, void* object, size_t, size_t) {
  auto** const words = static_cast<void**>(object);
  if (words[0] != nullptr) mgc_visit_slot(visitor, &words[1], MGC_EXACT);
}

TEST_F(VisitTest, T10_ATraceFunctionSaysWhatPoints) {
  mgc_type_info info = {};
  info.name = "Variant";
  info.size = 2 * sizeof(void*);
  info.trace = trace_variant;
  mgc_type type = nullptr;
  ASSERT_EQ(mgc_type_define(heap, &info, &type), MGC_OK) << mgc_last_error(heap);
  auto** const variant = static_cast<void**>(mgc_new(mutator, type));
  void** const frame = mgc_frame_push(mutator, 1);
  frame[0] = variant;
  mgc_store(&variant[1], new_node());
  variant[0] = &info;
  EXPECT_EQ(objects_after_collection(), 2u);
  variant[0] = nullptr;
  EXPECT_EQ(objects_after_collection(), 1u);
  mgc_frame_pop(mutator, frame);
}

}  // namespace
}  // namespace api_test
