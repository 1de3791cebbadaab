// These tests lay out, read, store and probe WeakMember and Ephemeron of the C++ face (T11).
#include <gtest/gtest.h>
#include <mallocgc/gc.h>

#include "support/flavour.h"

namespace gc = mallocgc;

namespace {

MGC_ALL_NEED(kWeakWords);

struct Node {
  gc::Member<Node> next;
  int value = 0;
};
MALLOCGC_TYPE(Node, next);

using Entry = gc::Ephemeron<Node, Node>;
static_assert(sizeof(Entry) == 2 * sizeof(void*) && sizeof(gc::WeakMember<Node>) == sizeof(void*));

struct Holder {
  gc::Member<Node> strong;
  gc::WeakMember<Node> weak;
  gc::WeakMember<Node> more[3];
  Entry entry;
  Entry entries[2];
  gc::Member<Entry> table;
};
MALLOCGC_TYPE(Holder, strong, weak, more, entry, entries, table);

struct Outer {
  int n = 0;
  Holder inner[2];
};
MALLOCGC_TYPE(Outer, inner);

struct Forgets {
  gc::Member<Node> listed;
  gc::WeakMember<Node> forgotten;
};
MALLOCGC_TYPE(Forgets, listed);

gc::Options options_of(uint32_t mode) {
  gc::Options options{};
  options.gc_percent = -1;
  options.mode = mode;
  options.debug_flags = gc::kDebugFlavour ? MGC_DEBUG_CHECKMARK | MGC_DEBUG_VERIFY | MGC_DEBUG_POISON : 0;
  return options;
}

class IncludeWeak : public ::testing::TestWithParam<uint32_t> {
 protected:
  gc::Heap heap{options_of(GetParam())};
};
INSTANTIATE_TEST_SUITE_P(Modes, IncludeWeak,
                         ::testing::Values(MGC_MODE_STOP, MGC_MODE_INCREMENTAL, MGC_MODE_GENERATIONAL));

TEST_P(IncludeWeak, T11_AWeakMemberIsNullOnceItsObjectHasDied) {
  gc::Frame frame(heap);
  gc::Local<Holder> holder = frame.make<Holder>();
  gc::Local<Node> kept = frame.make<Node>();
  holder->strong = kept;
  holder->weak = kept;
  {
    gc::Local<Node> dies = frame.make<Node>();
    holder->more[2] = dies;
    holder->more[1] = dies.get();
  }
  EXPECT_TRUE(holder->weak.is(kept.get()));
  heap.collect();
  EXPECT_EQ(holder->weak.get(heap), kept.get());
  EXPECT_EQ(holder->more[2].get(heap), nullptr);
  EXPECT_TRUE(holder->more[1].is(nullptr));
}

TEST_P(IncludeWeak, T11_AnEphemeronKeepsItsValueWhileItsKeyLives) {
  gc::Frame frame(heap);
  gc::Local<Holder> holder = frame.make<Holder>();
  holder->table = frame.make_array<Entry>(100);
  gc::Local<Node> key = frame.make<Node>();
  for (int i = 0; i < 100; ++i) {
    gc::Local<Node> value = frame.make<Node>();
    value->value = i;
    if (i % 2 == 0) {
      holder->table[static_cast<size_t>(i)].set(key.get(), value.get());
    } else {
      gc::Local<Node> dies = frame.make<Node>();
      value->next = dies;  // the value refers to its key
      holder->table[static_cast<size_t>(i)].set(dies.get(), value.get());
    }
  }
  gc::Local<Node> value = frame.make<Node>();
  holder->entry.set(key.get(), value.get());
  holder->entries[1].set(value.get(), value.get());
  value = nullptr;
  heap.collect();
  for (int i = 0; i < 100; ++i) {
    const Entry& entry = holder->table[static_cast<size_t>(i)];
    ASSERT_EQ(entry.key(heap), i % 2 == 0 ? key.get() : nullptr);
    if (i % 2 != 0) continue;
    ASSERT_EQ(entry.value(heap)->value, i);
    ASSERT_EQ(entry.value_of(key.get()), entry.value(heap));
  }
  EXPECT_NE(holder->entries[1].key(heap), nullptr);  // the value of another ephemeron keeps it
  key = nullptr;
  heap.collect();
  EXPECT_EQ(holder->entry.key(heap), nullptr);
  EXPECT_EQ(holder->entry.value(heap), nullptr);
  EXPECT_EQ(holder->entries[1].key(heap), nullptr);
  EXPECT_TRUE(holder->table[0].is_of(nullptr));
}

TEST_P(IncludeWeak, T11_PartsOfArraysOfStructsAreFound) {
  gc::Frame frame(heap);
  gc::Local<Outer> outer = frame.make_array<Outer>(3);
  gc::Local<Node> kept = frame.make<Node>();
  for (size_t i = 0; i < 3; ++i) {
    for (Holder& holder : outer[i].inner) {
      gc::Local<Node> dies = frame.make<Node>();
      holder.strong = frame.make<Node>();
      holder.weak = kept;
      holder.more[0] = dies;
      holder.entries[0].set(dies.get(), kept.get());
    }
  }
  heap.collect();
  for (size_t i = 0; i < 3; ++i) {
    for (Holder& holder : outer[i].inner) {
      EXPECT_EQ(holder.strong->value, 0);
      EXPECT_EQ(holder.weak.get(heap), kept.get());
      EXPECT_EQ(holder.more[0].get(heap), nullptr);
      EXPECT_EQ(holder.entries[0].key(heap), nullptr);
    }
  }
}

TEST(IncludeWeakProbe, T6_AForgottenWeakMemberIsNamed) {
  MGC_NEEDS(kProbe);
  gc::Heap heap(options_of(MGC_MODE_STOP));
  gc::Frame frame(heap);
  EXPECT_TRUE(frame.make<Forgets>() == nullptr);
  EXPECT_NE(std::string(heap.last_error()).find("is not in MALLOCGC_TYPE"), std::string::npos) << heap.last_error();
}

}  // namespace
