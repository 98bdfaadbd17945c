// Photos on their way to the server, each with its progress.
import { csrf, Refused } from "../server.js";

/**
 * Send a file for the applicant whom the ticket names; resolves to the material.
 * @param {File} file
 * @param {string} ticket
 * @param {(share: number) => void} progress
 * @throws {Refused}
 */
export function upload(file, ticket, progress) {
  const body = new FormData();
  body.append("file", file, file.name);
  const request = new XMLHttpRequest(); // fetch does not tell how much has been sent
  request.open("POST", `/api/v1/desk/materials?applicant=${encodeURIComponent(ticket)}`);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("Zhangban-CSRF", csrf());
  request.responseType = "json";
  return new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status === 201) resolve(request.response);
      else reject(new Refused(request.response ?? {}, request.status));
    });
    request.addEventListener("error", () => {
      reject(new Refused({ title: "网络不通，请检查后再试。", code: "offline" }, 0));
    });
    request.send(body);
  });
}
