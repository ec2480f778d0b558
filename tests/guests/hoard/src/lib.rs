//! An agent that does with its files what the first word of a message says, and with `misuse` what no agent may.

mod misuse;

use cloister_guest::{
    Agent, Attachment, AttachmentSource, Context, Event, Failure, Replies, Reply,
};

struct Hoard;

impl Agent for Hoard {
    fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure> {
        let files = cx.workspace();
        let (word, rest) = event.text().split_once(' ').unwrap_or((event.text(), ""));
        let (path, more) = rest.split_once(' ').unwrap_or((rest, ""));
        let said = match word {
            "write" => {
                files.write(path, more)?;
                "Written.".to_owned()
            }
            "append" => {
                files.append(path, more)?;
                files.text(path)?
            }
            "read" => files.text(path)?,
            "stat" => {
                let stat = files.stat(path)?;
                format!("{} {} {}", stat.path, stat.size, stat.content_type)
            }
            "list" => {
                let entries = files.entries(rest)?;
                let paths: Vec<String> = entries.into_iter().map(|entry| entry.path).collect();
                paths.join(" ")
            }
            "delete" => files.delete(path)?.to_string(),
            "large" => {
                let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n / 1_000) as u8).collect();
                files.write(path, &bytes)?;
                files.append(path, b"end")?;
                let read = files.read(path)?;
                format!(
                    "{} {}",
                    read.len(),
                    read.starts_with(&bytes) && read.ends_with(b"end")
                )
            }
            "count" => {
                let count: u64 = match files.exists(path)? {
                    true => files.text(path)?.parse().map_err(Failure::internal)?,
                    false => 0,
                };
                files.write(path, (count + 1).to_string())?;
                (count + 1).to_string()
            }
            "fail" => {
                files.write(path, more)?;
                return Err(Failure::invalid("as asked"));
            }
            "send" => {
                if !more.is_empty() {
                    files.write(path, more)?;
                }
                let name = path.rsplit('/').next().unwrap_or(path);
                let file = Attachment::workspace(name, "", path);
                return Ok(Reply::text("Here it is.").attach(file).into());
            }
            "misuse" => misuse::all(cx),
            _ => received(cx, event)?,
        };
        Ok(said.into())
    }
}

cloister_guest::agent!(Hoard);

/// What came with a message, and where it is.
fn received(cx: &Context, event: &Event) -> Result<String, Failure> {
    let files = event
        .message()
        .map_or(&[][..], |message| &message.attachments);
    if files.is_empty() {
        return Ok(event.text().to_owned());
    }
    let told = files.iter().map(|file| match &file.source {
        AttachmentSource::Workspace(path) => {
            let text = cx.workspace().text(path)?;
            let start: String = text.chars().take(40).collect();
            Ok(format!("{path} ({}): {start}", file.content_type))
        }
        AttachmentSource::Inline(bytes) => Ok(format!("{} bytes came along", bytes.len())),
        AttachmentSource::Url(_) => Ok(format!("{} is not here: {:?}", file.name, file.metadata)),
    });
    let told: Result<Vec<String>, Failure> = told.collect();
    Ok(told?.join("\n"))
}
