// A form that was sent says so, and cannot be sent twice by an impatient finger.

export function onceOnly(root) {
  for (const form of root.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) return event.preventDefault();
      form.dataset.sent = "yes";
      const pressed = event.submitter ?? form.querySelector("button[type=submit]");
      pressed?.setAttribute("aria-busy", "true");
    });
  }
}

// Coming back with the browser's back button must find a form that works.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});
