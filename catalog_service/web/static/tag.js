// Keeps what was pasted until it has been judged, also where the session runs out; Ctrl+Enter judges;
// a file that is too large is told before it is sent.
(function () {
  "use strict";
  var form = document.getElementById("paste");
  var box = document.getElementById("projects");
  var file = document.getElementById("file");
  var complaint = document.getElementById("file-problem");
  var answers = document.getElementById("verdicts");
  var DRAFT = "pasted projects";

  function kept(value) {
    try {
      if (value === undefined) {
        return window.sessionStorage.getItem(DRAFT) || "";
      }
      window.sessionStorage.setItem(DRAFT, value);
    } catch (refused) {
      // a browser that keeps nothing
    }
    return "";
  }

  if (form && box) {
    if (box.value) {
      kept(box.value);
    } else {
      box.value = kept();
    }
    box.addEventListener("input", function () {
      kept(box.value);
    });
    box.addEventListener("keydown", function (event) {
      if (event.key === "Enter" && event.ctrlKey) {
        event.preventDefault();
        form.querySelector("button").click();
      }
    });
    if (answers) {
      answers.focus();
    }
  }

  if (file && complaint) {
    file.addEventListener("change", function () {
      var most = Number(file.getAttribute("data-most"));
      var chosen = file.files && file.files[0];
      var wrong = chosen && chosen.size > most * 1e6 ? "文件超过 " + most + " MB，请拆分后再上传。" : "";
      file.setCustomValidity(wrong);
      complaint.textContent = wrong;
      complaint.hidden = !wrong;
    });
  }
})();
