// These are the elements of index.html by their names.

export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

export const button = (id: string): HTMLButtonElement => element(id) as HTMLButtonElement;
export const input = (id: string): HTMLInputElement => element(id) as HTMLInputElement;

/** Sets a text, without touching the document if it is there already. */
export function show(id: string, text: string): void {
  const place = element(id);
  if (place.textContent !== text) place.textContent = text;
}
