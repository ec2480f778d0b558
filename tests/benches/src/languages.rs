//! Agents with a language's runtime in them: the one that `cloister agent new` writes in Python and in JavaScript, each from
//! compiled code that is on disk only, and then again and again, beside the built-in echo.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::host::Host;
use crate::load::Talker;
use crate::start::{distinct, first_and_later, middle_and_last};
use crate::table::{Table, millis};

/// Modules of each language, which all have to be compiled.
const TIMES: usize = 3;
const WARM_UP: usize = 200;
const TURNS: usize = 1_000;

struct Language {
    name: &'static str,
    folder: &'static str,
    script: &'static str,
    reach: &'static str,
}

const LANGUAGES: [Language; 2] = [
    Language {
        name: "Python",
        folder: "guest-sdk/python/scaffold",
        script: "scripts/build-python",
        reach: "≤ 2 ms",
    },
    Language {
        name: "JavaScript",
        folder: "guest-sdk/js/scaffold",
        script: "scripts/build-js",
        reach: "≤ 1 ms",
    },
];

pub(crate) async fn measure(host: &mut Host, table: &mut Table) -> Result<()> {
    for language in &LANGUAGES {
        language.measure(host, table).await?;
    }
    Ok(())
}

impl Language {
    async fn measure(&self, host: &mut Host, table: &mut Table) -> Result<()> {
        let module = self.built()?;
        let megabytes = module.len() / 1_000_000;
        let (mut channels, mut compiled) = (Vec::new(), Vec::new());
        for number in 0..TIMES {
            let name = format!("{}-{number}", self.name.to_lowercase());
            let began = Instant::now();
            host.push(&name, &distinct(&module, number)).await?;
            compiled.push(began.elapsed());
            channels.push(host.channel(&name).await?);
        }
        let (compiled, _) = middle_and_last(compiled)?;
        host.restart().await?;
        let echo = again(&mut Talker::new(&host.address, &host.echo).await?).await?;
        let mut first = Vec::new();
        for channel in &channels {
            first.push(first_and_later(host, channel).await?.0);
        }
        let (first, worst) = middle_and_last(first)?;
        table.row(
            &format!(
                "{} ({megabytes} MB): first turn, compiled code on disk only",
                self.name
            ),
            format!("{} (worst of {TIMES}: {})", millis(first), millis(worst)),
            format!("uploaded and compiled in {:.1} s", compiled.as_secs_f64()),
            String::new(),
            "≤ 15 ms",
        );
        let channel = channels.first().context("one was made")?;
        let later = again(&mut Talker::new(&host.address, channel).await?).await?;
        table.row(
            &format!("{}: a turn, one at a time", self.name),
            format!("p50 {}, p99 {}", millis(later.0), millis(later.1)),
            format!("the echo: p50 {}", millis(echo.0)),
            format!("+{}", millis(later.0.saturating_sub(echo.0))),
            self.reach,
        );
        Ok(())
    }

    /// The component, built as its author would.
    fn built(&self) -> Result<Vec<u8>> {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let work = tempfile::tempdir()?;
        let output = Command::new(checkout.join(self.script))
            .arg(checkout.join(self.folder))
            .arg("--work")
            .arg(work.path())
            .output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}: {errors}", self.script);
        let said = String::from_utf8(output.stdout)?;
        let path = said.lines().last().context("the script names no file")?;
        Ok(std::fs::read(path)?)
    }
}

/// The median and the 99th percentile of many turns.
async fn again(talker: &mut Talker) -> Result<(Duration, Duration)> {
    for _ in 0..WARM_UP {
        talker.say(0).await?;
    }
    let mut times = Vec::new();
    for _ in 0..TURNS {
        times.push(talker.say(0).await?);
    }
    times.sort_unstable();
    let at = |place: usize| times.get(place).copied().unwrap_or_default();
    Ok((at(TURNS / 2), at(TURNS * 99 / 100)))
}
