/*
 * Stands in for the WebSocket that Streamlit's page opens to `_stcore/stream`.
 *
 * The page sends BackMsgs and expects ForwardMsgs. Here, the messages that wait become one POST, and its
 * answer brings the ForwardMsgs of the run that they caused. One POST is under way at a time; whatever the
 * page sends meanwhile waits and goes together. protocol.py describes the bytes.
 *
 * Any request may be answered by any instance, late, twice, or by a gateway that gave up. So a run has a
 * number, and after any failure the shim first asks what became of the run (a poll), and sends the same
 * number again only when nobody knows of it.
 */
(() => {
  const NativeWebSocket = window.WebSocket;

  // Milliseconds.
  const LIVE_AFTER = 600; // a run still unanswered gets polled, to show its progress
  const POLL_EVERY = 400;
  const TELL_AFTER = 300; // a run younger than this ends soon anyway, unless somebody wants it stopped
  const BACKOFF = [200, 500, 1000, 2000, 4000]; // pauses before each further attempt
  const MAX_POLL_FAILURES = 5; // in a row, before the run is sent again
  const MAX_BATCH_BYTES = 3_000_000;
  const MAX_BATCH_MESSAGES = 256; // as protocol.py takes them
  const MAX_RETRY_AFTER = 60; // seconds
  const REFUSED_FOR = [500, 1000, 2000, 4000, 8000, 8000]; // pauses after a 429 of a gateway, which names no time
  const GOING_AWAY = 1001; // the tab, as a WebSocket says it
  const TOO_MANY = 429;
  const FUNCTION_FAILED = 500; // what an HTTP API answers then: whoever ran it is gone

  const CONTENT_TYPE = "application/octet-stream";
  const FRAME_CONTROL = 0;
  const FRAME_FORWARD = 1;

  // Messages in protobuf, so small that they are written out. test_shim.py compares them with Streamlit's.
  const RERUN_TAG = 0x5a; // the first byte of a BackMsg that asks for a run
  const STOP_SCRIPT = [0x38, 1];
  const STOP_SHA256 = "195ed89803c96994f63f0a27e2136ea9642037379e8a164a713862383b53948b"; // of the body that holds it alone
  const DEBUG_DISCONNECT = [0x70, 1];
  const DEBUG_SHUTDOWN = [0x78, 1];
  const SCRIPT_IS_RUNNING = [0x12, 0, 0x4a, 2, 0x10, 1]; // a ForwardMsg

  // Counters for whoever wants to know what the page cost: tests and benchmarks.
  const stats = (window.__streamlitOverHttp = { runs: 0, polls: 0, follows: 0, retries: 0, messages: 0 });

  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  const randomName = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(24));
    return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
  };

  /* As the cookie is now: the page read it when it connected, and another tab may have got a new one since. */
  const xsrfToken = () => document.cookie.match(/(?:^|; )_streamlit_xsrf=([^;]+)/)?.[1];

  /*
   * The tab's session: its name, the version of it that this tab saw last, and a promise that settles when
   * no run of an earlier socket is under way any more. Outlives a socket.
   */
  const newSession = () => ({ nonce: randomName(), version: 0, isFree: Promise.resolve() });
  let session = newSession();
  let isDebugged = false; // global.e2eTest: Streamlit's own tests may cut the connection
  let isShutDown = false; // they did so for good

  class HttpError extends Error {
    constructor(status, retryAfter) {
      super(`HTTP ${status}`);
      this.status = status;
      this.retryAfter = Number(retryAfter) || 0; // seconds, as an instance says that is asked too much
    }
    /* 429, and what a gateway says for an instance that is busy, dead or slow. The rest is our fault. */
    get isPassing() {
      return this.status === TOO_MANY || this.status >= 500;
    }
  }

  class SessionExpired extends Error {}
  class SessionForgotten extends Error {}

  /* One numbered run: its messages, and how much of its answer has arrived. */
  class Run {
    constructor(sequence, { body, first }, isTold) {
      this.sequence = sequence;
      this.body = body;
      this.first = first; // the number of its first message
      this.isTold = isTold; // the server was told of messages behind the run before
      this.taken = 0; // how many of the messages that waited behind it are in it
      this.startedAt = performance.now();
      this.id = ""; // a run that was repeated elsewhere has another id, and other frames
      this.received = 0;
      this.status = "running";
      this.isPosting = false;
      this.isStreaming = false; // frames arrive one by one: no need to poll
      this.isTelling = false;
      this.hasTold = false; // the server of messages behind it
      this.attempts = 0; // how often it was sent
      this.isDead = false; // the gateway has said that the instance of the last attempt failed
      this.took = 0; // milliseconds that the script ran; what the answer took comes on top
    }
    get isDone() {
      return this.status === "done";
    }
    startOver() {
      this.id = "";
      this.received = this.taken = 0;
      this.status = "running";
    }
  }

  class HttpSocket extends EventTarget {
    constructor(url, protocols) {
      super();
      // Streamlit passes [protocol, XSRF token, id of its last session if it had one].
      const [protocol = "", token = "", lastSession = ""] = [].concat(protocols ?? []);
      const endpoint = new URL(url, location.href);
      endpoint.protocol = location.protocol;
      endpoint.pathname = endpoint.pathname.replace(/stream$/, "message");
      this.url = url;
      this.endpoint = endpoint.href;
      this.protocol = protocol;
      this.token = token;
      this.extensions = "";
      this.binaryType = "blob";
      this.bufferedAmount = 0;
      this.readyState = HttpSocket.CONNECTING;
      this.onopen = this.onmessage = this.onclose = this.onerror = null;
      for (const type of ["open", "message", "close", "error"]) {
        this.addEventListener(type, (event) => this["on" + type]?.(event));
      }

      if (!lastSession || !session.version) session = newSession();
      this.epoch = randomName();
      this.sequence = 0;
      this.waiting = []; // messages that the page sent and no run holds yet
      this.count = 0; // messages that the page sent and runs have
      this.run = null;
      this.ranUntil = 0; // when the script of the last run ended
      this.isWorking = false;
      this.ended = null; // a promise that settles with the last run
      setTimeout(() => this.open());
    }

    // --- what a WebSocket offers ---------------------------------------------------------------

    send(data) {
      if (this.readyState !== HttpSocket.OPEN) throw new DOMException("not open", "InvalidStateError");
      const now = performance.now();
      const payload = data instanceof Uint8Array ? data.slice() : new Uint8Array(data);
      if (this.isCutBy(payload)) return;
      this.waiting.push({ payload, madeAt: now });
      if (this.run) this.tellSoon(this.run);
      else if (!this.isWorking) this.ended = this.work();
    }

    close(code = 1000, reason = "") {
      if (this.readyState === HttpSocket.CLOSED) return;
      this.readyState = HttpSocket.CLOSED;
      if (code !== 1000) this.waiting.length = 0;
      // The next socket's first run finds what the runs of this one left, those that still wait included.
      if (this.ended) session.isFree = this.ended;
      if (this.run) this.giveUp(this.run, code === GOING_AWAY);
      const wasClean = code === 1000;
      setTimeout(() => this.dispatchEvent(new CloseEvent("close", { code, reason, wasClean })));
    }

    open() {
      if (this.readyState !== HttpSocket.CONNECTING) return;
      if (isShutDown) return this.close(1006);
      this.readyState = HttpSocket.OPEN;
      this.dispatchEvent(new Event("open"));
    }

    get isClosed() {
      return this.readyState === HttpSocket.CLOSED;
    }

    /* What Streamlit's server does at the wish of its own tests, and refuses to do otherwise. */
    isCutBy(payload) {
      const isShutdown = isSame(payload, DEBUG_SHUTDOWN);
      if (!isDebugged || !(isShutdown || isSame(payload, DEBUG_DISCONNECT))) return false;
      isShutDown ||= isShutdown;
      if (isShutdown) failHealthChecks();
      this.close(1000);
      return true;
    }

    /*
     * A server that loses its WebSocket stops the script. Messages that were sent before a clean close would have
     * reached the server: they still do.
     */
    giveUp(run, isGone) {
      if (this.waiting.length || run.isDone) return;
      stats.follows += 1;
      const stop = new Uint8Array(STOP_SCRIPT);
      const body = encode([{ payload: stop, madeAt: 0 }], 8 + stop.length);
      // A tab that goes away has no time to hash it (hash_bodies.js).
      const headers = { "X-St-Gone": isGone ? "1" : "0", "X-Amz-Content-Sha256": STOP_SHA256 };
      this.request("follow", run, headers, body, { keepalive: true }).catch(() => {});
    }

    // --- runs, one after another ---------------------------------------------------------------

    async work() {
      this.isWorking = true;
      await session.isFree;
      let isTold = false;
      while (this.waiting.length) {
        const isRerun = this.waiting.some(({ payload }) => payload[0] === RERUN_TAG);
        this.run = new Run(++this.sequence, this.takeBatch(), isTold);
        // The browser shows at once that something runs, however long the answer is under way.
        if (isRerun) this.deliver(new Uint8Array(SCRIPT_IS_RUNNING));
        this.showProgress(this.run);
        try {
          await this.completeInSomeSession(this.run);
        } catch (error) {
          // Streamlit connects again after a close. What was sent is lost, though, so somebody must say so.
          console.warn("The connection failed.", error);
          if (!this.isClosed) showNotice(error.status === 413 ? "tooLarge" : "lost");
          this.close(1006, String(error));
        }
        this.ranUntil = this.run.startedAt + this.run.took;
        this.waiting.splice(0, this.run.taken);
        this.count += this.run.taken;
        isTold = this.run.hasTold;
        this.run = null;
      }
      this.isWorking = false;
    }

    /*
     * When the session is gone, a new one gets the same messages: they tell the value of each widget.
     * It is gone too when the browser's cookie is, and the page brings a new one.
     */
    async completeInSomeSession(run) {
      try {
        await this.completeWithCookies(run);
      } catch (error) {
        if (error instanceof SessionForgotten) return this.beginAnew(run);
        if (!(error instanceof SessionExpired)) throw error;
        session = newSession();
        if (this.isClosed) return;
        run.startOver();
        run.attempts = 0;
        await this.completeWithCookies(run);
      }
    }

    /* The page has erased its session. Nothing that this tab still holds of it may reach the next one. */
    beginAnew(run) {
      run.status = "done";
      location.reload();
      return new Promise(() => {});
    }

    /* Cookies may be gone or too old. The page brings new ones; whether the session is still there, the server says. */
    async completeWithCookies(run) {
      try {
        await this.complete(run);
      } catch (error) {
        if (error.status !== 403) throw error;
        await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
        run.startOver();
        await this.complete(run);
      }
    }

    /* As many waiting messages as one request may hold: the body of a run, and the number of its first. */
    takeBatch() {
      let size = 0;
      let count = 0;
      while (count < Math.min(this.waiting.length, MAX_BATCH_MESSAGES)) {
        const next = 8 + this.waiting[count].payload.length;
        if (count && size + next > MAX_BATCH_BYTES) break;
        size += next;
        count += 1;
      }
      const first = this.count;
      this.count += count;
      return { body: encode(this.waiting.splice(0, count), size, this.ranUntil), first };
    }

    /* Send `run` until it is known how it ended, or throw. */
    async complete(run) {
      for (;;) {
        await this.attempt(run);
        if (run.isDone) return;
        // The answer was cut short, came from the gateway, or said that the run goes on or lies elsewhere.
        await this.followUp(run);
        // A closed socket wants no run again. It only had to know that this one is over.
        if (run.isDone || this.isClosed) return;
        if (run.attempts > BACKOFF.length) throw new Error("no instance completes the run");
        stats.retries += 1;
        await sleep(BACKOFF[run.attempts - 1]);
      }
    }

    async attempt(run) {
      run.isPosting = true;
      try {
        stats.runs += 1;
        await this.request("run", run, { "X-St-Attempt": String(run.attempts) });
        run.isDead = false;
      } catch (error) {
        run.isDead = error.status === FUNCTION_FAILED;
        rethrowUnlessPassing(error);
      } finally {
        run.isPosting = run.isStreaming = false;
      }
      run.attempts += 1; // unless it was refused: then nobody has run it
    }

    /* Poll until `run` is done, or nobody knows of it any more. */
    async followUp(run) {
      for (let failures = 0; failures < MAX_POLL_FAILURES; ) {
        try {
          await this.poll(run);
          failures = 0;
        } catch (error) {
          rethrowUnlessPassing(error);
          failures += 1;
        }
        if (run.isDone || run.status === "unknown") return;
        if (run.status !== "more") await sleep(POLL_EVERY);
      }
    }

    /* While a buffered answer is awaited, polls bring what there is of it. */
    async showProgress(run) {
      await sleep(LIVE_AFTER);
      while (run === this.run && !run.isDone && !this.isClosed) {
        if (run.isPosting && !run.isStreaming) await this.poll(run).catch(() => {});
        await sleep(POLL_EVERY);
      }
    }

    poll(run) {
      stats.polls += 1;
      return this.request("poll", run, { "X-St-Run": run.id, "X-St-Received": String(run.received) });
    }

    /* Tell the server what waits behind `run`: it hands that over meanwhile, as if it had come by itself. */
    async tellSoon(run) {
      if (run.isTelling) return;
      run.isTelling = true;
      const isStop = this.waiting.some(({ payload }) => payload[0] === STOP_SCRIPT[0]);
      if (!isStop) await sleep(Math.max(0, TELL_AFTER - (performance.now() - run.startedAt)));
      let told = 0; // messages that the server knows of; more may have come while it was told
      while (run === this.run && !run.isDone && !this.isClosed && this.waiting.length > told) {
        const count = this.waiting.length;
        const size = this.waiting.reduce((sum, message) => sum + 8 + message.payload.length, 0);
        if (size > MAX_BATCH_BYTES || count > MAX_BATCH_MESSAGES) break;
        stats.follows += 1;
        run.hasTold = true;
        try {
          await this.request("follow", run, {}, encode(this.waiting, size));
          told = count;
        } catch {
          await sleep(POLL_EVERY);
        }
      }
      run.isTelling = false;
    }

    // --- one request ---------------------------------------------------------------------------

    /*
     * Ask once, and again as long as an instance names the time to do so. A gateway that is asked too much
     * names none; nobody has seen the request then, so polls, which it would refuse as well, find out nothing.
     */
    async request(operation, run, headers, body, options) {
      for (let refusals = 0; ; ) {
        try {
          return await this.requestOnce(operation, run, headers, body, options);
        } catch (error) {
          const pause = error.retryAfter
            ? 1000 * Math.min(error.retryAfter, MAX_RETRY_AFTER)
            : error.status === TOO_MANY && REFUSED_FOR[refusals++];
          if (!pause || this.isClosed) throw error;
          // All those that were refused together do not come back together.
          if (operation === "run") run.isPosting = false; // there is no progress to ask for
          await sleep(pause * (error.retryAfter ? 1 : 0.5 + Math.random()));
          if (operation === "run") run.isPosting = true;
        }
      }
    }

    async requestOnce(operation, run, headers, body, options) {
      const asked = session; // another may begin before the answer is here
      const response = await fetch(this.endpoint, {
        ...options,
        method: "POST",
        body: operation === "run" ? run.body : body,
        credentials: "same-origin",
        cache: "no-store",
        headers: {
          "Content-Type": CONTENT_TYPE,
          "X-St-Http": operation,
          "X-St-Session": asked.nonce,
          "X-St-Version": String(asked.version),
          "X-St-Epoch": this.epoch,
          "X-St-Seq": String(run.sequence),
          "X-St-First": String(run.first),
          "X-St-Told": run.isTold ? "1" : "0",
          // Of the attempt before the one that is under way, polls ask nothing.
          "X-St-Dead": run.isDead && (operation === "run" || !run.isPosting) ? "1" : "0",
          "X-Xsrftoken": xsrfToken() ?? this.token,
          ...headers,
        },
      });
      if (!response.ok) throw new HttpError(response.status, response.headers.get("Retry-After"));
      if (operation === "follow") return;
      // A page of a proxy or of a network's login: whatever it says, it is not from an instance.
      if (response.headers.get("Content-Type") !== CONTENT_TYPE) throw new HttpError(502);
      await this.read(operation, run, response, asked);
    }

    async read(operation, run, response, asked) {
      const frames = new FrameReader();
      const reader = response.body.getReader();
      let index = 0; // of the next ForwardMsg, in the run that this response tells of
      let id = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        // A buffered answer comes when all is over; of this one more may follow, but nothing that polls bring.
        if (operation === "run") run.isStreaming = true;
        for (const { kind, payload } of frames.feed(value)) {
          if (kind === FRAME_CONTROL) {
            const control = JSON.parse(new TextDecoder().decode(payload));
            if (control.run !== undefined) {
              id = control.run;
              index = control.base;
            }
            this.obey(control, run, asked);
          } else if (kind === FRAME_FORWARD) {
            // A poll and the answer itself may both bring a frame, in any order.
            if (id === run.id && index === run.received) {
              run.received += 1;
              this.deliver(payload);
            }
            index += 1;
          }
        }
      }
    }

    obey(control, run, asked) {
      // A poll may be answered so late that its run is over and the next one is under way.
      asked.version = Math.max(asked.version, control.version ?? 0);
      if (run !== this.run) return;
      if (control.run !== undefined && control.run !== run.id) {
        run.id = control.run;
        run.received = 0;
      }
      isDebugged ||= control.debug === true;
      if (control.status === "forgotten") throw new SessionForgotten("the page has erased the session");
      if (control.status === "expired") throw new SessionExpired("the session expired");
      if (control.status && !run.isDone) run.status = control.status;
      run.took = control.took ?? run.took;
      run.taken = control.taken ?? run.taken;
    }

    deliver(payload) {
      if (this.isClosed) return;
      stats.messages += 1;
      const data = this.binaryType === "arraybuffer" ? payload.buffer : new Blob([payload]);
      this.dispatchEvent(new MessageEvent("message", { data }));
    }
  }

  /* Cuts a stream of bytes into frames. */
  class FrameReader {
    rest = new Uint8Array(0);

    *feed(chunk) {
      const bytes = new Uint8Array(this.rest.length + chunk.length);
      bytes.set(this.rest);
      bytes.set(chunk, this.rest.length);
      const view = new DataView(bytes.buffer);
      let offset = 0;
      while (bytes.length - offset >= 5) {
        const end = offset + 5 + view.getUint32(offset + 1);
        if (end > bytes.length) break;
        yield { kind: view.getUint8(offset), payload: bytes.slice(offset + 5, end) };
        offset = end;
      }
      this.rest = bytes.slice(offset);
    }
  }

  /*
   * The body that holds `messages`: before each, how long after the one before it was made. Made before
   * `ranUntil`, while the script of the last run went on, they all would have met that run: no pause.
   */
  function encode(messages, size, ranUntil = 0) {
    const body = new Uint8Array(size);
    const view = new DataView(body.buffer);
    let offset = 0;
    let before = messages[0].madeAt;
    for (const { payload, madeAt } of messages) {
      view.setUint32(offset, madeAt < ranUntil ? 0 : Math.ceil(madeAt - before));
      before = madeAt;
      view.setUint32(offset + 4, payload.length);
      body.set(payload, offset + 8);
      offset += 8 + payload.length;
    }
    return body;
  }

  const isSame = (payload, bytes) => payload.length === bytes.length && bytes.every((b, i) => payload[i] === b);

  /* As if the server were gone: the page asks for its health before it connects again. */
  function failHealthChecks() {
    const open = XMLHttpRequest.prototype.open;
    XMLHttpRequest.prototype.open = function (method, url, ...rest) {
      const isHealth = String(url).includes("_stcore/health");
      return open.call(this, method, isHealth ? "http://127.0.0.1:1/" : url, ...rest);
    };
  }

  /* A lost connection shows as a TypeError of fetch, or of the reader when it breaks midway. */
  function rethrowUnlessPassing(error) {
    const isPassing = error instanceof TypeError || (error instanceof HttpError && error.isPassing);
    if (!isPassing) throw error;
  }

  const NOTICES = {
    en: {
      tooLarge: "Too large to send: the server takes 4 MB at most. Nothing was sent. Send less, in parts.",
      lost: "The server could not be reached, and the last action is lost. Please repeat it, or reload the page.",
    },
    fr: {
      tooLarge: "Trop volumineux : le serveur accepte 4 Mo au plus. Rien n’a été envoyé. Envoyez moins, en plusieurs fois.",
      lost: "Le serveur n’a pas répondu et la dernière action est perdue. Recommencez-la, ou rechargez la page.",
    },
  };

  let notice = null; // the one that is shown

  /* Says above the page that something was lost; a click removes it, and so does the next one. */
  function showNotice(kind) {
    const texts = NOTICES[navigator.language.slice(0, 2)] ?? NOTICES.en;
    notice?.remove();
    notice = document.createElement("div");
    notice.setAttribute("role", "alert");
    notice.textContent = texts[kind];
    notice.style.cssText =
      "position:fixed;top:0;left:0;right:0;z-index:1000000;padding:.75rem 1rem;cursor:pointer;" +
      "background:#7d1a2b;color:#fff;font:1rem/1.4 sans-serif;text-align:center";
    notice.addEventListener("click", (event) => event.currentTarget.remove());
    document.body.append(notice);
  }

  const STATES = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };
  Object.assign(HttpSocket, STATES);
  Object.assign(HttpSocket.prototype, STATES);

  /* Pages may open WebSockets of their own, in components for example: those stay what they are. */
  function WebSocketOrHttp(url, protocols) {
    const isStreamlit = new URL(url, location.href).pathname.endsWith("/_stcore/stream");
    if (!isStreamlit) return new NativeWebSocket(url, protocols);
    return (current = new HttpSocket(url, protocols));
  }
  let current = null;
  WebSocketOrHttp.prototype = NativeWebSocket.prototype;
  Object.assign(WebSocketOrHttp, STATES);
  window.WebSocket = WebSocketOrHttp;

  // A tab that goes away stops its script, as one whose WebSocket breaks does.
  window.addEventListener("pagehide", () => current?.close(GOING_AWAY));
})();
