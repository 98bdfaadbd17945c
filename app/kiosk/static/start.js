// Says so where the page does not start. In the oldest form of the language, and no module, so that
// it runs in browsers that understand nothing of the rest.

(function () {
  "use strict";
  var AGAIN = 60000;
  window.addEventListener("load", function () {
    if (document.documentElement.hasAttribute("data-started")) return;
    document.querySelector("[data-starting]").textContent = "页面没有启动";
    document.querySelector("[data-unstarted]").hidden = false;
    setTimeout(function () {
      location.reload();
    }, AGAIN);
  });
})();
