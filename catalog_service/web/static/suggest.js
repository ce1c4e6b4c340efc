// Suggestions under the search box while somebody types. Without this script the page searches as well.
(function () {
  "use strict";
  var box = document.getElementById("q");
  var list = document.getElementById("suggestions");
  var department = document.getElementById("department");
  var asked = 0;
  var waiting = null;
  if (!box || !list || !window.fetch) {
    return;
  }

  function close() {
    clearTimeout(waiting);
    asked += 1;
    list.hidden = true;
  }

  function show(names) {
    list.textContent = "";
    names.forEach(function (offered) {
      var line = document.createElement("li");
      var link = document.createElement("a");
      link.href = "?q=" + encodeURIComponent(offered.text) + "&department=" + encodeURIComponent(department.value);
      link.textContent = offered.text + (offered.items.length > 1 ? "（" + offered.items.length + " 个部门）" : "");
      line.appendChild(link);
      list.appendChild(line);
    });
    list.hidden = names.length === 0;
  }

  function ask() {
    var turn = ++asked;
    var address = list.getAttribute("data-source") + "?limit=8&q=" + encodeURIComponent(box.value.trim());
    if (department.value) {
      address += "&department=" + encodeURIComponent(department.value);
    }
    fetch(address, { credentials: "same-origin" })
      .then(function (answer) { return answer.ok ? answer.json() : { data: [] }; })
      .then(function (answer) {
        if (turn === asked) {
          show(answer.data);
        }
      })
      .catch(close);
  }

  box.addEventListener("input", function (event) {
    clearTimeout(waiting);
    if (event.isComposing) {
      return;
    }
    if (box.value.trim()) {
      waiting = setTimeout(ask, 120);
    } else {
      close();
    }
  });
  box.addEventListener("compositionend", function () {
    waiting = setTimeout(ask, 120);
  });
  document.addEventListener("keydown", function (event) {
    var links = list.querySelectorAll("a");
    var at = Array.prototype.indexOf.call(links, document.activeElement);
    if (event.key === "Escape") {
      close();
      box.focus();
    } else if (!list.hidden && event.key === "ArrowDown" && (at >= 0 || document.activeElement === box)) {
      event.preventDefault();
      links[Math.min(at + 1, links.length - 1)].focus();
    } else if (!list.hidden && event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (at === 0 ? box : links[at - 1]).focus();
    }
  });
  department.addEventListener("change", close);
  ["click", "focusin"].forEach(function (left) {
    document.addEventListener(left, function (event) {
      if (!list.contains(event.target) && event.target !== box) {
        close();
      }
    });
  });
})();
