// The commands find and start programs on every system.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startOf, which } from '../../tools/steps/process.mjs';

describe('which', () => {
  it('finds a program with each ending of the system, in the order of the folders', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mallocgc-which-'));
    for (const name of ['tool', 'tool.EXE', 'other.CMD']) {
      writeFileSync(join(folder, name), '');
      chmodSync(join(folder, name), 0o755);
    }
    const missing = join(folder, 'missing');
    expect(which('tool', [missing, folder], [''])).toBe(join(folder, 'tool'));
    expect(which('tool', [missing, folder], ['.COM', '.EXE'])).toBe(join(folder, 'tool.EXE'));
    expect(which('other', [folder], ['.EXE', '.CMD'])).toBe(join(folder, 'other.CMD'));
    expect(which('other', [folder], [''])).toBeNull();
    rmSync(folder, { recursive: true });
  });
});

describe('npm', () => {
  it('is started through its own file where that is known, and other programs are not', () => {
    const own = '/somewhere/npm-cli.js';
    expect(startOf('npm', ['ci'], own)).toEqual([process.execPath, [own, 'ci']]);
    expect(startOf('npm', ['ci'], '/somewhere/other.js')).toEqual(['npm', ['ci']]);
    expect(startOf('cmake', ['--version'], own)).toEqual(['cmake', ['--version']]);
  });
});
