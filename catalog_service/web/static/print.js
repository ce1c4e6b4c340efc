// The print button of a listing, and what is folded up printed with the rest. The browser's own menu prints as well.
(function () {
  "use strict";
  var button = document.getElementById("print");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  }

  function folded(action) {
    Array.prototype.forEach.call(document.querySelectorAll("details"), action);
  }

  window.addEventListener("beforeprint", function () {
    folded(function (one) {
      one.setAttribute("data-was", one.open ? "open" : "");
      one.open = true;
    });
  });
  window.addEventListener("afterprint", function () {
    folded(function (one) {
      one.open = one.getAttribute("data-was") === "open";
    });
  });
})();
