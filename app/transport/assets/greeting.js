/*
 * Before Streamlit connects, it asks `_stcore/health`, to learn that a server is there and to get its XSRF
 * cookie, and `_stcore/host-config`. This page is proof of the server, has brought the cookie, and knows the
 * configuration; so the first time each is answered here. When a connection was lost, the questions go out.
 *
 * At a page's own path, Streamlit asks below that path first, and goes on to the app's when there is no answer.
 */
(() => {
  const hostConfig = HOST_CONFIG; // null: ask the server
  const base = BASE_PATH; // of the app, with a slash at its end
  const nativeFetch = window.fetch;
  const hasToken = () => /(^|; )_streamlit_xsrf=/.test(document.cookie);

  const answers = new Map([["_stcore/health", () => (hasToken() ? new Response("ok") : null)]]);
  if (hostConfig) answers.set("_stcore/host-config", () => Response.json(hostConfig));

  const greet = (input, init) => {
    const url = new URL(input?.url ?? input, document.baseURI);
    const path = [...answers.keys()].find((path) => url.origin === location.origin && url.pathname.endsWith(`/${path}`));
    if (path && url.pathname !== base + path) return Promise.resolve(new Response("", { status: 404 }));
    const answer = path && answers.get(path)();
    answers.delete(path);
    if (!answers.size && window.fetch === greet) window.fetch = nativeFetch;
    return answer ? Promise.resolve(answer) : nativeFetch(input, init);
  };
  window.fetch = greet;
})();
