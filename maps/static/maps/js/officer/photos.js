// @ts-check
/** Photos on the phone: taken by the camera, looked at before they are kept, shown as they were taken. */
import { element, toast } from "../dom.js";
import { distance } from "../formats.js";

export const KINDS = /** @type {const} */ (["before", "after"]);
const ACCEPTED = "image/jpeg,image/png,image/webp";

/** @param {string} kind */
export const kindWords = (kind) => (kind === "before" ? gettext("Before") : gettext("After"));

/** @param {File} file @param {any} config @returns {string} why it cannot be taken, or nothing */
function hindrance(file, config) {
  if (file.size === 0) return gettext("The photo's file is empty. Take the photo again.");
  if (file.size > config.photo_most_bytes) return interpolate(gettext("The photo has %(found)s MB; at most %(most)s MB can be sent."), { found: (file.size / 1e6).toFixed(1), most: Math.round(config.photo_most_bytes / 1e6) }, true);
  if (file.type && !ACCEPTED.includes(file.type)) return gettext("This file is no photo. JPEG, PNG and WebP pictures can be sent.");
  return "";
}

/** @param {File} file @param {string} kind @returns {Promise<import("./store.js").Kept>} */
const kept = async (file, kind) => ({ kind, name: file.name, type: file.type || "image/jpeg", bytes: await file.arrayBuffer() });

/** A picture of bytes; its address is given back once it is drawn. @param {import("./store.js").Kept} file */
export function picture(file) {
  const address = URL.createObjectURL(new Blob([file.bytes], { type: file.type }));
  const free = () => URL.revokeObjectURL(address);
  return element("img", { src: address, alt: kindWords(file.kind), onload: free, onerror: free });
}

/**
 * The big tile that opens the camera. @param {string} kind @param {any} config
 * @param {(file: import("./store.js").Kept) => void | Promise<void>} taken @param {string} [words] what it is called
 */
export function camera(kind, config, taken, words = kindWords(kind)) {
  const input = element("input", { type: "file", accept: ACCEPTED, capture: "environment", class: "unseen", "data-test": `camera-${kind}`, onchange: async (/** @type {any} */ event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    const why = hindrance(file, config);
    if (why) toast(why, "bad");
    else await taken(await kept(file, kind));
  } });
  return element("label", { class: "camera" }, input, cameraSign(), element("span", {}, words));
}

function cameraSign() {
  const sign = element("span", { class: "camera-sign", "aria-hidden": "true" });
  sign.textContent = "＋";
  return sign;
}

/** A photo as the server keeps it: the picture, which one, and whether place and time are as they should be. @param {any} photo */
export function stored(photo) {
  const doubts = [
    photo.place === "far" && photo.distance_m !== null ? interpolate(gettext("%s from the cell"), [distance(photo.distance_m)]) : ["far", "absurd"].includes(photo.place) && photo.place_words,
    ["old", "ahead", "absurd"].includes(photo.time) && photo.time_words,
  ].filter(Boolean);
  return element("figure", { class: `photo ${doubts.length ? "doubt" : ""}` },
    element("a", { href: photo.view, target: "_blank", rel: "noopener" }, element("img", { src: photo.thumb, alt: kindWords(photo.kind), loading: "lazy", width: 96, height: 96 })),
    element("figcaption", {}, kindWords(photo.kind), ...doubts.map((words) => element("em", {}, words))));
}

/** A photo that waits to be sent. @param {import("./store.js").Kept} file */
export const unsent = (file) => element("figure", { class: "photo unsent" }, picture(file), element("figcaption", {}, kindWords(file.kind), element("em", {}, gettext("not sent yet"))));
