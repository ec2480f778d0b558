//! Lists of people and of what they have: connections that are walked from either end, whose nodes are found by their ids by
//! those alone who may see them, and which cost as many statements long as short.

use serde_json::{Value, json};
use store::tokens::TokenKind;
use tests::App;
use tests::owner::Owner;
use tests::people::Home;

use super::{code, data, public};

/// Makes three of everything that an owner of the organization lists.
async fn furnish(owner: &Owner, home: &Home, app: &App) -> String {
    let ask = async |query: &str, variables: Value| data(owner.graphql(query, variables).await);
    let mut team = String::new();
    for name in ["ann", "ben", "cy"] {
        let user = home.member(app, name, "viewer").await;
        let things = "mutation($project: ID!, $email: String!, $name: String!) {
            createBusinessUnit(name: $name) { id } createTeam(name: $name) { id }
            createInvite(input: { projectId: $project, email: $email }) { invite { id } }
            createProjectKey(input: { projectId: $project, name: $name }) { apiKey { id } }
            createPersonalToken(name: $name) { apiKey { id } } }";
        let email = format!("{name}@new.example");
        let variables = json!({ "project": home.project, "email": email, "name": name });
        let made = ask(things, variables).await;
        if team.is_empty() {
            made["createTeam"]["id"]
                .as_str()
                .unwrap()
                .clone_into(&mut team);
        }
        let set = "mutation($team: ID!, $user: ID!) { setTeamMember(teamId: $team, userId: $user, role: MEMBER) { role } }";
        ask(set, json!({ "team": team, "user": user })).await;
    }
    team
}

/// The cursors of a page, and whether more precedes and follows it.
fn page(list: &Value) -> (Vec<String>, bool, bool) {
    let edges = list["edges"].as_array().unwrap().iter();
    let cursors = edges.map(|edge| edge["cursor"].as_str().unwrap().to_owned());
    let has = |name: &str| list["pageInfo"][name].as_bool().unwrap();
    (
        cursors.collect(),
        has("hasPreviousPage"),
        has("hasNextPage"),
    )
}

#[tokio::test]
async fn every_list_is_walked_from_either_end() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let team = furnish(&owner, &home, &app).await;
    let of_project = format!("projectId: \"{}\"", home.project);
    let lists = [
        ("users", String::new()),
        ("members", of_project.clone()),
        ("invites", of_project.clone()),
        ("apiKeys", of_project),
        ("businessUnits", String::new()),
        ("teams", String::new()),
        ("teamMembers", format!("teamId: \"{team}\"")),
        ("personalTokens", String::new()),
        ("auditLog", String::new()),
    ];
    for (list, arguments) in lists {
        let query = format!(
            "query($first: Int, $after: String, $last: Int, $before: String) {{
                {list}({arguments} first: $first, after: $after, last: $last, before: $before) {{
                    edges {{ cursor }} pageInfo {{ hasNextPage hasPreviousPage }} }} }}"
        );
        let read =
            async |paging: Value| page(&data(owner.graphql(&query, paging).await)[list].clone());
        let (all, has_previous, has_next) = read(json!({ "first": 200 })).await;
        assert!(all.len() >= 3, "{list}: {all:?}");
        assert!(!has_previous && !has_next, "{list}");

        let mut forwards = Vec::new();
        let mut after = Value::Null;
        loop {
            let (cursors, has_previous, has_next) =
                read(json!({ "first": 2, "after": after })).await;
            assert_eq!(has_previous, !forwards.is_empty(), "{list}");
            forwards.extend(cursors);
            after = json!(forwards.last());
            if !has_next {
                break;
            }
        }
        assert_eq!(forwards, all, "{list}");
        let mut backwards = Vec::new();
        let mut before = Value::Null;
        loop {
            let (mut cursors, has_previous, has_next) =
                read(json!({ "last": 2, "before": before })).await;
            assert_eq!(has_next, !backwards.is_empty(), "{list}");
            cursors.append(&mut backwards);
            backwards = cursors;
            before = json!(backwards.first());
            if !has_previous {
                break;
            }
        }
        assert_eq!(backwards, all, "{list}");

        let wrong = owner
            .graphql(&query, json!({ "after": "bm90IG9uZQ" }))
            .await;
        assert_eq!(code(&wrong), Some("invalid"), "{list}: {wrong}");
        assert_eq!(wrong["errors"][0]["extensions"]["field"], "after");
    }
    app.finish().await;
}

/// Ids of everything that people have, by what they name.
async fn ids(owner: &Owner, home: &Home) -> Vec<(String, String)> {
    let query = "query($id: ID!) { users(last: 1) { nodes { __typename id } } invites(projectId: $id, first: 1) { nodes { __typename id } }
        apiKeys(projectId: $id, last: 1) { nodes { __typename id } } businessUnits(first: 1) { nodes { __typename id } }
        teams(first: 1) { nodes { __typename id } } personalTokens(last: 1) { nodes { __typename id } }
        auditLog(filter: { projectId: $id }, first: 1) { nodes { __typename id } } }";
    let answer = data(owner.graphql(query, json!({ "id": home.project })).await);
    let lists = answer.as_object().unwrap().values();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    lists
        .map(|list| {
            let node = &list["nodes"][0];
            (text(&node["__typename"]), text(&node["id"]))
        })
        .collect()
}

/// What of these a caller finds by id.
async fn found(caller: &Owner, ids: &[(String, String)]) -> Vec<String> {
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
    let only: Vec<&String> = ids.iter().map(|(_, id)| id).collect();
    let answer = data(caller.graphql(query, json!({ "ids": only })).await);
    let nodes = answer["nodes"].as_array().unwrap().iter();
    let names = nodes.zip(ids).filter(|(node, _)| !node.is_null());
    let mut names: Vec<_> = names
        .map(|(node, (name, id))| {
            assert_eq!(
                (&node["__typename"], &node["id"]),
                (&json!(name), &json!(id))
            );
            name.clone()
        })
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn an_id_is_found_by_those_alone_who_see_what_it_names_in_its_list() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    furnish(&owner, &home, &app).await;
    let ids = ids(&owner, &home).await;
    let by = async |name: &str, role: &str| {
        let user = home.member(&app, name, role).await;
        home.with_token(&app, TokenKind::Personal, &user, None)
            .await
    };
    let stranger = home.person(&app, "stranger").await;
    let stranger = home
        .with_token(&app, TokenKind::Personal, &stranger, None)
        .await;
    let key = home
        .with_token(&app, TokenKind::Project, &home.project, Some("admin"))
        .await;
    let elsewhere = Home::elsewhere(&app).await;
    let eve = elsewhere
        .with_token(&app, TokenKind::Personal, &elsewhere.owner, None)
        .await;

    let of_all = ["BusinessUnit", "Team", "User"];
    let of_admin = [
        "ApiKey",
        "AuditEntry",
        "BusinessUnit",
        "Invite",
        "Team",
        "User",
    ];
    let of_owner = [
        "ApiKey",
        "ApiKey",
        "AuditEntry",
        "BusinessUnit",
        "Invite",
        "Team",
        "User",
    ];
    assert_eq!(found(&owner, &ids).await, of_owner);
    assert_eq!(found(&by("alan", "admin").await, &ids).await, of_admin);
    assert_eq!(found(&by("mary", "member").await, &ids).await, of_all);
    assert_eq!(found(&stranger, &ids).await, of_all);
    assert!(found(&key, &ids).await.is_empty());
    assert!(found(&eve, &ids).await.is_empty());
    // Everyone finds themselves.
    let own = [("User".to_owned(), public("usr", &elsewhere.owner))];
    assert_eq!(found(&eve, &own).await, ["User"]);
    assert!(found(&owner, &own).await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn a_long_list_costs_as_many_statements_as_a_short_one() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let team = furnish(&owner, &home, &app).await;
    let of_project = format!("projectId: \"{}\"", home.project);
    let audit = format!("filter: {{ {of_project} }}");
    for (list, arguments, fields) in [
        ("members", &of_project, "user { name } project { name }"),
        (
            "teamMembers",
            &format!("teamId: \"{team}\""),
            "user { name } team { name }",
        ),
        (
            "invites",
            &of_project,
            "invitedBy { name } project { name }",
        ),
        ("apiKeys", &of_project, "createdBy { name }"),
        ("auditLog", &audit, "user { name } project { name }"),
    ] {
        let read = async |first: u32| {
            let query =
                format!("{{ {list}({arguments} first: {first}) {{ nodes {{ {fields} }} }} }}");
            data(owner.graphql(&query, json!({})).await)[list]["nodes"].clone()
        };
        let cost = async |first: u32| {
            app.fewest_statements(async || {
                read(first).await;
            })
            .await
        };
        let (few, many) = (cost(1).await, cost(50).await);
        let rows = read(50).await;
        let rows = rows.as_array().unwrap();
        println!(
            "{list}: {many} statements for {} rows, {few} for one",
            rows.len()
        );
        assert!(rows.len() >= 3, "{list}");
        // Who asks, their rights, the list, and what its rows name.
        assert!(
            few >= 4.0 && many <= few,
            "{list}: {many} for many, {few} for one"
        );
        for row in rows {
            let named = row.as_object().unwrap();
            assert!(named.values().all(|node| node["name"].is_string()), "{row}");
        }
    }
    app.finish().await;
}
