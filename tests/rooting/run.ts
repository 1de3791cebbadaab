// node run.ts REQUESTS.json: runs modules beside a heap, in whatever Node this is, and prints what came of it. So tests
// run modules that their own Node does not know (engines.ts).

import { readFileSync } from 'node:fs';
import { outcome, World } from './support.ts';

export interface Request {
  readonly module: string; // its file
  readonly heap: string;
  readonly stressEvery: number;
  readonly tests: Readonly<Record<string, number>>;
}

/** What each test came to, and how many objects were left after it. */
export type Answer = [name: string, result: number | 'trap', left: number][];

const requests = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Request[];
const answers = requests.map(({ module, heap, stressEvery, tests }): Answer => {
  const imports = { callback: () => undefined };
  const world = new World(new Uint8Array(readFileSync(module)), { heap, stressEvery, imports });
  return Object.entries(tests).map(([name, n]) => [name, outcome(() => world.call(name, n)), world.left()]);
});
console.log(JSON.stringify(answers));
