// Progress, live: an event stream of the server, and while it is away the same facts by polling. It never pretends: when
// the connection is lost it says so.

import { here } from "./clock.js";
import { playGrowing } from "./stream.js";

const POLL_MILLISECONDS = 2500;
const GIVE_UP_STREAM_AFTER = 4;

// Follow one request. `turn(watching)` is called once, when its status belongs to another page. Returns what stops it.
export function follow(life, making, turn) {
  const { statusUrl, eventsUrl } = making.dataset;
  let newest = Number(life.dataset.seq);
  let broken = 0;
  let over = false;
  let polling = 0;
  let asking = false;
  let stream = null;
  let growing = null;
  const line = life.querySelector("#link-state");

  function finish() {
    if (over) return;
    const watching = growing?.place() ?? null;
    end();
    turn(watching).catch(() => location.reload());
  }

  function end() {
    over = true;
    clearTimeout(polling);
    stream?.close();
    growing?.stop();
    removeEventListener("pagehide", end);
  }

  function show(facts) {
    if (over) return;
    if (facts.seq < newest) return;
    newest = facts.seq;
    if (!["pending", "validating", "generating"].includes(facts.status)) return finish();
    life.dataset.status = facts.status;
    paint(life, facts);
  }

  async function ask() {
    if (over || asking) return;
    asking = true;
    try {
      const answer = await fetch(statusUrl, { headers: { accept: "application/json" }, cache: "no-store" });
      if (answer.status === 401) return location.assign(`/sign-in?back=${encodeURIComponent(location.pathname)}`);
      if (!answer.ok) throw new Error(String(answer.status));
      const facts = await answer.json();
      if (stream?.readyState !== EventSource.OPEN) say(line, "Checking every few seconds.");
      early(facts);
      show(facts);
    } catch {
      say(line, "No connection just now. Your lesson is safe, we keep trying.");
    } finally {
      asking = false;
    }
  }

  function early(facts) {
    if (facts.script_text) {
      life.querySelector("#script-text").textContent = facts.script_text;
      life.querySelector("#script").hidden = false;
    }
    if (facts.stream_url && !growing) {
      life.querySelector("#early").hidden = false;
      growing = playGrowing(life.querySelector("#early-video"), here(facts.stream_url), {
        fresh: async () => here((await (await fetch(statusUrl, { cache: "no-store" })).json()).stream_url),
        say: (words) => say(life.querySelector("#early-words"), words),
      });
    }
  }

  function poll() {
    clearTimeout(polling);
    polling = setTimeout(async () => {
      await ask();
      if (!over && stream?.readyState !== EventSource.OPEN) poll();
    }, POLL_MILLISECONDS);
  }

  function listen() {
    stream = new EventSource(eventsUrl);
    stream.addEventListener("open", () => {
      broken = 0;
      clearTimeout(polling);
      say(line, "");
    });
    stream.addEventListener("message", (event) => show(JSON.parse(event.data)));
    stream.addEventListener("ready", ask);
    stream.addEventListener("end", ask);
    stream.addEventListener("error", () => {
      broken += 1;
      if (over) return;
      say(line, "Connection lost, trying again.");
      if (broken >= GIVE_UP_STREAM_AFTER) stream.close();
      poll();
    });
  }

  addEventListener("pagehide", end);
  if (typeof EventSource === "function") listen();
  else poll();
  // What was ready before this page was opened, and anything that happened in between.
  ask();
  return end;
}

function paint(life, facts) {
  const bar = life.querySelector("#progress");
  const percent = Math.max(Number(bar.value), facts.progress_percentage);
  bar.value = percent;
  life.querySelector("#percent").textContent = `${percent}%`;
  const frames = [...life.querySelectorAll(".frame")];
  const now = frames.findIndex((frame) => frame.dataset.step === facts.current_stage);
  if (now < 0) return;
  frames.forEach((frame, index) => {
    const state = index < now ? "done" : index === now ? "now" : "next";
    frame.className = `frame ${state}`;
    if (state === "now") frame.setAttribute("aria-current", "step");
    else frame.removeAttribute("aria-current");
  });
  say(life.querySelector("#headline"), frames[now].querySelector(".frame-name").textContent);
}

// Screen readers should hear a change, not every repetition.
function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
