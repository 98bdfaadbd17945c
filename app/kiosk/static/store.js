// What the tablet keeps: its key, its settings, and ratings that are still to be delivered.
//
// The key is a CryptoKey that cannot be exported. A waiting rating holds what the citizen wrote, at
// most until it is delivered; names and photos of anybody are never kept here.

const NAME = "zhangban-kiosk";
const EDITION = 1;

/**
 * A rating that waits for delivery.
 * @typedef {{event_id: string, service_id: string, level: number, tags: string[], comment: string,
 *   tapped_at: number, server_ahead: number | null}} Waiting `tapped_at`: by the tablet's own clock,
 *   in milliseconds; `server_ahead`: how far the server's clock ran before it then, if known.
 */

/** @returns {Promise<Store>} the tablet's store, made where there is none yet */
export async function openStore() {
  const asked = indexedDB.open(NAME, EDITION);
  asked.onupgradeneeded = () => {
    const db = asked.result;
    db.createObjectStore("things");
    db.createObjectStore("waiting", { keyPath: "event_id" }).createIndex("service", "service_id", { unique: true });
    db.createObjectStore("aside", { keyPath: "event_id" }).createIndex("service", "service_id");
  };
  const db = await answered(asked);
  db.onversionchange = () => db.close();
  return new Store(db);
}

function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** The tablet's store. What a call has answered is on the disk, also if the power fails then. */
export class Store {
  #db;

  constructor(db) {
    this.#db = db;
  }

  /** A thing that is kept by its name, such as "device" or "muted"; undefined if it is not there. */
  thing(name) {
    return answered(this.#db.transaction("things").objectStore("things").get(name));
  }

  /** Keep a thing; with undefined, forget it. */
  keep(name, value) {
    return this.#write(["things"], (things) => {
      if (value === undefined) things.delete(name);
      else things.put(value, name);
    });
  }

  /**
   * Put a rating among those that wait and forget its draft. Only the first of a service is kept.
   * @param {Waiting} rating
   */
  add(rating) {
    return this.#write(["waiting", "things"], (waiting, things) => {
      things.delete("draft");
      things.delete("prompt");
      const found = waiting.index("service").getKey(rating.service_id);
      found.onsuccess = () => {
        if (found.result === undefined) waiting.add(rating);
      };
    });
  }

  /** @returns {Promise<Waiting[]>} up to `most` of those that wait */
  waiting(most) {
    return answered(this.#db.transaction("waiting").objectStore("waiting").getAll(null, most));
  }

  /** What is settled by the server's answers: removed, or set aside without its text. */
  settle(kept, refused) {
    return this.#write(["waiting", "aside"], (waiting, aside) => {
      for (const id of kept) waiting.delete(id);
      for (const { rating, code, title, at } of refused) {
        const { event_id, service_id, level, tags, tapped_at } = rating;
        aside.put({ event_id, service_id, level, tags, tapped_at, code, title, at });
        waiting.delete(event_id);
      }
    });
  }

  /** How many wait, and how many the server refused for good. */
  async counts() {
    const reading = this.#db.transaction(["waiting", "aside"]);
    const [waiting, aside] = await Promise.all([
      answered(reading.objectStore("waiting").count()),
      answered(reading.objectStore("aside").count()),
    ]);
    return { waiting, aside };
  }

  /** The ratings that the server refused, with its reasons. */
  aside() {
    return answered(this.#db.transaction("aside").objectStore("aside").getAll());
  }

  /** Whether this service was rated here, whatever became of it. */
  async knows(serviceId) {
    const reading = this.#db.transaction(["waiting", "aside"]);
    const found = await Promise.all(
      ["waiting", "aside"].map((name) => answered(reading.objectStore(name).index("service").getKey(serviceId))),
    );
    return found.some((key) => key !== undefined);
  }

  #write(names, work) {
    return new Promise((resolve, reject) => {
      const writing = this.#db.transaction(names, "readwrite", { durability: "strict" });
      writing.oncomplete = () => resolve();
      writing.onabort = () => reject(writing.error);
      work(...names.map((name) => writing.objectStore(name)));
    });
  }
}
