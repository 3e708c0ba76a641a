// The till: the field keeps the focus, keys press the means to pay, and each step brings the ticket up to date in place.
// The ticket lives in the form, and a sale carries its identifier from the beginning: one that is sent twice is recorded
// once. When the server is away, the ticket goes on here with the products that were last heard of; what is sold then
// waits in the browser's storage and is sent, with its moment and its prices, as soon as the server answers again.
(() => {
  const form = () => document.querySelector("form[data-till]");
  const field = () => document.querySelector("[data-till-focus]");
  const part = (name) => document.querySelector(`[data-till-${name}]`);
  let busy = false;

  // What is kept in the browser: the products, and the sales that wait. Both belong to one till.
  const kept = (name, value) => {
    const key = `till-${name}:${location.pathname}`;
    try {
      if (value !== undefined) localStorage.setItem(key, JSON.stringify(value));
      return JSON.parse(localStorage.getItem(key) ?? "[]");
    } catch {
      return value ?? [];
    }
  };
  const write = (sale) => {
    // Without a place to wait in, a sale is not taken at all.
    localStorage.setItem(`till-waiting:${location.pathname}`, JSON.stringify([...kept("waiting"), sale]));
  };

  const api = (path, options = {}) =>
    fetch(form().dataset.tillApi + path, {
      ...options,
      headers: { accept: "application/json", "content-type": "application/json", "x-csrf-token": form().elements.csrf.value },
    });

  const chip = (away) => {
    const shown = part("away");
    if (!shown) return;
    const waiting = kept("waiting").length;
    shown.toggleAttribute("hidden", !away && waiting === 0);
    const text = waiting > 0 ? shown.dataset.waiting.replace("{n}", waiting) : shown.dataset.away;
    if (shown.lastElementChild.textContent !== text) shown.lastElementChild.textContent = text;
  };

  const show = (html, address) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const fresh = page.querySelector("form[data-till]");
    // Signed out, or the till was closed meanwhile: the whole page is another one.
    if (!fresh) return location.assign(address);
    const bar = page.querySelector(".posbar");
    if (bar) document.querySelector(".posbar").replaceWith(bar);
    form().replaceWith(fresh);
    field()?.focus();
  };

  const send = async (button) => {
    const body = new URLSearchParams(new FormData(form(), button));
    busy = true;
    form().setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form().action, { method: "POST", body, headers: { accept: "text/html" } });
      show(await answer.text(), answer.url);
      chip(false);
      if (kept("waiting").length > 0) deliver();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      alone(body);
      chip(true);
    } finally {
      busy = false;
      form()?.removeAttribute("aria-busy");
    }
  };

  // Sends what waits, one after the other. What the server refuses goes on waiting, and is counted in the bar.
  let delivering = false;
  const deliver = async () => {
    if (delivering || !form()) return;
    delivering = true;
    let away = false;
    try {
      for (const sale of kept("waiting")) {
        const answer = await api("/sales", { method: "POST", body: JSON.stringify(sale) });
        if (answer.ok) kept("waiting", kept("waiting").filter((one) => one.id !== sale.id));
      }
    } catch {
      away = true;
    } finally {
      delivering = false;
      chip(away);
    }
  };

  // The products, for when the server is away.
  const learn = async () => {
    try {
      const all = [];
      for (let cursor = ""; all.length < 5000; ) {
        const answer = await api(`/products?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
        if (!answer.ok) return;
        const page = await answer.json();
        all.push(...page.items);
        cursor = page.next_cursor ?? "";
        if (!cursor) break;
      }
      kept("products", all);
    } catch {
      // The ones of the last time will do.
    }
  };

  const identifier = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };
  const money = (cents) =>
    new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: "EUR" }).format(cents / 100);
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  // One step without the server, as the server would do it.
  const alone = (body) => {
    const products = new Map(kept("products").map((one) => [one.product_id, one]));
    const ticket = {
      sale: body.get("sale"),
      lines: body.getAll("line").map((text) => ({ id: text.split(":")[0], count: Number(text.split(":")[1]) })),
      given: body.getAll("tender").map((text) => ({ means: text.split(":")[0], given_cents: Number(text.split(":")[1]) })),
      on: Number(body.get("on")),
    };
    const add = (id, count) => {
      const at = ticket.lines.findIndex((line) => line.id === id);
      if (at >= 0) ticket.lines[at].count += count;
      else ticket.lines.push({ id, count });
      ticket.on = at >= 0 ? at : ticket.lines.length - 1;
    };
    const [verb, rest] = [body.get("do").split(":", 1)[0], body.get("do").slice(body.get("do").indexOf(":") + 1)];
    const line = ticket.lines[Number(rest)];
    const typed = body.get("amount").replace(/[\s€]/gu, "").replace(",", ".");
    if (verb === "scan" && body.get("code").trim()) {
      const [, count, code] = body.get("code").match(/^\s*(?:(\d{1,4})\s*\*)?\s*(.*?)\s*$/u);
      const all = [...products.values()];
      const exact = all.filter((one) => one.sku === code || one.ean13 === code);
      const named = exact.length > 0 ? exact : all.filter((one) => code.length > 1 && plain(one.name).includes(plain(code)));
      if (named.length === 1) add(named[0].product_id, Number(count || 1));
    } else if (verb === "add") add(rest, 1);
    else if (verb === "unpay") ticket.given = [];
    else if (line && verb === "plus") line.count += 1;
    else if (line && verb === "minus" && line.count > 1) line.count -= 1;
    else if (line && (verb === "minus" || verb === "drop")) ticket.lines.splice(Number(rest), 1);
    ticket.lines = ticket.lines.filter((one) => products.has(one.id) && one.count > 0 && one.count <= 9999);
    const sum = () => ticket.lines.reduce((cents, one) => cents + one.count * products.get(one.id).price_cents, 0);
    const paid = () => ticket.given.reduce((cents, one) => cents + one.given_cents, 0);
    let change;
    if (verb === "pay" && ticket.lines.length > 0) {
      const cents = typed === "" ? sum() - paid() : Math.round(Number(typed) * 100);
      const over = rest !== "cash" && cents > sum() - paid();
      if (Number.isFinite(cents) && cents > 0 && !over) ticket.given.push({ means: rest, given_cents: cents });
      if (paid() >= sum()) change = sell(ticket, products, paid() - sum());
    }
    draw(ticket, products, sum() - paid(), change);
  };

  // Puts a sale aside until the server answers; the ticket is empty then.
  const sell = (ticket, products, change) => {
    const lines = ticket.lines.map(({ id, count }) => ({
      product_id: id,
      quantity: count,
      unit_price_cents: products.get(id).price_cents,
    }));
    write({ id: ticket.sale, lines, tenders: ticket.given, at: new Date().toISOString() });
    Object.assign(ticket, { sale: identifier(), lines: [], given: [], on: 0 });
    return change;
  };

  const draw = (ticket, products, left, change) => {
    const shown = form();
    for (const old of shown.querySelectorAll("input[name=tender]")) old.remove();
    for (const one of ticket.given) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name: "tender", value: `${one.means}:${one.given_cents}` });
      shown.prepend(input);
    }
    shown.elements.sale.value = ticket.sale;
    shown.elements.on.value = ticket.on;
    const list = document.createElement("ul");
    list.className = "lines";
    ticket.lines.forEach(({ id, count }, at) => {
      const product = products.get(id);
      const item = part("line").content.firstElementChild.cloneNode(true);
      item.classList.toggle("on", at === ticket.on);
      item.querySelector("input").value = `${id}:${count}`;
      item.querySelector(".q").textContent = count;
      item.querySelector("b").textContent = product.name;
      item.querySelector(".small").textContent = money(product.price_cents);
      item.querySelector(".strong").textContent = money(product.price_cents * count);
      for (const button of item.querySelectorAll("button")) {
        button.value = `${button.value.split(":")[0]}:${at}`;
        button.setAttribute("aria-label", button.getAttribute("aria-label").replace("…", product.name));
      }
      list.append(item);
    });
    shown.querySelector(".lines").replaceWith(list);
    for (const tax of shown.querySelectorAll(".sum > :not(.tot)")) tax.hidden = true;
    document.getElementById("total").textContent = money(Math.max(0, left));
    for (const due of shown.querySelectorAll("[data-till-due]")) due.textContent = money(Math.max(0, left));
    for (const button of shown.querySelectorAll("[data-till-key]")) button.disabled = ticket.lines.length === 0;
    shown.elements.code.value = "";
    shown.elements.amount.value = "";
    const said = part("change");
    said.textContent = change > 0 ? said.dataset.tillChange.replace("{n}", money(change)) : "";
    field().focus();
  };

  document.addEventListener(
    "submit",
    (event) => {
      if (!event.target.matches("form[data-till]")) return;
      event.preventDefault();
      if (!busy) send(event.submitter ?? event.target.querySelector("[type=submit]"));
    },
    true,
  );

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const button = document.querySelector(`[data-till-key="${CSS.escape(event.key)}"]:not([disabled])`);
    if (button) {
      event.preventDefault();
      return button.click();
    }
    if (event.key === "Escape") return field()?.focus();
    // What a scanner types while nothing has the focus belongs to the field.
    const idle = document.activeElement === document.body || document.activeElement === null;
    if (idle && event.key.length === 1) field()?.focus();
  });

  if (form()) {
    field()?.focus();
    // Loading this page again must not tell of the last sale again.
    history.replaceState(null, "", location.pathname);
    learn();
    deliver();
    addEventListener("online", deliver);
    setInterval(() => kept("waiting").length > 0 && deliver(), 10_000);
  }
})();
