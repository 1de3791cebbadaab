// This counts the instructions of the native workloads under Valgrind's callgrind, which is exactly repeatable where a
// clock is not. It counts preparation and steps, not the program around them, and not the C library: how many
// instructions its memset takes depends on the processor.

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * The sizes are small, so all workloads take seconds. The checksums of the first lines are those that
 * bench/peers/objects.mjs gives; the others follow from the sizes.
 */
export const kWorkloads = [
  { sizes: ['trees', 14], checksum: 3222190 },
  { sizes: ['gcbench', 4], checksum: 132071 },
  { sizes: ['churn', 14, 400000], checksum: 2820903133 },
  { sizes: ['strings', 1000000], checksum: 146951015 },
  { sizes: ['drop', 16, 2000000], checksum: 2000000 },
  { sizes: ['drop', 64, 2000000], checksum: 2000000 },
  { sizes: ['mark', 100000], checksum: 100000 },
  { sizes: ['list', 100000], checksum: 100000 },
  { sizes: ['steady', 50000, 1000000], checksum: 0 },
  { sizes: ['fragmentation', 100000], checksum: 64053 },
  { sizes: ['handles', 50000], checksum: 50000 },
  { sizes: ['finalizers', 50000], checksum: 50000 },
  { sizes: ['mark', 400000], checksum: 400000 },
  { sizes: ['handles', 200000], checksum: 200000 },
  { sizes: ['finalizers', 200000], checksum: 200000 },
  { sizes: ['allocate', 1], checksum: 0 },
  { sizes: ['allocate', 4], checksum: 0 },
];

/** One of each must cost the same, however many there are: workload, few, many. */
const kLinear = [
  ['mark', 100000, 400000],
  ['handles', 50000, 200000],
  ['finalizers', 50000, 200000],
  ['allocate', 1, 4],
];
/** One of many may cost at most so much more than one of few. A quadratic step would quadruple it. */
const kGrowthMax = 1.25;

/** Returns complaints where instructions grow faster than the size. */
export function steepGrowth(figures) {
  return kLinear.flatMap(([name, few, many]) => {
    const [one, other] = [figures[`${name} ${few}`] / few, figures[`${name} ${many}`] / many];
    if (other <= kGrowthMax * one) return [];
    return [`${name}: ${one.toFixed(1)} instructions for one of ${few}, but ${other.toFixed(1)} for one of ${many}`];
  });
}

export const nameOf = ({ sizes }) => sizes.join(' ');

const isSystemLibrary = (object) => /\/(libc[.-]|ld-linux|ld-)[^/]*$/.test(object);

/**
 * Returns instructions by object file in a profile of callgrind. Its lines name the object that follows (`ob=`, by
 * number once it is known), or give a place and a cost. The line behind `calls=` is the cost of the function that was
 * called, which is counted where it stands.
 */
export function instructionsByObject(profile) {
  const names = new Map();
  const counts = new Map();
  let [object, skip] = ['', false];
  for (const line of profile.split('\n')) {
    const [, id, name] = /^ob=\((\d+)\)(?: (.*))?$/.exec(line) ?? [];
    if (id !== undefined) {
      if (name !== undefined) names.set(id, name);
      object = names.get(id) ?? '';
    } else if (/^c(ob|fi|fl)=|^cfn=/.test(line)) {
      const [, called, calledName] = /^cob=\((\d+)\) (.*)$/.exec(line) ?? [];
      if (called !== undefined) names.set(called, calledName);
    } else if (line.startsWith('calls=')) {
      skip = true;
    } else if (/^[+\-*\d]\S* \d+$/.test(line)) {
      if (!skip) counts.set(object, (counts.get(object) ?? 0) + Number(line.split(' ')[1]));
      skip = false;
    }
  }
  return counts;
}

/** Runs one workload of `program` and gives { checksum, instructions }. The profile stays in `folder`. */
export async function countInstructions(program, { sizes }, folder) {
  mkdirSync(folder, { recursive: true });
  const profile = join(folder, `callgrind.${sizes.join('-')}`);
  const options = [
    '--tool=callgrind',
    '-q',
    `--callgrind-out-file=${profile}`,
    '--toggle-collect=*::prepare()',
    '--toggle-collect=*::step()',
  ];
  const { stdout } = await promisify(execFile)('valgrind', [...options, program, ...sizes.map(String)]);
  const counts = instructionsByObject(readFileSync(profile, 'utf8'));
  const own = [...counts].filter(([object]) => !isSystemLibrary(object)).map(([, count]) => count);
  return { checksum: Number(stdout), instructions: own.reduce((sum, count) => sum + count, 0) };
}
