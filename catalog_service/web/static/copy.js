// Buttons that copy a code. Without this script there are none, and the code can be marked and copied.
(function () {
  "use strict";
  var buttons = document.querySelectorAll("button[data-copy]");

  function copied(text) {
    var field = document.createElement("textarea");
    var done = false;
    field.value = text;
    field.setAttribute("readonly", "");
    field.className = "unseen";
    document.body.appendChild(field);
    field.select();
    try {
      done = document.execCommand("copy");
    } catch (refused) {
      done = false;
    }
    document.body.removeChild(field);
    return done;
  }

  Array.prototype.forEach.call(buttons, function (button) {
    var told = document.getElementById(button.getAttribute("aria-describedby"));
    button.hidden = false;
    button.addEventListener("click", function () {
      var text = button.getAttribute("data-copy");
      told.textContent = copied(text) ? "已复制 " + text : "没有复制成，请选中代码后按 Ctrl+C";
      button.focus();
    });
  });
})();
