// The keys of the reviewer's pages; every one of them presses a button or follows a link that the mouse reaches too.
(function () {
  "use strict";
  var SAME = { "／": "/", "、": "/", "？": "?" };
  var PREFIX = "review-draft:";
  var armed = null;
  var sent = false;

  function typing(target) {
    return /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
      (target.tagName === "INPUT" && !/^(radio|checkbox|button|submit)$/.test(target.type));
  }

  function disarm() {
    if (armed) {
      armed.classList.remove("armed");
    }
    armed = null;
  }

  function press(found) {
    var group = found.getAttribute("data-arms");
    if (group) {
      armed = document.getElementById(group);
      armed.classList.add("armed");
      armed.querySelector("button").focus();
    } else if (typing(found)) {
      found.focus();
      found.select();
    } else {
      found.click();
    }
  }

  function named(key) {
    var offered = (armed || document).querySelectorAll(armed ? "[data-second]" : "[data-key]");
    return Array.prototype.filter.call(offered, function (one) {
      return one.getAttribute(armed ? "data-second" : "data-key") === key;
    })[0];
  }

  function move(event) {
    var list = Array.prototype.slice.call(document.querySelectorAll("[data-moves]"));
    var at = list.indexOf(document.activeElement);
    if (at >= 0) {
      event.preventDefault();
      list[Math.max(0, Math.min(list.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)))].focus();
    }
  }

  function leave(target) {
    var keys = document.getElementById("keys");
    disarm();
    if (keys) {
      keys.open = false;
    }
    if (typing(target)) {
      target.blur();
    }
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat || sent) {
      return;
    }
    if (event.key === "Escape") {
      leave(event.target);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      move(event);
    } else if (!typing(event.target)) {
      var found = named(SAME[event.key] || event.key);
      if (found) {
        event.preventDefault();
        press(found);
      } else if (event.key.length === 1) {
        disarm();
      }
    }
  });

  // What was being written is kept in this tab until it has been taken: a session may end meanwhile.
  function field(form) {
    return form.querySelector("#reason, #text");
  }

  function each(action) {
    Array.prototype.forEach.call(document.querySelectorAll("form[data-draft]"), function (form) {
      action(form, PREFIX + form.getAttribute("data-draft"));
    });
  }

  function forget() {
    Object.keys(sessionStorage).forEach(function (name) {
      if (name.indexOf(PREFIX) === 0) {
        sessionStorage.removeItem(name);
      }
    });
  }

  document.addEventListener("submit", function (event) {
    sent = true;
    if (event.target.getAttribute("data-draft")) {
      sessionStorage.setItem(PREFIX + event.target.getAttribute("data-draft"), field(event.target).value);
    }
  });
  window.addEventListener("pageshow", function () {
    sent = false;
  });
  if (document.querySelector("[data-done]") || location.hash === "#comments") {
    forget();
  }
  each(function (form, name) {
    var kept = sessionStorage.getItem(name);
    if (kept && !field(form).value) {
      field(form).value = kept;
    }
  });

  var first = document.querySelector("[data-moves]");
  if (first && !document.getElementById("problem")) {
    first.focus();
  }
})();
