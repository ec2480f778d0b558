// The page of a link: sends its form as soon as a person sees it. A browser that loads a page ahead, in case it is opened, is
// no person.
"use strict";

(() => {
  let isSent = false;
  const enter = () => {
    if (isSent || document.prerendering || document.visibilityState !== "visible") return;
    isSent = true;
    document.getElementById("enter").requestSubmit();
  };
  document.addEventListener("prerenderingchange", enter);
  document.addEventListener("visibilitychange", enter);
  enter();
})();
