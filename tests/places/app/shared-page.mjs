// This page has a shared worker.

const worker = new SharedWorker('./shared.js', { type: 'module' });
worker.port.onmessage = ({ data }) => (document.title = data);
worker.onerror = () => (document.title = 'failed: the shared worker');
