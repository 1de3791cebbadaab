// Definition and interning of types; type_table.h tells how it works.
#include "types/type_table.h"

#include "types/definition.h"

namespace mallocgc {

namespace {

constexpr size_t kScratchNodesOnStack = 24;

size_t text_length(const char* text) {
  size_t length = 0;
  if (text != nullptr) {
    while (text[length] != '\0') ++length;
  }
  return length;
}

// Null and "" are the same text.
bool same_text(const char* a, const char* b) {
  if (a == nullptr) a = "";
  if (b == nullptr) b = "";
  for (; *a == *b; ++a, ++b) {
    if (*a == '\0') return true;
  }
  return false;
}

uint64_t hash_text(uint64_t hash, const char* text) {
  for (; text != nullptr && *text != '\0'; ++text) hash = hash_step(hash, static_cast<unsigned char>(*text));
  return hash_step(hash, 0);
}

uint32_t field_count(const mgc_type_info& info) { return kHasTypeNames ? info.field_count : 0; }

uint32_t type_hash(const mgc_type_info& info, const Layout& layout) {
  uint64_t hash = hash_text(info.size, kHasTypeNames ? info.name : nullptr);
  hash = hash_step(hash, info.tail_size);
  hash = hash_step(hash, uint64_t{info.align} << 32 | info.tail);
  hash = hash_step(hash, uint64_t{layout.id} << 32 | field_count(info));
  for (uint32_t i = 0; i < field_count(info); ++i) {
    const mgc_field& field = info.fields[i];
    hash = hash_text(hash, field.name);
    hash = hash_step(hash, uint64_t{field.offset} << 32 | field.kind);
    hash = hash_step(hash, uint64_t{field.target} << 32 | field.count);
  }
  return static_cast<uint32_t>(hash ^ hash >> 32);
}

bool same_names(const mgc_type_info& info, const Type& type) {
  if constexpr (!kHasTypeNames) return true;
  if (info.field_count != type.field_count || !same_text(type.name, info.name)) return false;
  for (uint32_t i = 0; i < info.field_count; ++i) {
    const mgc_field& a = info.fields[i];
    const Field& b = type.fields[i];
    if (a.offset != b.offset || a.kind != b.kind || a.target != b.target_type_id || a.count != b.count) return false;
    if (!same_text(a.name, b.name)) return false;
  }
  return true;
}

uint32_t type_flags(const mgc_type_info& info, const Layout& layout) {
  return (is_named(info) ? kTypeNamed : 0u) | (layout.has_pointers ? 0u : kTypeNoScan) |
         (layout.has_host ? kTypeHasHost : 0u) | (layout.conservative ? kTypeConservative : 0u);
}

Status out_of_memory(const mgc_type_info& info, ErrorText& error) {
  begin_error(info, error).add("out of memory for its description");
  return Status::kOutOfMemory;
}

// The parts of a new layout and type that vary in length, in one block, so that an allocation that fails leaves nothing
// behind:
//   | nodes of the patterns | fields | name of the type, names of the fields |
class Block {
 public:
  static uint64_t bytes(const mgc_type_info& info, const Layout* new_layout) {
    if constexpr (!kHasTypeNames && !kHasPrograms) return 0;
    uint64_t bytes = uint64_t{info.field_count} * sizeof(Field) + (is_named(info) ? text_length(info.name) + 1 : 0);
    for (uint32_t i = 0; i < info.field_count; ++i) bytes += text_length(info.fields[i].name) + 1;
    if (new_layout == nullptr) return bytes;
    Layout layout = *new_layout;
    uint64_t nodes = 0;
    for_each_pattern(layout, [&](Pattern& pattern) { nodes += pattern.node_count; });
    return bytes + nodes * sizeof(PatternNode);
  }

  explicit Block(void* place) : at_(static_cast<char*>(place)) {}

  // In the order of the picture.
  void move_nodes(Pattern* pattern) {
    if (pattern->is_mask()) return;
    const size_t bytes = size_t{pattern->node_count} * sizeof(PatternNode);
    __builtin_memcpy(at_, pattern->nodes, bytes);
    pattern->nodes = reinterpret_cast<const PatternNode*>(at_);
    at_ += bytes;
  }
  Field* take_fields(uint32_t count) {
    auto* const fields = reinterpret_cast<Field*>(at_);
    at_ += size_t{count} * sizeof(Field);
    return count == 0 ? nullptr : fields;
  }
  const char* copy_text(const char* text) {
    char* const copy = at_;
    const size_t length = text_length(text);
    if (length != 0) __builtin_memcpy(copy, text, length);
    copy[length] = '\0';
    at_ += length + 1;
    return copy;
  }

 private:
  char* at_;
};
static_assert(alignof(PatternNode) >= alignof(Field) && sizeof(PatternNode) % alignof(Field) == 0);

}  // namespace

Status TypeTable::define(const mgc_type_info& info, Type** out, ErrorText& error) {
  Status status = check_definition(info, error);
  if (status != Status::kOk) return status;
  const Filter* const inherited = has_filter_ ? &filter_ : nullptr;
  const uint64_t nodes = kHasPrograms ? scratch_bound(info) : 0;
  Draft draft{.info = &info, .layout = {}, .interned = nullptr, .hash = 0};
  if (nodes <= kScratchNodesOnStack) {
    PatternNode scratch[kHasPrograms ? kScratchNodesOnStack : 1];
    status = layout_of(info, inherited, scratch, &draft.layout, error);
    return status == Status::kOk ? intern(draft, out, error) : status;
  }
  if (nodes > kMaxObjectBytes / sizeof(PatternNode)) return out_of_memory(info, error);
  const size_t bytes = static_cast<size_t>(nodes) * sizeof(PatternNode);
  void* const scratch = metadata_->try_block(bytes, MetaCategory::kTypes);
  if (scratch == nullptr) return out_of_memory(info, error);
  status = layout_of(info, inherited, static_cast<PatternNode*>(scratch), &draft.layout, error);
  if (status == Status::kOk) status = intern(draft, out, error);
  metadata_->free_block(scratch, bytes, MetaCategory::kTypes);
  return status;
}

Status TypeTable::set_filter(const mgc_filter& filter, ErrorText& error) {
  const char* const fault = fault_of(filter);
  if (fault != nullptr) {
    error.set(fault);
    return Status::kBadArgument;
  }
  filter_ = make_filter(filter);
  has_filter_ = true;
  return Status::kOk;
}

Status TypeTable::intern(Draft& draft, Type** out, ErrorText& error) {
  draft.layout.hash = draft.layout.content_hash();
  draft.interned = find_layout(draft.layout);
  if (draft.interned == nullptr) {
    draft.layout.id = layout_count();
  } else {
    draft.hash = type_hash(*draft.info, *draft.interned);
    *out = find_type(draft);
    if (*out != nullptr) return Status::kOk;
  }
  const Status status = add(draft, out);
  return status == Status::kOk ? status : out_of_memory(*draft.info, error);
}

const Layout* TypeTable::find_layout(const Layout& wanted) const {
  if (wanted.describes_same(noscan_)) return &noscan_;
  if (wanted.describes_same(conservative_)) return &conservative_;
  for (const Layout* layout = layouts_.first(wanted.hash); layout != nullptr; layout = layouts_.next(layout)) {
    if (layout->hash == wanted.hash && layout->describes_same(wanted)) return layout;
  }
  return nullptr;
}

Type* TypeTable::find_type(const Draft& draft) const {
  const mgc_type_info& info = *draft.info;
  for (Type* type = types_.first(draft.hash); type != nullptr; type = types_.next(type)) {
    if (type->hash == draft.hash && type->layout == draft.interned && type->size_bytes == info.size &&
        type->align_bytes == info.align && type->tail == info.tail && type->tail_bytes == info.tail_size &&
        same_names(info, *type)) {
      return type;
    }
  }
  return nullptr;
}

Status TypeTable::add(Draft& draft, Type** out) {
  const mgc_type_info& info = *draft.info;
  const bool is_new_layout = draft.interned == nullptr;
  // First everything that can fail.
  if (is_new_layout && !layouts_.reserve(*metadata_)) return Status::kOutOfMemory;
  if (!types_.reserve(*metadata_)) return Status::kOutOfMemory;
  const uint64_t bytes = Block::bytes(info, is_new_layout ? &draft.layout : nullptr);
  void* place = nullptr;
  if (bytes > kMaxObjectBytes) return Status::kOutOfMemory;
  if (bytes != 0) {
    place = metadata_->persistentalloc(static_cast<size_t>(bytes), alignof(PatternNode), MetaCategory::kTypes);
    if (place == nullptr) return Status::kOutOfMemory;
  }
  // Then everything that cannot.
  Block block(place);
  if (is_new_layout) {
    Layout layout = draft.layout;
    if constexpr (kHasVisitors) layout.visitor = visitor_;
    if constexpr (kHasPrograms) for_each_pattern(layout, [&](Pattern& pattern) { block.move_nodes(&pattern); });
    draft.interned = layouts_.append(layout);
    draft.hash = type_hash(info, *draft.interned);
  }
  Field* const fields = block.take_fields(field_count(info));
  Type type{};
  type.id = types_.count() + 1;
  type.size_bytes = info.size;
  type.align_bytes = info.align;
  type.flags = type_flags(info, *draft.interned);
  type.layout = draft.interned;
  type.fields = fields;
  type.field_count = field_count(info);
  type.tail = info.tail;
  type.tail_bytes = info.tail_size;
  type.hash = draft.hash;
  if (is_named(info)) type.name = block.copy_text(info.name);
  *out = types_.append(type);
  for (uint32_t i = 0; i < field_count(info); ++i) {
    const mgc_field& field = info.fields[i];
    new (&fields[i]) Field{.name = block.copy_text(field.name),
                           .offset = field.offset,
                           .kind = field.kind,
                           .target = by_id(field.target),
                           .target_type_id = field.target,
                           .count = field.count};
  }
  return Status::kOk;
}

const Layout* TypeTable::layout_by_id(uint32_t id) const {
  if (id == kNoScanLayoutId) return &noscan_;
  if (id == kConservativeLayoutId) return &conservative_;
  return id < layout_count() ? layouts_.at(id - kFixedLayouts) : nullptr;
}

}  // namespace mallocgc
