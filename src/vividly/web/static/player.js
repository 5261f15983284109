// Around the browser's own player: chapters, a transcript that follows, speed, captions, keys, and where one left off.

import { clock, here, keep, keepPlace, kept, placeOf } from "./clock.js";

const SKIP_SECONDS = 5;
const HANDS_OFF_MILLISECONDS = 4000;
const FRESH_LINK_PAUSE = 8000;

// Returns seek(seconds, play). `watching` is where the early preview was left, or null.
export function startPlayer(watch, watching) {
  const video = watch.querySelector("#video");
  if (!video) return () => {};
  const lesson = watch.dataset.lesson;
  const seek = (seconds, play = false) => {
    video.currentTime = Math.max(0, seconds);
    if (play || !video.paused) video.play().catch(() => {});
  };
  clicks(watch, video, seek);
  followAlong(watch, video);
  tools(watch, video, seek);
  keys(watch, video, seek);
  freshLinks(video, lesson);
  place(watch, video, lesson, seek, watching);
  return seek;
}

function clicks(watch, video, seek) {
  watch.addEventListener("click", (event) => {
    const link = event.target.closest("[data-seek]");
    if (!link) return;
    event.preventDefault();
    seek(Number(link.dataset.seek), true);
    if (link.dataset.play) video.scrollIntoView({ block: "center", behavior: "smooth" });
  });
}

function followAlong(watch, video) {
  const box = watch.querySelector("#transcript");
  const lines = [...watch.querySelectorAll(".spoken")].map((element) => ({ element, start: Number(element.dataset.start) }));
  const chapters = [...watch.querySelectorAll("#chapters a")].map((element) => ({ element, start: Number(element.dataset.seek) }));
  let line = -1;
  let chapter = -1;
  let touched = 0;
  for (const kind of ["wheel", "touchmove", "keydown"]) {
    box?.addEventListener(kind, () => { touched = performance.now(); }, { passive: true });
  }
  const last = (items) => items.findLastIndex((item) => item.start <= video.currentTime + 0.05);
  const update = () => {
    const here = last(lines);
    if (here !== line) {
      lines[line]?.element.removeAttribute("aria-current");
      line = here;
      const now = lines[line]?.element;
      now?.setAttribute("aria-current", "true");
      // Whoever scrolls by hand is reading; leave them alone for a while.
      if (now && box && performance.now() - touched > HANDS_OFF_MILLISECONDS) {
        box.scrollTop = now.offsetTop - box.clientHeight / 2 + now.clientHeight / 2;
      }
    }
    const part = last(chapters);
    if (part !== chapter) {
      chapters.forEach((item, index) => {
        item.element.classList.toggle("past", index < part);
        if (index === part) item.element.setAttribute("aria-current", "true");
        else item.element.removeAttribute("aria-current");
      });
      chapter = part;
      const bar = chapters[part]?.element.closest("ol");
      if (bar) bar.scrollLeft = chapters[part].element.offsetLeft - bar.offsetLeft - 12;
    }
  };
  video.addEventListener("timeupdate", update);
  video.addEventListener("seeked", update);
  update();
}

function tools(watch, video, seek) {
  const bar = watch.querySelector("#tools");
  const speed = watch.querySelector("#speed");
  const captions = watch.querySelector("#captions");
  bar.hidden = false;
  speed.value = kept("speed", "1");
  if (!speed.value) speed.value = "1";
  const setSpeed = () => { video.playbackRate = video.defaultPlaybackRate = Number(speed.value); };
  setSpeed();
  speed.addEventListener("change", () => { setSpeed(); keep("speed", speed.value); });
  watch.querySelector("#back-5").addEventListener("click", () => seek(video.currentTime - SKIP_SECONDS));
  watch.querySelector("#on-5").addEventListener("click", () => seek(video.currentTime + SKIP_SECONDS));
  const track = video.textTracks?.[0];
  captions.hidden = !track;
  if (!track) return;
  const show = (on) => {
    track.mode = on ? "showing" : "hidden";
    captions.setAttribute("aria-pressed", String(on));
    keep("captions", on ? "on" : "off");
  };
  show(kept("captions", "on") === "on");
  captions.addEventListener("click", () => show(track.mode !== "showing"));
  // The player's own menu can change it too.
  video.textTracks.addEventListener("change", () => {
    captions.setAttribute("aria-pressed", String(track.mode === "showing"));
  });
}

function keys(watch, video, seek) {
  document.addEventListener("keydown", (event) => {
    if (!watch.isConnected || event.ctrlKey || event.metaKey || event.altKey) return;
    const onVideo = event.target === video;
    // Keys that mean something to the thing in focus belong to it.
    if (!onVideo && event.target.closest("input, textarea, select, summary, [contenteditable]")) return;
    const onButton = !onVideo && event.target.closest("button, a");
    if (event.key === " " && !onButton) video.paused ? video.play().catch(() => {}) : video.pause();
    else if (event.key === "ArrowLeft") seek(video.currentTime - SKIP_SECONDS);
    else if (event.key === "ArrowRight") seek(video.currentTime + SKIP_SECONDS);
    else if (event.key.toLowerCase() === "c") watch.querySelector("#captions:not([hidden])")?.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
}

// Signed links end after minutes, a player may stay open for hours: get a new link and go on at the same place.
function freshLinks(video, lesson) {
  let asked = -FRESH_LINK_PAUSE;
  video.addEventListener("error", async () => {
    if (performance.now() - asked < FRESH_LINK_PAUSE) return;
    asked = performance.now();
    const at = video.currentTime;
    const playing = !video.paused;
    const answer = await fetch(`/api/v1/content/lessons/${encodeURIComponent(lesson)}`).catch(() => null);
    if (!answer?.ok) return;
    const { urls } = await answer.json();
    const next = video.tagName === "AUDIO" ? urls.audio : urls.video;
    if (!next) return;
    video.src = here(next);
    const track = video.querySelector("track");
    if (track && urls.captions) track.src = here(urls.captions);
    video.addEventListener("loadedmetadata", () => {
      video.currentTime = at;
      if (playing) video.play().catch(() => {});
    }, { once: true });
  });
}

function place(watch, video, lesson, seek, watching) {
  const note = watch.querySelector("#resume");
  const total = Number(watch.dataset.seconds) || Infinity;
  const asked = Number(/^#t=([\d.]+)$/.exec(location.hash)?.[1] ?? 0);
  const left = placeOf(lesson);
  const start = () => {
    if (watching) return seek(watching.seconds, watching.playing);
    if (asked) return seek(asked);
    if (left < 3 || left > total - 3) return;
    seek(left);
    note.textContent = `Going on from ${clock(left)}. `;
    const again = document.createElement("button");
    again.type = "button";
    again.className = "quiet";
    again.textContent = "Start over";
    again.addEventListener("click", () => { note.hidden = true; seek(0, true); });
    note.append(again);
    note.hidden = false;
    video.addEventListener("play", () => setTimeout(() => { note.hidden = true; }, 6000), { once: true });
  };
  if (video.readyState > 0) start();
  else video.addEventListener("loadedmetadata", start, { once: true });
  let saved = 0;
  const save = () => keepPlace(lesson, video.ended || video.currentTime > total - 3 ? 0 : video.currentTime);
  video.addEventListener("timeupdate", () => {
    if (Math.abs(video.currentTime - saved) < 2) return;
    saved = video.currentTime;
    save();
  });
  video.addEventListener("pause", save);
  video.addEventListener("ended", save);
}
