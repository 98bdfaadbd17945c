// Reading the prompt out, where the tablet has a Chinese voice.

const VOLUME = 0.7;
const RATE = 0.95;

/** Speaks politely, or not at all. */
export class Voice {
  #muted;

  /** @param {boolean} muted whether the hall wants it silent */
  constructor(muted) {
    this.#muted = muted;
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

  /** Say a sentence, in the place of what is being said. */
  say(sentence) {
    if (this.#muted || !Voice.there) return;
    const voice = speechSynthesis.getVoices().find(({ lang }) => /^(zh|cmn)/i.test(lang));
    if (!voice) return;
    speechSynthesis.cancel();
    const said = new SpeechSynthesisUtterance(sentence);
    Object.assign(said, { voice, lang: voice.lang, volume: VOLUME, rate: RATE });
    speechSynthesis.speak(said);
  }

  /** Stop speaking. */
  hush() {
    if (Voice.there) speechSynthesis.cancel();
  }
}
