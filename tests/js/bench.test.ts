// These are the pure parts of the bench: what is measured, what is made of the runs, and what the tables say. The
// workloads themselves check their sums.

import { describe, expect, it } from 'vitest';
import { parse } from '../../bench/args.mjs';
import { check } from '../../bench/check.mjs';
import { choosePeers, kPeers } from '../../bench/peers.mjs';
import { planJobs, runProcess } from '../../bench/processes.mjs';
import { publish, replaceBetween } from '../../bench/publish.mjs';
import { textOf } from '../../bench/report.mjs';
import { median, spread, summarise } from '../../bench/statistics.mjs';
import { digits, tables } from '../../bench/table.mjs';
import { chooseWorkloads, kWorkloads } from '../../bench/workloads.mjs';

const steps = (max: number) => ({ p50: 1, p90: 1, p99: 1, p999: 2, max });
const run = (workload: string, peer: string, ms: number, checksum = 7) => ({
  workload,
  peer,
  ms,
  ns_per_op: ms / 10,
  memory_bytes: 4e6,
  step_ms: steps(ms),
  checksum,
});
const kDrop = { name: 'drop 16', group: 'drop', figure: 'ns', checksum: 7 };
const kTrees = { name: 'trees 16', group: 'trees', figure: 'ms', checksum: null, headline: 'many trees' };
const peer = (name: string, more = {}) => ({
  name,
  title: name.toUpperCase(),
  place: 'here',
  reference: 'ours',
  isOurs: name === 'ours',
  has: () => true,
  sparedFrom: () => undefined,
  ...more,
});

describe('statistics', () => {
  it('have a median of odd and of even counts, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 1, 2, 4])).toBe(3);
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  });

  it('compare medians with those of the reference, and leave out what failed', () => {
    const results = [
      run('drop 16', 'ours', 10),
      run('drop 16', 'ours', 30),
      run('drop 16', 'theirs', 50),
      { workload: 'drop 16', peer: 'theirs', error: 'exit 1' },
    ];
    const [ours, theirs] = summarise(results, [kDrop], [peer('ours'), peer('theirs'), peer('absent')]);
    expect(ours).toMatchObject({ peer: 'ours', runs: 2, ms: { median: 20, min: 10, max: 30 }, relative: 1 });
    expect(theirs).toMatchObject({ peer: 'theirs', runs: 1, relative: 2.5 });
    expect(theirs?.cpu_ms).toBeUndefined();
  });
});

describe('the choice', () => {
  it('takes workloads by group or by full name, and all but the long ones otherwise', () => {
    expect(chooseWorkloads('drop').map((each) => each.name)).toEqual(['drop 16 20M', 'drop 32 20M', 'drop 64 20M']);
    expect(chooseWorkloads('churn 20 20M, gcbench').map((each) => each.name)).toEqual(['gcbench', 'churn 20 20M']);
    expect(chooseWorkloads(undefined)).toEqual(kWorkloads.filter((each) => each.standard));
    expect(() => chooseWorkloads('drip')).toThrow('no such workload: drip');
  });

  it('takes ours beside the peers that are named, of the same place', () => {
    expect(choosePeers('boehm').map((each) => each.name)).toEqual(['native', 'boehm']);
    expect(choosePeers(undefined)).toBe(kPeers);
    expect(() => choosePeers('js,java')).toThrow('no such peer: java');
  });

  it('names no workload twice, and no peer', () => {
    for (const names of [kWorkloads.map((each) => each.name), kPeers.map((each) => each.name)])
      expect(new Set(names).size).toBe(names.length);
  });

  it('knows each option, and publishes runs of everything only', () => {
    expect(parse(['--only', 'drop', '--runs', '9'])).toMatchObject({ only: 'drop', runs: 9, isWhole: false });
    expect(parse([])).toMatchObject({ runs: 5, isWhole: true });
    expect(() => parse(['--only', 'drop', '--publish'])).toThrow('--publish');
    expect(() => parse(['--runs', 'many'])).toThrow('--runs');
  });

  it('lets the peers take turns, without those that are spared', () => {
    const spared = peer('slow', {
      sparedFrom: (workload: { name: string }) => (workload.name === 'trees 16' ? 'slow' : undefined),
    });
    const jobs = planJobs([kTrees, kDrop], [peer('ours'), spared], 2);
    expect(
      jobs.map(
        (job: { workload: { group: string }; peer: { name: string } }) => `${job.workload.group} ${job.peer.name}`,
      ),
    ).toEqual(['trees ours', 'trees ours', 'drop ours', 'drop slow', 'drop ours', 'drop slow']);
  });
});

describe('a run', () => {
  const node = (text: string, timeLimitMs?: number) => runProcess([process.execPath, ['-e', text]], timeLimitMs);

  it('gives the last line that the peer prints', async () => {
    expect(await node('console.log("hello"); console.log(JSON.stringify({ ms: 5 }))')).toEqual({ ms: 5 });
  });

  it('is an error when the peer fails, says nothing or hangs, or is not there', async () => {
    const [failed, silent, hanging, absent] = await Promise.all([
      node('console.error("why"); process.exit(3)'),
      node(''),
      node('setInterval(() => {}, 1000)', 300),
      runProcess(['/nowhere', []]),
    ]);
    expect(failed).toEqual({ error: 'exit 3: why' });
    expect(silent.error).toContain('no result');
    expect(hanging.error).toContain('SIGKILL');
    expect(absent.error).toContain('ENOENT');
  });
});

describe('the check', () => {
  it('wants the known checksum or, where none is known, the same of all', () => {
    const results = [
      run('drop 16', 'ours', 1),
      run('drop 16', 'theirs', 1, 8),
      run('trees 16', 'ours', 1, 3),
      run('trees 16', 'theirs', 1, 4),
      run('trees 16', 'theirs', 1, 4),
    ];
    expect(check(results, [kDrop, kTrees])).toEqual([
      'drop 16, theirs: checksum 8, not 7',
      'trees 16, theirs: checksum 4, not 3',
    ]);
    expect(check([{ workload: 'drop 16', peer: 'ours', error: 'exit 3' }], [kDrop])).toEqual(['drop 16, ours: exit 3']);
    expect(check([run('drop 16', 'ours', 1)], [kDrop])).toEqual([]);
  });
});

describe('the table', () => {
  const peers = [peer('ours'), peer('theirs'), peer('gone', { missing: 'Missing: Gone.' })];
  const results = [run('trees 16', 'ours', 200), run('trees 16', 'theirs', 500), run('drop 16', 'ours', 30)];
  const workloads = [kTrees, kDrop];
  const report = {
    date: '2026-01-02T03:04:05Z',
    cpu: 'a processor',
    cores: 2,
    node: 'v20.0.0',
    newest_node: null,
    tools: { Go: '1.2' },
    heap: { version: '1.2.3', commit: 'abc', changed: false },
    runs: 5,
    workloads,
    peers,
    results,
    complaints: [],
    spared: [{ workload: 'drop 16', peer: 'theirs', why: 'slow' }],
    rows: summarise(results, workloads, peers),
  };

  it('says figure, times ours and memory, or why not', () => {
    const lines = tables(report).split('\n');
    expect(lines).toContain('| here | OURS | THEIRS | GONE |');
    expect(lines).toContain('| trees 16 | 200 ms (4.00 MB) | 500 ms, 2.50× (4.00 MB) | missing |');
    expect(lines).toContain('| drop 16 | 3.00 ns (4.00 MB) | spared | missing |');
    expect(lines).toContain('Made with Go 1.2.');
    expect(lines).toContain('- missing: GONE (here): Missing: Gone.');
    expect(lines).toContain('- spared: THEIRS (here): slow: drop 16');
    expect(lines[0]).toContain(
      '2026-01-02, mallocgc 1.2.3 (abc), a processor with 2 cores, Node v20.0.0. Medians of 5 interleaved runs',
    );
  });

  it('has only the headlines for the README', () => {
    const text = tables(
      { ...report, peers: peers.map((each) => ({ ...each, isMinor: each.name === 'gone' })) },
      { headlines: true },
    );
    expect(text.split('\n')).toContain('| trees 16: many trees | 200 ms (4.00 MB) | 500 ms, 2.50× (4.00 MB) |');
    expect(text).not.toContain('drop 16');
  });

  it('is made of a report that can be read back', () => {
    const text = textOf({ ...report, seconds: 1.23456 });
    expect(JSON.parse(text)).toMatchObject({ date: report.date, seconds: 1.2346, rows: report.rows });
    expect(text.split('\n').filter((line) => line.startsWith('  {"workload":"trees 16"'))).toHaveLength(4);
  });

  it('has three digits', () => {
    expect([0.1234, 12.34, 123.4].map(digits)).toEqual(['0.12', '12.3', '123']);
  });
});

describe('publishing', () => {
  it('replaces what is between the marks, and needs them', () => {
    const [begin, end] = ['<!-- bench: written by npm run bench -- --publish -->', '<!-- bench: end -->'];
    const once = replaceBetween(`a\n${begin}\nold\n${end}\nz`, 'new');
    expect(once).toBe(`a\n${begin}\n\nnew\n\n${end}\nz`);
    expect(replaceBetween(once, 'new')).toBe(once);
    expect(() => replaceBetween('nothing', 'new')).toThrow('marks');
    expect(() => publish({ runs: 1 }, [])).toThrow('not published');
  });
});
