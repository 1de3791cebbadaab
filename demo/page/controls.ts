// These are the controls: what each button, slider and field does. They change the session and say what came of it; the
// page shows the numbers.

import { MallocgcError } from 'mallocgc';
import { compare, type Comparison, type Side } from './compare.js';
import { documentWorkload, JsonError } from './documents.js';
import { bytes, count, milliseconds } from './format.js';
import type { Page } from './page.js';
import { button, element, input, show } from './elements.js';
import { Session, type Mode } from './session.js';
import { SlowMotion } from './slow-motion.js';
import { kWorkloads } from './workloads.js';
import type { Workload } from './workload.js';

const kMiB = 2 ** 20;
const kLogLines = 40;
const kRate = { low: 100, high: 100_000 };
const kLive = { low: 1000, high: 1_000_000 };
const kJson = 'json';
/** In slow motion the sliders go as far as a record has room for. */
const kSlow = { rate: 300, live: 3000 };

/** Reads a slider from 0 to 100 as a number on a logarithmic scale, to two digits. */
function logarithmic(position: number, { low, high }: { low: number; high: number }): number {
  return Number((low * (high / low) ** (position / 100)).toPrecision(2));
}

export class Controls {
  #document: Workload | null = null;
  #log: string[] = [];
  #logged = 0;
  #comparing = false;
  readonly #slowMotion: SlowMotion;

  constructor(private readonly page: Page) {
    this.#slowMotion = new SlowMotion(page);
    this.#adopt(page.session);
    this.#theme();
    this.#workloads();
    this.#sliders();
    this.#runButtons();
    this.#collector();
    this.#mapTools();
    this.#drop();
    button('copy').addEventListener('click', () => void this.#copy());
    button('compare').addEventListener('click', () => void this.#compare());
    setInterval(() => this.#showLog(), 250);
  }

  /** Starts the chosen workload, so that a visitor sees a heap at work at once, unless less motion is asked for. */
  begin(): void {
    if (!matchMedia('(prefers-reduced-motion: reduce)').matches) this.#start();
  }

  #adopt(session: Session): void {
    session.settings = this.#settings();
    session.heap.setGCPercent(this.#number('percent', -1));
    session.heap.setMemoryLimit(this.#number('limit', 0) * kMiB);
    session.onLog = (line) => {
      this.#log.push(line);
      this.#logged += 1;
      if (this.#log.length > kLogLines) this.#log.shift();
    };
    session.onError = (error) => this.#fail(error);
  }

  #settings(): { rate: number; live: number } {
    const rate = logarithmic(Number(input('rate').value), kRate);
    const live = logarithmic(Number(input('live').value), kLive);
    return this.page.session.slow
      ? { rate: Math.min(rate, kSlow.rate), live: Math.min(live, kSlow.live) }
      : { rate, live };
  }

  /** Returns a whole number from a field, or its least value if there is none. */
  #number(id: string, low: number): number {
    const value = Math.round(Number(input(id).value));
    return Number.isFinite(value) ? Math.max(low, value) : low;
  }

  #workload(): Workload | null {
    const id = (element('workload') as HTMLSelectElement).value;
    return id === kJson ? this.#document : (kWorkloads.find((workload) => workload.id === id) ?? null);
  }

  // ---- appearance

  #theme(): void {
    const system = matchMedia('(prefers-color-scheme: dark)');
    const set = (dark: boolean): void => {
      document.documentElement.dataset.theme = dark ? 'dark' : 'light';
      button('theme').setAttribute('aria-pressed', String(dark));
      this.page.restyle();
    };
    set(system.matches);
    system.addEventListener('change', (event) => set(event.matches));
    button('theme').addEventListener('click', () => set(document.documentElement.dataset.theme !== 'dark'));
  }

  #mapTools(): void {
    const { map } = this.page;
    button('zoom-in').addEventListener('click', () => map.zoom(1));
    button('zoom-out').addEventListener('click', () => map.zoom(-1));
    button('zoom-fit').addEventListener('click', () => map.fit());
    for (const radio of document.querySelectorAll<HTMLInputElement>('input[name=colour]')) {
      radio.addEventListener('change', () => (map.colourBy = radio.value === 'type' ? 'type' : 'state'));
    }
  }

  // ---- the workload

  #workloads(): void {
    const select = element('workload') as HTMLSelectElement;
    const option = (id: string, name: string): HTMLOptionElement => new Option(name, id);
    select.append(...kWorkloads.map(({ id, name }) => option(id, name)), option(kJson, 'JSON document'));
    select.addEventListener('change', () => {
      this.page.session.stop();
      this.#showWorkload();
    });
    this.#showWorkload();
  }

  #showWorkload(): void {
    const isJson = (element('workload') as HTMLSelectElement).value === kJson;
    element('drop').hidden = !isJson;
    show('about', this.#workload()?.about ?? 'A document of yours, in the heap. It is read here and sent nowhere.');
    this.#showButtons();
  }

  #sliders(): void {
    input('rate').addEventListener('input', () => this.#showSettings());
    input('live').addEventListener('input', () => this.#showSettings());
    // The live size is the workload's from its start, so a new one starts it anew.
    input('live').addEventListener('change', () => {
      if (this.page.session.state === 'running') this.#start();
    });
    this.#showSettings();
    this.#slowMotion.update();
  }

  #showSettings(): void {
    const settings = this.#settings();
    show('rate-value', count(settings.rate));
    show('live-value', count(settings.live));
    this.page.session.settings = settings;
  }

  #runButtons(): void {
    const { page } = this;
    button('start').addEventListener('click', () => this.#start());
    button('pause').addEventListener('click', () => {
      if (page.session.state === 'running') page.session.pause();
      else page.session.resume();
      page.refresh();
      this.#showButtons();
    });
    button('step').addEventListener('click', () => {
      page.session.step();
      page.refresh();
      this.#showButtons();
    });
    button('stop').addEventListener('click', () => {
      page.session.stop();
      page.refresh();
      this.#showButtons();
    });
  }

  #start(): void {
    element('error').hidden = true;
    const workload = this.#workload();
    if (workload !== null) this.page.session.start(workload);
    this.#showButtons();
  }

  #showButtons(): void {
    const { state } = this.page.session;
    button('start').disabled = this.#workload() === null || this.#comparing;
    button('start').textContent = state === 'idle' ? 'Start' : 'Restart';
    button('pause').disabled = state === 'idle';
    button('pause').textContent = state === 'paused' ? 'Go on' : 'Pause';
    button('step').disabled = state !== 'paused';
    button('stop').disabled = state === 'idle';
    button('compare').disabled = this.#workload() === null || this.#comparing;
  }

  #fail(error: unknown): void {
    const line = element('error');
    line.hidden = false;
    const { state } = this.page.session;
    if (error instanceof MallocgcError && error.code === 'OUT_OF_MEMORY') {
      line.textContent = `Out of memory: the live objects do not fit into the ${bytes(this.page.session.heap.memStats().HeapSys)} that this heap may take. ${state === 'idle' ? 'The workload could not begin' : 'The workload is paused'}; fewer live objects may do.`;
    } else {
      line.textContent =
        error instanceof MallocgcError ? `${error.code}: ${error.message}` : `The workload ended: ${String(error)}`;
    }
    this.#showButtons();
  }

  // ---- documents

  #drop(): void {
    const place = element('drop');
    const take = (file: File | undefined): void => {
      if (file !== undefined) void file.text().then((text) => this.#read(file.name, text));
    };
    input('file').addEventListener('change', () => {
      take(input('file').files?.[0]);
      input('file').value = '';
    });
    button('sample').addEventListener('click', () => {
      void fetch('./sample.json').then(async (response) => this.#read('The sample', await response.text()));
    });
    for (const type of ['dragenter', 'dragover']) {
      document.addEventListener(type, (event) => {
        event.preventDefault();
        place.classList.add('over');
      });
    }
    document.addEventListener('dragleave', () => place.classList.remove('over'));
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      place.classList.remove('over');
      (element('workload') as HTMLSelectElement).value = kJson;
      take(event.dataTransfer?.files[0]);
    });
  }

  #read(name: string, text: string): void {
    this.page.session.stop();
    const line = element('document');
    try {
      this.#document = documentWorkload(name, text);
      line.textContent = `${name} is ready: ${bytes(text.length)} of JSON.`;
      line.classList.remove('wrong');
    } catch (error) {
      this.#document = null;
      line.textContent =
        error instanceof JsonError
          ? `${name}: line ${error.line}, column ${error.column}: ${error.reason}`
          : `${name}: ${String(error)}`;
      line.classList.add('wrong');
    }
    this.#showWorkload();
  }

  // ---- the collector

  #collector(): void {
    const { page } = this;
    input('percent').addEventListener('change', () => void page.session.heap.setGCPercent(this.#number('percent', -1)));
    input('limit').addEventListener(
      'change',
      () => void page.session.heap.setMemoryLimit(this.#number('limit', 0) * kMiB),
    );
    for (const id of ['minimum', 'mode'])
      element(id).addEventListener('change', () => void this.#restart(page.session.slow));
    button('slow').addEventListener('click', () => void this.#slow());
    button('collect').addEventListener('click', () => {
      const { bytes: freed, objects } = page.session.collect();
      const stats = page.session.heap.memStats();
      show(
        'collected',
        `Freed ${count(objects)} objects, ${bytes(freed)}; ${count(stats.HeapObjects)} objects, ${bytes(stats.HeapAlloc)} are live.`,
      );
      element('collected').dataset.objects = String(objects);
      element('collected').dataset.bytes = String(freed);
      page.refresh();
    });
  }

  /** Makes a heap of another mode or minimum, which are chosen when a heap is made. A running workload goes on. */
  async #restart(slow: boolean): Promise<void> {
    const wasRunning = this.page.session.state === 'running';
    const mode = (element('mode') as HTMLSelectElement).value as Mode;
    const session = await Session.open({ mode, minHeapBytes: this.#number('minimum', 1) * kMiB, slow });
    this.page.use(session);
    this.#adopt(session);
    this.#slowMotion.update();
    this.#showSettings();
    if (wasRunning) this.#start();
    this.#showButtons();
  }

  /** Goes to slow motion and back, each time with a new heap, on which the workload begins anew. */
  async #slow(): Promise<void> {
    await this.#restart(!this.page.session.slow);
    if (this.page.session.slow) this.#start();
  }

  // ---- texts and the comparison

  async #copy(): Promise<void> {
    await navigator.clipboard.writeText(this.page.session.traces.join('\n'));
    show('copy', 'Copied');
    setTimeout(() => show('copy', 'Copy'), 1500);
  }

  #showLog(): void {
    if (this.#log.length === 0) return;
    show('log', `${count(this.#logged)} so far; the last ones:\n${[...this.#log].reverse().join('\n')}`);
  }

  async #compare(): Promise<void> {
    const workload = this.#workload();
    if (workload === null || this.#comparing) return;
    this.#comparing = true;
    this.page.session.pause();
    this.#showButtons();
    try {
      const result = await compare(
        workload,
        this.#settings(),
        (text) => show('compared', text),
        (held) => (this.page.held = held),
      );
      showComparison(result);
      show('compared', `${workload.name}: done.`);
    } catch (error) {
      show('compared', `It could not be run: ${String(error)}`);
    } finally {
      this.#comparing = false;
      this.#showButtons();
    }
  }
}

function showComparison({ heap, js }: Comparison): void {
  const table = element('comparison') as HTMLTableElement;
  const lines: [string, (side: Side) => string][] = [
    ['Objects made', (side) => count(side.objects)],
    ['Time of all steps', (side) => milliseconds(side.totalMs)],
    ['Time an object', (side) => `${((side.totalMs * 1e6) / side.objects).toFixed(1)} ns`],
    ['Longest step', (side) => milliseconds(side.longestMs)],
    [
      'Bytes an object',
      (side) => (side.bytesPerObject === null ? 'not measurable here' : side.bytesPerObject.toFixed(1)),
    ],
  ];
  table.replaceChildren();
  const head = table.createTHead().insertRow();
  for (const title of ['', 'This heap', 'JS objects']) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = title;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const [title, read] of lines) {
    const line = body.insertRow();
    const name = document.createElement('th');
    name.scope = 'row';
    name.textContent = title;
    line.append(name);
    line.insertCell().textContent = read(heap);
    line.insertCell().textContent = read(js);
  }
}
