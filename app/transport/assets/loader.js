/*
 * Brings Streamlit's bundle in a few packs instead of file by file (packs.py has their layout).
 *
 * Each module of a pack becomes a blob with an address of its own. An import map tells the browser where
 * each lies: both for the packed modules, which call each other `streamlit/NAME`, and for those that are
 * loaded singly later, whose imports name addresses of this site. So every module exists once.
 *
 * When anything is missing, a pack or import maps themselves, the page loads as Streamlit would have it.
 */
(() => {
  const { packs, fonts, entry, stylesheets } = SETTINGS;
  const base = new URL("./", document.baseURI);
  const scripts = new URL("static/js/", base).href;
  const media = new URL("static/media/", base).href;

  window.__streamlitModule = (name) => scripts + name;

  /* The bytes of a pack, and a function that cuts the next piece off. */
  const read = async (name, priority) => {
    const response = await fetch(new URL(`static/packs/${name}`, base), { priority });
    if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`);
    const buffer = await response.arrayBuffer();
    const length = new DataView(buffer).getUint32(0);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    let offset = 4 + length;
    const take = (size) => new Uint8Array(buffer, (offset += size) - size, size);
    return { header, take };
  };

  const blobUrl = (bytes, type) => URL.createObjectURL(new Blob([bytes], { type }));

  /* The attributes come first: a link that is in the document already would begin to load without them. */
  const element = (name, attributes) => {
    const made = Object.assign(document.createElement(name), attributes);
    document.head.append(made);
    return made;
  };

  const addStyle = (css) => css && element("style", { textContent: css.replaceAll("../media/", media) });

  const styleLink = (name, attributes) =>
    element("link", { rel: "stylesheet", href: new URL(`static/css/${name}`, base).href, ...attributes });

  /* A stylesheet that came in a pack. Streamlit looks for its link before it asks for the file. */
  const markAsLoaded = (name) => styleLink(name, { disabled: true });

  /* Streamlit's own stylesheets, the rules for the packed fonts among them. */
  const loadStylesheets = () => stylesheets.forEach((name) => styleLink(name, { crossOrigin: "" }));

  const unpack = ({ header, take }, imports) => {
    for (const [name, size] of header.modules) {
      const url = blobUrl(take(size), "text/javascript");
      imports[`streamlit/${name}`] = imports[scripts + name] = url;
    }
    addStyle(new TextDecoder().decode(take(header.css)));
    header.styles.forEach(markAsLoaded);
  };

  const loadPacked = async (reading) => {
    const imports = { "streamlit/": scripts };
    for (const pack of await Promise.all(reading)) unpack(pack, imports);
    element("script", { type: "importmap", textContent: JSON.stringify({ imports }) });
    await import(`streamlit/${entry}`);
  };

  const loadSingly = () => {
    loadStylesheets();
    element("script", { type: "module", crossOrigin: "", src: scripts + entry });
  };

  /* Icons are words until their font is there. */
  const hideIcons = () =>
    addStyle(`[data-testid="stIconMaterial"], [role="img"][aria-label$=" icon"] { visibility: hidden; }`);

  const loadFonts = async (reading) => {
    const hidden = hideIcons();
    try {
      const { header, take } = await reading;
      // A face of no size is one that few pages show: it stays a file, to be loaded when it is.
      const rules = header.faces.map(([rule, file, size]) =>
        size ? rule.replace(`../media/${file}`, blobUrl(take(size), "font/woff2")) : rule,
      );
      addStyle(rules.join("\n"));
    } finally {
      hidden.remove();
    }
  };

  // Who frames the page may have a policy that lets it fetch what Streamlit fetches, and no packs.
  const isFramed = window !== window.top;
  if (isFramed || !HTMLScriptElement.supports?.("importmap")) {
    loadSingly();
    return;
  }
  const reading = packs.map((name) => read(name, "high"));
  // Afterwards, since they are as heavy as the rest and nothing waits for them.
  const readingFonts = Promise.allSettled(reading).then(() => read(fonts, "low"));
  loadPacked(reading).catch((error) => {
    console.warn("The packs could not be used; loading file by file.", error);
    loadSingly();
  });
  loadFonts(readingFonts).catch((error) => {
    console.warn("The pack of fonts could not be used.", error);
    loadStylesheets();
  });
})();
