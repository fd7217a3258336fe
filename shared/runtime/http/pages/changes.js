"use strict";
// Shows the line of the template once the page's stream says that something has changed. Nothing else on the page moves.
// The stream is open only while the page is looked at, because a browser keeps few connections to one host.
{
  const place = document.querySelector("[data-stream]");
  let source = null, typed = false, told = false;
  const close = () => { if (source) source.close(); source = null; };
  const tell = () => {
    told = true;
    close();
    const line = place.querySelector("template").content.cloneNode(true);
    // What was typed stays: the new state of the page opens beside it.
    line.querySelector("a").addEventListener("click", event => { if (typed) event.target.target = "_blank"; });
    place.append(line);
  };
  const watch = () => {
    if (source || told || document.hidden) return;
    source = new EventSource(place.dataset.stream);
    source.addEventListener("thay-doi", tell);
  };
  document.querySelector("main").addEventListener("input", () => { typed = true; });
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else watch(); });
  addEventListener("pagehide", close);
  addEventListener("pageshow", watch);
  watch();
}
