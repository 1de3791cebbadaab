// This page has a service worker.

navigator.serviceWorker.register('./service.js', { type: 'module' }).then(
  ({ installing, waiting, active }) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => (document.title = data);
    (installing ?? waiting ?? active).postMessage('', [port2]);
  },
  (error) => (document.title = `failed: ${error}`),
);
