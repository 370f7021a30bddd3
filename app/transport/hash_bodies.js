/*
 * Sends the SHA-256 of each body along, in x-amz-content-sha256.
 *
 * CloudFront signs what it asks of a Lambda function URL, and reads no body for it: without the hash, Lambda refuses
 * a POST or PUT. Comes before the other scripts, so that whatever the page sends goes through here.
 * Source: CloudFront developer guide, "Restrict access to an AWS Lambda function URL origin".
 */
(() => {
  const HASH = "x-amz-content-sha256";
  const nativeFetch = window.fetch.bind(window);
  const NativeRequest = window.XMLHttpRequest;

  const isOurs = (address) => new URL(address, document.baseURI).origin === location.origin;

  const hasNoBody = (method) => /^(GET|HEAD)$/i.test(method);

  /* A body as the bytes that go out, with their hash and, where the browser chooses it, their type. */
  async function hashed(body) {
    const made = new Response(body);
    const bytes = await made.arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return { bytes, hash, type: made.headers.get("Content-Type") };
  }

  async function fetchHashed(request) {
    const { bytes, hash } = await hashed(await request.arrayBuffer());
    request.headers.set(HASH, hash);
    return nativeFetch(new Request(request, { body: bytes }));
  }

  window.fetch = (input, init) => {
    const request = new Request(input, init);
    // What is hashed already comes from a page that goes away, and can't wait.
    const isReady = hasNoBody(request.method) || request.headers.has(HASH) || !isOurs(request.url);
    return isReady ? nativeFetch(request) : fetchHashed(request);
  };

  window.XMLHttpRequest = class XMLHttpRequest extends NativeRequest {
    #isReady = true;
    #hasType = false;
    #isHashing = false;

    open(method, address, ...rest) {
      this.#isReady = hasNoBody(method) || !isOurs(address);
      this.#hasType = this.#isHashing = false;
      super.open(method, address, ...rest);
    }

    setRequestHeader(name, value) {
      this.#hasType ||= name.toLowerCase() === "content-type";
      super.setRequestHeader(name, value);
    }

    send(body) {
      if (this.#isReady) return super.send(body);
      this.#isHashing = true;
      hashed(body).then(({ bytes, hash, type }) => {
        if (!this.#isHashing) return;
        this.#isHashing = false;
        if (type && !this.#hasType) super.setRequestHeader("Content-Type", type);
        super.setRequestHeader(HASH, hash);
        super.send(bytes);
      });
    }

    /* One that is not sent yet would be given up without a word. */
    abort() {
      const wasHashing = this.#isHashing;
      this.#isHashing = false;
      super.abort();
      if (wasHashing) for (const type of ["abort", "loadend"]) this.dispatchEvent(new ProgressEvent(type));
    }
  };
})();
