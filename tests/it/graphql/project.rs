//! What a project's owner has by REST and by GraphQL alike: its settings, and the agents that work in it.

use serde_json::{Value, json};
use tests::people::{Home, first_agent};
use tests::{App, Callback};

use super::{ask, refused};

#[tokio::test]
async fn a_projects_settings_are_seen_changed_and_kept_from_others() {
    let app = App::start().await;
    let callback = Callback::start().await;
    let home = Home::of(&app).await;
    let project = json!({ "id": home.project });
    let look = "query($id: ID!) { projectSettings(projectId: $id) { webhookUrl hasWebhookSecret rateLimitRpm } }";
    let none = json!({ "webhookUrl": null, "hasWebhookSecret": false, "rateLimitRpm": null });
    assert_eq!(
        ask(&app, look, project.clone()).await["projectSettings"],
        none
    );

    let change =
        "mutation($input: ChangeProjectSettingsInput!) { changeProjectSettings(input: $input) {
        webhookUrl hasWebhookSecret rateLimitRpm } }";
    let input = |more: Value| {
        let mut input = more;
        input["projectId"] = json!(home.project);
        json!({ "input": input })
    };
    let both = input(json!({ "webhookUrl": callback.url(), "rateLimitRpm": 60 }));
    let set = ask(&app, change, both).await["changeProjectSettings"].clone();
    let all = json!({ "webhookUrl": callback.url(), "hasWebhookSecret": true, "rateLimitRpm": 60 });
    assert_eq!(set, all);
    // What is left out stays, and null takes away.
    let set = ask(&app, change, input(json!({ "rateLimitRpm": null }))).await;
    let set = set["changeProjectSettings"].clone();
    assert_eq!(
        (&set["webhookUrl"], &set["rateLimitRpm"]),
        (&json!(callback.url()), &Value::Null)
    );
    for (wrong, field) in [
        (json!({ "rateLimitRpm": 0 }), "rateLimitRpm"),
        (json!({ "webhookUrl": "ftp://example.org/" }), "webhookUrl"),
    ] {
        let refusal = refused(&app, change, input(wrong)).await;
        assert_eq!(refusal, ("invalid".to_owned(), json!(field)));
    }
    let rotate = "mutation($id: ID!) { rotateProjectWebhookSecret(projectId: $id) { secret settings { hasWebhookSecret } } }";
    let rotated = ask(&app, rotate, project.clone()).await["rotateProjectWebhookSecret"].clone();
    assert!(
        rotated["secret"].as_str().unwrap().starts_with("whsec_"),
        "{rotated}"
    );

    let member = home.member(&app, "mo", "member").await;
    let member = home.with_token(&app, store::tokens::TokenKind::Personal, &member, None);
    let member = member.await;
    for (query, variables) in [
        (look, project.clone()),
        (change, input(json!({ "rateLimitRpm": 1 }))),
        (rotate, project),
    ] {
        let answer = member.graphql(query, variables).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "forbidden",
            "{answer}"
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn an_agent_works_in_projects_where_it_was_added() {
    let app = App::start().await;
    app.owner().pushed("oblige", crate::guest("oblige")).await;
    let agent = first_agent(app.database()).await;
    let make = "mutation { createProject(input: { name: \"Shop\" }) { id } }";
    let shop = ask(&app, make, json!({})).await["createProject"]["id"].clone();
    let look = "query($id: ID!) { projectAgents(projectId: $id) { agentId name leads addedBy { name } agent { name } } }";
    let list = async || {
        let data = ask(&app, look, json!({ "id": shop })).await;
        data["projectAgents"].clone()
    };
    assert_eq!(list().await, json!([]));

    let add = "mutation($input: AddProjectAgentInput!) { addProjectAgent(input: $input) { agentId leads agent { name } } }";
    let input =
        |leads: bool| json!({ "input": { "projectId": shop, "agentId": agent, "leads": leads } });
    let added = ask(&app, add, input(true)).await["addProjectAgent"].clone();
    assert_eq!(added["leads"], true);
    let name = added["agent"]["name"].as_str().unwrap().to_owned();
    let row = json!({ "agentId": added["agentId"], "name": name, "leads": true, "addedBy": { "name": "Owner" },
        "agent": { "name": name } });
    assert_eq!(list().await, json!([row]));
    let again = ask(&app, add, input(false)).await;
    assert_eq!(again["addProjectAgent"]["leads"], false);
    let home = Home::of(&app).await;
    let at_home = ask(&app, look, json!({ "id": home.project })).await;
    let at_home = at_home["projectAgents"].as_array().unwrap().clone();
    assert!(at_home.len() >= 2 && at_home.iter().all(|one| one["addedBy"].is_null()));

    let remove = "mutation($input: RemoveProjectAgentInput!) { removeProjectAgent(input: $input) }";
    let out = json!({ "input": { "projectId": shop, "agentId": agent } });
    assert_eq!(
        ask(&app, remove, out.clone()).await["removeProjectAgent"],
        json!(agent)
    );
    assert_eq!(list().await, json!([]));
    assert_eq!(refused(&app, remove, out).await.0, "not_found");
    let lives_there = json!({ "input": { "projectId": home.project, "agentId": agent } });
    assert_eq!(refused(&app, remove, lives_there).await.0, "conflict");
    let nobody =
        json!({ "input": { "projectId": shop, "agentId": format!("agt_{}", "0".repeat(32)) } });
    assert_eq!(
        refused(&app, add, nobody).await,
        ("invalid".to_owned(), json!("agentId"))
    );
    app.finish().await;
}
