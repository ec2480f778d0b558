//! The way up and down, and that diesel's picture of the schema is the true one.

use std::collections::BTreeMap;
use std::path::Path;

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Text};
use diesel_async::RunQueryDsl;
use store::hot;
use store::testing::TestDatabase;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    type_name: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

const COLUMNS: &str = "
    SELECT table_name::text, column_name::text, udt_name::text AS type_name, is_nullable = 'YES' AS nullable
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations'
    ORDER BY table_name, ordinal_position";

async fn columns(database: &TestDatabase) -> Vec<Column> {
    let mut connection = database.store().connection().await.unwrap();
    hot::statement(COLUMNS).load(&mut connection).await.unwrap()
}

#[tokio::test]
async fn up_down_and_up_again() {
    let database = TestDatabase::empty().await;
    let store = database.store();
    let pending = store.pending().await.unwrap();
    assert!(!pending.is_empty());

    // Of two migrations with one version only one would run, and nothing would say so.
    let ran = store.migrate().await.unwrap();
    assert_eq!(ran.len(), pending.len());
    assert_eq!(store.pending().await.unwrap(), Vec::<String>::new());
    assert_eq!(store.migrate().await.unwrap(), Vec::<String>::new());

    let reverted = store.revert_all().await.unwrap();
    assert_eq!(reverted.len(), ran.len());
    assert_eq!(columns(&database).await.len(), 0);

    store.migrate().await.unwrap();
    assert_ne!(columns(&database).await.len(), 0);
}

#[tokio::test]
async fn hosts_that_start_at_once_migrate_once() {
    let database = TestDatabase::empty().await;
    let store = database.store();
    let (a, b, c) = tokio::join!(store.migrate(), store.migrate(), store.migrate());
    let ran: Vec<_> = [a, b, c]
        .into_iter()
        .map(|ran| ran.unwrap().len())
        .filter(|ran| *ran > 0)
        .collect();
    assert_eq!(ran.len(), 1);
}

/// `schema.rs` and what is below it, read as text: diesel keeps the types of columns to itself.
fn tables_of_diesel() -> BTreeMap<String, Vec<(String, String)>> {
    let mut tables: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let mut table = None;
    let source = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    let below = std::fs::read_dir(source.join("schema")).unwrap();
    let files = below.map(|entry| entry.unwrap().path());
    let files = std::iter::once(source.join("schema.rs")).chain(files);
    let schema: String = files
        .map(|file| std::fs::read_to_string(file).unwrap() + "\n")
        .collect();
    for line in schema.lines().map(str::trim) {
        if let Some((column, kind)) = line.trim_end_matches(',').split_once(" -> ") {
            let table: &String = table.as_ref().unwrap();
            tables
                .entry(table.clone())
                .or_default()
                .push((column.to_owned(), kind.to_owned()));
        } else if let Some((name, _)) = line.split_once(" (") {
            table = Some(name.to_owned());
        }
    }
    tables
}

fn kind_in_diesel(column: &Column) -> String {
    let kind = match column.type_name.as_str() {
        "uuid" => "Uuid",
        "text" => "Text",
        "timestamptz" => "Timestamptz",
        "bytea" => "Binary",
        "jsonb" => "Jsonb",
        "int8" => "BigInt",
        "int4" => "Integer",
        "int2" => "SmallInt",
        "bool" => "Bool",
        "_text" => "Array<Text>",
        "date" => "Date",
        other => panic!("a type that this test does not know yet: {other}"),
    };
    if column.nullable {
        format!("Nullable<{kind}>")
    } else {
        kind.to_owned()
    }
}

#[tokio::test]
async fn diesel_knows_the_tables_as_the_migrations_make_them() {
    let database = TestDatabase::new().await;
    let mut made: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for column in columns(&database).await {
        let described = (column.column_name.clone(), kind_in_diesel(&column));
        made.entry(column.table_name).or_default().push(described);
    }
    assert_eq!(tables_of_diesel(), made);
}
