// Turns a message's Markdown, or plain text with links, into elements. Only elements and text nodes are made, never
// markup from a message, so that nothing in a message can become more than text, emphasis, code or a link.
"use strict";

window.cloisterMarkdown = (() => {
  const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^`]*)$/;
  const INLINE = [
    [/`([^`\n]+)`/, (match) => element("code", [document.createTextNode(match[1])])],
    [/\[([^\]\n]+)\]\((https?:\/\/[^\s()]+|mailto:[^\s()]+)\)/, (match) => link(match[2], inline(match[1], false))],
    [/\*\*(?=\S)([^\n]+?)\*\*(?!\*)/, (match) => element("strong", inline(match[1], true))],
    [/(?<![\p{L}\p{N}*])\*(?=[^\s*])([^*\n]+?)\*(?!\*)/u, (match) => element("em", inline(match[1], true))],
    [/(?<![\p{L}\p{N}_])_(?=[^\s_])([^_\n]+?)_(?![\p{L}\p{N}_])/u, (match) => element("em", inline(match[1], true))],
  ];
  const ADDRESS = /https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]}]/;

  function element(name, children, className) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  function link(address, children) {
    const made = element("a", children);
    made.href = address;
    made.target = "_blank";
    made.rel = "noopener noreferrer nofollow";
    return made;
  }

  // Bare addresses become links.
  function plain(text) {
    const nodes = [];
    for (let match; (match = ADDRESS.exec(text)); text = text.slice(match.index + match[0].length)) {
      nodes.push(document.createTextNode(text.slice(0, match.index)));
      nodes.push(link(match[0], [document.createTextNode(match[0])]));
    }
    nodes.push(document.createTextNode(text));
    return nodes;
  }

  // The first of all marks in the text, then what stands behind it.
  function inline(text, mayLink) {
    const nodes = [];
    while (text) {
      let first = null;
      for (const [pattern, make] of INLINE) {
        const match = pattern.exec(text);
        if (match && (!first || match.index < first.match.index)) first = { match, make };
      }
      const address = mayLink && ADDRESS.exec(text);
      if (address && (!first || address.index < first.match.index)) {
        first = { match: address, make: (match) => link(match[0], [document.createTextNode(match[0])]) };
      }
      if (!first) break;
      nodes.push(document.createTextNode(text.slice(0, first.match.index)), first.make(first.match));
      text = text.slice(first.match.index + first.match[0].length);
    }
    nodes.push(document.createTextNode(text));
    return nodes;
  }

  function lines(list) {
    return list.flatMap((line, index) => [...(index ? [document.createElement("br")] : []), ...inline(line, true)]);
  }

  // Takes what belongs to one block off the front of `rest`.
  function block(rest) {
    const fence = FENCE.exec(rest[0]);
    if (fence) {
      rest.shift();
      const end = rest.findIndex((line) => line.trim().startsWith(fence[1]) && /^[`~]+$/.test(line.trim()));
      const code = rest.splice(0, end < 0 ? rest.length : end);
      rest.shift();
      const made = element("pre", [element("code", [document.createTextNode(code.join("\n"))])]);
      made.tabIndex = 0;
      return made;
    }
    const heading = /^(#{1,6})\s+(.+?)\s*#*$/.exec(rest[0]);
    if (heading) {
      rest.shift();
      return element("p", [element("strong", inline(heading[2], true))], "heading");
    }
    if (/^ {0,3}([-*_])( *\1){2,} *$/.test(rest[0])) {
      rest.shift();
      return document.createElement("hr");
    }
    for (const [pattern, name] of [[/^ {0,3}[-*+]\s+/, "ul"], [/^ {0,3}\d{1,9}[.)]\s+/, "ol"]]) {
      if (pattern.test(rest[0])) return items(rest, pattern, name);
    }
    if (/^ {0,3}>/.test(rest[0])) {
      const quoted = take(rest, (line) => /^ {0,3}>/.test(line)).map((line) => line.replace(/^ {0,3}> ?/, ""));
      return element("blockquote", blocks(quoted));
    }
    const first = rest.shift();
    const more = take(rest, (line) => line.trim() && !/^ {0,3}(```|~~~|>|#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s)/.test(line));
    return element("p", lines([first, ...more]));
  }

  function items(rest, pattern, name) {
    const list = document.createElement(name);
    if (name === "ol") list.start = parseInt(rest[0].trim(), 10);
    while (rest.length && pattern.test(rest[0])) {
      const own = [rest.shift().replace(pattern, "")];
      own.push(...take(rest, (line) => /^ {2,}\S/.test(line)).map((line) => line.replace(/^ {2,4}/, "")));
      const nested = own.slice(1).some((line) => /^([-*+]|\d+[.)])\s/.test(line));
      list.append(element("li", nested ? [...lines([own[0]]), ...blocks(own.slice(1))] : lines(own)));
    }
    return list;
  }

  function take(rest, belongs) {
    const end = rest.findIndex((line) => !belongs(line));
    return rest.splice(0, end < 0 ? rest.length : end);
  }

  function blocks(rest) {
    const made = [];
    while (rest.length) {
      if (rest[0].trim()) made.push(block(rest));
      else rest.shift();
    }
    return made;
  }

  return {
    markdown: (text) => blocks(text.replace(/\r\n?/g, "\n").split("\n")),
    plain: (text) => [element("p", plain(text), "plain")],
  };
})();
