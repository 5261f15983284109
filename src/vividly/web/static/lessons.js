// Lists of lessons: times as the reader's clock tells them, and where a lesson was left.

import { clock, placeOf } from "./clock.js";

const day = new Intl.DateTimeFormat("en", { month: "short", day: "numeric", year: "numeric" });
const hour = new Intl.DateTimeFormat("en", { hour: "numeric", minute: "2-digit" });

for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  const today = new Date().toDateString() === at.toDateString();
  time.textContent = today ? `today, ${hour.format(at)}` : day.format(at);
}

for (const card of document.querySelectorAll(".card[data-lesson]")) {
  const place = card.dataset.lesson ? placeOf(card.dataset.lesson) : 0;
  if (place < 3) continue;
  const note = card.querySelector(".card-resume");
  note.textContent = `Left at ${clock(place)}, goes on from there`;
  note.hidden = false;
}
