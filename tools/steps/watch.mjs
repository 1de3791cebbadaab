// This runs something again at each change of a file. It has no dependencies: Node watches folders itself.

import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';

/** An editor writes a file in several steps. A change is over when nothing came for so long. */
const kQuietMs = 200;

/** The tests depend on the files of these folders. */
export const kSourceFolders = ['src', 'wasm', 'js', 'tools', 'demo', 'bench', 'tests', 'docs'];

/**
 * Calls `work` now and after each change below `folders` of `root`, until `signal` is aborted. What changes during a
 * call leads to one more call after it.
 */
export async function repeatOnChange(root, folders, work, signal) {
  let [changed, wake] = [true, () => undefined];
  const notice = () => {
    changed = true;
    wake();
  };
  const watchers = folders
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .map((folder) => watch(folder, { recursive: true }, notice));
  signal.addEventListener('abort', notice);
  try {
    while (!signal.aborted) {
      if (changed) {
        await new Promise((done) => setTimeout(done, kQuietMs));
        changed = false;
        await work();
      } else {
        await new Promise((done) => {
          wake = done;
        });
      }
    }
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}
