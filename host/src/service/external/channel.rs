//! The organization's channel of external messages: it is made when the first one comes, and stays.

use serde_json::json;
use store::channels::{self, Access, Channel, ChannelStatus, NewChannel};
use store::ids::ChannelId;
use store::sessions::KIND;

use crate::auth::Caller;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::audit::{self, Change};

/// Makes the channel, in the default project of whoever the token speaks for. Another host may have done so.
pub(super) async fn open(cx: &Context, speaker: &Caller) -> Result<()> {
    let id = ChannelId::new();
    let project = speaker.home(cx).await?;
    let change = Change::of("createChannel", project, "channel", id.public())
        .with(json!({ "kind": KIND, "name": "External messages" }));
    let row = NewChannel {
        organization_id: speaker.organization_id,
        id,
        project_id: project,
        kind: KIND.to_owned(),
        name: "External messages".to_owned(),
        primary_agent_id: None,
        access: Access::Open,
        status: ChannelStatus::Active,
        configuration: json!({}),
        credential: None,
        created_by: speaker.person()?,
    };
    let made = audit::change(cx, speaker, change, async {
        channels::create(&cx.store, row)
            .await
            .map_err(|error| match error {
                error if error.is_conflict_of("channels_external_key") => {
                    Error::conflict(KIND, "the channel is there already")
                }
                error => error.into(),
            })
    })
    .await;
    match made {
        Ok(Channel { .. }) => {}
        Err(Error::Conflict { .. }) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}
