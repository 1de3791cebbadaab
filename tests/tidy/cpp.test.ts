// The reader of C++ must read what it is meant to read. Else the rules built on it would hold by accident.

import { describe, expect, it } from 'vitest';
import { functionsOf, includesOf, mask } from './cpp.ts';

const namesOf = (text: string): string[] => functionsOf(text).map((found) => `${found.name} ${found.lines}`);

describe('masking', () => {
  it('keeps code, offsets and lines', () => {
    const code = `a /* { */ b // }\n"{" 'x' 1'000 R"q({)q" c`;
    const masked = mask(code);
    expect(masked).toHaveLength(code.length);
    expect(masked.split('\n').map((line) => line.trim().split(/ +/))).toEqual([
      ['a', 'b'],
      ["1'000", 'c'],
    ]);
    expect(masked.indexOf('c')).toBe(code.lastIndexOf('c'));
  });

  it('leaves strings in place when asked', () => {
    expect(mask('#include "a.h" // "b.h"', false)).toBe('#include "a.h"         ');
  });
});

describe('functions', () => {
  it('are found in namespaces and classes, with templates, qualifiers and attributes', () => {
    expect(
      namesOf(`
namespace a::b {
template <class T, int N = (1)>
[[nodiscard]] constexpr T* f(T x) noexcept {
  if (x) { g(); }
}
class C final : public D<E> {
 public:
  explicit C(int x) : a_{x}, b_(x) { g(); }
  int h() const;
  int k_[2] = {1, 2};
  bool operator==(const C&) const { return true; }
};
}`),
    ).toEqual(['f 4', 'C 1', 'operator== 1']);
  });

  it('are not seen in variables, macros and enums', () => {
    expect(
      namesOf(`
#define M(x) \\
  do { x; } while (0)
constexpr int table[] = {f(1), 2};
enum class E : int { a, b };
struct S { int x{3}; };
extern "C" {
int f(void) { return 0; }
}`),
    ).toEqual(['f 1']);
  });

  it('count from the head to the closing brace, braces in arguments and lambdas included', () => {
    expect(namesOf('void f(O o = {},\n       int b) {\n  g([] {\n    x();\n  });\n}\nint z;')).toEqual(['f 6']);
  });
});

describe('includes', () => {
  it('are seen unless commented out', () => {
    expect(includesOf('#include <a>\n// #include "b"\n#  include "c/d.h"')).toEqual([
      { name: 'a', isSystem: true, line: 1 },
      { name: 'c/d.h', isSystem: false, line: 3 },
    ]);
  });
});
