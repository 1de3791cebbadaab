// This reads what the user wants: npm run bench -- --only trees,drop --peers js,wasmgc --runs 9

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const kUsage = `npm run bench -- [OPTION…]
  --only A,B      only these workloads, by group (drop) or name ('drop 16 20M'), or all whole programs (programs); some
                  are measured only when named
  --peers A,B     only these peers, and ours beside them
  --runs N        how often each; 5 if not said, as a median of fewer says little
  --from FILE     measure nothing: tables and plots of an earlier run's JSON
  --publish       also put the tables into README.md and docs/performance.md
  --list          the workloads and the peers`;

export const kRuns = 5;

export function parse(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      peers: { type: 'string' },
      runs: { type: 'string', default: String(kRuns) },
      from: { type: 'string' },
      publish: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}: not a number of runs`);
  // A run of a part does not take the place of a run of everything.
  const isWhole = values.only === undefined && values.peers === undefined && runs >= kRuns;
  if (values.publish && !values.from && !isWhole)
    throw new Error('--publish needs a run of everything, or --from FILE');
  const from = values.from === undefined ? undefined : resolve(process.env.INIT_CWD ?? process.cwd(), values.from);
  return { ...values, from, runs, isWhole };
}
