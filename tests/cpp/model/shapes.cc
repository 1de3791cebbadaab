// The shapes of the model test (see shapes.h). Programs are made at random beside the bits they stand for.
#include "model/shapes.h"

#include <mallocgc/visit.h>

namespace mallocgc::model {

bool Shape::pointer_at(size_t word) const {
  if (conservative()) return true;
  if (head.empty()) return false;
  if (tail_kind == MGC_TAIL_REPEAT) return head[word % head.size()];
  if (word < head.size()) return head[word];
  if (tail_kind == MGC_TAIL_OPAQUE || tail.empty()) return false;
  return tail[(word - head.size()) % tail.size()];
}

bool Shape::in_head(const std::vector<bool>& plane, size_t word) const {
  if (plane.empty()) return false;
  if (tail_kind == MGC_TAIL_REPEAT) return plane[word % plane.size()];
  return word < plane.size() && plane[word];
}

uintptr_t Shape::pointer_in(size_t word, uintptr_t value) const {
  if (!pointer_at(word)) return 0;
  if (!tagged_at(word)) return value;
  return value % 2 != 0 ? 0 : value & ~uintptr_t{3};
}

bool Shape::host_at(size_t word) const {
  if (host_head.empty()) return false;
  if (tail_kind == MGC_TAIL_REPEAT) return host_head[word % host_head.size()];
  return word < host_head.size() && host_head[word];
}

bool Shape::has_pointers() const {
  if (conservative()) return true;
  for (const bool pointer : head) {
    if (pointer) return true;
  }
  for (const bool pointer : tail) {
    if (pointer) return true;
  }
  return false;
}

namespace {

std::vector<uint32_t> mask_of(const std::vector<bool>& bits) {
  std::vector<uint32_t> mask((bits.size() + 31) / 32);
  for (size_t i = 0; i < bits.size(); ++i) {
    if (bits[i]) mask[i / 32] |= uint32_t{1} << (i % 32);
  }
  return mask;
}

// Returns the words that are neither tagged, ambiguous or weak, nor of an ephemeron, nor reported by a trace function.
std::vector<bool> exact_words(const Shape& shape) {
  std::vector<bool> exact = shape.head;
  for (size_t i = 0; i < exact.size(); ++i) {
    const bool is_other = (!shape.tagged_head.empty() && shape.tagged_head[i]) ||
                          (!shape.ambiguous_head.empty() && shape.ambiguous_head[i]) || !shape.strong_at(i) ||
                          shape.is_traced;
    exact[i] = exact[i] && !is_other;
  }
  return exact;
}

// Appends random operations to `program` and the bits they mean to `bits`, nested at most `depth` deep.
void random_program(Random& random, unsigned depth, std::vector<uint32_t>& program, std::vector<bool>& bits) {
  const uint32_t steps = random.between(1, 4);
  for (uint32_t step = 0; step < steps; ++step) {
    const uint32_t n = random.between(1, 5);
    switch (random.below(depth == 0 ? 3 : 5)) {
      case 0:
        program.insert(program.end(), {MGC_PROG_POINTERS, n});
        bits.insert(bits.end(), n, true);
        break;
      case 1:
        program.insert(program.end(), {MGC_PROG_SKIP, n});
        bits.insert(bits.end(), n, false);
        break;
      case 2: {
        const uint32_t count = random.between(1, 40);
        program.insert(program.end(), {MGC_PROG_BITS, count});
        for (uint32_t done = 0; done < count; done += 32) {
          const uint32_t rest = count - done;
          const uint32_t word =
              static_cast<uint32_t>(random.next()) & (rest < 32 ? (uint32_t{1} << rest) - 1 : ~uint32_t{0});
          program.push_back(word);
          for (uint32_t i = 0; i < 32 && done + i < count; ++i) bits.push_back((word >> i & 1) != 0);
        }
        break;
      }
      default: {
        program.insert(program.end(), {MGC_PROG_REPEAT, n});
        std::vector<bool> body;
        random_program(random, depth - 1, program, body);
        program.push_back(MGC_PROG_END);
        for (uint32_t i = 0; i < n; ++i) bits.insert(bits.end(), body.begin(), body.end());
      }
    }
  }
}

// Reports every other word of an object as a pointer, the first one too.
void trace_every_other(mgc_visitor* visitor, void* object, size_t from, size_t to) {
  auto* const words = static_cast<void**>(object);
  for (size_t i = (from / sizeof(void*) + 1) / 2 * 2; i < to / sizeof(void*); i += 2) {
    mgc_visit_slot(visitor, &words[i], MGC_EXACT);
  }
}

Shape masked(const char* name, std::vector<bool> head) {
  Shape shape;
  shape.name = name;
  shape.head = std::move(head);
  return shape;
}

Shape programmed(Random& random, const char* name, unsigned depth) {
  Shape shape;
  shape.name = name;
  random_program(random, depth, shape.program, shape.head);
  shape.program.push_back(MGC_PROG_END);
  return shape;
}

}  // namespace

ShapeInfo::ShapeInfo(const Shape& shape)
    : mask_(mask_of(exact_words(shape))),
      tail_mask_(mask_of(shape.tail)),
      host_mask_(mask_of(shape.host_head)),
      tagged_mask_(mask_of(shape.tagged_head)),
      ambiguous_mask_(mask_of(shape.ambiguous_head)),
      weak_mask_(mask_of(shape.weak_head)),
      key_mask_(mask_of(shape.key_head)) {
  info_.name = shape.name.empty() ? nullptr : shape.name.c_str();
  info_.size = shape.bytes();
  info_.align = shape.align;
  info_.tail = shape.tail_kind;
  if (!shape.program.empty()) {
    info_.pointers.program = shape.program.data();
    info_.pointers.program_words = static_cast<uint32_t>(shape.program.size());
  } else if (shape.has_pointers() && !shape.conservative()) {
    info_.pointers.mask = mask_.data();
  }
  if (!shape.host_head.empty()) info_.host.mask = host_mask_.data();
  if (!shape.ambiguous_head.empty()) info_.ambiguous.mask = ambiguous_mask_.data();
  if (!shape.weak_head.empty()) info_.weak.mask = weak_mask_.data();
  if (!shape.key_head.empty()) info_.keys.mask = key_mask_.data();
  info_.weak_cleared = shape.weak_cleared;
  info_.weak_tagged = shape.weak_tagged;
  if (shape.is_traced) info_.trace = trace_every_other;
  if (!shape.tagged_head.empty()) info_.tagged.mask = tagged_mask_.data();
  if (!shape.tagged_head.empty() || shape.weak_tagged) {
    filter_ = mgc_filter{
        .tag_bits = 2, .pointer_tags = 1 << 0 | 1 << 2, .box_mask = 0, .box_value = 0, .clear = 3, .flags = 0};
    info_.filter = &filter_;
  }
  if (!shape.tail.empty()) {
    info_.tail_size = shape.tail_bytes();
    info_.tail_pointers.mask = tail_mask_.data();
  }
  if (!shape.name.empty()) {
    field_.name = "first";
    field_.kind = sizeof(void*) == 8 ? MGC_FIELD_U64 : MGC_FIELD_U32;
    field_.count = 1;
    info_.fields = &field_;
    info_.field_count = 1;
  }
}

std::vector<Shape> every_kind_of_shape(Random& random, unsigned extra) {
  const bool p = true;
  const bool _ = false;
  std::vector<Shape> shapes;
  shapes.push_back(masked("", {p, p}));
  shapes.push_back(masked("Node", {p, p, _, _}));
  shapes.push_back(masked("Leaf", {_, _, _}));
  shapes.push_back(masked("", {_, _, _, _, _, _}));
  shapes.push_back(masked("", {p}));
  shapes.push_back(masked("Triple", {p, _, p}));
  shapes.push_back(programmed(random, "Shallow", 0));
  shapes.push_back(programmed(random, "Nested", 2));
  shapes.push_back(programmed(random, "", 3));
  shapes.push_back(masked("Blob", {p, _}));
  shapes.back().tail_kind = MGC_TAIL_OPAQUE;
  shapes.push_back(masked("Vector", {_, p}));
  shapes.back().tail_kind = MGC_TAIL_ELEMENTS;
  shapes.back().tail = {p, _, p};
  shapes.push_back(masked("Words", {_}));
  shapes.back().tail_kind = MGC_TAIL_CONSERVATIVE;
  shapes.push_back(masked("Host", {p, _, _, p}));
  shapes.back().host_head = {_, p, p, _};
  shapes.push_back(masked("Wide", {p, _, p, _, _, _, _, p}));
  shapes.back().align = 64;
  shapes.push_back(masked("Tagged", {p, p}));
  shapes.back().tagged_head = {p, p};
  shapes.push_back(masked("Union", {p, p, p, _}));
  shapes.back().tagged_head = {_, p, _, _};
  shapes.back().ambiguous_head = {_, _, p, _};
  shapes.push_back(masked("Record", {p, p, _}));
  shapes.back().tail_kind = MGC_TAIL_OPAQUE;
  shapes.back().tagged_head = {p, _, _};
  shapes.back().ambiguous_head = {_, p, _};
  shapes.push_back(masked("Traced", {p, _}));
  shapes.back().is_traced = true;
  shapes.push_back(masked("Weak", {p, _}));
  shapes.back().weak_head = {p, _};
  shapes.push_back(masked("", {p, p}));
  shapes.back().key_head = {p, _};
  shapes.push_back(masked("Entries", {p, p, p, p, p}));
  shapes.back().weak_head = {_, p, _, _, _};
  shapes.back().key_head = {_, _, p, _, _};
  shapes.push_back(masked("Symbols", {p, p, p}));
  shapes.back().weak_head = {_, _, p};
  shapes.back().key_head = {p, _, _};
  shapes.back().weak_tagged = true;
  shapes.back().weak_cleared = 1;
  for (unsigned i = 0; i < extra; ++i) {
    Shape shape;
    if (i % 4 != 0) shape.name = "Extra" + std::to_string(i);
    shape.head.resize(random.between(1, 6));
    for (size_t word = 0; word < shape.head.size(); ++word) shape.head[word] = random.one_in(2);
    shapes.push_back(shape);
  }
  return shapes;
}

}  // namespace mallocgc::model
