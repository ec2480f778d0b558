//! Invites, members, teams, over GraphQL, REST and the page.

use reqwest::StatusCode;
use reqwest::header::SET_COOKIE;
use serde_json::{Value, json};
use store::tokens::TokenKind;
use tests::App;
use tests::owner::Owner;
use tests::people::Home;

use super::{PASSWORD, code, data, public};

const CREATE: &str = "mutation($input: CreateInviteInput!) { createInvite(input: $input) { token link invite { id status } } }";
const ACCEPT: &str = "mutation($token: String!, $person: NewPersonInput) {
    acceptInvite(token: $token, newPerson: $person) { session { token user { id email } } invite { status } } }";

async fn invite(owner: &Owner, home: &Home, email: &str, role: &str) -> Value {
    let input = json!({ "projectId": home.project, "email": email, "role": role });
    owner.graphql(CREATE, json!({ "input": input })).await
}

async fn token(owner: &Owner, home: &Home, email: &str, role: &str) -> String {
    let made = data(invite(owner, home, email, role).await);
    assert_eq!(made["createInvite"]["invite"]["status"], "OPEN");
    made["createInvite"]["token"].as_str().unwrap().to_owned()
}

async fn anonymous(app: &App, query: &str, variables: Value) -> Value {
    let body = json!({ "query": query, "variables": variables });
    let request = app.http().post(app.url("/graphql")).json(&body);
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn someone_new_accepts_once_and_is_a_member() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let token = token(&owner, &home, "grace@example.org", "MEMBER").await;
    let person = json!({ "name": "Grace", "password": PASSWORD });

    let short = json!({ "token": token, "person": { "password": "short" } });
    assert_eq!(code(&anonymous(&app, ACCEPT, short).await), Some("invalid"));
    let variables = json!({ "token": token, "person": person });
    let accepted = data(anonymous(&app, ACCEPT, variables.clone()).await);
    let session = &accepted["acceptInvite"]["session"];
    assert_eq!(session["user"]["email"], "grace@example.org");
    assert_eq!(
        code(&anonymous(&app, ACCEPT, variables).await),
        Some("not_found")
    );

    let grace = app.by(session["token"].as_str().unwrap());
    let projects = data(
        grace
            .graphql("{ projects { nodes { name } } }", json!({}))
            .await,
    );
    let names: Vec<_> = projects["projects"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|project| &project["name"])
        .collect();
    assert_eq!(names, ["Home", "Grace"]);
    let members = "query($id: ID!) { members(projectId: $id) { nodes { role user { name } } } }";
    let members = data(grace.graphql(members, json!({ "id": home.project })).await);
    let expected = json!([{ "role": "OWNER", "user": { "name": "Owner" } }, { "role": "MEMBER", "user": { "name": "Grace" } }]);
    assert_eq!(members["members"]["nodes"], expected);
    app.finish().await;
}

#[tokio::test]
async fn an_invite_is_for_one_address_of_one_organization() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    // Another organization's person, and one who is in already, are told apart.
    Home::elsewhere(&app).await;
    home.member(&app, "carol", "viewer").await;
    for (email, says) in [
        ("EVE@elsewhere.example", "belongs to another organization"),
        ("carol@example.org", "is in this project already, as viewer"),
    ] {
        let refused = invite(&owner, &home, email, "MEMBER").await;
        assert_eq!(code(&refused), Some("conflict"), "{refused}");
        let text = refused["errors"][0]["message"].as_str().unwrap();
        assert!(text.contains(says), "{text}");
    }
    let bob = home.person(&app, "bob").await;
    let bob = home.with_token(&app, TokenKind::Personal, &bob, None).await;
    let for_bob = token(&owner, &home, "Bob@example.org", "ADMIN").await;
    let for_dan = token(&owner, &home, "dan@example.org", "VIEWER").await;
    let foreign = bob.graphql(ACCEPT, json!({ "token": for_dan })).await;
    assert_eq!(code(&foreign), Some("forbidden"));
    let accepted = data(bob.graphql(ACCEPT, json!({ "token": for_bob })).await);
    assert_eq!(accepted["acceptInvite"]["invite"]["status"], "ACCEPTED");
    // An admin invites, but makes no owners.
    assert_eq!(
        code(&invite(&bob, &home, "new@example.org", "OWNER").await),
        Some("forbidden")
    );
    let made = data(invite(&bob, &home, "new@example.org", "ADMIN").await);
    let id = &made["createInvite"]["invite"]["id"];
    let revoke = "mutation($id: ID!) { revokeInvite(id: $id) { status } }";
    let revoked = data(bob.graphql(revoke, json!({ "id": id })).await);
    assert_eq!(revoked["revokeInvite"]["status"], "REVOKED");
    assert_eq!(
        code(&bob.graphql(revoke, json!({ "id": id })).await),
        Some("conflict")
    );
    app.finish().await;
}

#[tokio::test]
async fn the_link_and_registration_take_an_invite_too() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let made = data(invite(&owner, &home, "grace@example.org", "VIEWER").await);
    let link = made["createInvite"]["link"].as_str().unwrap();
    let page = app
        .http()
        .get(link)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("grace@example.org is invited to the project Home as viewer"),
        "{page}"
    );
    let form = format!("name=Grace&password={}", PASSWORD.replace(' ', "+"));
    let accepted = app.http().post(link).body(form).send().await.unwrap();
    assert_eq!(accepted.status(), StatusCode::SEE_OTHER);
    assert!(accepted.headers().contains_key(SET_COOKIE));
    let again = app.http().get(link).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_FOUND);

    let token = token(&owner, &home, "dan@example.org", "VIEWER").await;
    let register = async |email: &str| {
        let body = json!({ "email": email, "password": PASSWORD, "name": "Dan", "invite": token });
        let request = app.http().post(app.url("/api/auth/register")).json(&body);
        request.send().await.unwrap()
    };
    assert_eq!(
        register("eve@example.org").await.status(),
        StatusCode::BAD_REQUEST
    );
    let registered = register("dan@example.org").await;
    assert_eq!(registered.status(), StatusCode::CREATED);
    let body: Value = registered.json().await.unwrap();
    assert_eq!(body["user"]["organization_role"], "member");
    assert_eq!(
        register("dan@example.org").await.status(),
        StatusCode::NOT_FOUND
    );
    app.finish().await;
}

#[tokio::test]
async fn roles_change_and_the_last_owner_stays() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let carol = home.member(&app, "carol", "viewer").await;
    let set = "mutation($project: ID!, $user: ID!, $role: Role!) { setMemberRole(projectId: $project, userId: $user, role: $role) { role } }";
    let set = async |user: &str, role: &str| {
        let variables = json!({ "project": home.project, "user": user, "role": role });
        owner.graphql(set, variables).await
    };
    let remove = "mutation($project: ID!, $user: ID!) { removeMember(projectId: $project, userId: $user) { user { id } } }";
    let remove = async |by: &Owner, user: &str| {
        by.graphql(remove, json!({ "project": home.project, "user": user }))
            .await
    };
    assert_eq!(code(&set(&home.owner, "ADMIN").await), Some("conflict"));
    assert_eq!(code(&remove(&owner, &home.owner).await), Some("conflict"));
    assert_eq!(
        data(set(&carol, "OWNER").await)["setMemberRole"]["role"],
        "OWNER"
    );
    assert_eq!(
        data(remove(&owner, &home.owner).await)["removeMember"]["user"]["id"],
        json!(public("usr", &home.owner))
    );
    // Whoever is out is told nothing any more.
    assert_eq!(code(&set(&carol, "ADMIN").await), Some("not_found"));

    let organization = "mutation($user: ID!, $role: OrganizationRole!) { setOrganizationRole(userId: $user, role: $role) { organizationRole } }";
    let down = json!({ "user": home.owner, "role": "MEMBER" });
    assert_eq!(
        code(&owner.graphql(organization, down).await),
        Some("conflict")
    );
    app.finish().await;
}

#[tokio::test]
async fn an_owner_removes_someone_from_the_organization() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let accept = async |email: &str| {
        let token = token(&owner, &home, email, "ADMIN").await;
        let variables = json!({ "token": token, "person": { "password": PASSWORD } });
        let session = data(anonymous(&app, ACCEPT, variables).await);
        let session = &session["acceptInvite"]["session"];
        let id = session["user"]["id"].as_str().unwrap().to_owned();
        (id, app.by(session["token"].as_str().unwrap()))
    };
    let (id, grace) = accept("grace@example.org").await;
    let personal = "mutation { createPersonalToken(name: \"laptop\") { secret } }";
    let personal = data(grace.graphql(personal, json!({})).await);
    let personal = app.by(personal["createPersonalToken"]["secret"].as_str().unwrap());
    let viewer = "{ viewer { id } }";
    assert_eq!(code(&personal.graphql(viewer, json!({})).await), None);

    let remove = "mutation($user: ID!) { removeUser(userId: $user) { email removedAt } }";
    let remove = async |by: &Owner, user: &str| by.graphql(remove, json!({ "user": user })).await;
    assert_eq!(code(&remove(&grace, &home.owner).await), Some("forbidden"));
    assert_eq!(code(&remove(&owner, &home.owner).await), Some("conflict"));
    let elsewhere = Home::elsewhere(&app).await;
    assert_eq!(
        code(&remove(&owner, &elsewhere.owner).await),
        Some("not_found")
    );
    let removed = data(remove(&owner, &id).await)["removeUser"].clone();
    assert_eq!(removed["email"], "grace@example.org");
    assert!(removed["removedAt"].is_string());

    for out in [grace, personal] {
        let (status, _) = out.send(reqwest::Method::GET, "/api/agents", None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(code(&remove(&owner, &id).await), Some("not_found"));
    let left = "query($id: ID!) { users { nodes { name } } members(projectId: $id) { nodes { user { name } } }
        projects { nodes { name } }
        auditLog(filter: { action: \"acceptInvite\" }) { nodes { user { email } } }
        removals: auditLog(filter: { action: \"removeUser\" }) { nodes { outcome } } }";
    let left = data(owner.graphql(left, json!({ "id": home.project })).await);
    assert_eq!(left["users"]["nodes"], json!([{ "name": "Owner" }]));
    let members = &left["members"]["nodes"];
    assert_eq!(*members, json!([{ "user": { "name": "Owner" } }]));
    // What she alone owned is the owner's, what she has done stays hers, and her address is free.
    let projects = &left["projects"]["nodes"];
    assert_eq!(*projects, json!([{ "name": "Home" }, { "name": "grace" }]));
    let accepted = &left["auditLog"]["nodes"];
    assert_eq!(
        *accepted,
        json!([{ "user": { "email": "grace@example.org" } }])
    );
    let removal = json!([{ "outcome": "DONE" }]);
    assert_eq!(left["removals"]["nodes"], removal);
    let (again, _) = accept("grace@example.org").await;
    assert_ne!(again, id);
    app.finish().await;
}

#[tokio::test]
async fn projects_business_units_and_teams_are_made_changed_and_deleted() {
    let app = App::start().await;
    let (owner, home) = (app.owner(), Home::of(&app).await);
    let ask = async |query: &str, variables: Value| data(owner.graphql(query, variables).await);
    let create =
        "mutation($input: CreateProjectInput!) { createProject(input: $input) { id slug } }";
    let first = ask(create, json!({ "input": { "name": "The Garden" } })).await;
    let second = ask(create, json!({ "input": { "name": "the garden!" } })).await;
    assert_eq!(first["createProject"]["slug"], "the-garden");
    assert_eq!(second["createProject"]["slug"], "the-garden-2");
    let chosen = owner
        .graphql(
            create,
            json!({ "input": { "name": "x", "slug": "the-garden" } }),
        )
        .await;
    assert_eq!(code(&chosen), Some("conflict"));
    let id = &first["createProject"]["id"];
    let update =
        "mutation($input: UpdateProjectInput!) { updateProject(input: $input) { name slug } }";
    let updated = ask(
        update,
        json!({ "input": { "id": id, "name": "Orchard", "slug": "orchard" } }),
    )
    .await;
    assert_eq!(
        updated["updateProject"],
        json!({ "name": "Orchard", "slug": "orchard" })
    );
    let delete = "mutation($id: ID!) { deleteProject(id: $id) }";
    assert_eq!(ask(delete, json!({ "id": id })).await["deleteProject"], *id);
    assert_eq!(
        code(&owner.graphql(delete, json!({ "id": id })).await),
        Some("not_found")
    );
    let kept = owner.graphql(delete, json!({ "id": home.project })).await;
    assert_eq!(code(&kept), Some("conflict"));

    let unit = ask(
        "mutation { createBusinessUnit(name: \"Sales\") { id } }",
        json!({}),
    )
    .await;
    let unit = &unit["createBusinessUnit"]["id"];
    let team = "mutation($unit: ID) { createTeam(name: \"Night\", businessUnitId: $unit) { id businessUnitId } }";
    let team = ask(team, json!({ "unit": unit })).await;
    assert_eq!(team["createTeam"]["businessUnitId"], *unit);
    let team = &team["createTeam"]["id"];
    let carol = home.person(&app, "carol").await;
    let set = "mutation($team: ID!, $user: ID!) { setTeamMember(teamId: $team, userId: $user, role: OBSERVER) { role user { name } } }";
    let set = ask(set, json!({ "team": team, "user": carol })).await;
    assert_eq!(
        set["setTeamMember"],
        json!({ "role": "OBSERVER", "user": { "name": "carol" } })
    );
    let out = "mutation($team: ID!) { updateTeam(input: { id: $team, businessUnitId: null }) { businessUnitId } }";
    assert_eq!(
        ask(out, json!({ "team": team })).await["updateTeam"]["businessUnitId"],
        Value::Null
    );
    // Someone of another organization is in no team here.
    let eve = Home::elsewhere(&app).await.owner;
    let foreign = "mutation($team: ID!, $user: ID!) { setTeamMember(teamId: $team, userId: $user, role: MEMBER) { role } }";
    let foreign = owner
        .graphql(foreign, json!({ "team": team, "user": eve }))
        .await;
    assert_eq!(code(&foreign), Some("not_found"));
    app.finish().await;
}
