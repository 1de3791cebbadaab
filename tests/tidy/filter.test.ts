// A filtered run builds the files whose tests match, and what those are linked with, and no other.

import { describe, expect, it } from 'vitest';
import { matches, sourcesFor, testNames } from '../../tools/steps/filter.mjs';

describe('the names of the tests of a file', () => {
  it('are read as GoogleTest gives them', () => {
    const text =
      'TEST(Pacer, C6_Goal) {}\nTEST_F(\n    HeapTest, M1) {}\n// TEST(No, No)\nTEST_P(Safe, Polls) {}\n' +
      'TEST_P(Bench, Runs) {}\nINSTANTIATE_TEST_SUITE_P(Modes, Safe, kModes);\nINSTANTIATE_TEST_SUITE_P(, Bench, kAll);\n';
    expect(testNames(text)).toEqual(['Pacer.C6_Goal', 'HeapTest.M1', 'Modes/Safe.Polls/', 'Bench.Runs/']);
  });
});

describe('a filter', () => {
  it.each([
    ['C6', 'Pacer.C6_Goal', true],
    ['c6', 'Pacer.C6_Goal', false],
    ['Pacer.*', 'Pacer.C6_Goal', true],
    ['Pacer.*', 'OtherPacer.C6_Goal', false],
    ['A*:*Goal-*X', 'Pacer.C6_Goal', true],
    ['-Model*', 'Pacer.C6_Goal', true],
    ['Modes/Safe.Polls', 'Modes/Safe.Polls/', true],
    ['Goa?', 'Pacer.C6_Goal', false],
  ])('%s of %s: %s', (filter, name, does) => {
    expect(matches(filter, name)).toBe(does);
  });
});

describe('the sources of a filtered run', () => {
  it('are the files with such a test, and the sources without tests that they are linked with', () => {
    expect(sourcesFor('PageMap.')).toEqual(['tests/cpp/pages_page_map_test.cc']);
    const model = sourcesFor('Model.') as string[];
    expect(model).toContain('tests/cpp/model/world.cc');
    expect(
      model.filter((path) => !/^tests\/cpp\/(model|small_scope|support)\//.test(path) && !path.endsWith('_test.cc')),
    ).toEqual([]);
    const lisp = sourcesFor('Lisp.') as string[];
    expect(lisp).toContain('examples/lisp/reader.cc');
    expect(lisp).not.toContain('examples/lisp/page.cc');
  });

  it('are none where no test matches', () => {
    expect(sourcesFor('ThereIsNoTestOfThisName')).toBeNull();
  });
});
