// @ts-check
/**
 * The drawing table: the plan as the server has it, the grid painted with, the cells chosen; every edit goes through here.
 * Edits are sent one after the other, each for the revision that the one before it gave.
 */
import { Problem, get, post } from "../api.js";
import { nameOf } from "../formats.js";

/** @typedef {{key: number, code: string, name_zh: string, name_en: string, community: number, cells: number, area_m2: number, locked: boolean, born: boolean}} Grid */
/** @typedef {{kind: string, intent: any}} Meant */

export class Desk extends EventTarget {
  /** @param {import("./plan_map.js").PlanMap} map @param {any} config @param {any} info the plan as GET /api/plans/ID tells it */
  constructor(map, config, info) {
    super();
    this.map = map;
    this.config = config;
    this.info = info;
    /** @type {number | null} the edition whose tiles are drawn below */
    this.edition = null;
    this.door = `/api/plans/${info.id}`;
    this.communities = /** @type {any[]} */ ([]);
    this.active = /** @type {Grid | null} */ (null);
    /** @type {Map<number, import("./plan_map.js").Cell>} */
    this.chosen = new Map();
    /** @type {(problem: any, meant: Meant | null) => void} set by the page: how a refusal is told */
    this.onRefused = () => {};
    this.waiting = 0;
    this.last = /** @type {Promise<any>} */ (Promise.resolve());
    /** @type {Map<number, Promise<Grid[]>>} */
    this.grids = new Map();
  }

  get mayDraw() {
    return Boolean(this.info.may.draw);
  }

  get revision() {
    return this.map.plan.revision;
  }

  /** @param {string} event @param {(detail: any) => void} react */
  on(event, react) {
    this.addEventListener(event, (told) => react(/** @type {CustomEvent} */ (told).detail));
  }

  /** @param {string} event @param {any} [detail] */
  tell(event, detail) {
    this.dispatchEvent(new CustomEvent(event, { detail }));
  }

  /** All of the plan anew: at the start, and when somebody else has drawn. */
  async load() {
    const [info, cells] = await Promise.all([get(this.door), get(`${this.door}/cells`)]);
    this.map.plan.locked = new Set(info.locked);
    this.map.plan.canUndo = info.can_undo;
    this.map.plan.canRedo = info.can_redo;
    this.map.load(cells);
    this.map.showLocks();
    this.grids.clear();
    this.#settled(info);
    this.tell("loaded", cells);
    this.#redraw();
  }

  /** @param {any} info the plan, whose state may be another now */
  #settled(info) {
    if (info.base.number !== this.edition) this.map.drawEdition((this.edition = info.base.number));
    this.info = info;
    this.tell("info", info);
  }

  /** @param {string} kind @param {any} intent @returns {Promise<any>} what was applied, or null where it was refused */
  edit(kind, intent) {
    return this.#queue(() => post(`${this.door}/edits`, { kind, intent, revision: this.revision }), { kind, intent });
  }

  undo() {
    return this.map.plan.canUndo && this.mayDraw ? this.#queue(() => post(`${this.door}/undo`, { revision: this.revision }), null) : null;
  }

  redo() {
    return this.map.plan.canRedo && this.mayDraw ? this.#queue(() => post(`${this.door}/redo`, { revision: this.revision }), null) : null;
  }

  /** A proposal of the server is an edit like any other. @param {any} asked */
  propose(asked) {
    let answer = /** @type {any} */ (null);
    return this.#queue(async () => {
      answer = await post(`${this.door}/propose`, { ...asked, revision: this.revision });
      return answer.applied;
    }, null).then((applied) => applied && answer);
  }

  /** @param {() => Promise<any>} send @param {Meant | null} meant */
  #queue(send, meant) {
    const run = async () => {
      this.tell("busy", (this.waiting += 1));
      try {
        const applied = await send();
        this.applied(applied);
        return applied;
      } catch (error) {
        if (!(error instanceof Problem)) this.tell("lost");
        this.onRefused(error, meant);
        return null;
      } finally {
        this.tell("busy", (this.waiting -= 1));
      }
    };
    this.last = this.last.then(run, run);
    return this.last;
  }

  /** @param {any} applied */
  applied(applied) {
    this.map.merge(applied);
    this.grids.clear();
    this.info = { ...this.info, revision: applied.revision, cells_touched: applied.cells_touched };
    for (const key of applied.removed) this.chosen.delete(key);
    for (const { properties: p } of applied.cells.features)
      if (this.chosen.has(p.key)) this.chosen.set(p.key, { key: p.key, grid: p.grid, community: p.community, code: p.code, area: p.area_m2 });
    this.choose(this.chosen.values());
    this.tell("edited", applied);
    this.#redraw();
  }

  #redraw() {
    document.documentElement.dataset.revision = String(this.revision);
    if (this.active) this.activate(this.active.key, this.active.community);
  }

  /** Settle the plan: send, take back, approve, withdraw, publish. @param {string} verb @param {any} [data] */
  async settle(verb, data = {}) {
    const answer = await post(`${this.door}/${verb}`, data);
    await this.load();
    return answer;
  }

  /** The cells a gesture means. @param {any} asked @returns {Promise<number[]>} none where it was refused */
  async select(asked) {
    this.tell("busy", (this.waiting += 1));
    try {
      return (await post(`${this.door}/select`, asked)).cells;
    } catch (error) {
      this.onRefused(error, null);
      return [];
    } finally {
      this.tell("busy", (this.waiting -= 1));
    }
  }

  /** The borders within reach of a place, or of some cells. @param {Record<string, string>} where @returns {Promise<any[]>} */
  async borders(where) {
    try {
      return (await get(`${this.door}/borders`, where)).borders;
    } catch (error) {
      this.onRefused(error, null);
      return [];
    }
  }

  /** The third-level grids of a community as the plan has them. @param {number} community @returns {Promise<Grid[]>} */
  gridsOf(community) {
    const known = this.grids.get(community);
    if (known) return known;
    const asked = get(`${this.door}/grids`, { community }).then((answer) => answer.grids);
    this.grids.set(community, asked);
    asked.catch(() => this.grids.delete(community));
    return asked;
  }

  /** Paint with this grid from now on. @param {number | null} key @param {number} community */
  async activate(key, community) {
    const found = key === null ? null : (await this.gridsOf(community)).find((grid) => grid.key === key) ?? null;
    this.active = found;
    this.map.activate(found?.key ?? null);
    this.tell("active", found);
  }

  /** @param {Iterable<import("./plan_map.js").Cell>} cells the cells chosen, instead of those before */
  choose(cells) {
    this.chosen = new Map([...cells].map((cell) => [cell.key, cell]));
    this.map.mark("chosen", this.chosen.keys());
    this.tell("chosen", this.chosen);
  }

  /** What a grid is called. @param {any} grid */
  nameOfGrid(grid) {
    return nameOf(grid) || interpolate(gettext("New grid %s"), [Math.abs(grid.key)]);
  }

  /** @param {number} community */
  communityNamed(community) {
    return nameOf(this.communities.find((c) => c.id === community)) || "";
  }
}
