// Each reason stops a release by itself. The checks are pure, so that nothing must be built or published.

import { describe, expect, it } from 'vitest';
import { checkContents, checkProvenance, checkVersion, notesOf } from '../../tools/steps/releasing.mjs';
import { read } from './repository.ts';

const kChangelog = '# Changelog\n\n## [Unreleased]\n\n## [1.2.3]\n\n### Added\n\n- Much.\n\n## [1.2.2]\n';
const kGood = {
  manifest: { version: '1.2.3' },
  lock: { version: '1.2.3' },
  cmake: 'project(mallocgc VERSION 1.2.3 LANGUAGES C CXX)\n',
  changelog: kChangelog,
  tags: ['v1.2.2'],
};

describe('the version', () => {
  it('may be released when all files agree and it is new', () => {
    expect(checkVersion(kGood)).toEqual([]);
    const next = { version: '1.2.3-rc.1' };
    const changelog = kChangelog.replace('[1.2.3]', '[1.2.3-rc.1]');
    expect(checkVersion({ ...kGood, manifest: next, lock: next, changelog })).toEqual([]);
  });

  it.each([
    ['no version', { manifest: { version: '1.2' } }, /not a version: 1\.2/],
    ['another lock file', { lock: { version: '1.2.2' } }, /package-lock\.json has version 1\.2\.2/],
    ['another library', { cmake: 'project(mallocgc VERSION 1.2.0)' }, /CMakeLists\.txt has version 1\.2\.0/],
    ['no heading', { changelog: '## [1.2.2]\n' }, /no heading \[1\.2\.3\]/],
    ['nothing said', { changelog: '## [1.2.3]\n\n## [1.2.2]\n\n- x\n' }, /says nothing under \[1\.2\.3\]/],
    ['a tag that is there', { tags: ['v1.2.3'] }, /there is a tag v1\.2\.3/],
  ])('stops a release with %s', (_, change, reason) => {
    expect(checkVersion({ ...kGood, ...change }).join()).toMatch(reason);
  });

  it('has its notes, and those only', () => {
    expect(notesOf(kChangelog, '1.2.3')).toBe('### Added\n\n- Much.');
    expect(notesOf(kChangelog, '1.2.2')).toBe('');
    expect(notesOf(kChangelog, '1.2')).toBeNull();
  });
});

describe('the tarball', () => {
  const manifest = { files: ['dist', 'NOTICE'], exports: { '.': { types: './dist/a.d.ts', default: './dist/a.js' } } };

  it('holds what exports names, and what files allows', () => {
    const paths = ['package.json', 'README.md', 'LICENSE', 'NOTICE', 'dist/a.js', 'dist/a.d.ts', 'dist/b.js'];
    expect(checkContents({ manifest, paths })).toEqual([]);
  });

  it('may hold what a pattern among files matches, and no more', () => {
    const some = { ...manifest, files: ['dist', 'docs/*.md'] };
    const paths = ['dist/a.js', 'dist/a.d.ts', 'docs/guide.md', 'docs/guide.txt', 'docs/old/guide.md', 'docsx/a.md'];
    expect(checkContents({ manifest: some, paths })).toEqual([
      'the tarball has docs/guide.txt, which is not among files',
      'the tarball has docs/old/guide.md, which is not among files',
      'the tarball has docsx/a.md, which is not among files',
    ]);
  });

  it('stops a release when something is missing or too much', () => {
    expect(checkContents({ manifest, paths: ['dist/a.js', 'distant/c.js'] })).toEqual([
      'the tarball has no dist/a.d.ts, which exports names',
      'the tarball has distant/c.js, which is not among files',
    ]);
  });
});

describe('this package', () => {
  it('asks for provenance, and has one version everywhere', () => {
    const manifest = JSON.parse(read('package.json'));
    expect(checkProvenance({ manifest })).toEqual([]);
    expect(checkProvenance({ manifest: { ...manifest, publishConfig: {} } })).toHaveLength(1);
    const lock = JSON.parse(read('package-lock.json'));
    const found = checkVersion({
      manifest,
      lock,
      cmake: read('CMakeLists.txt'),
      changelog: read('CHANGELOG.md'),
      tags: [],
    });
    expect(found).toEqual([]);
  });
});
