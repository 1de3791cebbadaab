// A maintainer expects to find this: the machines of others run the commands that are run here, and have the tools.

import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { files, read } from './repository.ts';
import { parseYaml } from './yaml.ts';

const kCommands = ['npm test', 'npm run test:full -- --with-last'];
/** These tell how to test. */
const kTellers = [
  'CONTRIBUTING.md',
  'docs/releasing.md',
  '.github/pull_request_template.md',
  '.devcontainer/devcontainer.json',
];
const kManifest = JSON.parse(read('package.json')) as { scripts: object; engines: { node: string } };

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Record<string, string>;
}

interface Job {
  readonly strategy: { readonly matrix: object };
  readonly 'runs-on': string;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Container {
  readonly build: { readonly dockerfile: string };
  readonly postCreateCommand: string;
}

describe('the habits of the project', () => {
  it.each([
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'SECURITY.md',
    'CODE_OF_CONDUCT.md',
    'docs/releasing.md',
    '.github/pull_request_template.md',
    '.git-blame-ignore-revs',
    'tools/hooks/pre-commit',
  ])('have %s', (file) => {
    expect(files).toContain(file);
  });

  it('call the same two commands on the three systems, and nothing else of ours', async () => {
    const { jobs } = (await parseYaml(read('.github/workflows/test.yml'))) as unknown as Workflow;
    expect(Object.keys(jobs)).toEqual(['test']);
    const { strategy, steps, 'runs-on': system } = jobs.test as Job;
    expect(strategy.matrix).toEqual({ system: ['ubuntu-latest', 'macos-latest', 'windows-latest'] });
    expect(system).toMatch(/^\$\{\{ matrix\.system \}\}$/);
    expect(steps.filter(({ run, if: condition }) => run && !condition).map(({ run }) => run)).toEqual(kCommands);
    for (const { run } of steps.filter(({ if: condition }) => condition)) expect(run).not.toMatch(/\bnpm\b/);
    const node = steps.find(({ uses }) => uses?.startsWith('actions/setup-node'))?.with?.['node-version-file'];
    expect(files).toContain(node);
  });

  it('offer the same two commands in a container that is ready for them', () => {
    const path = '.devcontainer/devcontainer.json';
    const { config, error } = ts.parseConfigFileTextToJson(path, read(path)) as { config: Container; error?: object };
    expect(error).toBeUndefined();
    expect(files).toContain(`.devcontainer/${config.build.dockerfile}`);
    expect(config.postCreateCommand).toBe('npm ci');
    const image = /^FROM node:(\d+)/m.exec(read(`.devcontainer/${config.build.dockerfile}`))?.[1];
    expect(Number(image)).toBeGreaterThanOrEqual(Number(/\d+/.exec(kManifest.engines.node)));
  });

  it('name the two commands wherever they tell how to test', () => {
    for (const command of kCommands) {
      const [, script] = /^npm (?:run )?(\S+)/.exec(command) ?? [];
      expect(Object.keys(kManifest.scripts)).toContain(script);
      const short = command.replace(/ -- .*/, '');
      for (const file of kTellers) expect(read(file)).toContain(short);
    }
  });

  it('can tell YAML from what is none', async () => {
    const text = 'a: { b: [x, "y"] }\nc:\n  - d: |\n      one\n      two\n  - 5\ne:\n';
    expect(await parseYaml(text)).toEqual({ a: { b: ['x', 'y'] }, c: [{ d: 'one\ntwo\n' }, '5'], e: null });
    await expect(parseYaml('a: [b\nc: d')).rejects.toThrow();
  });

  it('name each package of the container where the commands look for it', () => {
    const wanted = [...read('tools/toolchain.mjs').matchAll(/packages: \[([^\]]+)\], found/g)]
      .flatMap(([, list = '']) => [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name))
      .filter(
        (name) =>
          !['golang-go', 'libgc-dev', 'libmimalloc-dev', 'firefox-esr', 'rustc', 'libstd-rust-dev-wasm32'].includes(
            name ?? '',
          ),
      );
    const container = read('.devcontainer/Dockerfile').split(/\s+/);
    expect(wanted.length).toBeGreaterThan(6);
    expect(wanted.filter((name) => !container.includes(name ?? ''))).toEqual([]);
  });
});
