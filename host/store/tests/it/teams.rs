//! Business units, teams and who is in them; and what goes with a project.

use store::business_units::{self, NewBusinessUnit};
use store::channels;
use store::ids::{BusinessUnitId, ProjectId, TeamId};
use store::page::{Page, Stretch};
use store::projects::{self, NewProject};
use store::teams::{self, NewTeam, NewTeamMember, TeamChanges, TeamRole};
use store::{StoreError, agents};

use crate::given::Home;

#[tokio::test]
async fn a_team_outlives_its_business_unit() {
    let home = Home::new().await;
    let (store, owner) = (home.store(), home.organization);
    let unit = NewBusinessUnit {
        organization_id: owner,
        id: BusinessUnitId::new(),
        name: "Sales".into(),
    };
    let unit = business_units::create(store, unit).await.unwrap();
    let team = |name: &str| NewTeam {
        organization_id: owner,
        id: TeamId::new(),
        business_unit_id: Some(unit.id),
        name: name.into(),
    };
    let night = teams::create(store, team("Night")).await.unwrap();
    let taken = teams::create(store, team("NIGHT")).await.unwrap_err();
    assert!(taken.is_conflict_of("teams_name_key"), "{taken:?}");

    let day = teams::create(store, team("Day")).await.unwrap();
    let of_unit = async |stretch| {
        let listed = teams::list(store, owner, Some(unit.id), &stretch).await;
        let listed = listed.unwrap();
        let ids: Vec<_> = listed.rows.iter().map(|team| team.id).collect();
        (ids, listed.has_previous, listed.has_next)
    };
    assert_eq!(
        of_unit(Stretch::first(1)).await,
        (vec![night.id], false, true)
    );
    let last = Stretch {
        from_end: true,
        ..Stretch::first(1)
    };
    assert_eq!(of_unit(last).await, (vec![day.id], true, false));

    business_units::delete(store, owner, unit.id).await.unwrap();

    assert!(of_unit(Stretch::first(9)).await.0.is_empty());

    let found = teams::find(store, owner, night.id).await.unwrap().unwrap();
    assert_eq!(found.business_unit_id, None);
    let listed = business_units::list(store, owner, &Stretch::first(9)).await;
    assert!(listed.unwrap().rows.is_empty());
    let changes = TeamChanges {
        name: Some("Dusk".into()),
        business_unit_id: None,
    };
    let renamed = teams::update(store, owner, night.id, changes).await;
    assert_eq!(renamed.unwrap().name, "Dusk");
}

#[tokio::test]
async fn someone_is_in_a_team_once() {
    let home = Home::new().await;
    let (store, owner) = (home.store(), home.organization);
    let team = NewTeam {
        organization_id: owner,
        id: TeamId::new(),
        business_unit_id: None,
        name: "Night".into(),
    };
    let team = teams::create(store, team).await.unwrap().id;
    for role in [TeamRole::Member, TeamRole::Observer] {
        let new = NewTeamMember {
            organization_id: owner,
            team_id: team,
            user_id: home.owner,
            role,
        };
        teams::set_member(store, new).await.unwrap();
    }
    let role = async || teams::role(store, owner, team, home.owner).await.unwrap();
    assert_eq!(role().await, Some(TeamRole::Observer));
    let listed = teams::list_members(store, owner, team, &Stretch::first(9)).await;
    assert_eq!(listed.unwrap().rows.len(), 1);

    teams::delete(store, owner, team).await.unwrap();
    assert_eq!(role().await, None);
}

#[tokio::test]
async fn what_lives_in_a_project_goes_with_it() {
    let home = Home::new().await;
    let (store, owner) = (home.store(), home.organization);
    let new = |name: &str| NewProject {
        organization_id: owner,
        id: ProjectId::new(),
        slug: "garden".into(),
        name: name.into(),
    };
    let project = projects::found(store, new("Garden"), home.owner, true)
        .await
        .unwrap();
    let mut agent = home.new_agent("gardener");
    agent.project_id = project.id;
    let agent = agents::create(store, agent).await.unwrap().id;
    let mut channel = home.new_channel("webhook", Some(agent));
    channel.project_id = project.id;
    let channel = channels::create(store, channel).await.unwrap().id;

    projects::delete(store, owner, project.id).await.unwrap();

    assert!(agents::find(store, owner, agent).await.unwrap().is_none());
    let channel = channels::find_anywhere(store, channel).await.unwrap();
    assert!(channel.is_none());
    let mine = projects::list_of_user(store, owner, home.owner, Page::first(9)).await;
    assert_eq!(mine.unwrap().len(), 1);
    let role = store::members::role(store, owner, project.id, home.owner).await;
    assert_eq!(role.unwrap(), None);
    // What came with an account stays.
    let kept = projects::delete(store, owner, home.project).await;
    assert!(matches!(kept, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn a_slug_that_is_taken_gets_a_number_if_no_one_chose_it() {
    let home = Home::new().await;
    let (store, owner) = (home.store(), home.organization);
    let new = || NewProject {
        organization_id: owner,
        id: ProjectId::new(),
        slug: "garden".into(),
        name: "Garden".into(),
    };
    let found = |is_numbered| projects::found(store, new(), home.owner, is_numbered);
    let free = async || projects::free_slug(store, owner, "garden").await.unwrap();
    assert_eq!(free().await.as_deref(), Some("garden"));
    assert_eq!(found(false).await.unwrap().slug, "garden");
    assert_eq!(free().await.as_deref(), Some("garden-2"));
    let chosen = found(false).await.unwrap_err();
    assert!(chosen.is_conflict_of("projects_slug_key"), "{chosen:?}");
    let (a, b) = tokio::join!(found(true), found(true));
    let mut slugs = [a.unwrap().slug, b.unwrap().slug];
    slugs.sort();
    assert_eq!(slugs, ["garden-2", "garden-3"]);
}
