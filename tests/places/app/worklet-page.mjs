// This page has an AudioWorklet.

const context = new OfflineAudioContext(1, 128, 44100);
context.audioWorklet.addModule('./worklet.js').then(
  () => {
    const node = new AudioWorkletNode(context, 'heap');
    node.port.onmessage = ({ data }) => (document.title = data);
    node.connect(context.destination);
    return context.startRendering();
  },
  (error) => (document.title = `failed: ${error}`),
);
