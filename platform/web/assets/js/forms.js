// Forms: sent once, computed while typed, mended in one click. What is typed is never touched.
(() => {
  // A form is sent once; its button says that it is on the way. The button is not disabled, or its value would not
  // be sent.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.hasAttribute("data-sent")) return event.preventDefault();
    if (event.defaultPrevented || form.method !== "post") return;
    form.setAttribute("data-sent", "");
    const button = event.submitter;
    if (!button?.dataset.busy) return;
    button.style.minWidth = `${button.offsetWidth}px`;
    button.setAttribute("aria-busy", "true");
    const label = button.querySelector(".bl");
    if (label) {
      label.dataset.idle = label.textContent;
      label.textContent = button.dataset.busy;
    }
  });

  // Coming back with the browser's arrow shows the page as it was left: make its forms usable again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) form.removeAttribute("data-sent");
    for (const button of document.querySelectorAll("button[aria-busy]")) {
      button.removeAttribute("aria-busy");
      const label = button.querySelector(".bl");
      if (label?.dataset.idle) label.textContent = label.dataset.idle;
    }
  });

  // Values computed by the server while answers are typed: the answer's elements replace those of the same id.
  const waiting = new WeakMap();

  const derive = async (form) => {
    waiting.get(form)?.abort?.abort();
    const abort = new AbortController();
    waiting.set(form, { abort });
    try {
      const body = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
      const headers = { accept: "text/html", "x-csrf-token": form.elements.csrf?.value ?? "" };
      const answer = await fetch(form.dataset.derive, { method: "POST", body, headers, signal: abort.signal });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const fresh of page.querySelectorAll("[id]")) {
        const shown = document.getElementById(fresh.id);
        if (shown && !fresh.parentElement.closest("[id]")) Archipel.morph(shown, fresh);
      }
    } catch (error) {
      if (error.name !== "AbortError") console.warn("derive", error);
    }
  };

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.dataset?.max) count(field);
    const form = field.closest?.("form[data-derive]");
    if (!form) return;
    const state = waiting.get(form) ?? {};
    clearTimeout(state.timer);
    state.timer = setTimeout(() => derive(form), 250);
    waiting.set(form, state);
  });

  const count = (field) => {
    const counter = document.querySelector(`[data-counter="${CSS.escape(field.id)}"]`);
    const length = [...field.value].length;
    if (!counter) return;
    counter.textContent = `${length} / ${field.dataset.max}`;
    counter.classList.toggle("over", length > Number(field.dataset.max));
  };

  // The answer that mends a field: put in here, or by the server where scripts do not run.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[name=repair]");
    if (!button) return;
    const [key, value] = [button.value.split("=", 1)[0], button.value.slice(button.value.indexOf("=") + 1)];
    const field = document.getElementById(key);
    if (!field || !("value" in field)) return;
    event.preventDefault();
    field.value = value;
    field.removeAttribute("aria-invalid");
    document.getElementById(`${key}-error`)?.remove();
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // A file chosen beside a text becomes that text, so that what will be sent can be read before it is.
  document.addEventListener("change", async (event) => {
    const field = document.getElementById(event.target.dataset?.readInto ?? "");
    const file = event.target.files?.[0];
    if (!field || !file) return;
    field.value = await file.text();
    field.focus();
  });

  // After a failed send the summary takes the focus; its links take it to the answers.
  document.querySelector("[data-error-summary]")?.focus();
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-error-summary] a");
    const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    field.scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  });
})();
