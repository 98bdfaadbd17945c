// How the tablet signs: HMAC-SHA256 with a key that scripts can use and not read (docs/decisions/0002).

const HMAC = { name: "HMAC", hash: "SHA-256" };

/**
 * The key as the browser's key store holds it; its bytes are wiped.
 * @param {string} base64 32 bytes, as enrolment hands them over
 * @returns {Promise<CryptoKey>} good for signing alone, and never exported
 */
export async function importKey(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", bytes, HMAC, false, ["sign"]);
  bytes.fill(0);
  return key;
}

/**
 * The four parts of a signature over one request.
 * @param {{id: string, key: CryptoKey}} device
 * @param {string} path without a query
 * @param {number} timestamp milliseconds since 1970
 * @param {Uint8Array} body
 */
export async function sign(device, method, path, timestamp, body) {
  const nonce = text(crypto.getRandomValues(new Uint8Array(18))).replace(/\+/g, "-").replace(/\//g, "_");
  const digest = hexadecimal(await crypto.subtle.digest("SHA-256", body));
  const message = new TextEncoder().encode(`${method}\n${path}\n${timestamp}\n${nonce}\n${digest}`);
  const code = await crypto.subtle.sign(HMAC, device.key, message);
  return { device: device.id, timestamp: String(timestamp), nonce, signature: text(new Uint8Array(code)) };
}

/** @returns {string} a new random UUID (version 4) */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return hexadecimal(bytes.buffer).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function text(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

function hexadecimal(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
