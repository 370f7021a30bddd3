/*
 * Carries files that no single request can: uploads go in parts, large files come in ranges.
 *
 * The page knows nothing of it. Its XMLHttpRequest for an upload, its fetch, the links that it clicks for a
 * download and its pictures work as ever; here each becomes as many requests as it takes, any of which may
 * go to another instance, fail and be sent again. parts.py describes uploads. An address of a large file
 * carries its size, as `?size=`; another one that is too large shows when it is answered 413 with X-St-Size.
 */
window.streamlitFiles = (() => {
  const NativeRequest = window.XMLHttpRequest;
  const nativeFetch = window.fetch.bind(window);
  const nativeClick = HTMLElement.prototype.click;

  const PART_BYTES = 3_000_000;
  const BACKOFF = [200, 500, 1000, 2000, 4000, 8000]; // milliseconds before each further attempt
  const MAX_RETRY_AFTER = 60; // seconds
  // Nobody answered at all: natively the page says so at once. A connection that was just lost comes back by then.
  const UNANSWERED_RETRIES = 3;

  const stats = { parts: 0, ranges: 0, retries: 0 };

  const pause = (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
    });

  const isPassing = (status) => status === 0 || status === 429 || status >= 500;

  /* How long to wait before attempt number `attempt`, counting from 1; the server may know better. */
  const delay = (attempt, retryAfter) =>
    Math.max(BACKOFF[attempt - 1], 1000 * Math.min(Number(retryAfter) || 0, MAX_RETRY_AFTER));

  const randomName = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  // --- large files, in ranges --------------------------------------------------------------------

  /* The size that an address of ours tells of its file; 0 for any other. */
  function sizeIn(address) {
    try {
      const url = new URL(address, location.href);
      const isOurs = url.origin === location.origin && url.pathname.includes("/media/");
      return (isOurs && Number(url.searchParams.get("size"))) || 0;
    } catch {
      return 0;
    }
  }

  /* The answer to a request for the file from byte `start` on: some of it, as much as one answer brings. */
  async function fetchRange(address, start, { signal, ...options } = {}) {
    for (let attempt = 1; ; attempt++) {
      let failure;
      try {
        stats.ranges += 1;
        const headers = new Headers(options.headers);
        headers.set("Range", `bytes=${start}-`);
        const response = await nativeFetch(address, { ...options, headers, signal });
        if (!isPassing(response.status)) return await range(response, start);
        failure = response;
      } catch (error) {
        if (signal?.aborted || !(error instanceof TypeError)) throw error;
        failure = error;
      }
      if (attempt > BACKOFF.length) {
        if (failure instanceof Response) return { response: failure };
        throw failure;
      }
      stats.retries += 1;
      await pause(delay(attempt, failure.headers?.get("Retry-After")), signal);
    }
  }

  /* Reads a 206: its bytes, and of how many. Any other answer is for whoever asked. */
  async function range(response, start) {
    const told = response.headers.get("Content-Range")?.match(/^bytes (\d+)-(\d+)\/(\d+)$/);
    if (response.status !== 206 || !told) return { response };
    const bytes = new Uint8Array(await response.arrayBuffer());
    const [first, last, size] = told.slice(1).map(Number);
    // An answer that was cut short, by a proxy for example, is a lost connection.
    if (first !== start || bytes.length !== last - first + 1) throw new TypeError("a range was cut short");
    return { response, bytes, size };
  }

  /* The whole file as one answer whose body asks for the next range when the one before has been read. */
  async function fetchWhole(address, options = {}) {
    const first = await fetchRange(address, 0, options);
    if (!first.bytes) return first.response;
    const version = first.response.headers.get("ETag");
    let next = first.bytes;
    let offset = 0;
    const body = new ReadableStream(
      {
        async pull(controller) {
          if (!next) {
            const found = await fetchRange(address, offset, options);
            const isSame = found.bytes && found.size === first.size && found.response.headers.get("ETag") === version;
            if (!isSame) throw new TypeError("the file is gone, or has become another");
            next = found.bytes;
          }
          offset += next.length;
          controller.enqueue(next);
          next = null;
          if (offset === first.size) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const headers = new Headers(first.response.headers);
    headers.delete("Content-Range");
    headers.set("Content-Length", String(first.size));
    const whole = new Response(body, { status: 200, headers });
    Object.defineProperty(whole, "url", { value: first.response.url });
    return whole;
  }

  /* The bytes of a file, with its type; `show` is told how much of it is here. */
  async function blobOf(response, show = () => {}) {
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const size = Number(response.headers.get("Content-Length"));
    const chunks = [];
    let loaded = 0;
    const reader = response.body.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return new Blob(chunks, { type: response.headers.get("Content-Type") ?? "" });
      chunks.push(value);
      loaded += value.length;
      show(loaded, size);
    }
  }

  window.fetch = async (input, init) => {
    const asked = input instanceof Request ? input : null;
    const method = (init?.method ?? asked?.method ?? "GET").toUpperCase();
    const headers = new Headers(init?.headers ?? asked?.headers);
    if (method !== "GET" || headers.has("Range")) return nativeFetch(input, init);
    const address = asked?.url ?? String(input);
    const { credentials, mode, signal } = { ...pick(asked), ...init };
    const options = { credentials, mode: mode === "navigate" ? undefined : mode, signal, headers };
    if (sizeIn(address)) return fetchWhole(address, options);
    const response = await nativeFetch(input, init);
    const isOurs = response.status === 413 && response.headers.has("X-St-Size");
    return isOurs ? fetchWhole(address, options) : response;
  };

  const pick = (request) => (request ? { credentials: request.credentials, mode: request.mode, signal: request.signal } : {});

  // --- downloads -----------------------------------------------------------------------------------

  /* Streamlit makes a link for each download and clicks it, without ever putting it into the page. */
  HTMLAnchorElement.prototype.click = function () {
    if (sizeIn(this.href)) save(this.href, this.download);
    else nativeClick.call(this);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || !(sizeIn(link.href) || isStaticDownload(link))) return;
    event.preventDefault();
    save(link.href, link.download);
  });

  /* Nobody knows how large a file of the app's static directory is; a download that is refused just fails. */
  const isStaticDownload = (link) =>
    link.hasAttribute("download") && link.origin === location.origin && link.pathname.includes("/app/static/");

  async function save(address, name) {
    const progress = showProgress();
    try {
      const response = await window.fetch(address, { credentials: "same-origin" });
      const blob = await blobOf(response, progress.show);
      hand(blob, nameOf(response, address, name));
      progress.end();
    } catch (error) {
      console.warn("The download failed.", error);
      progress.fail();
    }
  }

  /* Gives a file to the browser's downloads. */
  function hand(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    nativeClick.call(link);
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  /* What a browser would call the file: by its Content-Disposition, by the link, or by its address. */
  function nameOf(response, address, name = "") {
    const disposition = response.headers.get("Content-Disposition") ?? "";
    const encoded = disposition.match(/filename\*=utf-8''([^;]*)/i);
    if (encoded) return decodeURIComponent(encoded[1]);
    const quoted = disposition.match(/filename="([^"]*)"/i);
    return quoted?.[1] || name || decodeURIComponent(new URL(address, location.href).pathname.split("/").pop());
  }

  const TEXTS = {
    en: { loading: "Downloading…", failed: "The download failed. Please try again." },
    fr: { loading: "Téléchargement…", failed: "Le téléchargement a échoué. Réessayez." },
  };

  /* What the browser's own list of downloads cannot show before it has the file. */
  function showProgress() {
    const texts = TEXTS[navigator.language.slice(0, 2)] ?? TEXTS.en;
    const bar = document.createElement("div");
    bar.setAttribute("role", "status");
    bar.textContent = texts.loading;
    bar.style.cssText =
      "position:fixed;bottom:1rem;right:1rem;z-index:1000000;padding:.5rem .75rem;border-radius:.5rem;" +
      "background:#262730;color:#fff;font:.875rem/1.4 sans-serif";
    document.body.append(bar);
    return {
      show: (loaded, size) => (bar.textContent = `${texts.loading} ${Math.floor((100 * loaded) / size)} %`),
      end: () => bar.remove(),
      fail() {
        bar.textContent = texts.failed;
        bar.style.background = "#7d1a2b";
        bar.addEventListener("click", () => bar.remove());
      },
    };
  }

  // --- pictures and the like -----------------------------------------------------------------------

  /*
   * A picture that is too large fails, and gets its bytes from here instead. Films and sounds ask for ranges
   * by themselves; this is for a browser that gives up when a range is shorter than it wished.
   */
  document.addEventListener(
    "error",
    (event) => {
      const element = event.target;
      const address = element.currentSrc || element.src;
      if (!event.isTrusted || !address || !sizeIn(address)) return;
      event.stopImmediatePropagation();
      fetchWhole(address, { credentials: "same-origin" })
        .then(blobOf)
        .then((blob) => (element.src = URL.createObjectURL(blob)))
        .catch(() => element.dispatchEvent(new Event("error")));
    },
    true,
  );

  /* For a tab or a frame that was opened at a file too large for it: this script is then all there is. */
  async function show() {
    const response = await fetchWhole(location.href, { credentials: "same-origin" });
    const blob = await blobOf(response);
    const isAttachment = response.headers.get("Content-Disposition")?.startsWith("attachment");
    const canBeSeen = /^(text|image|audio|video)\/|\/(pdf|json|xml)$/.test(blob.type.split(";")[0]);
    if (isAttachment || !canBeSeen) hand(blob, nameOf(response, location.href));
    else location.replace(URL.createObjectURL(blob));
  }

  // --- uploads, in parts ---------------------------------------------------------------------------

  /* One request that is sent again while its failure may pass. Calls `onProgress` with the bytes sent. */
  async function send(address, headers, body, signal, onProgress) {
    for (let attempt = 1; ; attempt++) {
      const answer = await sendOnce(address, headers, body, signal, onProgress);
      const retries = answer.status ? BACKOFF.length : UNANSWERED_RETRIES;
      if (!isPassing(answer.status) || attempt > retries) return answer;
      stats.retries += 1;
      await pause(delay(attempt, answer.status && answer.getResponseHeader("Retry-After")), signal);
    }
  }

  function sendOnce(address, headers, body, signal, onProgress) {
    return new Promise((resolve, reject) => {
      const request = new NativeRequest();
      request.open("PUT", address);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = (event) => onProgress?.(event.loaded);
      request.onloadend = () => (signal.aborted ? reject(signal.reason) : resolve(request));
      signal.addEventListener("abort", () => request.abort(), { once: true });
      request.send(body);
    });
  }

  /* Sends `file` in parts, and returns the answer that says what became of it. */
  async function sendInParts(address, headers, file, signal, onProgress) {
    const common = { ...headers, "X-St-Upload": randomName(), "X-St-Size": String(file.size) };
    const receipts = [];
    for (let offset = 0; offset < file.size; offset += PART_BYTES) {
      const own = { "X-St-Part": String(receipts.length), "Content-Type": "application/octet-stream" };
      if (receipts.length) own["X-St-Receipt"] = `0:${receipts[0]}`;
      const part = file.slice(offset, offset + PART_BYTES);
      stats.parts += 1;
      const answer = await send(address, { ...common, ...own }, part, signal, (sent) => onProgress(offset + sent));
      if (answer.status !== 204) return answer;
      receipts.push(answer.getResponseHeader("X-St-Receipt"));
    }
    const body = JSON.stringify({ name: file.name, type: file.type, receipts });
    const own = { "X-St-Part": "end", "Content-Type": "application/json" };
    return send(address, { ...common, ...own }, body, signal);
  }

  /* The browser's XMLHttpRequest, except that an upload takes as many requests as it needs. */
  window.XMLHttpRequest = class XMLHttpRequest extends NativeRequest {
    #address = "";
    #isUpload = false;
    #headers = {};
    #abort = null;
    #answer = null; // of the last request, in place of our own

    open(method, address, ...rest) {
      this.#address = address;
      this.#isUpload = method.toUpperCase() === "PUT" && String(address).includes("/_stcore/upload_file/");
      this.#headers = {};
      this.#answer = null;
      super.open(method, address, ...rest);
    }

    setRequestHeader(name, value) {
      this.#headers[name] = value;
      super.setRequestHeader(name, value);
    }

    send(body) {
      const file = this.#isUpload && body instanceof FormData && [...body.values()].find((value) => value instanceof File);
      if (!file) return super.send(body);
      this.#upload(body, file);
    }

    abort() {
      if (this.#abort) this.#abort.abort(new DOMException("aborted", "AbortError"));
      else super.abort();
    }

    async #upload(form, file) {
      this.#abort = new AbortController();
      const { signal } = this.#abort;
      let furthest = 0;
      const onProgress = (sent) => {
        // A part that is sent again begins again; what the page shows does not go back.
        furthest = Math.min(file.size, Math.max(furthest, sent));
        this.#tell(this.upload, "progress", furthest, file.size);
      };
      // axios leaves it to the browser to say where a form's parts begin.
      const { "Content-Type": _, ...headers } = this.#headers;
      try {
        this.#answer =
          file.size > PART_BYTES
            ? await sendInParts(this.#address, headers, file, signal, onProgress)
            : await send(this.#address, headers, form, signal, onProgress);
        this.#tell(this.upload, "loadend", file.size, file.size);
        this.#end(this.#answer.status ? "load" : "error");
      } catch (error) {
        if (!signal.aborted) console.warn("The upload failed.", error);
        this.#end(signal.aborted ? "abort" : "error");
      }
    }

    #end(outcome) {
      this.#abort = null;
      this.dispatchEvent(new Event("readystatechange"));
      this.#tell(this, outcome, 0, 0);
      this.#tell(this, "loadend", 0, 0);
    }

    #tell(target, type, loaded, total) {
      target.dispatchEvent(new ProgressEvent(type, { lengthComputable: total > 0, loaded, total }));
    }

    get status() {
      return this.#answer?.status ?? super.status;
    }
    get statusText() {
      return this.#answer?.statusText ?? super.statusText;
    }
    get readyState() {
      return this.#answer?.readyState ?? super.readyState;
    }
    get response() {
      return this.#answer?.response ?? super.response;
    }
    get responseText() {
      return this.#answer?.responseText ?? super.responseText;
    }
    get responseURL() {
      return this.#answer?.responseURL ?? super.responseURL;
    }
    getResponseHeader(name) {
      return this.#answer ? this.#answer.getResponseHeader(name) : super.getResponseHeader(name);
    }
    getAllResponseHeaders() {
      return this.#answer ? this.#answer.getAllResponseHeaders() : super.getAllResponseHeaders();
    }
  };

  return { stats, show };
})();
