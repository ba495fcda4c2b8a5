"use strict";
// The whole page is drawn from /state, which is asked for again and again; a part is redrawn only when it has changed.
const asked = new URLSearchParams(location.search).get("lang");
let language = WORDS[asked] ? asked : (navigator.languages || []).some(l => l.startsWith("uk") || l.startsWith("ru")) ? "uk" : "en";
let selected = new URLSearchParams(location.search).get("order") || "";
let tab = new URLSearchParams(location.search).get("tab") === "page" ? "page" : "chat";
let state = null;
const drawn = {};
const FAULTS = {
  carrier: ["", "down", "rate_limit:1", "key_refused", "empty_success", "half_json"],
  telegram: ["", "down", "429:5", "close_after_body", "500"],
  database: ["", "down"],
};
const $ = id => document.getElementById(id);
const word = name => WORDS[language][name];

function make(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") element.addEventListener("click", value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter(child => child !== null && child !== ""));
  return element;
}

function redraw(id, key, draw) {
  const now = JSON.stringify([language, key]);
  if (drawn[id] === now) return;
  drawn[id] = now;
  const at = $(id), focused = at.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  at.replaceChildren(...draw());
  if (focused) at.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
}

async function press(what, fields, button) {
  if (button) button.disabled = true;
  try {
    const answer = await fetch(`/do/${what}`, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(fields)});
    const told = await answer.json();
    if (told.error) toast(told.error);
  } catch (error) {
    toast(String(error));
  } finally {
    if (button) button.disabled = false;
  }
  look();
}

let fading = 0;
function toast(text) {
  $("toast").textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => { $("toast").textContent = ""; }, 5000);
}

const button = (text, what, fields, props = {}) =>
  make("button", {type: "button", "data-focus": `${what} ${Object.values(fields).join(" ")}`, on: event => press(what, fields, event.currentTarget), ...props}, text);
const clock = iso => new Date(iso).toLocaleTimeString(language, {hour: "2-digit", minute: "2-digit", timeZone: "Europe/Kyiv"});
const moment = iso => new Date(iso).toLocaleString(language, {weekday: "short", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", timeZone: "Europe/Kyiv"});

function orders() {
  return state.orders.map(order => {
    const chips = order.notices.map(one => {
      const to = word("audiences")[one.audience] || one.audience;
      const kind = word("kinds")[one.kind] || one.kind;
      return make("span", {class: `chip ${one.state}`}, `${to}: ${kind} · ${word("states")[one.state] || one.state}`);
    });
    return make("button", {type: "button", class: order.stale ? "order stale" : "order", "aria-pressed": String(order.number === selected),
      "data-focus": order.number, on: () => { selected = order.number; draw(); }},
      make("span", {class: "top"}, make("b", {}, order.number), make("span", {}, `${order.buyer}, ${order.city}`),
        make("span", {class: "quiet"}, `${order.sum.toLocaleString(language)} ${word("grn")} · ${order.status}`)),
      make("span", {class: "quiet ttn"}, order.ttn || word("no_ttn")),
      order.shipment_status ? make("span", {class: "status"}, order.shipment_status) : "",
      order.shipment_status && order.updated ? make("span", {class: "quiet"}, `${word("updated")} ${moment(order.updated)}`) : "",
      chips.length ? make("span", {class: "chips"}, ...chips) : "");
  });
}

function parcel() {
  const order = state.orders.find(one => one.number === selected);
  if (!order) return [];
  const title = make("p", {}, make("b", {}, order.number), ` ${order.ttn}`);
  if (!order.ttn) return [make("p", {}, make("b", {}, order.number), ` · ${word("send_hint")}`), make("div", {class: "steps"}, button(word("send"), "send", {order: order.number}, {class: "main"}))];
  return [title, make("div", {class: "steps"}, ...order.steps.map(code =>
    button(word("codes")[code] || code, "move", {order: order.number, code}, {"aria-pressed": String(code === order.code)})))];
}

function faults() {
  return Object.entries(FAULTS).map(([party, names]) => make("div", {class: "party", role: "group", "aria-label": word("parties")[party]},
    make("b", {}, word("parties")[party]),
    make("div", {class: "choices"}, ...names.map(name => {
      const set = state.faults[party], on = name ? set === name.split(":")[0] : !set;
      return button(word("faults")[name], "fault", {party, fault: name}, {"aria-pressed": String(Boolean(name) && on), disabled: !name && on});
    }))));
}

// Only what Telegram itself knows as markup, made anew: whatever else stands in a message is text.
function safe(html) {
  const copy = node => {
    if (node.nodeType === 3) return [document.createTextNode(node.data)];
    const inside = [...node.childNodes].flatMap(copy), tag = node.nodeName.toLowerCase();
    if (["b", "strong", "i", "em", "u", "s", "code", "pre"].includes(tag)) return [make(tag, {}, ...inside)];
    if (tag === "a" && /^https?:/.test(node.getAttribute("href") || "")) return [make("a", {href: node.getAttribute("href"), target: "_blank", rel: "noopener noreferrer"}, ...inside)];
    return inside;
  };
  return [...new DOMParser().parseFromString(html, "text/html").body.childNodes].flatMap(copy);
}

function bubbles(messages, empty) {
  if (!messages.length) return [make("p", {class: "empty"}, empty)];
  return messages.flatMap((message, place) => {
    const bubble = make("div", {class: "bubble"}, ...safe(message.html), make("time", {datetime: message.at}, clock(message.at) + (message.silent ? " 🔕" : "")));
    const rows = (message.markup && message.markup.inline_keyboard) || [];
    if (!rows.length || place < messages.length - 3) return [bubble];
    return [bubble, make("div", {class: "keys"}, ...rows.map(row => make("div", {class: "row"}, ...row.map(key =>
      key.url ? make("a", {href: key.url, target: "_blank", rel: "noopener noreferrer"}, key.text) : button(key.text, "press", {button: key.callback_data, chat: message.chat_id})))))];
  });
}

function chat(id, messages, empty) {
  const last = messages.length ? messages[messages.length - 1].message_id : 0;
  const fresh = drawn[`${id} last`] !== last;
  drawn[`${id} last`] = last;
  redraw(id, messages, () => bubbles(messages, empty));
  if (fresh) $(id).scrollTop = $(id).scrollHeight;
}

function page() {
  const order = state.orders.find(one => one.number === selected);
  return order && order.page ? [make("iframe", {src: `${order.page}?lang=${language}`, sandbox: true, title: word("tab_page")})] : [make("p", {}, word("no_page"))];
}

function draw() {
  document.documentElement.lang = language;
  document.querySelectorAll("[data-word]").forEach(one => { one.textContent = word(one.dataset.word); });
  $("language").textContent = word("other");
  $("language").lang = language === "uk" ? "en" : "uk";
  document.querySelector("[data-label]").setAttribute("aria-label", word("time"));
  if (!state) return;
  if (!state.orders.some(one => one.number === selected) && state.orders.length) selected = state.orders[0].number;
  const order = state.orders.find(one => one.number === selected) || {};
  $("now").textContent = moment(state.now);
  $("now").dateTime = state.now;
  $("run").className = `run ${state.run.busy ? "busy" : state.run.error ? "failed" : ""}`;
  $("run").textContent = state.run.busy ? word("busy") : state.run.error ? word("failed") : "";
  $("run").title = state.run.error || "";
  $("others").textContent = word("others")(state.others);
  $("asked").textContent = word("asked")(state.asked.requests, state.asked.documents);
  redraw("orders", [state.orders, selected], orders);
  redraw("parcel", [order.number, order.ttn, order.code, order.steps], parcel);
  redraw("faults", state.faults, faults);
  redraw("start", [order.number, order.linked, tab], () => (tab === "chat" && order.number && !order.linked ? [button(`${word("link")}: ${order.number}`, "link", {order: order.number}, {class: "main"})] : []));
  chat("chat", state.buyer, word("empty_chat"));
  chat("owner", state.shop, word("empty_owner"));
  if (tab === "page") redraw("page", [order.number, order.page, order.shipment_status, order.code], page);
  for (const name of ["chat", "page"]) {
    $(name).hidden = tab !== name;
    $(`tab-${name}`).setAttribute("aria-selected", String(tab === name));
    $(`tab-${name}`).tabIndex = tab === name ? 0 : -1;
  }
}

let looking = false;
async function look() {
  if (looking) return;
  looking = true;
  try {
    state = await (await fetch("/state")).json();
    draw();
  } catch {
    // The world is ending, or busy: the next look tells.
  } finally {
    looking = false;
  }
}

for (const name of ["chat", "page"]) {
  $(`tab-${name}`).addEventListener("click", () => { tab = name; draw(); });
  $(`tab-${name}`).addEventListener("keydown", event => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    tab = name === "chat" ? "page" : "chat";
    draw();
    $(`tab-${tab}`).focus();
  });
}
$("language").addEventListener("click", () => { language = language === "uk" ? "en" : "uk"; draw(); });
document.querySelectorAll("[data-do]").forEach(one => one.addEventListener("click", () => press(one.dataset.do, {minutes: Number(one.dataset.minutes)}, one)));
draw();
look();
setInterval(look, 900);
