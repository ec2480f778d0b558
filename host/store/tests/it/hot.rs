//! Hot statements: values arrive as they were given, and nothing is prepared twice.

use diesel::sql_types::{Array, BigInt, Binary, Jsonb, Nullable, Text, Timestamptz, Uuid};
use diesel::{QueryResult, QueryableByName};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use store::hot;
use store::ids::AgentId;
use store::testing::TestDatabase;

type Time = chrono::DateTime<chrono::Utc>;

const ECHO: &str = "
    SELECT * FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS given (id, text, bytes, time, json, number)
    ORDER BY number DESC";

#[derive(QueryableByName, Debug, PartialEq)]
struct Row {
    #[diesel(sql_type = Uuid)]
    id: AgentId,
    #[diesel(sql_type = Nullable<Text>)]
    text: Option<String>,
    #[diesel(sql_type = Binary)]
    bytes: Vec<u8>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    time: Option<Time>,
    #[diesel(sql_type = Jsonb)]
    json: Value,
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName, Debug, PartialEq)]
struct Kept {
    #[diesel(sql_type = BigInt)]
    statements: i64,
    #[diesel(sql_type = BigInt)]
    runs: i64,
}

#[tokio::test]
async fn arrays_of_every_kind_go_in_and_come_out() {
    let database = TestDatabase::new().await;
    let time = "2026-11-20T23:06:00.123456Z".parse::<Time>().unwrap();
    let ids = [AgentId::new(), AgentId::new()];

    let rows: Vec<Row> = hot::statement(ECHO)
        .bind::<Array<Uuid>, _>(&ids[..])
        .bind::<Array<Nullable<Text>>, _>(vec![Some("?, $1 and 'quotes'"), None])
        .bind::<Array<Binary>, _>(vec![b"\x00\xff".to_vec(), vec![]])
        .bind::<Array<Nullable<Timestamptz>>, _>(vec![None, Some(time)])
        .bind::<Array<Jsonb>, _>(vec![json!({"a": [1, null]}), json!("text")])
        .load(&mut database.store().connection().await.unwrap())
        .await
        .unwrap();

    let second = Row {
        id: ids[1],
        text: None,
        bytes: vec![],
        time: Some(time),
        json: json!("text"),
        number: 2,
    };
    let first = Row {
        id: ids[0],
        text: Some("?, $1 and 'quotes'".into()),
        bytes: vec![0, 255],
        time: None,
        json: json!({"a": [1, null]}),
        number: 1,
    };
    assert_eq!(rows, [second, first]);
}

#[tokio::test]
async fn a_statement_is_prepared_once_by_a_connection() {
    const DOUBLE: &str = "SELECT 1::bigint AS statements, 2 * $1 AS runs";
    let database = TestDatabase::new().await;
    let mut connection = database.store().connection().await.unwrap();
    let prepared = database.store().statements().prepared();

    for number in 1..=3 {
        let row: Kept = hot::statement(DOUBLE)
            .bind::<BigInt, _>(number)
            .get_result(&mut connection)
            .await
            .unwrap();
        assert_eq!(row.runs, 2 * number);
    }

    assert_eq!(database.store().statements().prepared() - prepared, 1);
    // The server's own count: it keeps the one statement, and has run it three times.
    let kept: Kept = diesel::sql_query(
        "SELECT count(*) AS statements, sum(generic_plans + custom_plans)::bigint AS runs
         FROM pg_prepared_statements WHERE statement = $1",
    )
    .bind::<Text, _>(DOUBLE)
    .get_result(&mut connection)
    .await
    .unwrap();
    assert_eq!(
        kept,
        Kept {
            statements: 1,
            runs: 3
        }
    );
}

#[tokio::test]
async fn statements_of_one_connection_run_in_a_pipeline() {
    let database = TestDatabase::new().await;
    let connection = database.store().connection().await.unwrap();
    let ask = |number: i64| {
        let connection = &*connection;
        async move {
            let statement =
                hot::statement("SELECT $1 AS statements, $1 AS runs").bind::<BigInt, _>(number);
            let row: QueryResult<Kept> = statement.get_result(&mut &*connection).await;
            row.unwrap().runs
        }
    };
    assert_eq!(tokio::join!(ask(1), ask(2), ask(3)), (1, 2, 3));
}

#[tokio::test]
async fn statements_are_counted_and_recorded() {
    let database = TestDatabase::new().await;
    let mut connection = database.store().connection().await.unwrap();
    let before = database.store().statements().executed();
    database.store().statements().record();

    hot::statement("SELECT $1 || 'x'")
        .bind::<Text, _>("y")
        .execute(&mut connection)
        .await
        .unwrap();

    assert_eq!(database.store().statements().executed() - before, 1);
    let recorded = database.store().statements().recorded();
    assert!(
        recorded[0].contains("SELECT $1 || 'x'") && recorded[0].contains("\"y\""),
        "{recorded:?}"
    );
}
