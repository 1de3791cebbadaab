// These lists tell what keeps an object alive and what points to it, and their objects can be opened: heap.whyAlive and
// heap.referrers in words. Both are searches through the whole heap, so they are asked for once an object is opened,
// after the page has shown the rest.

import { MallocgcError, type Heap, type Link } from 'mallocgc';
import { address as show, count } from './format.js';

const kReferrersShown = 12;
const kStepsShown = 16;

const kRoots: Readonly<Record<Exclude<Link['kind'], 'object'>, string>> = {
  handle: 'A view or handle in JS',
  scope: 'A scope that has not ended',
  range: 'A root range of a program',
  finalizer: 'An object with a finalizer, which keeps what it points to',
  context: 'What a finalizer or cleanup was given',
  queued: 'A finalizer that waits to run',
  running: 'A finalizer that runs',
  clientStack: 'A word of a program’s own stack',
  chain: 'A frame of a compiler’s shadow stack',
};

export type Follow = (address: number) => void;

/** Returns an address as a button that opens the object there. */
export function addressButton(address: number, onFollow: Follow, text = show(address)): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'link';
  button.textContent = text;
  button.setAttribute('aria-label', `Open ${text}`);
  button.addEventListener('click', () => onFollow(address));
  return button;
}

function item(link: Link, onFollow: Follow): HTMLLIElement {
  const line = document.createElement('li');
  const isObject = link.kind === 'object' || link.kind === 'finalizer';
  if (link.kind !== 'object') line.append(kRoots[link.kind], isObject ? ': ' : '');
  if (!isObject) return line;
  line.append(addressButton(link.address, onFollow, `${link.type?.name ?? 'untyped'} ${show(link.address)}`));
  if (link.field !== null) line.append(` .${link.field}`.replace('.[', '['));
  return line;
}

function heading(text: string): HTMLHeadingElement {
  const title = document.createElement('h3');
  title.textContent = text;
  return title;
}

function list(kind: 'ol' | 'ul', name: string, links: readonly Link[], onFollow: Follow): HTMLElement {
  const lines = document.createElement(kind);
  lines.className = 'links';
  lines.dataset.list = name;
  lines.append(...links.map((link) => item(link, onFollow)));
  return lines;
}

function note(text: string): HTMLParagraphElement {
  const line = document.createElement('p');
  line.className = 'note';
  line.textContent = text;
  return line;
}

/** Returns the path and the referrers of the object at an address, as elements. */
export function relations(heap: Heap, address: number, onFollow: Follow): HTMLElement[] {
  try {
    const path = heap.whyAlive(address);
    const { count: pointing, links } = heap.referrers(address, kReferrersShown);
    const steps =
      path.steps.length <= kStepsShown
        ? path.steps
        : [...path.steps.slice(0, kStepsShown / 2), ...path.steps.slice(-kStepsShown / 2)];
    const left = path.steps.length + path.omitted - steps.length;
    return [
      heading('The path from a root'),
      ...(path.root === null
        ? [note('Nothing keeps it alive: the next collection frees it.')]
        : [
            list('ol', 'path', [path.root, ...steps], onFollow),
            ...(left === 0 ? [] : [note(`${count(left)} objects in the middle are left out.`)]),
          ]),
      heading(`What points to it: ${count(pointing)}`),
      ...(pointing === 0 ? [note('Nothing.')] : [list('ul', 'referrers', links, onFollow)]),
      ...(pointing > links.length ? [note(`and ${count(pointing - links.length)} more.`)] : []),
    ];
  } catch (error) {
    if (!(error instanceof MallocgcError)) throw error;
    return [
      note(error.code === 'OUT_OF_MEMORY' ? 'There is no memory left to search for what keeps it.' : 'It is gone.'),
    ];
  }
}
