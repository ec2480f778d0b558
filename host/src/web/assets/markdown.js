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
  // Quotations and lists within each other; and characters of a line that are searched for marks: more is plain text,
  // so that no message keeps the page busy.
  const DEEPEST = 8;
  const LONGEST = 4_000;
  const ADDRESS = /https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]}]/;

  function element(name, children, className) {
    const made = document.createElement(name);
    if (className) made.className = className;
    // One by one: a call takes only so many arguments.
    for (const child of children) made.append(child);
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
    while (text && text.length <= LONGEST) {
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

  // Lines that are read one after the other.
  class Reader {
    constructor(all) { Object.assign(this, { all, at: 0 }); }
    get line() { return this.all[this.at]; }
    get isOver() { return this.at >= this.all.length; }
    next() { return this.all[this.at++]; }
    while(belongs) {
      const start = this.at;
      while (!this.isOver && belongs(this.line)) this.at++;
      return this.all.slice(start, this.at);
    }
  }

  function block(reader, depth) {
    const fence = FENCE.exec(reader.line);
    if (fence) {
      reader.next();
      const closes = (line) => line.trim().startsWith(fence[1]) && /^[`~]+$/.test(line.trim());
      const code = reader.while((line) => !closes(line));
      reader.next();
      const made = element("pre", [element("code", [document.createTextNode(code.join("\n"))])]);
      made.tabIndex = 0;
      return made;
    }
    const heading = /^#{1,6}\s+(.+)$/.exec(reader.line);
    if (heading) {
      reader.next();
      return element("p", [element("strong", inline(heading[1].replace(/\s+#+$/, ""), true))], "heading");
    }
    if (/^ {0,3}([-*_])( *\1){2,} *$/.test(reader.line)) {
      reader.next();
      return document.createElement("hr");
    }
    for (const [pattern, name] of [[/^ {0,3}[-*+]\s+/, "ul"], [/^ {0,3}\d{1,9}[.)]\s+/, "ol"]]) {
      if (pattern.test(reader.line)) return items(reader, pattern, name, depth);
    }
    if (/^ {0,3}>/.test(reader.line)) {
      const quoted = reader.while((line) => /^ {0,3}>/.test(line)).map((line) => line.replace(/^ {0,3}> ?/, ""));
      return element("blockquote", blocks(quoted, depth + 1));
    }
    const first = reader.next();
    const more = reader.while((line) => line.trim() && !/^ {0,3}(```|~~~|>|#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s)/.test(line));
    return element("p", lines([first, ...more]));
  }

  function items(reader, pattern, name, depth) {
    const list = document.createElement(name);
    if (name === "ol") list.start = parseInt(reader.line.trim(), 10);
    while (!reader.isOver && pattern.test(reader.line)) {
      const first = reader.next().replace(pattern, "");
      const more = reader.while((line) => /^ {2,}\S/.test(line)).map((line) => line.replace(/^ {2,4}/, ""));
      const isNested = more.some((line) => /^([-*+]|\d+[.)])\s/.test(line));
      const content = isNested ? [...lines([first]), ...blocks(more, depth + 1)] : lines([first, ...more]);
      list.append(element("li", content));
    }
    return list;
  }

  function blocks(all, depth) {
    if (depth > DEEPEST) return [element("p", plain(all.join("\n")), "plain")];
    const made = [];
    const reader = new Reader(all);
    while (!reader.isOver) {
      if (reader.line.trim()) made.push(block(reader, depth));
      else reader.next();
    }
    return made;
  }

  return {
    markdown: (text) => blocks(text.replace(/\r\n?/g, "\n").split("\n"), 0),
    plain: (text) => [element("p", plain(text), "plain")],
  };
})();
