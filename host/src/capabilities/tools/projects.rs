//! The projects that the navigator's tools tell of: those of whoever speaks. A turn moves no conversation, so these only look.

use std::sync::Arc;

use sandbox::Projects;
use store::ids::OrganizationId;

use super::Toolbox;
use crate::auth::{Caller, Client, Entrance, Way, Who};
use crate::context::Context;
use crate::service::navigation;

/// The projects of whoever speaks, as they may see them; none where that is nobody who is known here.
pub(super) fn seen_by(
    cx: &Context,
    toolbox: &Toolbox,
    organization_id: OrganizationId,
) -> Option<Arc<dyn Projects>> {
    let caller = Caller {
        organization_id,
        who: Who::User(toolbox.speaker?),
        way: Way::Chat,
        token: None,
        client: Client {
            address: None,
            entrance: Entrance::Platform,
        },
    };
    Some(navigation::look(cx, &caller, toolbox.project_id))
}
