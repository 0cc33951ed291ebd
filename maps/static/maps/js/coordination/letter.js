// @ts-check
/** A commitment on paper: its one button. */
import { byId } from "../dom.js";

byId("print").addEventListener("click", () => print());
