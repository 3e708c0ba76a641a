// Live regions: `<section id data-live="/path">` follows the events of that path. `changed` says that something has
// changed, not what: the page is fetched again under the reader's own rights, and the region brought up to date in
// place, so that focus, selection and scroll stay where they are.
globalThis.Archipel = globalThis.Archipel ?? {};
(() => {
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  // Tints a figure that has changed, once, for 600 ms.
  const tint = (node) => {
    const figure = node.parentElement?.closest("[data-figure], td.num");
    if (!figure || still.matches) return;
    figure.classList.remove("changed");
    void figure.offsetWidth;
    figure.classList.add("changed");
    setTimeout(() => figure.classList.remove("changed"), 600);
  };

  const attributes = (shown, fresh) => {
    for (const { name } of [...shown.attributes]) {
      const kept = name === "open" || name === "data-sent" || name === "style";
      if (!kept && !fresh.hasAttribute(name)) shown.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (name !== "open" && shown.getAttribute(name) !== value) shown.setAttribute(name, value);
    }
    if (shown instanceof HTMLInputElement && shown.readOnly && shown.value !== fresh.value) shown.value = fresh.value;
  };

  const children = (shown, fresh) => {
    let place = shown.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      const same = wanted.id ? [...shown.children].find((child) => child.id === wanted.id) : place;
      const usable = same && same.nodeName === wanted.nodeName && (same.id ?? "") === (wanted.id ?? "");
      if (usable) {
        if (same !== place) shown.insertBefore(same, place);
        place = same.nextSibling;
        morph(same, wanted);
      } else {
        shown.insertBefore(document.importNode(wanted, true), place);
      }
    }
    while (place) {
      const next = place.nextSibling;
      place.remove();
      place = next;
    }
  };

  // Makes the element shown equal to the fresh one and keeps every node that is still there.
  const morph = (shown, fresh) => {
    if (shown.isEqualNode(fresh)) return;
    if (shown.nodeType !== Node.ELEMENT_NODE) {
      if (shown.nodeValue !== fresh.nodeValue) {
        shown.nodeValue = fresh.nodeValue;
        tint(shown);
      }
      return;
    }
    attributes(shown, fresh);
    if (!(shown instanceof HTMLTextAreaElement)) children(shown, fresh);
  };
  Archipel.morph = morph;

  // Rows must not move under the pointer or the focus: a change of rows waits until the reader has left, ten seconds
  // at most. Figures within rows change at once.
  const rows = (region) => [...region.querySelectorAll("tr[id], li[id]")].map((row) => row.id).join();
  const busy = (region, fresh) => region.matches(":hover, :focus-within") && rows(region) !== rows(fresh);

  const refresh = async (region, tries = 5) => {
    if (document.hidden) return void region.setAttribute("data-missed", "");
    region.removeAttribute("data-missed");
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(region.id);
      if (!fresh) return;
      if (tries > 0 && busy(region, fresh)) return void setTimeout(() => refresh(region, tries - 1), 2000);
      morph(region, fresh);
      for (const id of ["menu", "freshness"]) {
        const [shown, other] = [document.getElementById(id), page.getElementById(id)];
        if (shown && other && !region.contains(shown)) morph(shown, other);
      }
      document.dispatchEvent(new CustomEvent("archipel:refreshed", { detail: region }));
    } catch (error) {
      console.warn("live", error);
    }
  };

  const timers = new Map();
  const soon = (path) => {
    if (timers.has(path)) return;
    timers.set(path, setTimeout(() => {
      timers.delete(path);
      for (const region of document.querySelectorAll("[data-live]")) {
        if (region.dataset.live === path) refresh(region);
      }
    }, 100));
  };

  // One stream per path, from where the page was read. A browser that lost it opens it again from the last event.
  const follow = (path) => {
    const address = new URL(path, location.href);
    address.searchParams.set("seen", document.querySelector("[data-seen]")?.dataset.seen ?? "");
    const source = new EventSource(address);
    source.addEventListener("changed", () => soon(path));
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  };

  const paths = new Set([...document.querySelectorAll("[data-live][id]")].map((region) => region.dataset.live));
  for (const path of paths) follow(path);

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    for (const region of document.querySelectorAll("[data-missed]")) refresh(region);
  });
})();
