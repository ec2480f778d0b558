// Puts the chat of a web channel into a page:
//   <script src="https://<host>/widget.js" data-channel="ch_…" async></script>
// Optional: data-label (the button's text for screen readers), data-side="left", and, for someone whom the site knows,
// data-user-id with data-user-hash (from the site's own backend), data-name, data-email.
// The chat runs in a frame of its own: it cannot read the page, nor the page the chat.
"use strict";

(() => {
  const script = document.currentScript;
  const data = script?.dataset ?? {};
  if (!data.channel || document.getElementById("cloister-chat")) return;
  const host = new URL(script.src).origin;

  const identity = new URLSearchParams();
  for (const [name, value] of [
    ["user_id", data.userId],
    ["user_hash", data.userHash],
    ["name", data.name],
    ["email", data.email],
  ]) {
    if (value) identity.set(name, value);
  }

  const style = (element, rules) => Object.assign(element.style, rules);
  const side = data.side === "left" ? "left" : "right";
  const corner = { position: "fixed", [side]: "max(20px, env(safe-area-inset-right))", zIndex: "2147483000" };

  const button = document.createElement("button");
  button.type = "button";
  button.id = "cloister-chat";
  button.setAttribute("aria-expanded", "false");
  style(button, {
    ...corner,
    bottom: "max(20px, env(safe-area-inset-bottom))",
    width: "56px",
    height: "56px",
    padding: "0",
    border: "0",
    borderRadius: "50%",
    background: "#3056d3",
    color: "#fff",
    cursor: "pointer",
    boxShadow: "0 4px 16px rgb(0 0 0 / .25)",
  });

  // Says that something was said while the chat was closed.
  const dot = document.createElement("span");
  style(dot, {
    position: "absolute",
    top: "2px",
    right: "2px",
    width: "14px",
    height: "14px",
    border: "2px solid #fff",
    borderRadius: "50%",
    background: "#d3304b",
  });
  const SVG = "http://www.w3.org/2000/svg";
  const sign = document.createElementNS(SVG, "svg");
  const shape = document.createElementNS(SVG, "path");
  for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", width: "26", height: "26", "aria-hidden": "true" })) {
    sign.setAttribute(name, value);
  }
  style(sign, { display: "block", margin: "auto", fill: "none", stroke: "currentColor", strokeWidth: "2" });
  shape.setAttribute("stroke-linecap", "round");
  shape.setAttribute("stroke-linejoin", "round");
  const CROSS = "M6 6l12 12M18 6L6 18";
  const BALLOON = "M4 5h16v11h-9l-5 4v-4H4z";
  sign.append(shape);
  button.append(sign, dot);

  const label = data.label || "Chat with us";
  let frame = null;
  let isLoaded = false;
  let isOpen = false;

  function draw(hasNews) {
    shape.setAttribute("d", isOpen ? CROSS : BALLOON);
    dot.hidden = !hasNews || isOpen;
    dot.style.display = dot.hidden ? "none" : "block";
    button.setAttribute("aria-expanded", String(isOpen));
    button.setAttribute("aria-label", isOpen ? "Close the chat" : dot.hidden ? label : `${label} (new message)`);
    if (frame) frame.style.display = isOpen ? "block" : "none";
  }

  // The frame is made when it is first wanted: a page that is only read loads nothing.
  function makeFrame() {
    frame = document.createElement("iframe");
    frame.title = label;
    frame.src = `${host}/chat/${encodeURIComponent(data.channel)}${identity.size ? `#${identity}` : ""}`;
    const isSmall = matchMedia("(max-width: 480px)");
    const place = () => {
      // All four sides first: what comes later in the list wins.
      style(frame, { inset: isSmall.matches ? "0" : "auto" });
      style(frame, isSmall.matches
        ? { width: "100%", height: "100%", borderRadius: "0" }
        : {
          [side]: "20px",
          bottom: "88px",
          width: "min(400px, calc(100vw - 40px))",
          height: "min(640px, calc(100vh - 108px))",
          borderRadius: "14px",
        });
    };
    style(frame, {
      position: "fixed",
      // Above the button, which the chat covers on a small screen.
      zIndex: "2147483001",
      border: "0",
      background: "Canvas",
      boxShadow: "0 8px 40px rgb(0 0 0 / .3)",
    });
    place();
    isSmall.addEventListener("change", place);
    frame.addEventListener("load", () => { isLoaded = true; greet(); });
    document.body.append(frame);
  }

  function greet() {
    if (isOpen && isLoaded) frame.contentWindow.postMessage({ cloister: "opened" }, host);
  }

  function open() {
    isOpen = true;
    if (!frame) makeFrame();
    draw(false);
    frame.focus();
    greet();
  }

  function close() {
    isOpen = false;
    draw(false);
    button.focus();
  }

  button.addEventListener("click", () => (isOpen ? close() : open()));
  addEventListener("keydown", (event) => { if (event.key === "Escape" && isOpen) close(); });
  addEventListener("message", (event) => {
    if (event.origin !== host || !frame || event.source !== frame.contentWindow) return;
    if (event.data?.cloister === "close") close();
    if (event.data?.cloister === "message" && !isOpen) draw(true);
  });

  draw(false);
  const attach = () => document.body.append(button);
  if (document.body) attach();
  else addEventListener("DOMContentLoaded", attach);
})();
