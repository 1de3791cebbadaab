// A progress bar shows what takes longer than a second. Nothing is drawn before that, nor where nobody looks (no
// terminal).
// Doors: main.mjs.

import cliProgress from 'cli-progress';

const kPatienceMs = 1000;

export class Progress {
  /** @param {string} what one word: what is under way */
  constructor(what) {
    this.what = what;
    this.begin = performance.now();
    this.bar = undefined;
  }

  update(done, total) {
    if (this.bar === undefined) {
      if (!process.stderr.isTTY || performance.now() - this.begin < kPatienceMs) return;
      this.bar = new cliProgress.SingleBar(
        { format: `${this.what.padEnd(10)} {bar} {percentage} %`, clearOnComplete: true, hideCursor: true },
        cliProgress.Presets.shades_classic,
      );
      this.bar.start(total, done);
    }
    this.bar.update(done);
  }

  stop() {
    this.bar?.stop();
  }
}
