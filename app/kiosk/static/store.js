// What the tablet keeps: its key, its settings, and ratings that are still to be delivered.
//
// The key is a CryptoKey that cannot be exported. A waiting rating holds what the citizen wrote, at
// most until it is delivered; names and photos of anybody are never kept here.
//
// All of it is in memory too, and read from there. A disk that is full, or data that somebody
// deletes, so stops neither a rating nor its delivery: what could not be written is written later.

const NAME = "zhangban-kiosk";
const EDITION = 1;
const PATIENCE = 3_000;
const SOON = 1_000;
const AGAIN = 10_000;
const PLACES = ["things", "waiting", "aside"];

/**
 * A rating that waits for delivery.
 * @typedef {{event_id: string, service_id: string, level: number, tags: string[], comment: string,
 *   tapped_at: number, server_ahead: number | null}} Waiting `tapped_at`: by the tablet's own clock,
 *   in milliseconds; `server_ahead`: how far the server's clock ran before it then, if known.
 */

/** @returns {Promise<Store>} the tablet's store, made where there is none yet */
export async function openStore() {
  const db = await opened();
  const reading = db.transaction(PLACES);
  const [names, ...all] = await inTime(
    Promise.all([
      answered(reading.objectStore("things").getAllKeys()),
      ...PLACES.map((place) => answered(reading.objectStore(place).getAll())),
    ]),
  );
  const [things, waiting, aside] = all;
  const byId = (ratings) => new Map(ratings.map((one) => [one.event_id, one]));
  return new Store(db, new Map(names.map((name, n) => [name, things[n]])), byId(waiting), byId(aside));
}

async function opened() {
  const asked = indexedDB.open(NAME, EDITION);
  asked.onupgradeneeded = () => {
    const db = asked.result;
    db.createObjectStore("things");
    db.createObjectStore("waiting", { keyPath: "event_id" }).createIndex("service", "service_id", { unique: true });
    db.createObjectStore("aside", { keyPath: "event_id" }).createIndex("service", "service_id");
  };
  return inTime(answered(asked));
}

function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** A disk that does not answer is one that failed: nobody is kept waiting at the window. */
function inTime(work) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("the browser's storage does not answer")), PATIENCE);
    work.then(resolve, reject).finally(() => clearTimeout(late));
  });
}

/** The tablet's store. What a call has answered is on the disk, as long as `safe` holds. */
export class Store {
  #db;
  #things;
  #waiting;
  #aside;
  #behind = false;
  #changes = 0;
  #timer = 0;

  constructor(db, things, waiting, aside) {
    this.#things = things;
    this.#waiting = waiting;
    this.#aside = aside;
    this.#hold(db);
  }

  /** Whether all of it is on the disk, so that the page may be closed. */
  get safe() {
    return !this.#behind;
  }

  /** A thing that is kept by its name, such as "device" or "muted"; undefined if it is not there. */
  thing(name) {
    return this.#things.get(name);
  }

  /** Keep a thing; with undefined, forget it. */
  keep(name, value) {
    if (value === undefined) this.#things.delete(name);
    else this.#things.set(name, value);
    return this.#write((things) => {
      if (value === undefined) things.delete(name);
      else things.put(value, name);
    });
  }

  /**
   * Put a rating among those that wait and forget its draft. Only the first of a service is kept.
   * @param {Waiting} rating
   */
  add(rating) {
    for (const name of ["draft", "prompt"]) this.#things.delete(name);
    const first = !this.knows(rating.service_id);
    if (first) this.#waiting.set(rating.event_id, rating);
    return this.#write((things, waiting) => {
      things.delete("draft");
      things.delete("prompt");
      if (first) waiting.put(rating);
    });
  }

  /** @returns {Waiting[]} those that wait */
  waiting() {
    return [...this.#waiting.values()];
  }

  /** What is settled by the server's answers: removed, or set aside without its text. */
  settle(kept, refused) {
    const without = refused.map(({ rating, code, title, at }) => {
      const { event_id, service_id, level, tags, tapped_at } = rating;
      return { event_id, service_id, level, tags, tapped_at, code, title, at };
    });
    const gone = [...kept, ...without.map(({ event_id }) => event_id)];
    for (const id of gone) this.#waiting.delete(id);
    for (const one of without) this.#aside.set(one.event_id, one);
    return this.#write((_, waiting, aside) => {
      for (const id of gone) waiting.delete(id);
      for (const one of without) aside.put(one);
    });
  }

  /** How many wait, and how many the server refused for good. */
  counts() {
    return { waiting: this.#waiting.size, aside: this.#aside.size };
  }

  /** The ratings that the server refused, with its reasons, the latest last. */
  aside() {
    return [...this.#aside.values()].sort((one, other) => one.at - other.at);
  }

  /** Whether this service was rated here and is not delivered, or was refused. */
  knows(serviceId) {
    const all = [...this.#waiting.values(), ...this.#aside.values()];
    return all.some(({ service_id }) => service_id === serviceId);
  }

  #hold = (db) => {
    const lost = () => {
      if (this.#db !== db) return;
      this.#fail();
    };
    db.onversionchange = lost; // somebody deletes the browser's data: let it, and begin anew
    db.onclose = lost;
    this.#db?.close();
    this.#db = db;
  };

  #write = async (work) => {
    this.#changes += 1;
    if (this.#behind) return; // it is written with all the rest
    try {
      await inTime(written(this.#db, work));
    } catch {
      this.#fail();
    }
  };

  #fail = () => {
    this.#behind = true;
    this.#db?.close();
    this.#db = null;
    this.#later(SOON);
  };

  #later = (milliseconds) => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#catchUp(), milliseconds);
  };

  /** Bring the disk to what is in memory. Only one page of a tablet works at a time (see main). */
  #catchUp = async () => {
    const changes = this.#changes;
    try {
      const db = await opened();
      await inTime(written(db, (...places) => this.#all(...places)));
      this.#hold(db);
      this.#behind = changes !== this.#changes;
      if (this.#behind) this.#later(0);
    } catch {
      this.#later(AGAIN);
    }
  };

  #all = (things, waiting, aside) => {
    for (const place of [things, waiting, aside]) place.clear();
    for (const [name, value] of this.#things) things.put(value, name);
    for (const one of this.#waiting.values()) waiting.put(one);
    for (const one of this.#aside.values()) aside.put(one);
  };
}

function written(db, work) {
  return new Promise((resolve, reject) => {
    const writing = db.transaction(PLACES, "readwrite", { durability: "strict" });
    writing.oncomplete = () => resolve();
    writing.onabort = () => reject(writing.error);
    work(...PLACES.map((place) => writing.objectStore(place)));
  });
}
