// What a finalizer, a cleanup or a listener throws, and nobody takes, is an uncaught error of its place: in Node an
// uncaughtException, which ends the process with code 1; elsewhere what reportError makes of it. The others still run.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { t } from 'mallocgc';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkedHeap } from './support.ts';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program in a process of its own, with a heap, a type and an object that nothing refers to any more. */
function run(arm: string, rest: string): Promise<Ended> {
  const program = `
    import { createHeap, t } from ${JSON.stringify(fileURLToPath(import.meta.resolve('mallocgc')))};
    const { File } = await start({});
    async function start(options) {
      globalThis.heap = await createHeap(options);
      return heap.defineTypes({ File: { n: t.i32 } });
    }
    const fail = () => { throw new Error('it could not be flushed'); };
    heap.scope((frame) => {
      const file = frame.newobject(File);
      ${arm}
      heap.AddCleanup(frame.newobject(File), () => {
        console.log('the other ran');
        globalThis.settle?.();
      }, 0);
    });
    ${rest}
    heap.GC();
    process.on('exit', (code) => console.log('exit', code));`;
  return new Promise((done) => {
    const args = ['--no-warnings', '--input-type=module', '-e', program];
    execFile(process.execPath, args, (error, out, err) => done({ code: Number(error?.code ?? 0), out, err }));
  });
}

const kWays: Record<string, string> = {
  'a finalizer that throws': 'heap.SetFinalizer(file, fail);',
  'a cleanup that throws': 'heap.AddCleanup(file, fail, 0);',
  'a finalizer whose promise is refused': 'heap.SetFinalizer(file, async () => fail());',
};

describe('in a Node process', () => {
  it.each(Object.entries(kWays))('F6: %s ends it with code 1, and says why', async (_, arm) => {
    const { code, out, err } = await run(arm, '');
    expect(code).toBe(1);
    expect(out).toMatch(/exit 1\n$/);
    expect(err).toContain('Error: it could not be flushed');
  });

  it.each(Object.entries(kWays))('F6: %s is an uncaughtException, and the others still run', async (_, arm) => {
    // Both have happened when the second of them says so, whichever that is.
    const listen = `let left = 2;
      globalThis.settle = () => { if (--left === 0) process.exit(3); };
      process.on('uncaughtException', (error, origin) => {
        console.log('heard:', error.message, origin);
        settle();
      });`;
    const { code, out, err } = await run(arm, listen);
    expect([code, err]).toEqual([3, '']);
    expect(out).toContain('heard: it could not be flushed uncaughtException\n');
    expect(out).toContain('the other ran\n');
  });

  it('F6: one that onFinalizerError takes ends nothing', async () => {
    const take = `heap.dispose();
      const Again = (await start({ onFinalizerError: (error, type) => {
        console.log('taken:', error.message, type.name);
      } })).File;
      heap.scope((frame) => heap.SetFinalizer(frame.newobject(Again), fail));`;
    expect(await run('', take)).toEqual({ code: 0, out: 'taken: it could not be flushed File\nexit 0\n', err: '' });
  });
});

describe('elsewhere', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('F6: it is given to reportError, and runFinalizers goes on', async () => {
    const heard: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => heard.push(error));
    const heap = await checkedHeap();
    const { File } = heap.defineTypes({ File: { n: t.i32 } });
    const error = new Error('on purpose');
    let ran = 0;
    heap.scope((frame) => {
      for (let n = 0; n < 3; n++) {
        heap.SetFinalizer(frame.newobject(File, { n }), () => {
          ran += 1;
          throw error;
        });
      }
    });
    heap.on('ready', () => {
      throw error;
    });
    heap.GC();
    expect(heap.runFinalizers()).toBe(3);
    expect([ran, heard.length, heard.every((each) => each === error)]).toEqual([3, 4, true]);
    heap.dispose();
  });
});
