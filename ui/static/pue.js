// What a page does beyond its forms: it changes without a flash, reloads itself
// when the session has moved on, offers a keyboard on the screen, and is walked
// with arrow keys. Without it the forms still post; nothing reloads by itself.
"use strict";
(() => {
  const root = document.documentElement;
  // The first 400 ms of a new page ignore fingers: a second tap of the same
  // finger was meant for the page before.
  const GUARD = 400;
  let shownAt = performance.now();
  let work = Promise.resolve();
  let pending = 0;
  let leaving = false;
  let toldAt = performance.now();
  let seen = new Set();
  let parked = null;
  /** @type {Promise<MediaStream> | null} */
  let film = null;
  /** @type {HTMLInputElement | null} */
  let field = null;

  const all = (css) => [...document.querySelectorAll(css)];
  const one = (css) => document.querySelector(css);
  const rev = () => Number(root.dataset.rev);
  const place = (e) => e.dataset.screen + " " + e.dataset.step;
  const mark = (e) => e && (e.id || e.value && e.name + e.value || "");

  /** Leaves for a fresh page: what is on the screen can no longer be trusted. */
  function leave() {
    if (leaving) return;
    leaving = true;
    document.body.hidden = true;
    setTimeout(() => location.replace("/"), performance.now() < 2000 ? 1000 : 0);
  }

  /** Puts a page that the server drew in place of this one. What is typed stays
      through a redraw, and through the question whether somebody is there. */
  function show(html, typed) {
    const next = new DOMParser().parseFromString(html, "text/html");
    const to = next.documentElement;
    if (!to.dataset.screen) return leave();
    const same = place(to) === place(root);
    const asks = to.dataset.screen === "still-there";
    if (asks && !same) parked = typed && { place: place(root), typed };
    const kept = same ? typed : parked && parked.place === place(to) && parked.typed;
    if (!asks) parked = null;
    const focus = same ? mark(document.activeElement) : "";
    for (const a of to.attributes) root.setAttribute(a.name, a.value);
    document.title = next.title;
    document.body.replaceWith(next.body);
    if (kept) for (const i of all("input[type=checkbox]")) i.checked = false;
    if (kept) for (const [name, value] of kept) write(name, value);
    if (!same) shownAt = performance.now(), seen = new Set();
    ready(focus, Boolean(same && typed));
  }

  /** Gives a field of the new page what stood in the old one. */
  function write(name, value) {
    for (const i of all("input[form=p]")) {
      if (i.name !== name) continue;
      if (i.type === "radio") i.checked = i.value === value;
      else if (i.type === "checkbox") i.checked ||= i.value === value;
      else i.value = value;
    }
  }

  /** Sends one touch, or a picture; they go one after the other. */
  function send(body, to = "/touch", headers = {}) {
    pending++;
    toldAt = performance.now();
    work = work.then(async () => {
      if (leaving) return;
      const r = await fetch(to, { method: "POST", body, headers });
      if (!r.ok) return leave();
      show(await r.text());
    }).catch(leave).finally(() => pending--);
  }

  const visit = () => one("#p [name=visit]").value;
  const told = (act) => new URLSearchParams({ screen: root.dataset.screen, visit: visit(), act });

  /** Lets the page's camera be seen for as long as it shows its picture. */
  function camera() {
    const video = one("video");
    if (!video) {
      if (film) film.then((f) => f.getTracks().forEach((t) => t.stop()), () => {});
      film = null;
      return;
    }
    film ||= (async () => navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 2560 }, height: { ideal: 1440 } } }))();
    film.then((f) => { video.srcObject = f; return video.play().catch(() => {}); },
      () => { film = null; if (video.isConnected) send(told("no-camera")); });
  }

  /** Sends what the camera sees now. */
  function shoot() {
    const video = one("video");
    if (!video || !video.videoWidth || pending) return;
    const sheet = document.createElement("canvas");
    sheet.width = video.videoWidth;
    sheet.height = video.videoHeight;
    sheet.getContext("2d").drawImage(video, 0, 0);
    const of = visit();
    sheet.toBlob((b) => { if (b) send(b, "/documents", { "Pue-Visit": of }); }, "image/jpeg", .92);
  }

  /** Tells the session that somebody is here, although nothing is sent: who
      types for minutes must not be asked. The question itself wants an answer. */
  function alive() {
    const now = performance.now();
    if (leaving || pending || now - toldAt < 20000 || root.dataset.screen === "still-there") return;
    toldAt = now;
    fetch("/touch", { method: "POST", body: told("stay"), redirect: "manual" }).catch(leave);
  }

  /** Fetches the page again, unless a touch has brought a newer one. */
  function reload(newest) {
    work = work.then(async () => {
      if (leaving || rev() >= newest) return;
      const r = await fetch("/");
      if (!r.ok) return leave();
      show(await r.text(), new FormData(one("#p")));
    }).catch(leave);
  }

  function listen() {
    const stream = new EventSource("/events");
    stream.onmessage = (e) => reload(Number(e.data));
    stream.onerror = leave;
  }

  /** Prepares what has just been shown. What is wrong comes before where the
      focus was, unless the page only repeats itself. */
  function ready(focus, repeated) {
    const inputs = all("input[data-board]");
    field = null;
    root.classList.remove("kb-up");
    const wrong = inputs.find((i) => i.ariaInvalid);
    if (inputs.length) keyboard(repeated && inputs.find((i) => i.id === focus) || wrong || inputs[0]);
    const again = focus && all("button,input").find((e) => mark(e) === focus && !e.disabled);
    (repeated && again || wrong || again || one("h1")).focus();
    camera();
    const clock = one("[data-seconds]");
    if (clock) clock.end = performance.now() + clock.dataset.seconds * 1000;
  }

  /** Shows the keyboard for a field, and of the fields this one only. */
  function keyboard(input) {
    field = input;
    seen.add(input.name);
    root.classList.add("kb-up");
    root.classList.toggle("tight", input.dataset.board !== "pad");
    for (const f of all(".field")) f.classList.toggle("active", f.contains(input));
    for (const k of all(".kb")) k.hidden = k.dataset.for !== input.dataset.board;
    one(".ask").classList.toggle("kb-pad", input.dataset.board === "pad");
    const extra = one(".extra");
    if (extra) extra.textContent = extra.dataset.key = input.dataset.extra;
  }

  /** Goes to the field after this one; false when there is none. */
  function nextField(unseenOnly) {
    const inputs = all("input[data-board]");
    const to = inputs.slice(inputs.indexOf(field) + 1).find((i) => !unseenOnly || !seen.has(i.name) && !i.value);
    if (to) to.focus();
    return Boolean(to);
  }

  /** Types a key into the field. */
  function type(key) {
    field.focus();
    const { selectionStart: from, selectionEnd: to, value } = field;
    if (key === null) {
      if (to) field.setRangeText("", from === to ? from - 1 : from, to, "end");
    } else if (value.length + key.length <= field.maxLength || from !== to) {
      const start = from === 0 || /[\s./-]/.test(value[from - 1]);
      const up = field.dataset.case === "upper" || field.dataset.case === "title" && start;
      field.setRangeText(up && key !== "ß" ? key.toUpperCase() : key, from, to, "end");
    }
    tidy(key === null);
  }

  /** Puts strokes or points into a date and the spaces into an IBAN. */
  function tidy(erased) {
    const { kind } = field.dataset;
    if (erased || field.selectionEnd < field.value.length) return;
    if (kind === "date" && /^\d\d(\D\d\d)?$/.test(field.value)) field.value += root.lang === "de" ? "." : "/";
    if (kind === "iban") field.value = field.value.replace(/ /g, "").toUpperCase().replace(/(.{4})(?=.)/g, "$1 ");
  }

  /** Moves the focus to the nearest control in the direction of an arrow. */
  function step(key) {
    const centre = (e) => {
      const r = (/^(radio|checkbox)$/.test(e.type) ? e.parentElement : e).getBoundingClientRect();
      return [r.x + r.width / 2, r.y + r.height / 2, r.width];
    };
    const at = document.activeElement;
    const start = at && at.matches("button,input") ? centre(at) : null;
    let best = null;
    let least = Infinity;
    for (const e of all("button:not(.vh,:disabled),input:not([type=hidden])")) {
      const [x, y, w] = centre(e);
      if (!w || e === at) continue;
      const [dx, dy] = start ? [x - start[0], y - start[1]] : [0, 1 + (e.closest("main") ? 0 : 9)];
      const along = { ArrowRight: dx, ArrowLeft: -dx, ArrowDown: dy, ArrowUp: -dy }[key];
      const far = start ? along + 2.5 * Math.abs(key === "ArrowLeft" || key === "ArrowRight" ? dy : dx) : dy;
      if ((start ? along > 2 : true) && far < least) best = e, least = far;
    }
    if (best) best.focus();
  }

  document.addEventListener("submit", (e) => {
    e.preventDefault();
    const b = e.submitter;
    const answers = b && b.value === "answer";
    if (answers && field && root.classList.contains("kb-up") && nextField(true)) return;
    const pad = b && b.closest(".pad");
    if (pending && !pad) return;
    if (b && !pad) b.classList.add("pressed");
    send(new URLSearchParams(new FormData(e.target, b)));
  });

  document.addEventListener("click", (e) => {
    const b = e.target.closest("button");
    if (!b) return;
    // Keys report no clicks (detail 0); only fingers slip.
    if (e.detail && performance.now() - shownAt < GUARD) return e.preventDefault();
    if (b.dataset.key) type(b.dataset.key);
    if (b.dataset.do === "erase") type(null);
    if (b.dataset.do === "shoot") shoot();
    if (b.dataset.do === "next" && !nextField(false)) {
      root.classList.remove("kb-up", "tight");
      for (const k of all(".kb")) k.hidden = true;
      one("footer .main").focus();
    }
  }, true);

  // A key of ours must not take the caret out of the field.
  document.addEventListener("mousedown", (e) => { if (e.target.closest(".kb")) e.preventDefault(); });
  document.addEventListener("focusin", (e) => { if (e.target.matches("input[data-board]")) keyboard(e.target); });
  document.addEventListener("pointerdown", (e) => { if (e.target.matches("input[data-board]")) keyboard(e.target); });
  document.addEventListener("input", (e) => { if (e.target === field) tidy(/^delete/.test(e.inputType)); });
  document.addEventListener("contextmenu", (e) => e.preventDefault());

  document.addEventListener("keydown", (e) => {
    const at = document.activeElement;
    const typing = at && at.matches("input[data-board]");
    const press = (value) => { const b = one(`button[value="${value}"]`); if (b && !b.disabled) b.click(); };
    if (e.ctrlKey || e.altKey || e.metaKey) return;
    if (e.key.startsWith("Arrow") && !(typing && /Left|Right/.test(e.key))) e.preventDefault(), step(e.key);
    else if (e.key === "Escape") press("back");
    else if (e.key === "Enter" && at && /^(radio|checkbox)$/.test(at.type)) e.preventDefault(), at.checked ? press("answer") : at.checked = true;
    else if (e.key === "Enter" && typing) e.preventDefault(), nextField(true) || press("answer");
    else if (e.key.length === 1 && root.classList.contains("kb-up") && !(at && at.matches("button,input"))) field.focus();
    else if (one(".two > .pad")) {
      if (/^\d$/.test(e.key)) press("digit:" + e.key);
      if (e.key === "Backspace") e.preventDefault(), press("erase");
      if (e.key === "Enter" && !(at && at.matches("button"))) press("ok");
    }
  });

  for (const sign of ["keydown", "pointerdown"]) document.addEventListener(sign, alive, true);

  setInterval(() => {
    const clock = one("[data-seconds]");
    if (clock) clock.textContent = Math.max(0, Math.ceil((clock.end - performance.now()) / 1000));
  }, 250);

  ready("", false);
  listen();
})();
