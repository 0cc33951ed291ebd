// @ts-check
/** The server's JSON doors, and what went wrong there in the reader's words. */

const cookie = (name) => document.cookie.split("; ").find((c) => c.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

/** An answer that is not a success; `body` is the problem as the server told it. */
export class Problem extends Error {
  /** @param {number} status @param {any} body */
  constructor(status, body) {
    super(body?.sentence || body?.detail || gettext("The server answered with an error."));
    this.status = status;
    this.body = body ?? {};
  }
}

/** Whether an error means “not now” instead of “not so”. @param {any} error */
export function isAway(error) {
  if (!(error instanceof Problem)) return true;
  return error.status === 401 || error.body.error === "no_database" || error.status === 502 || error.status === 504 || (error.status >= 500 && !error.body.error);
}

/** @param {Response} response */
async function read(response) {
  const body = response.headers.get("Content-Type")?.includes("json") ? await response.json() : null;
  if (response.status === 401 || (response.redirected && response.url.includes("/login/"))) {
    throw new Problem(401, { sentence: gettext("Your session has ended. Log in again.") });
  }
  if (!response.ok) throw new Problem(response.status, body);
  return body;
}

/** @param {string} address @param {Record<string, any>} [query] @param {AbortSignal} [signal] */
export async function get(address, query = {}, signal) {
  const url = new URL(address, location.origin);
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== null) url.searchParams.set(key, String(value));
  return read(await fetch(url, { signal, headers: { Accept: "application/json" } }));
}

/** @param {string} address @param {any} data @param {AbortSignal} [signal] */
export async function post(address, data, signal) {
  return read(
    await fetch(address, {
      method: "POST",
      signal,
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": cookie("csrftoken") },
      body: JSON.stringify(data),
    }),
  );
}

/** @param {string} address @param {FormData} form */
export async function postForm(address, form) {
  return read(await fetch(address, { method: "POST", headers: { Accept: "application/json", "X-CSRFToken": cookie("csrftoken") }, body: form }));
}
