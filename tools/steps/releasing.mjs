// This checks what must be true for a release, and makes the release: docs/releasing.md has the steps. Each check gives
// the reasons against the release, and all of them are told at once.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerOf, must, root, runInForeground, StepError } from './process.mjs';
import { releaseProblems } from './release.mjs';

const kVersion = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;
/** npm adds these to every tarball, whatever `files` says. */
const kAlways = /^(package\.json|README\.md|LICENSE|NOTICE|CHANGELOG\.md)$/;

/** Returns the text under the heading of a version in the changelog, or null. */
export function notesOf(changelog, version) {
  const sections = changelog.split(/^## /m).slice(1);
  const own = sections.find((section) => section.startsWith(`[${version}]`));
  return own === undefined ? null : own.slice(own.indexOf('\n') + 1).trim();
}

/** Returns reasons against a version, by the files that name it. */
export function checkVersion({ manifest, lock, cmake, changelog, tags }) {
  const { version } = manifest;
  const inCMake = /^project\([^)]*\bVERSION (\S+)/m.exec(cmake)?.[1];
  const notes = notesOf(changelog, version);
  return [
    kVersion.test(version) ? '' : `package.json: not a version: ${version}`,
    lock.version === version ? '' : `package-lock.json has version ${lock.version}, package.json ${version}`,
    inCMake === version.replace(/-.*/, '') ? '' : `CMakeLists.txt has version ${inCMake}, package.json ${version}`,
    notes === null ? `CHANGELOG.md has no heading [${version}]` : '',
    notes === '' ? `CHANGELOG.md says nothing under [${version}]` : '',
    tags.includes(`v${version}`) ? `there is a tag v${version} already` : '',
  ].filter(Boolean);
}

/** Returns every file that the `exports` of a package.json name. */
function namedFiles(exports) {
  if (typeof exports === 'string') return [exports.replace(/^\.\//, '')];
  return Object.values(exports).flatMap(namedFiles);
}

/** Returns whether an entry of `files` names a path: as a file, a folder, or by a pattern with `*`. */
function isUnder(name, path) {
  const pattern = name.replace(/[.+^${}()|[\]\\?]/g, '\\$&').replace(/\*/g, '[^/]*');
  return new RegExp(`^${pattern}(/|$)`).test(path);
}

/** Returns reasons against a tarball. `paths` are the files in it. */
export function checkContents({ manifest, paths }) {
  const allowed = (path) => kAlways.test(path) || manifest.files.some((name) => isUnder(name, path));
  return [
    ...namedFiles(manifest.exports)
      .filter((path) => !path.includes('*') && !paths.includes(path))
      .map((path) => `the tarball has no ${path}, which exports names`),
    ...paths.filter((path) => !allowed(path)).map((path) => `the tarball has ${path}, which is not among files`),
  ];
}

/** Returns reasons against the way a package is published. */
export function checkProvenance({ manifest }) {
  return manifest.publishConfig?.provenance === true ? [] : ['package.json: publishConfig.provenance is not true'];
}

const text = (name) => readFileSync(join(root, name), 'utf8');

/** Packs into build/, and tells what is inside. */
async function pack() {
  const packed = await must('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', join(root, 'build')]);
  const [{ filename, files, size, unpackedSize }] = JSON.parse(packed);
  return { tarball: join(root, 'build', filename), paths: files.map(({ path }) => path), size, unpackedSize };
}

/** Checks a release of what is built. With --dry-run that is all. */
export async function release(args) {
  const strange = args.filter((word) => word !== '--dry-run');
  if (strange.length > 0) throw new StepError('usage: npm run release -- [--dry-run]');
  const dry = args.includes('--dry-run');
  const manifest = JSON.parse(text('package.json'));
  const changelog = existsSync(join(root, 'CHANGELOG.md')) ? text('CHANGELOG.md') : '';
  const tags = (answerOf('git', ['-C', root, 'tag', '--list']) ?? '').split('\n');
  const changes = answerOf('git', ['-C', root, 'status', '--porcelain']);
  const { tarball, paths, size, unpackedSize } = await pack();
  const reasons = [
    ...checkVersion({
      manifest,
      lock: JSON.parse(text('package-lock.json')),
      cmake: text('CMakeLists.txt'),
      changelog,
      tags,
    }),
    ...checkContents({ manifest, paths }),
    ...checkProvenance({ manifest }),
    ...(changes ? [`there are changes that are not committed:\n${changes}`] : []),
  ];
  console.log(
    `${manifest.name} ${manifest.version}: ${paths.length} files, ${size} bytes packed, ${unpackedSize} unpacked`,
  );
  for (const path of [...paths].sort()) console.log(`  ${path}`);
  // A fork, or a project that has no public place yet, can try everything else.
  const problems = releaseProblems(manifest);
  if (dry) for (const problem of problems) console.log(`Before it can be published: ${problem}`);
  else reasons.push(...problems);
  if (reasons.length > 0) throw new StepError(`Not ready:\n${reasons.map((reason) => `- ${reason}`).join('\n')}`);
  console.log('Ready.');
  if (dry) return 0;
  await must('git', [
    '-C',
    root,
    'tag',
    '--annotate',
    `v${manifest.version}`,
    '--message',
    notesOf(changelog, manifest.version),
  ]);
  return runInForeground('npm', ['publish', tarball, '--provenance', '--access', 'public']);
}
