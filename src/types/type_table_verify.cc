// The deep check of types, layouts and patterns: TypeTable::verify. It recomputes what the invariants of pattern.h,
// layout.h and type_table.h promise, from the records alone, and changes nothing.
#include "types/type_table.h"

namespace mallocgc {

namespace {

// inv.pattern.*: `siblings` fit into `words`, ascend, and each has set words. The tree is walked in the order of its
// nodes, since each repeat is before its children.
bool verify_siblings(const PatternNode* siblings, uint32_t count, uint64_t words) {
  uint64_t end = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const PatternNode& node = siblings[i];
    if (node.first < end || node.words == 0 || node.period == 0) return false;
    end = uint64_t{node.first} + node.words;
    if (node.is_leaf() &&
        (node.bits() == 0 || node.period > kMaskWordsMax || (node.bits() & ~low_bits(node.period)) != 0))
      return false;
    if (!node.is_leaf() && (node.words % node.period != 0 || node.payload == 0)) return false;
  }
  return end <= words;
}

bool verify_pattern(const Pattern& pattern, uint32_t words) {
  if (pattern.is_mask()) return pattern.bits == 0 || (words <= kMaskWordsMax && (pattern.bits & ~low_bits(words)) == 0);
  if (pattern.bits != 0 || !verify_siblings(pattern.nodes, pattern.root_count, words)) return false;
  uint64_t children = pattern.root_count;
  for (uint32_t i = 0; i < pattern.node_count; ++i) {
    const PatternNode& node = pattern.nodes[i];
    if (node.is_leaf()) continue;
    children += node.child_count;
    if (i + node.payload + node.child_count > pattern.node_count) return false;
    if (!verify_siblings(node.children(), node.child_count, node.period)) return false;
  }
  return children == pattern.node_count;
}

bool verify_layout(const Layout& layout) {
  Layout again = layout;
  again.has_pointers = again.has_host = again.has_tagged = again.has_ambiguous = again.has_weak = again.has_keys =
      false;
  if (!verify_pattern(layout.head, layout.head_words) || !verify_pattern(layout.host_head, layout.head_words) ||
      !verify_pattern(layout.tail, layout.tail_words) || !verify_pattern(layout.host_tail, layout.tail_words) ||
      !verify_pattern(layout.tagged_head, layout.head_words) ||
      !verify_pattern(layout.ambiguous_head, layout.head_words) ||
      !verify_pattern(layout.tagged_tail, layout.tail_words) ||
      !verify_pattern(layout.ambiguous_tail, layout.tail_words) ||
      !verify_pattern(layout.weak_head, layout.head_words) || !verify_pattern(layout.weak_tail, layout.tail_words) ||
      !verify_pattern(layout.key_head, layout.head_words) || !verify_pattern(layout.key_tail, layout.tail_words)) {
    return false;
  }
  normalize(&again);
  return again.describes_same(layout) && again.has_pointers == layout.has_pointers &&
         again.has_host == layout.has_host && again.has_tagged == layout.has_tagged &&
         again.has_ambiguous == layout.has_ambiguous && again.has_weak == layout.has_weak &&
         again.has_keys == layout.has_keys;
}

}  // namespace

bool TypeTable::verify(ErrorText& error) const {
  for (uint32_t id = 0; id < layout_count(); ++id) {
    const Layout& layout = *layout_by_id(id);
    Layout hashed = layout;
    hashed.hash = layout.content_hash();
    const bool is_interned = find_layout(hashed) == &layout && (id < kFixedLayouts || hashed.hash == layout.hash);
    if (layout.id == id && is_interned && verify_layout(layout)) continue;
    error.set("inv.layout: layout ").add_number(id).add(" is damaged");
    return false;
  }
  for (uint32_t id = 1; id <= count(); ++id) {
    const Type& type = *by_id(id);
    const Type* found = types_.first(type.hash);
    while (found != nullptr && found != &type) found = types_.next(found);
    if (type.id == id && found == &type && layout_by_id(type.layout->id) == type.layout) continue;
    error.set("inv.types: type ").add_number(id).add(" is damaged");
    return false;
  }
  return true;
}

}  // namespace mallocgc
