// Plays an HLS playlist (fragmented MP4) that still grows, by Media Source Extensions; by the browser's own HLS where it
// has no such thing.

const LOOK_AGAIN_MILLISECONDS = 700;

// `fresh()` resolves to a new address when the old one has ended; `say(words)` tells the student what is going on.
export function playGrowing(video, address, { fresh, say }) {
  const Source = globalThis.MediaSource ?? globalThis.ManagedMediaSource;
  let stopped = false;
  const done = {
    stop: () => {
      stopped = true;
      video.pause();
      video.removeAttribute("src");
      video.load();
    },
    place: () => (video.currentTime > 0.5 ? { seconds: video.currentTime, playing: !video.paused } : null),
  };
  const begin = () => video.play().then(
    () => say("You are watching while the rest is still being made."),
    () => say("The first scenes are ready. Press play, the rest is on its way."),
  );
  if (!Source) {
    video.src = address;
    begin();
    return done;
  }
  const source = new Source();
  if (globalThis.ManagedMediaSource && Source === globalThis.ManagedMediaSource) video.disableRemotePlayback = true;
  video.src = URL.createObjectURL(source);
  source.addEventListener("sourceopen", () => {
    URL.revokeObjectURL(video.src);
    feed(source, address, { fresh, isStopped: () => stopped, begin }).catch(() => {
      if (!stopped) say("The early preview stopped. Your lesson is still being made.");
    });
  }, { once: true });
  return done;
}

async function feed(source, address, { fresh, isStopped, begin }) {
  let buffer = null;
  let shown = 0;
  let initial = "";
  let url = new URL(address, location.href);
  while (!isStopped()) {
    const answer = await fetch(url, { cache: "no-store" });
    if (answer.status === 403) {
      const next = await fresh();
      if (!next) return;
      url = new URL(next, location.href);
      continue;
    }
    if (answer.ok) {
      const list = parse(await answer.text());
      if (list.variant) {
        url = new URL(list.variant, url);
        continue;
      }
      for (const segment of list.segments.slice(shown)) {
        if (isStopped()) return;
        if (segment.map && bare(segment.map) !== initial) {
          const bytes = await get(new URL(segment.map, url));
          if (isStopped()) return;
          buffer ??= source.addSourceBuffer(`video/mp4; codecs="${codecs(bytes)}"`);
          await append(buffer, bytes);
          initial = bare(segment.map);
        }
        if (!buffer) throw new Error("a playlist without an initialization segment");
        await append(buffer, await get(new URL(segment.uri, url)));
        shown += 1;
        if (shown === 1) begin();
      }
      if (list.ended) {
        if (source.readyState === "open") source.endOfStream();
        return;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MILLISECONDS));
  }
}

// The tokens in addresses change from one reading to the next, the names do not.
const bare = (uri) => uri.split("?")[0];

function parse(text) {
  const segments = [];
  let map = "";
  let variant = "";
  let follows = "";
  for (const raw of text.split("\n")) {
    const row = raw.trim();
    if (row.startsWith("#EXT-X-MAP:")) map = /URI="([^"]+)"/.exec(row)?.[1] ?? "";
    else if (row.startsWith("#EXT-X-STREAM-INF")) follows = "variant";
    else if (row.startsWith("#EXTINF")) follows = "segment";
    else if (row && !row.startsWith("#")) {
      if (follows === "variant") variant ||= row;
      else if (follows === "segment") segments.push({ uri: row, map });
      follows = "";
    }
  }
  return { segments, variant, ended: text.includes("#EXT-X-ENDLIST") };
}

async function get(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

function append(buffer, bytes) {
  return new Promise((resolve, reject) => {
    buffer.addEventListener("updateend", resolve, { once: true });
    buffer.addEventListener("error", reject, { once: true });
    buffer.appendBuffer(bytes);
  });
}

// What is inside is told by the initialization segment itself: profile and level stand in its avcC box.
function codecs(bytes) {
  const found = [];
  const video = find(bytes, "avcC");
  if (video >= 0) {
    const three = [...bytes.slice(video + 5, video + 8)].map((byte) => byte.toString(16).padStart(2, "0"));
    found.push(`avc1.${three.join("")}`);
  }
  if (find(bytes, "mp4a") >= 0) found.push("mp4a.40.2");
  return found.join(",");
}

function find(bytes, name) {
  const codes = [...name].map((letter) => letter.charCodeAt(0));
  for (let at = 0; at + 4 <= bytes.length; at += 1) {
    if (codes.every((code, index) => bytes[at + index] === code)) return at;
  }
  return -1;
}
