// @ts-check
/** A file with outlines goes up as a form; its areas come back as GeoJSON. */
import { postForm } from "../api.js";

/** @param {File} file @param {string} crs empty: as the file says @returns {Promise<{name: string, geometry: any}[]>} */
export async function uploadOutline(file, crs) {
  const form = new FormData();
  form.append("file", file);
  if (crs) form.append("crs", crs);
  return (await postForm("/api/outline", form)).outlines;
}
