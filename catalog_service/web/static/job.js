// Shows how far a job has come; when it has ended the page is loaded again with the result.
(function () {
  "use strict";
  var EVERY = 1000;
  var bar = document.getElementById("progress");
  var state = document.getElementById("state");
  var words = { queued: "等待", running: "进行中" };
  if (!bar || !window.fetch) {
    return;
  }

  function grouped(number) {
    return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
  }

  function show(job) {
    if (!words[job.state]) {
      window.location.reload();
      return;
    }
    var said = words[job.state] + (job.stage ? "：" + job.stage : "");
    if (job.total) {
      bar.max = job.total;
      bar.value = job.done;
      said += "，" + grouped(job.done) + " / " + grouped(job.total) + " 个";
    }
    if (state.textContent !== said) {
      state.textContent = said;
    }
    window.setTimeout(ask, EVERY);
  }

  function ask() {
    window
      .fetch(bar.getAttribute("data-job"), { credentials: "same-origin" })
      .then(function (answer) {
        if (answer.status === 401) {
          window.location.reload();
          throw new Error("signed out");
        }
        if (!answer.ok) {
          throw new Error(String(answer.status));
        }
        return answer.json();
      })
      .then(function (answer) {
        show(answer.data);
      })
      .catch(function () {
        window.setTimeout(ask, 5 * EVERY);
      });
  }

  window.setTimeout(ask, EVERY);
})();
