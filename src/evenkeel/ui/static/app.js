// Progressive enhancement only: live fragments, times in the viewer's zone, command palette, theme, copy.
"use strict";
(() => {
  const root = document.documentElement;
  const saved = localStorage.getItem("theme");
  if (saved) root.dataset.theme = saved;

  const relative = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  function showTimes(within) {
    for (const node of within.querySelectorAll("time[datetime]")) {
      const at = new Date(node.dateTime);
      if (!node.title) node.title = node.dateTime.replace("T", " ").replace("Z", " UTC");
      const age = Math.max(0, (Date.now() - at) / 1000);
      if (node.dataset.show === "age" && age < 86400) {
        const [size, unit] = relative.find(([size]) => age >= size) || [1, "s"];
        node.textContent = age < 1 ? "now" : `${Math.floor(age / size)} ${unit} ago`;
      } else {
        node.textContent = at.toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });
      }
    }
    for (const node of within.querySelectorAll("text[data-time]")) {
      const at = new Date(node.dataset.time);
      node.textContent = node.dataset.pattern === "%H:%M"
        ? at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
        : at.toLocaleDateString([], { day: "2-digit", month: "short" });
    }
  }
  showTimes(document);
  setInterval(() => showTimes(document), 5000);

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-action]");
    if (!target) return;
    if (target.dataset.action === "theme") {
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      localStorage.setItem("theme", root.dataset.theme);
    }
    if (target.dataset.action === "copy") {
      navigator.clipboard.writeText(document.getElementById(target.dataset.from).textContent.trim())
        .then(() => { target.textContent = "Copied"; });
    }
    if (target.dataset.action === "palette") openPalette();
  });
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !confirm(question)) event.preventDefault();
  });
  for (const form of document.querySelectorAll("form[data-auto]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }

  // Live: when a service shown here changed, fetch this page again and swap what differs, in place.
  if (document.querySelector("[data-live]") && document.body.dataset.stream) {
    let waiting = false, wanted = false;
    const refresh = async () => {
      if (waiting || document.hidden) { wanted = true; return; }
      waiting = true; wanted = false;
      const began = Date.now();
      try {
        const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
        if (answer.ok && !answer.redirected) {
          const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
          for (const node of document.querySelectorAll("[data-live]")) {
            const other = fresh.getElementById(node.id);
            const isUsed = node.contains(document.activeElement) || node.querySelector("details[open]");
            if (other && other.innerHTML !== node.dataset.seen && !isUsed) {
              const html = other.innerHTML;
              node.innerHTML = html; node.dataset.seen = html; node.className = other.className;
              showTimes(node);
            }
          }
        }
      } finally {
        // A page that takes the server long is asked for less often: an open page takes a tenth of its time, up to a minute between.
        const took = Date.now() - began;
        setTimeout(() => { waiting = false; if (wanted) refresh(); }, Math.min(60000, Math.max(2000, 9 * took)));
      }
    };
    const stream = new EventSource("/live");
    const only = document.body.dataset.stream;
    stream.addEventListener("service", (event) => {
      if (only === "*" || event.data === "*" || event.data === only) refresh();
    });
    document.addEventListener("visibilitychange", () => { if (!document.hidden && wanted) refresh(); });
    addEventListener("pagehide", () => stream.close());
  }

  // Charts: the numbers under the pointer, or under the arrow keys.
  const tip = document.createElement("div");
  tip.className = "tip"; tip.hidden = true; document.body.append(tip);
  let charted = null, place = -1;
  function showPoint(chart, index) {
    const points = JSON.parse(chart.dataset.hover);
    if (!points.length) return;
    place = Math.max(0, Math.min(points.length - 1, index));
    charted = chart;
    const [x, at, said] = points[place], box = chart.getBoundingClientRect(), scale = box.width / chart.viewBox.baseVal.width;
    let cursor = chart.querySelector(".cursor");
    if (!cursor) {
      cursor = document.createElementNS("http://www.w3.org/2000/svg", "line");
      cursor.setAttribute("class", "cursor"); cursor.setAttribute("y1", 10); cursor.setAttribute("y2", 158);
      chart.append(cursor);
    }
    cursor.setAttribute("x1", x); cursor.setAttribute("x2", x);
    const isMoment = /^\d{4}-\d\d-\d\dT/.test(at);  // else it is the name of a bin
    tip.textContent = [isMoment ? new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : at, ...said].join("\n");
    tip.hidden = false;
    const left = box.left + x * scale + 12;
    tip.style.left = `${left + tip.offsetWidth > innerWidth ? Math.max(4, left - tip.offsetWidth - 24) : left}px`;
    tip.style.top = `${Math.max(4, box.top + 8)}px`;
  }
  function hidePoint() {
    tip.hidden = true;
    if (charted) charted.querySelector(".cursor")?.remove();
    charted = null;
  }
  document.addEventListener("pointermove", (event) => {
    const chart = event.target.closest?.("svg.chart");
    if (!chart) { if (charted && charted !== document.activeElement) hidePoint(); return; }
    if (charted && charted !== chart) hidePoint();
    const box = chart.getBoundingClientRect(), x = (event.clientX - box.left) / box.width * chart.viewBox.baseVal.width;
    const points = JSON.parse(chart.dataset.hover);
    let best = 0;
    points.forEach((point, index) => { if (Math.abs(point[0] - x) < Math.abs(points[best][0] - x)) best = index; });
    showPoint(chart, best);
  });
  document.addEventListener("keydown", (event) => {
    const chart = document.activeElement?.closest?.("svg.chart");
    if (!chart || !["ArrowLeft", "ArrowRight", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") { hidePoint(); return; }
    const last = JSON.parse(chart.dataset.hover).length - 1;
    showPoint(chart, charted === chart ? place + (event.key === "ArrowRight" ? 1 : -1) : last);
  });
  document.addEventListener("focusout", (event) => { if (event.target === charted) hidePoint(); });

  // Rating by keys: the first question without an answer takes it; with the last one, the next answer comes.
  document.addEventListener("keydown", (event) => {
    const form = document.querySelector("form[data-rate]");
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName) && document.activeElement.type !== "radio";
    if (!form || typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    const button = form.querySelector(`button[data-key="${CSS.escape(key)}"]`);
    if (button) { event.preventDefault(); button.click(); return; }
    const open = [...form.querySelectorAll("fieldset")].filter((each) => !each.querySelector("input:checked"));
    const choice = open[0]?.querySelector(`input[data-key="${CSS.escape(key)}"]`);
    if (!choice) return;
    event.preventDefault();
    choice.checked = true;
    if (open.length === 1) form.requestSubmit(); else open[1].querySelector("input").focus();
  });

  // Command palette: pages, services, actions.
  const dialog = document.getElementById("palette");
  let entries = null;
  async function openPalette() {
    if (!dialog || dialog.open) return;
    dialog.showModal();
    const input = dialog.querySelector("input");
    input.value = ""; input.focus();
    if (!entries) {
      const answer = await fetch("/palette.json");
      entries = answer.ok ? (await answer.json()).entries : [];
    }
    list(input.value);  // what was typed while they were fetched
  }
  function list(text) {
    const holder = dialog.querySelector("ul");
    const found = (entries || []).filter((entry) => entry.title.toLowerCase().includes(text.toLowerCase())).slice(0, 50);
    holder.replaceChildren(...found.map((entry, index) => {
      const item = document.createElement("li"), link = document.createElement("a");
      link.href = entry.url; link.textContent = entry.title;
      link.setAttribute("aria-selected", index === 0);
      item.append(link);
      return item;
    }));
  }
  if (dialog) {
    const input = dialog.querySelector("input");
    input.addEventListener("input", () => list(input.value));
    dialog.addEventListener("keydown", (event) => {
      const links = [...dialog.querySelectorAll("li a")];
      let at = links.findIndex((link) => link.getAttribute("aria-selected") === "true");
      if (event.key === "Enter" && links[at]) { event.preventDefault(); location.href = links[at].href; }
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      at = (at + (event.key === "ArrowDown" ? 1 : links.length - 1)) % Math.max(1, links.length);
      links.forEach((link, index) => link.setAttribute("aria-selected", index === at));
      if (links[at]) links[at].scrollIntoView({ block: "nearest" });
    });
    document.addEventListener("keydown", (event) => {
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
      if ((event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing)) {
        event.preventDefault();
        openPalette();
      }
    });
  }
})();
