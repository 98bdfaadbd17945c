// Finding QR codes before the camera: by the browser where it can, else by the server.
//
// BarcodeDetector is missing on most tablets without Google's services and on every Linux one. The
// server then gets the middle of the picture as bare light values, and keeps none of it.

import { look } from "./calls.js";

/** Pixels of each side of the picture that the server takes (docs: POST /api/v1/devices/code-seen). */
const EDGE = 480;
const OWN_PAUSE = 300;
const SERVERS_PAUSE = 900;

/**
 * How codes are found on this tablet.
 * @returns {Promise<{find: (video: HTMLVideoElement) => Promise<string[]>, pause: number}>} `find`:
 *   what the codes before the camera say, throwing Trouble where the server refuses; `pause`:
 *   milliseconds between two looks
 */
export async function finder() {
  if (await readsItself()) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    const find = async (video) => (await detector.detect(video)).map(({ rawValue }) => rawValue);
    return { find, pause: OWN_PAUSE };
  }
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = EDGE;
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  const find = async (video) => (video.videoWidth ? [await look(light(paper, video))] : []);
  return { find, pause: SERVERS_PAUSE };
}

/** Some browsers have the detector and none of its formats. */
async function readsItself() {
  try {
    return (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
  } catch {
    return false;
  }
}

/** The light values of the largest square in the middle of what the camera sees. */
function light(paper, video) {
  const { videoWidth: width, videoHeight: height } = video;
  const side = Math.min(width, height);
  paper.drawImage(video, (width - side) / 2, (height - side) / 2, side, side, 0, 0, EDGE, EDGE);
  const { data } = paper.getImageData(0, 0, EDGE, EDGE);
  return Uint8Array.from({ length: EDGE * EDGE }, (_, n) => {
    const [red, green, blue] = data.subarray(n * 4, n * 4 + 3);
    return (red * 77 + green * 150 + blue * 29) >> 8; // their share in brightness
  });
}
