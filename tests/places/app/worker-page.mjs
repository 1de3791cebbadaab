// This page has a worker that uses the package.

const worker = new Worker(new URL('./worker.mjs', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }) => (document.title = data);
worker.onerror = ({ message }) => (document.title = `failed: ${message || 'the worker'}`);
