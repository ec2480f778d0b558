//! Markdown as agents write it, turned into the HTML that Telegram reads ("Formatting options", "HTML style"): few tags,
//! no paragraphs, every other `<`, `>` and `&` escaped.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A text with Telegram's tags.
pub(super) fn of_markdown(markdown: &str) -> String {
    let options =
        Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    let mut writer = Writer::default();
    for event in Parser::new_ext(markdown, options) {
        writer.event(event);
    }
    writer.out.truncate(writer.out.trim_end().len());
    writer.out
}

/// What people see of a text with Telegram's tags: by this Telegram counts.
pub(super) fn visible(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    for (number, piece) in html.split('<').enumerate() {
        // What stands before the first tag, and behind each.
        let seen = match number {
            0 => piece,
            _ => piece.split_once('>').map_or("", |(_, seen)| seen),
        };
        text.push_str(seen);
    }
    let escaped = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    escaped
        .iter()
        .fold(text, |text, (name, char)| text.replace(name, char))
}

#[derive(Default)]
struct Writer {
    out: String,
    /// The lists that one is in, each with its next number where it counts.
    lists: Vec<Option<u64>>,
    quotes: usize,
    bold: usize,
    italic: usize,
    struck: usize,
    /// Of each link that one is in, whether it was opened.
    links: Vec<bool>,
    /// Whether one is in a table, which is shown as it is spaced: no tag may stand in it.
    in_table: bool,
    /// Cells of a table's row so far.
    cells: usize,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) if self.in_table => self.start_in_table(&tag),
            Event::End(tag) if self.in_table => self.end_in_table(tag),
            Event::Code(text) if self.in_table => self.text(&text),
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::Code(text) => {
                self.out.push_str("<code>");
                self.text(&text);
                self.out.push_str("</code>");
            }
            Event::FootnoteReference(name) => {
                self.out.push('[');
                self.text(&name);
                self.out.push(']');
            }
            Event::SoftBreak | Event::HardBreak => self.out.push('\n'),
            Event::Rule => {
                self.gap(2);
                self.out.push_str("———");
            }
            Event::TaskListMarker(done) => self.out.push_str(if done { "☑ " } else { "☐ " }),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.block(),
            Tag::Heading { .. } => {
                self.block();
                open(&mut self.out, &mut self.bold, "<b>");
            }
            Tag::BlockQuote(_) => {
                self.block();
                open(&mut self.out, &mut self.quotes, "<blockquote>");
            }
            Tag::CodeBlock(kind) => {
                self.block();
                self.out.push_str("<pre>");
                self.language(&kind);
            }
            Tag::List(first) => {
                if self.lists.is_empty() {
                    self.gap(2);
                }
                self.lists.push(first);
            }
            Tag::Item => self.item(),
            Tag::Emphasis => open(&mut self.out, &mut self.italic, "<i>"),
            Tag::Strong => open(&mut self.out, &mut self.bold, "<b>"),
            Tag::Strikethrough => open(&mut self.out, &mut self.struck, "<s>"),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => self.link(&dest_url),
            Tag::Table(_) => {
                self.gap(2);
                self.out.push_str("<pre>");
                self.in_table = true;
            }
            _ => {}
        }
    }

    fn start_in_table(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::TableHead | Tag::TableRow => self.cells = 0,
            Tag::TableCell => {
                if self.cells > 0 {
                    self.out.push_str(" | ");
                }
                self.cells += 1;
            }
            _ => {}
        }
    }

    fn end_in_table(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::TableHead | TagEnd::TableRow => self.out.push('\n'),
            TagEnd::Table => {
                self.out.truncate(self.out.trim_end_matches('\n').len());
                self.out.push_str("</pre>");
                self.in_table = false;
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::Strong => close(&mut self.out, &mut self.bold, "</b>"),
            TagEnd::Emphasis => close(&mut self.out, &mut self.italic, "</i>"),
            TagEnd::Strikethrough => close(&mut self.out, &mut self.struck, "</s>"),
            TagEnd::BlockQuote(_) => close(&mut self.out, &mut self.quotes, "</blockquote>"),
            TagEnd::CodeBlock => {
                self.out.truncate(self.out.trim_end_matches('\n').len());
                self.out.push_str("</code></pre>");
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Link | TagEnd::Image if self.links.pop() == Some(true) => {
                self.out.push_str("</a>");
            }
            _ => {}
        }
    }

    /// A block begins: a line apart from what stands before it, unless that is the mark of its item.
    fn block(&mut self) {
        let opens = ["• ", ". ", "☑ ", "☐ ", "<blockquote>"];
        if !opens.iter().any(|mark| self.out.ends_with(mark)) {
            self.gap(2);
        }
    }

    fn item(&mut self) {
        if !self.out.is_empty() {
            self.gap(if self.lists.len() == 1 && self.out.ends_with("\n\n") {
                2
            } else {
                1
            });
        }
        let depth = self.lists.len().saturating_sub(1);
        self.out.push_str(&"  ".repeat(depth));
        match self.lists.last_mut() {
            Some(Some(number)) => {
                self.out.push_str(&format!("{number}. "));
                *number += 1;
            }
            _ => self.out.push_str("• "),
        }
    }

    fn language(&mut self, kind: &CodeBlockKind<'_>) {
        let name = match kind {
            CodeBlockKind::Fenced(info) => info.split_whitespace().next().unwrap_or_default(),
            CodeBlockKind::Indented => "",
        };
        if name.is_empty() {
            self.out.push_str("<code>");
            return;
        }
        self.out.push_str("<code class=\"language-");
        self.text(name);
        self.out.push_str("\">");
    }

    /// Telegram opens what it knows; anything else stays text. Links do not nest.
    fn link(&mut self, address: &str) {
        let known = ["http://", "https://", "tg://", "mailto:"];
        let opens =
            known.iter().any(|scheme| address.starts_with(scheme)) && !self.links.contains(&true);
        if opens {
            self.out.push_str("<a href=\"");
            self.text(address);
            self.out.push_str("\">");
        }
        self.links.push(opens);
    }

    fn text(&mut self, text: &str) {
        for char in text.chars() {
            match char {
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '&' => self.out.push_str("&amp;"),
                '"' => self.out.push_str("&quot;"),
                char => self.out.push(char),
            }
        }
    }

    /// As many line ends as that, between something and something.
    fn gap(&mut self, lines: usize) {
        if self.out.is_empty() {
            return;
        }
        self.out.truncate(self.out.trim_end_matches('\n').len());
        self.out.push_str(&"\n".repeat(lines));
    }
}

/// Telegram takes each tag once, however often Markdown nests it.
fn open(out: &mut String, depth: &mut usize, tag: &str) {
    if *depth == 0 {
        out.push_str(tag);
    }
    *depth += 1;
}

fn close(out: &mut String, depth: &mut usize, tag: &str) {
    *depth = depth.saturating_sub(1);
    if *depth == 0 {
        out.push_str(tag);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(markdown: &str, html: &str) {
        assert_eq!(of_markdown(markdown), html);
    }

    #[test]
    fn what_telegram_knows_is_kept() {
        check(
            "**b** *i* ~~s~~ `c`",
            "<b>b</b> <i>i</i> <s>s</s> <code>c</code>",
        );
        check("# Head **er**\n\ntext", "<b>Head er</b>\n\ntext");
        check(
            "[a](https://a.example/?x=1&y=\"2\")",
            "<a href=\"https://a.example/?x=1&amp;y=&quot;2&quot;\">a</a>",
        );
        check("> said\n> so", "<blockquote>said\nso</blockquote>");
        check(
            "```rust\nlet a = 1 < 2;\n```",
            "<pre><code class=\"language-rust\">let a = 1 &lt; 2;</code></pre>",
        );
    }

    #[test]
    fn what_it_does_not_know_becomes_text() {
        check(
            "1 < 2 & <b>raw</b>",
            "1 &lt; 2 &amp; &lt;b&gt;raw&lt;/b&gt;",
        );
        check("[a](javascript:x)", "a");
        check(
            "- a\n- b\n  - c\n\n3. x\n4. y",
            "• a\n• b\n  • c\n\n3. x\n4. y",
        );
        check("- [x] done\n- [ ] open", "• ☑ done\n• ☐ open");
        check(
            "|a|**b**|\n|-|-|\n|`1`|[2](https://a.example)|",
            "<pre>a | b\n1 | 2</pre>",
        );
        check("one\n\n---\n\ntwo", "one\n\n———\n\ntwo");
    }

    #[test]
    fn what_is_seen_is_counted_without_tags() {
        let seen = |markdown: &str| visible(&of_markdown(markdown));
        assert_eq!(seen("**a** <&> \"[b](https://c.example)\""), "a <&> \"b\"");
        assert_eq!(seen("&amp;lt; and `&lt;`"), "&lt; and &lt;");
        assert_eq!(seen("[a]: https://a.example"), "");
        assert_eq!(seen("```\n```"), "");
    }

    proptest! {
        #[test]
        fn tags_are_balanced_whatever_is_said(markdown in "([a-z *_~`#>\\[\\]()<&|\n0-9.-]|https://a|\\|-\\|-\\|\n|😀){0,200}") {
            let html = of_markdown(&markdown);
            let mut open = Vec::new();
            for piece in html.split('<').skip(1) {
                let (tag, _) = piece.split_once('>').expect("a whole tag");
                let name = tag.split(' ').next().unwrap();
                match name.strip_prefix('/') {
                    Some(name) => prop_assert_eq!(open.pop(), Some(name)),
                    None => open.push(name),
                }
            }
            prop_assert!(open.is_empty(), "{:?} in {}", open, html);
        }
    }
}
