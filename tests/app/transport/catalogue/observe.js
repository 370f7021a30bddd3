/*
 * What a person would see of the page, as plain data: two servers that show the same page give equal data.
 * Installed as `window.catalogue` before each page loads.
 */
(() => {
  // Numbers of fields, in Streamlit's ForwardMsg and BackMsg.
  const SCRIPT_FINISHED = 6;
  const RERUN_SCRIPT = 11;
  const EARLY_FOR_RERUN = 2; // how a script finished: another run follows at once

  const digests = new Map(); // of media, by address
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  function texts(selector, read) {
    return [...document.querySelectorAll(selector)].map(read);
  }

  /* Text of the whole document, without the sign that a script runs and what is only said to screen readers. */
  function text() {
    return [...document.body.children]
      .filter((element) => element.checkVisibility() && !element.hasAttribute("data-live-announcer"))
      .flatMap((element) => (element.innerText ?? "").split("\n"))
      .map((line) => line.replace(/\s+/g, " ").trim())
      .filter((line) => line && line !== "Running..." && line !== "Stop");
  }

  function field(element) {
    const name = element.getAttribute("aria-label") ?? element.placeholder ?? "";
    const value = ["checkbox", "radio"].includes(element.type) ? String(element.checked) : element.value;
    return [element.type, name, element.type === "file" ? "" : value, element.disabled].join(" | ");
  }

  const STATES = ["aria-checked", "aria-selected", "aria-expanded", "aria-pressed", "aria-valuenow", "disabled"];

  function states() {
    const selector = STATES.map((name) => `body [${name}]`).join(",");
    return texts(selector, (element) =>
      STATES.filter((name) => element.hasAttribute(name))
        .map((name) => `${name}=${element.getAttribute(name)}`)
        .join(" "),
    );
  }

  /* How often each element of Streamlit is on the page. */
  function elements() {
    const counts = {};
    for (const element of document.querySelectorAll("[data-testid]")) {
      const name = element.getAttribute("data-testid");
      if (/StatusWidget|Skeleton|ToolbarButton|ElementToolbar|stMainMenu|Tooltip/i.test(name)) continue;
      if (/stHeader|stToolbar|stAppDeploy|stDecoration|stBaseButton-header$/.test(name)) continue;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return Object.fromEntries(Object.entries(counts).sort());
  }

  /* The cells of tables that are drawn on a canvas: they are there a second time, for screen readers. */
  function cells() {
    return texts("canvas table", (table) =>
      [...table.querySelectorAll("th, td")].map((cell) => cell.textContent).join(" | "),
    );
  }

  function frames() {
    return texts("iframe", (frame) => {
      try {
        return frame.contentDocument?.body?.innerText.replace(/\s+/g, " ").trim() ?? "";
      } catch {
        return "(foreign)";
      }
    });
  }

  /* A component's own HTML lives in shadow roots, which innerText leaves out. */
  function shadows() {
    const roots = [...document.querySelectorAll("*")].map((element) => element.shadowRoot).filter(Boolean);
    return roots.map((root) => (root.textContent ?? "").replace(/\s+/g, " ").trim());
  }

  /* Media by content: its address is the server's own business. */
  async function media() {
    const sources = texts("img[src], audio[src], video[src], source[src], track[src]", (one) =>
      one.closest("[data-testid=stBalloons], [data-testid=stSnow]") ? "" : one.src, // random ones
    );
    const favicon = document.querySelector("link[rel~=icon]")?.href;
    const ours = [...sources, favicon].filter((src) => src?.startsWith(location.origin));
    return Promise.all(ours.map((src) => digests.get(src) ?? remember(src)));
  }

  async function remember(src) {
    const response = await fetch(src);
    if (!response.ok) return `HTTP ${response.status}`;
    const bytes = await response.arrayBuffer();
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const digest = `${bytes.byteLength} bytes ${[...sum.slice(0, 6)].map((b) => b.toString(16)).join("")}`;
    digests.set(src, digest);
    return digest;
  }

  async function observe() {
    return {
      title: document.title,
      address: location.href.slice(location.origin.length),
      text: text(),
      fields: texts("input, textarea, select", field),
      states: states(),
      elements: elements(),
      cells: cells(),
      frames: frames(),
      shadows: shadows(),
      links: texts("a[href]", (link) => link.href.replaceAll(location.origin, "")).map((href) =>
        href.replace(/\/media\/\w+/, "/media/…"),
      ),
      media: await media(),
    };
  }

  // --- runs -------------------------------------------------------------------------------------

  let askedAt = 0; // when the page asked for a run, over a real WebSocket
  let endedAt = 0; // and when a run ended

  /* The fields of a protobuf message: the number of each, and its value when that is a number. */
  function* fieldsOf(bytes) {
    let offset = 0;
    const varint = () => {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[offset++];
        value += (byte & 127) * 2 ** shift;
        if (byte < 128) return value;
      }
    };
    while (offset < bytes.length) {
      const tag = varint();
      const kind = tag % 8;
      const size = kind === 0 || kind === 2 ? varint() : kind === 1 ? 8 : 4;
      yield [Math.floor(tag / 8), size];
      if (kind !== 0) offset += size;
    }
  }

  const asks = (data) => [...fieldsOf(data)].some(([field]) => field === RERUN_SCRIPT);
  const ends = (data) =>
    [...fieldsOf(data)].some(([field, value]) => field === SCRIPT_FINISHED && value !== EARLY_FOR_RERUN);

  /* What stands in for a WebSocket over HTTP is not watched: there, what is expected says when to go on. */
  window.WebSocket = class extends window.WebSocket {
    constructor(...parameters) {
      super(...parameters);
      askedAt = endedAt = 0;
      this.addEventListener("message", ({ data }) => {
        if (data instanceof ArrayBuffer && ends(new Uint8Array(data))) endedAt = performance.now();
      });
    }
    send(data) {
      if (asks(new Uint8Array(data))) askedAt = performance.now();
      super.send(data);
    }
  };

  /* A table's cells for screen readers come 200 ms after its picture; a waveform's code is loaded with it. */
  const DRAWN_LATE = ["data-grid-canvas", "stAudioInputWaveSurfer", "stChatInputWaveform"]
    .map((name) => `[data-testid=${name}]:empty`)
    .join(",");

  function isBusy() {
    if (askedAt > endedAt) return true;
    const app = document.querySelector("[data-testid=stApp]");
    const state = app?.getAttribute("data-test-script-state");
    if (app?.getAttribute("data-test-connection-state") !== "CONNECTED") return true;
    if (state !== "notRunning" && state !== "compilationError") return true;
    // What the run has not reached, elements whose own code is still loading, and what that draws late.
    if (document.querySelector("[data-stale=true], [data-testid=stSkeleton]")) return true;
    return [...document.querySelectorAll(DRAWN_LATE)].some((element) => element.checkVisibility());
  }

  /*
   * Wait until the page has not changed for `quiet` milliseconds, and until it shows `expected` if that is
   * given, and return what it shows. After `timeout` milliseconds, return what it shows then.
   */
  async function settle({ expected, quiet, timeout }) {
    const wanted = expected && JSON.stringify(expected);
    const end = performance.now() + timeout;
    let before = "";
    let since = performance.now();
    for (;;) {
      const seen = await observe();
      const now = JSON.stringify(seen);
      if (now !== before || isBusy()) since = performance.now();
      before = now;
      const isQuiet = performance.now() - since >= quiet && (!wanted || now === wanted);
      if (isQuiet || performance.now() > end) return seen;
      await sleep(25);
    }
  }

  window.catalogue = { settle };
})();
