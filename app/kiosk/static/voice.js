// Reading the prompt out, where the tablet has a Chinese voice.
//
// Nothing waits for a voice: it may be missing, come late, fail, or never say that it has ended.

const VOLUME = 0.7;
const RATE = 0.95;
const LATE = 5_000;
/** Standard Chinese before its regional forms; Cantonese (zh-HK, yue) is another language to many. */
const SPOKEN = [/^(zh|cmn)[-_](hans[-_])?cn/i, /^(zh|cmn)$/i, /^(zh|cmn)[-_](hans|sg|tw)/i, /^(zh|cmn)/i];

/** Speaks politely, or not at all. */
export class Voice {
  #muted;
  #waiting = null;
  #said = null;

  /** @param {boolean} muted whether the hall wants it silent */
  constructor(muted) {
    this.#muted = muted;
    if (!Voice.there) return;
    // Some browsers only begin to look for voices when they are asked, and have them later.
    speechSynthesis.addEventListener?.("voiceschanged", () => this.#come());
    attempt(() => speechSynthesis.getVoices());
  }

  /** Whether this browser can speak at all. */
  static get there() {
    return "speechSynthesis" in window;
  }

  get muted() {
    return this.#muted;
  }

  set muted(yes) {
    this.#muted = yes;
    if (yes) this.hush();
  }

  /** Say a sentence, in the place of what is being said; as soon as there is a voice, if that is soon. */
  say(sentence) {
    this.#waiting = null;
    if (this.#muted || !Voice.there) return;
    attempt(() => {
      const voice = chinese();
      if (!voice) {
        this.#waiting = { sentence, until: performance.now() + LATE };
        return;
      }
      speechSynthesis.cancel();
      speechSynthesis.resume(); // one that was paused would queue for ever
      const said = new SpeechSynthesisUtterance(sentence);
      Object.assign(said, { voice, lang: voice.lang, volume: VOLUME, rate: RATE });
      this.#said = said; // held, or some browsers forget it in the middle of a sentence
      speechSynthesis.speak(said);
    });
  }

  /** Stop speaking. */
  hush() {
    this.#waiting = null;
    this.#said = null;
    if (Voice.there) attempt(() => speechSynthesis.cancel());
  }

  #come = () => {
    const waiting = this.#waiting;
    if (waiting && performance.now() < waiting.until) this.say(waiting.sentence);
  };
}

function chinese() {
  const voices = speechSynthesis.getVoices().filter(({ lang }) => SPOKEN.some((form) => form.test(lang)));
  const rank = ({ lang, localService }) => SPOKEN.findIndex((form) => form.test(lang)) * 2 + (localService ? 0 : 1);
  return voices.sort((one, other) => rank(one) - rank(other))[0];
}

/** A voice that fails is none: the prompt is on the screen all the same. */
function attempt(speaking) {
  try {
    speaking();
  } catch {
    // nothing is lost but a sound
  }
}
