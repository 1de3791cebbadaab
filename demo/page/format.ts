// Numbers for people are short and of a steady width. They are written in this one place.

const plain = new Intl.NumberFormat('en-US');
const one = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export const count = (n: number): string => plain.format(Math.round(n));

export function bytes(n: number): string {
  if (n < 1024) return `${plain.format(n)} B`;
  if (n < 1024 ** 2) return `${one.format(n / 1024)} KiB`;
  return n < 1024 ** 3 ? `${one.format(n / 1024 ** 2)} MiB` : `${one.format(n / 1024 ** 3)} GiB`;
}

export function milliseconds(ms: number): string {
  if (ms === 0) return '0 ms';
  return ms < 1 ? `${plain.format(Math.round(ms * 1000))} µs` : `${one.format(ms)} ms`;
}

export const address = (a: number): string => `0x${a.toString(16).padStart(8, '0')}`;
