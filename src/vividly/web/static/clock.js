// Seconds as people read them, addresses as this page reaches them, and where a lesson was left: kept in this browser only.

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

const PLACE = "vividly:place:";

export function placeOf(lesson) {
  try {
    return Number(localStorage.getItem(PLACE + lesson)) || 0;
  } catch {
    return 0; // storage may be forbidden; then nothing is remembered
  }
}

export function keepPlace(lesson, seconds) {
  try {
    if (seconds > 0) localStorage.setItem(PLACE + lesson, seconds.toFixed(1));
    else localStorage.removeItem(PLACE + lesson);
  } catch {
    // as above
  }
}

export function kept(name, otherwise) {
  try {
    return localStorage.getItem("vividly:" + name) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem("vividly:" + name, value);
  } catch {
    // as above
  }
}

// The status names whole addresses; a page asks the server it came from, whatever name that is known by.
export function here(address) {
  if (!address) return "";
  const url = new URL(address, location.href);
  return url.pathname + url.search;
}
