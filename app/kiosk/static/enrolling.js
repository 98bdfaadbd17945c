// Enrolment: a one-time code, typed, scanned by the camera, or in the address that was scanned.

import { finder } from "./camera.js";
import { part } from "./screens.js";

const LOOK_FOR = 60_000;
const SHAPE = /^[0-9A-Z]{8,32}$/;

/** A code out of what was scanned or typed; "" if there is none. */
export function codeIn(text) {
  const inAddress = /#code=([^&\s]+)/.exec(text);
  const code = (inAddress ? decodeURIComponent(inAddress[1]) : text).replace(/[\s-]/g, "").toUpperCase();
  return SHAPE.test(code) ? code : "";
}

/** The code that the address came with; it is taken out of the address and its history at once. */
export function codeFromAddress() {
  const code = codeIn(location.hash);
  if (location.hash) history.replaceState(null, "", location.pathname);
  return code;
}

/**
 * The form of the code.
 * @param {(code: string) => Promise<void>} enrol throws an error with a sentence if it is refused
 */
export function listen(enrol) {
  const form = part("enrol-form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(enrol, part("code").value);
  });
  const scan = part("scan");
  scan.hidden = !navigator.mediaDevices?.getUserMedia;
  scan.addEventListener("click", () => scanning(enrol));
}

/** Try a code, and say beside the form why it was refused. */
export async function attempt(enrol, typed) {
  const code = codeIn(typed);
  if (!code) {
    say("登记码是 10 位字母和数字，请核对后重新输入。");
    return;
  }
  part("code").value = code;
  part("enrol").disabled = true;
  try {
    await enrol(code);
    part("code").value = "";
    say("");
  } catch (trouble) {
    say(trouble.message);
  } finally {
    part("enrol").disabled = false;
  }
}

function say(sentence) {
  const place = part("enrol-problem");
  place.textContent = sentence;
  place.hidden = !sentence;
  part("code").setAttribute("aria-invalid", String(Boolean(sentence)));
}

async function scanning(enrol) {
  const video = part("camera");
  let stream;
  say("");
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    say("无法使用摄像头，请直接输入登记码。");
    return;
  }
  part("scan").disabled = true;
  part("scanning").hidden = false;
  video.srcObject = stream;
  try {
    await video.play();
    video.scrollIntoView({ block: "center" });
    const code = await seen(video);
    if (code) await attempt(enrol, code);
  } catch (trouble) {
    say(trouble.message);
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
    part("scanning").hidden = true;
    part("scan").disabled = false;
  }
}

/** The first code that the camera sees; "" when the form has been left, or nobody held one before it. */
async function seen(video) {
  const { find, pause } = await finder();
  const until = performance.now() + LOOK_FOR;
  while (document.body.dataset.screen === "enrol" && video.srcObject?.active) {
    for (const text of await find(video)) {
      const code = codeIn(text);
      if (code) return code;
    }
    if (performance.now() > until) {
      say("没有看到二维码，请把二维码放在画面中央再试，或直接输入登记码。");
      return "";
    }
    await new Promise((done) => setTimeout(done, pause));
  }
  return "";
}
