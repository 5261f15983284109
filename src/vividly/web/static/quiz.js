// The quiz: every choice explains itself at once, and one can go back to the moment that teaches it.

export function startQuiz(watch) {
  const items = [...watch.querySelectorAll(".quiz-item")];
  const results = new Map();
  for (const item of items) {
    item.addEventListener("submit", (event) => event.preventDefault());
    item.addEventListener("change", (event) => choose(item, event.target.closest(".quiz-choice")));
  }

  function choose(item, choice) {
    if (!choice) return;
    const right = choice.dataset.correct === "yes";
    choice.classList.add(right ? "right" : "wrong");
    choice.querySelector(".quiz-mark").textContent = right ? "Right" : "Not quite";
    choice.querySelector(".quiz-why").hidden = false;
    const why = choice.querySelector(".quiz-why").textContent;
    item.querySelector(".quiz-says").textContent = right ? "" : "Have another go, or see that part again.";
    // Read aloud what sighted students see appear beside the choice.
    choice.setAttribute("aria-label", `${choice.querySelector(".quiz-text").textContent}. ${right ? "Right" : "Not quite"}. ${why}`);
    const again = item.querySelector(".quiz-again");
    if (again) again.hidden = right;
    if (!results.has(item)) results.set(item, right);
    if (right) {
      for (const radio of item.querySelectorAll("input")) radio.disabled = !radio.checked;
      item.dataset.done = "yes";
    }
    score();
  }

  function score() {
    if (!items.every((item) => item.dataset.done)) return;
    const first = [...results.values()].filter(Boolean).length;
    const words = first === items.length
      ? "All right on the first try. It clicked."
      : `${first} of ${items.length} on the first try. The rest you worked out.`;
    watch.querySelector("#quiz-score").textContent = words;
  }
}
