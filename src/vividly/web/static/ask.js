// The question box: examples fill it, chips and own words exclude each other, Ctrl+Enter sends.

import { onceOnly } from "./busy.js";
import "./lessons.js";

const LONG = 400;
const question = document.getElementById("question");
const counter = document.getElementById("counter");
const form = question.form;
const own = form.querySelector("input[name=other_interest]");

function count() {
  const left = question.maxLength - question.value.length;
  counter.hidden = question.value.length < LONG;
  counter.textContent = counter.hidden ? "" : `${left} characters left`;
}

question.addEventListener("input", count);
question.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

for (const example of document.querySelectorAll(".example[data-question]")) {
  example.addEventListener("click", (event) => {
    event.preventDefault();
    question.value = example.dataset.question;
    count();
    question.focus();
    scrollTo({ top: 0, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  });
}

own.addEventListener("input", () => {
  const surprise = form.querySelector("input[name=interest][value='']");
  if (own.value.trim()) surprise.checked = true;
});
form.addEventListener("change", (event) => {
  if (event.target.name === "interest" && event.target.value) own.value = "";
});

onceOnly(document);
count();
