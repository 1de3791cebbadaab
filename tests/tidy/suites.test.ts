// Every suite has a command, and every way of building the tests has a suite: no flavour is left out on a platform.

import { describe, expect, it } from 'vitest';
import { kFullSuites, kFurtherSuites, kSuites } from '../../tools/steps/suites.mjs';
import { read } from './repository.ts';

interface Preset {
  readonly name: string;
  readonly hidden?: boolean;
  readonly inherits?: string;
  readonly configurePreset?: string;
  readonly cacheVariables?: Readonly<Record<string, string>>;
}

const presets = JSON.parse(read('CMakePresets.json')) as Record<
  'configurePresets' | 'buildPresets' | 'testPresets',
  Preset[]
>;

/** Returns a variable of a configure preset, its own or inherited. */
function variable(preset: Preset | undefined, name: string): string {
  if (!preset) return '';
  const parent = presets.configurePresets.find((other) => other.name === preset.inherits);
  return preset.cacheVariables?.[name] ?? variable(parent, name);
}

function flavourOf(preset: Preset): string {
  if (variable(preset, 'MALLOCGC_FLAVOUR_LEAN') === 'ON') return 'lean';
  return variable(preset, 'MALLOCGC_FLAVOUR_DEBUG') === 'ON' ? 'debug' : 'release';
}

/** People build these. A preset for a debugger is for no suite. */
const usable = presets.configurePresets.filter(({ hidden, name }) => !hidden && name !== 'native-debug');
const withTests = usable.filter((preset) => variable(preset, 'MALLOCGC_TESTS') === 'ON');
const runBySuites = [...read('tools/steps/suites.mjs').matchAll(/testPreset\('([\w-]+)'/g)].map(([, name]) => name);

describe('the suites', () => {
  it('are the commands of npm, each by its name', () => {
    const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
    const commands = Object.keys(scripts).filter((name) => name.startsWith('test:'));
    const suites = Object.keys({ ...kSuites, ...kFullSuites, ...kFurtherSuites }).map((name) => `test:${name}`);
    expect(commands.sort()).toEqual([...suites, 'test:full'].sort());
    for (const name of commands) expect(scripts[name]).toBe(`node tools/run.mjs ${name}`);
  });

  it('run the tests of each preset that builds them', () => {
    expect(withTests.length).toBeGreaterThan(5);
    expect(runBySuites.sort()).toEqual(withTests.map(({ name }) => name).sort());
  });

  it('run each flavour natively and as wasm', () => {
    const plain = withTests.filter((preset) => variable(preset, 'MALLOCGC_SANITIZE') === '');
    const ways = plain.map((preset) => `${preset.name.startsWith('wasm') ? 'wasm' : 'native'} ${flavourOf(preset)}`);
    const all = ['native', 'wasm'].flatMap((place) => ['debug', 'lean', 'release'].map((name) => `${place} ${name}`));
    expect(ways.sort()).toEqual(all);
  });

  it('can be built by cmake --build --preset, too', () => {
    const built = presets.buildPresets.map(({ configurePreset }) => configurePreset);
    expect(usable.filter(({ name }) => !built.includes(name))).toEqual([]);
    const tested = presets.testPresets.map(({ configurePreset }) => configurePreset);
    const threads = 'native-tsan'; // only a part of its tests is meant for it
    expect(withTests.filter(({ name }) => name !== threads && !tested.includes(name))).toEqual([]);
  });
});
