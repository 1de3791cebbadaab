// Checking and compiling of type descriptions; definition.h tells how it works.
#include "types/definition.h"

#include "base/address.h"
#include "types/program.h"

namespace mallocgc {

namespace {

constexpr size_t kNameCharsShown = 80;  // so that the cause and the offset still fit

// One of the sets of words that a description has.
struct WordSet {
  const mgc_words_info* info = nullptr;
  const char* name = nullptr;
  size_t unit_bytes = 0;
  size_t unit_offset = 0;  // where the unit begins in the object

  const mgc_words_info& words() const { return *info; }
  bool described() const { return info->mask != nullptr || info->program != nullptr; }
  uint32_t unit_words() const { return static_cast<uint32_t>(unit_bytes / kWordBytes); }
};

// Order of the sets of a description, and of their scratch: the planes of the head, then those of the tail.
constexpr uint32_t kSetCount = 2 * kPlaneCount;
constexpr uint32_t kTail = kPlaneCount;

struct Plane {
  const char* name;
  const char* tail_name;
  const char* too;  // of a word that is in another plane as well
  mgc_words_info mgc_type_info::*head;
  mgc_words_info mgc_type_info::*tail;
};
constexpr Plane kPlanes[] = {
    {"pointer", "tail pointer", "", &mgc_type_info::pointers, &mgc_type_info::tail_pointers},
    {"host value", "tail host value", " that is a host value too", &mgc_type_info::host, &mgc_type_info::tail_host},
    {"tagged", "tail tagged", " that is a tagged word too", &mgc_type_info::tagged, &mgc_type_info::tail_tagged},
    {"ambiguous", "tail ambiguous", " that is an ambiguous word too", &mgc_type_info::ambiguous,
     &mgc_type_info::tail_ambiguous},
    {"weak", "tail weak", " that is a weak word too", &mgc_type_info::weak, &mgc_type_info::tail_weak},
    {"key", "tail key", " that is a key too", &mgc_type_info::keys, &mgc_type_info::tail_keys},
};

struct WordSets {
  WordSet sets[kSetCount];
};

// Words of a kind that the flavour does not know would not be looked at: such a type is refused.
bool has_unknown_words(const mgc_type_info& info) {
  bool has = false;
  for (uint32_t i = kPlaneCount; i <= kKeys; ++i) {
    const mgc_words_info& head = info.*kPlanes[i].head;
    const mgc_words_info& tail = info.*kPlanes[i].tail;
    has = has || head.mask != nullptr || head.program != nullptr || tail.mask != nullptr || tail.program != nullptr;
  }
  return has;
}

MGC_NOINLINE WordSets sets_of(const mgc_type_info& info) {
  WordSets all;
  for (uint32_t i = 0; i < kPlaneCount; ++i) {
    const Plane& plane = kPlanes[i];
    all.sets[i] = WordSet{.info = &(info.*plane.head), .name = plane.name, .unit_bytes = info.size, .unit_offset = 0};
    all.sets[kTail + i] = WordSet{
        .info = &(info.*plane.tail), .name = plane.tail_name, .unit_bytes = info.tail_size, .unit_offset = info.size};
  }
  return all;
}

struct Complaint {
  const char* subject = "";  // "pointer", "tail pointer", …; or a field's name
  const char* cause;
  uint64_t offset = 0;
};

ErrorText& add_name(ErrorText& error, const char* name) {
  size_t shown = 0;
  for (; name[shown] != '\0' && shown < kNameCharsShown; ++shown) error.add(name[shown]);
  return name[shown] == '\0' ? error : error.add("...");
}

[[maybe_unused]] MGC_NOINLINE void describe(const mgc_type_info& info, ErrorText& error, const Complaint& complaint) {
  begin_error(info, error)
      .add(complaint.subject)
      .add(complaint.cause)
      .add(", at byte offset ")
      .add_number(complaint.offset);
  error.add(" of ").add_number(info.size);
}

MGC_ALWAYS_INLINE Status complain(const mgc_type_info& info, ErrorText& error, const Complaint& complaint,
                                  Status status = Status::kBadType) {
  if constexpr (kHasTexts) describe(info, error, complaint);
  return status;
}

Status check_set(const mgc_type_info& info, const WordSet& set, ErrorText& error) {
  if (set.words().program == nullptr && set.words().program_words != 0) {
    const Complaint complaint{
        .subject = set.name, .cause = " program is null, but has a length", .offset = set.unit_offset};
    return complain(info, error, complaint, Status::kBadArgument);
  }
  if (!set.described()) return Status::kOk;
  if (!kHasPrograms && set.words().program != nullptr) return Status::kBadType;
  if (set.words().mask != nullptr && set.words().program != nullptr) {
    return complain(info, error,
                    {.subject = set.name, .cause = " words have both a mask and a program", .offset = set.unit_offset});
  }
  if (set.words().mask != nullptr && set.unit_bytes == 0) {
    return complain(info, error, {.subject = set.name, .cause = " mask for size 0", .offset = set.unit_offset});
  }
  if (set.unit_bytes / kWordBytes > kUnitWordsMax) {
    const Complaint complaint{
        .subject = set.name, .cause = " words of a unit that is too large", .offset = set.unit_offset};
    return complain(info, error, complaint, Status::kBadSize);
  }
  return Status::kOk;
}

Status check_fields(const mgc_type_info& info, ErrorText& error) {
  if constexpr (!kHasTypeNames) return Status::kOk;
  if (info.fields == nullptr && info.field_count != 0) {
    return complain(info, error, {.cause = "fields are null, but have a number"}, Status::kBadArgument);
  }
  for (uint32_t i = 0; i < info.field_count; ++i) {
    const mgc_field& field = info.fields[i];
    const bool holds_word = field.kind == MGC_FIELD_REF || field.kind == MGC_FIELD_ANY || field.kind == MGC_FIELD_JS;
    const char* cause = nullptr;
    if (field.kind < MGC_FIELD_I8 || field.kind > MGC_FIELD_STRUCT) cause = "': unknown kind";
    if (holds_word && field.offset % kWordBytes != 0) cause = "': a pointer that is not word-aligned";
    if (cause == nullptr) continue;
    begin_error(info, error).add("field '");
    if (field.name != nullptr) add_name(error, field.name);
    error.add(cause).add(", at byte offset ").add_number(field.offset).add(" of ").add_number(info.size);
    return Status::kBadType;
  }
  return Status::kOk;
}

// A unit of at most 64 words, with a mask.
[[maybe_unused]] Status read_mask(const WordSet& set, uint64_t* bits) {
  constexpr uint32_t kBitsOfWord = 32;
  const uint32_t units =
      (set.unit_words() + (set.unit_bytes % kWordBytes != 0 ? 1 : 0) + kBitsOfWord - 1) / kBitsOfWord;
  if (units > 2) return Status::kBadSize;
  *bits = set.words().mask[0] | (units > 1 ? uint64_t{set.words().mask[1]} << kBitsOfWord : 0);
  return (*bits & ~low_bits(set.unit_words())) == 0 ? Status::kOk : Status::kBadType;
}

Status compile_set(const mgc_type_info& info, const WordSet& set, PatternNode* scratch, Pattern* out,
                   ErrorText& error) {
  if (!set.described()) return Status::kOk;
  if constexpr (!kHasPrograms) return read_mask(set, &out->bits);
  const uint32_t partial = set.unit_bytes % kWordBytes != 0 ? 1 : 0;
  const CompileJob job{.words = set.words(),
                       .unit_words = set.unit_words(),
                       .mask_words = set.unit_words() + partial,
                       .scratch = scratch};
  WordsFault fault;
  if (compile(job, out, &fault)) return Status::kOk;
  begin_error(info, error).add("the ").add(set.name).add(fault.in_program ? " program: " : " mask: ").add(fault.cause);
  if (fault.in_program) error.add(" (word ").add_number(fault.program_word).add(" of the program)");
  error.add(", at byte offset ")
      .add_number(set.unit_offset + fault.unit_word * kWordBytes)
      .add(" of ")
      .add_number(info.size);
  return Status::kBadType;
}

uint32_t first_set(const Pattern& pattern) {
  if (pattern.is_mask()) return lowest_bit(pattern.bits);
  const PatternNode* node = pattern.nodes;
  uint32_t word = node->first;
  for (; !node->is_leaf(); word += node->first) node = node->children();
  return word + lowest_bit(node->bits());
}

// Whatever repeats must do so at whole words. The error's offset is that of the first pointer that would not be at one.
Status check_alignment(const mgc_type_info& info, const WordSets& all, const Pattern (&patterns)[kSetCount],
                       ErrorText& error) {
  const bool elements = info.tail == MGC_TAIL_ELEMENTS;
  for (uint32_t i = elements ? kTail : 0; i < (elements ? kSetCount : kTail); ++i) {
    const WordSet& set = all.sets[i];
    const bool starts_aligned = set.unit_offset % kWordBytes == 0;
    if (patterns[i].empty() || (starts_aligned && set.unit_bytes % kWordBytes == 0)) continue;
    const uint64_t unit = set.unit_offset + (starts_aligned ? uint64_t{set.unit_bytes} : 0);
    const uint64_t offset = unit + uint64_t{first_set(patterns[i])} * kWordBytes;
    return complain(info, error, {.subject = set.name, .cause = " that is not word-aligned", .offset = offset});
  }
  return Status::kOk;
}

// A word is in one plane only. Only units with masks are checked: the walk over longer ones is not worth its cost.
Status check_overlap(const mgc_type_info& info, const WordSets& all, const Pattern (&patterns)[kSetCount],
                     ErrorText& error) {
  for (uint32_t i = 0; kHasLifecycles && i < kSetCount; ++i) {
    for (uint32_t other = i + 1; other % kPlaneCount != 0; ++other) {
      const uint64_t both = patterns[i].bits & patterns[other].bits;
      if (both == 0) continue;
      const uint64_t offset = all.sets[i].unit_offset + uint64_t{lowest_bit(both)} * kWordBytes;
      const char* const too = kPlanes[other % kPlaneCount].too;
      return complain(info, error, {.subject = all.sets[i].name, .cause = too, .offset = offset});
    }
  }
  return Status::kOk;
}

// The value of each key lies in the key's unit, and is in no plane itself, as far as masks tell.
Status check_values(const mgc_type_info& info, const WordSets& all, const Pattern (&patterns)[kSetCount],
                    const Layout& layout, ErrorText& error) {
  if constexpr (!kHasWeakWords) return Status::kOk;
  const uint32_t distance = value_distance(layout);
  for (uint32_t i = kKeys; i < kSetCount; i += kPlaneCount) {
    const Pattern& keys = patterns[i];
    const WordSet& set = all.sets[i];
    if (keys.empty()) continue;
    if (keys.set_end() - 1 + uint64_t{distance} + distance > set.unit_words()) {
      const uint64_t offset = set.unit_offset + uint64_t{keys.set_end() - 1} * kWordBytes;
      return complain(info, error, {.subject = set.name, .cause = " whose value is outside", .offset = offset});
    }
    uint64_t both = 0;
    for (uint32_t other = i - kKeys; other <= i; ++other) both |= keys.bits << distance & patterns[other].bits;
    if (both == 0) continue;
    const uint64_t offset = set.unit_offset + uint64_t{lowest_bit(both)} * kWordBytes;
    return complain(info, error, {.subject = set.name, .cause = " whose value is another word too", .offset = offset});
  }
  return Status::kOk;
}

// Tagged words need a filter, and a wide value must lie in its unit as a whole.
Status check_filter(const mgc_type_info& info, const WordSets& all, const Pattern (&patterns)[kSetCount],
                    const Filter* inherited, Layout* out, ErrorText& error) {
  if constexpr (!kHasTaggedWords) return Status::kOk;
  const char* const fault = info.filter != nullptr ? fault_of(*info.filter) : nullptr;
  if (fault != nullptr) return complain(info, error, {.cause = fault});
  bool has_weak = false;
  for (uint32_t i = kWeak; i < kSetCount; ++i)
    has_weak = has_weak || (i % kPlaneCount >= kWeak && !patterns[i].empty());
  out->weak_tagged = has_weak && info.weak_tagged != 0;
  if (has_weak) out->weak_cleared = info.weak_cleared;
  if (patterns[kTagged].empty() && patterns[kTail + kTagged].empty() && !out->weak_tagged) return Status::kOk;
  if (info.filter == nullptr && inherited == nullptr) {
    return complain(info, error, {.cause = "tagged words, but neither the type nor the heap has a filter"});
  }
  out->filter = info.filter != nullptr ? make_filter(*info.filter) : *inherited;
  if (kIs64Bit || !out->filter.is_wide) return Status::kOk;
  for (uint32_t i = kTagged; i < kSetCount; ++i) {
    const uint32_t plane = i % kPlaneCount;
    if (plane != kTagged && !(plane == kWeak && out->weak_tagged)) continue;  // keys: check_values
    const uint32_t end = patterns[i].set_end();
    if (end == 0 || end < all.sets[i].unit_words()) continue;
    const uint64_t offset = all.sets[i].unit_offset + uint64_t{end - 1} * kWordBytes;
    return complain(info, error,
                    {.subject = all.sets[i].name, .cause = " word whose other half is outside", .offset = offset});
  }
  return Status::kOk;
}

}  // namespace

ErrorText& begin_error(const mgc_type_info& info, ErrorText& error) {
  error.clear();
  if (!is_named(info)) return error.add("unnamed type: ");
  return add_name(error.add("type '"), info.name).add("': ");
}

Status check_definition(const mgc_type_info& info, ErrorText& error) {
  if (info.size > kMaxObjectBytes) return complain(info, error, {.cause = "size out of range"}, Status::kBadSize);
  if (info.tail_size > kMaxObjectBytes) {
    return complain(info, error, {.cause = "tail size out of range", .offset = info.size}, Status::kBadSize);
  }
  if (info.align != 0 && !is_power_of_two(info.align))
    return complain(info, error, {.cause = "alignment is not a power of two"});
  if (info.align > kPageBytes) return complain(info, error, {.cause = "alignment is larger than a page"});
  if (info.tail > MGC_TAIL_CONSERVATIVE)
    return complain(info, error, {.cause = "unknown kind of tail", .offset = info.size});
  if (has_unknown_words(info))
    return complain(info, error, {.cause = "words of a kind that this flavour does not know"});
  const WordSets all = sets_of(info);
  for (const WordSet& set : all.sets) {
    const Status status = check_set(info, set, error);
    if (status != Status::kOk) return status;
  }
  const bool has_tail = info.tail == MGC_TAIL_ELEMENTS;
  bool describes_tail = info.tail_size != 0;
  for (uint32_t i = kTail; i < kSetCount; ++i) describes_tail = describes_tail || all.sets[i].described();
  if (!has_tail && describes_tail) {
    return complain(info, error, {.cause = "a tail is described, but its kind has none", .offset = info.size});
  }
  bool points = false;
  for (uint32_t i = kPointers; i < kPlaneCount; ++i) points = points || (i != kHost && all.sets[i].described());
  if (info.tail == MGC_TAIL_CONSERVATIVE && points) {
    return complain(info, error, {.cause = "a conservative type has no pointer words of its own"});
  }
  if (kHasWeakWords && info.weak_tagged > 1)
    return complain(info, error, {.cause = "weak_tagged is neither 0 nor 1"}, Status::kBadArgument);
  if (!kHasVisitors && info.trace != nullptr) return Status::kBadType;
  if (info.trace != nullptr && info.tail == MGC_TAIL_CONSERVATIVE) {
    return complain(info, error, {.cause = "a conservative type has no trace function of its own"});
  }
  return check_fields(info, error);
}

uint64_t scratch_bound(const mgc_type_info& info) {
  uint64_t nodes = 1;  // of a conservative unit
  for (const WordSet& set : sets_of(info).sets) nodes += node_bound(set.words(), set.unit_words());
  return nodes;
}

Status layout_of(const mgc_type_info& info, const Filter* inherited, PatternNode* scratch, Layout* out,
                 ErrorText& error) {
  Pattern patterns[kSetCount];
  const WordSets all = sets_of(info);
  for (uint32_t i = 0; i < kSetCount; ++i) {
    const WordSet& set = all.sets[i];
    const Status status = compile_set(info, set, scratch, &patterns[i], error);
    if (status != Status::kOk) return status;
    if constexpr (kHasPrograms) scratch += node_bound(set.words(), set.unit_words());
  }
  Status status = check_overlap(info, all, patterns, error);
  if (status == Status::kOk && info.tail != MGC_TAIL_OPAQUE) status = check_alignment(info, all, patterns, error);
  *out = Layout{};
  if (status == Status::kOk) status = check_filter(info, all, patterns, inherited, out, error);
  if (status == Status::kOk) status = check_values(info, all, patterns, *out, error);
  if (status != Status::kOk) return status;

  const bool has_head = info.tail == MGC_TAIL_OPAQUE || info.tail == MGC_TAIL_ELEMENTS;
  const uint32_t tail = has_head ? kTail : 0;
  if (has_head) out->head_words = all.sets[kPointers].unit_words();
  out->tail_words = all.sets[tail].unit_words();
  for (uint32_t plane = 0; plane < kPlaneCount; ++plane) {
    if (has_head) out->*kHeads[plane] = patterns[plane];
    out->*kTails[plane] = patterns[tail + plane];
  }
  if (info.tail == MGC_TAIL_CONSERVATIVE) {
    out->conservative = true;
    if (out->host_tail.empty()) out->tail_words = 1;
    if (!kHasPrograms || out->tail_words <= kMaskWordsMax) {
      out->tail = Pattern{.bits = low_bits(out->tail_words)};
    } else {
      *scratch = PatternNode{.first = 0, .words = out->tail_words, .period = 1, .child_count = 0, .payload = 1};
      out->tail = Pattern{.nodes = scratch, .node_count = 1, .root_count = 1};
    }
  }
  if constexpr (kHasVisitors) out->trace = info.trace;
  normalize(out);
  return Status::kOk;
}

}  // namespace mallocgc
