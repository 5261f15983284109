// The page of one request: whatever its status is, the right module is put to work. When the status becomes another one,
// the server's own page for it is put in place of the old one, and watching goes on where it was.

import { onceOnly } from "./busy.js";
import { follow } from "./live.js";
import { startPlayer } from "./player.js";
import { startQuiz } from "./quiz.js";

let stop = () => {};

function start(life, watching) {
  stop();
  stop = () => {};
  onceOnly(life);
  const making = life.querySelector(".making");
  if (making) stop = follow(life, making, turn);
  const watch = life.querySelector("#watch");
  if (watch) {
    startPlayer(watch, watching);
    startQuiz(watch);
  }
}

async function turn(watching) {
  const answer = await fetch(location.pathname, { headers: { accept: "text/html" }, credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("life");
  // Signed out, or something went wrong: the browser should show it as a page of its own.
  if (!answer.ok || !fresh) return location.reload();
  const old = document.getElementById("life");
  fresh.querySelectorAll("[autofocus]").forEach((field) => field.removeAttribute("autofocus"));
  old.replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  start(fresh, watching);
  if (!watching) {
    fresh.querySelector("h1")?.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }
}

start(document.getElementById("life"), null);
