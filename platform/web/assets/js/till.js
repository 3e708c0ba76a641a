// The till: the field keeps the focus, keys press the means to pay, and each step brings the ticket up to date in place.
// The ticket lives in the form: a step that does not reach the server changes nothing, and is simply sent again. A sale
// carries its identifier from the beginning, so that one that is sent twice is recorded once.
(() => {
  const form = () => document.querySelector("form[data-till]");
  const field = () => document.querySelector("[data-till-focus]");
  const away = (is) => document.querySelector("[data-till-away]")?.toggleAttribute("hidden", !is);
  let busy = false;

  const show = (html, address) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const fresh = page.querySelector("form[data-till]");
    // Signed out, or the till was closed meanwhile: the whole page is another one.
    if (!fresh) return location.assign(address);
    const bar = page.querySelector(".posbar");
    if (bar) document.querySelector(".posbar").replaceWith(bar);
    form().replaceWith(fresh);
    field()?.focus();
    document.getElementById("total")?.scrollIntoView({ block: "nearest" });
  };

  const send = async (button) => {
    const body = new URLSearchParams(new FormData(form(), button));
    busy = true;
    form().setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form().action, { method: "POST", body, headers: { accept: "text/html" } });
      away(false);
      show(await answer.text(), answer.url);
    } catch {
      away(true);
      form()?.removeAttribute("aria-busy");
      field()?.focus();
    } finally {
      busy = false;
    }
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
    // Loading this page again must not ask whether a step is to be sent again.
    history.replaceState(null, "", location.pathname);
  }
})();
