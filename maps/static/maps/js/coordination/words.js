// @ts-check
/** Who, when and how long, as the page of a coordination says them. */
import { nameOf } from "../formats.js";

const language = () => document.documentElement.lang;

/** A moment with its day and year. @param {string} at */
export const when = (at) => new Intl.DateTimeFormat(language(), /** @type {any} */ ({ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" })).format(new Date(at));

/** A unit by its name, a department by its own words, a person by his. @param {any} found */
export const who = (found) => found.person || found.department || nameOf(found.unit);

/** @param {any} limit @param {any} config */
export const limitOf = (limit, config) => (limit ? `${limit.value} ${config.units[limit.unit] ?? limit.unit}` : "");

/** By whom and when. @param {string} name @param {string | null} at */
export const byAt = (name, at) => [name, at ? when(at) : ""].filter(Boolean).join(", ");

/** Day and hour of the reader's clock as a field of the page takes them. @param {Date} at */
export const local = (at) => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

/** What a field of the page holds, as it is sent; nothing where it is empty. @param {FormDataEntryValue | null} text */
export const moment = (text) => (text ? new Date(String(text)).toISOString() : undefined);

/** How a unit stands in the list of units. @param {any} unit */
export const unitLabel = (unit) => `${nameOf(unit)} (${unit.code})`;
