// Browsers refuse workers to pages from the disk. There, the search runs in a hidden frame instead.
if (location.protocol === 'file:') {
  window.Worker = window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super();
      this.frame = document.createElement('iframe');
      this.frame.hidden = true;
      this.frame.srcdoc = `<!doctype html><title>Search</title><script src="${url}"></script>`;
      this.ready = new Promise((resolve) => this.frame.addEventListener('load', resolve)).then(() => {
        // The script answers with postMessage, which a frame would send to itself.
        this.frame.contentWindow.postMessage = (data) => this.dispatchEvent(new MessageEvent('message', { data }));
      });
      document.body.append(this.frame);
    }

    async postMessage(data) {
      await this.ready;
      this.frame.contentWindow.dispatchEvent(new MessageEvent('message', { data }));
    }

    terminate() {
      this.frame.remove();
    }
  };
}
